// The plate: agar, chemicals with contour lines, millimetre grid, lawns, rim of the dish, shadow.
// ODOUR, REPELLENT, LAWN and DISH are defined where there are any: a plain plate costs less.
#include common.glsl
#include light.glsl
#include noise.glsl
in vec2 place;
out vec4 colour;
uniform sampler2D u_field;      // log10 of mM that attract, of mM that repel; share of lawns left
uniform sampler2D u_lawn;       // normal xy, grain, height
uniform sampler2D u_shadow;
uniform vec4 u_window;          // middle and sides (mm) of the square that field and lawn cover
uniform vec4 u_shadow_rect;     // middle and sides (mm)
uniform vec3 u_agar;
uniform vec3 u_far;
uniform vec3 u_odour;
uniform vec3 u_odour_high;
uniform vec3 u_repellent;
uniform vec3 u_repellent_high;
uniform vec3 u_line;
uniform float u_dish;           // radius of the rim (mm)
float stroke(float at, float width) {
  return 1. - clamp(abs(fract(at - .5) - .5) / width - .35, 0., 1.);
}
float hazy(float level) {
  return clamp((level + 3.) / 4.5, 0., 1.);
}
// Contour lines, ten to a decade, every fifth bolder.
float contours(float level, float haze) {
  float k = level * 10.;
  float pixel = fwidth(k) + 1e-5;
  float lines = stroke(k, pixel) * .55 + stroke(k * .2, pixel * .2) * .6;
  return lines * clamp(haze * 9., 0., 1.) * clamp(1.3 - 2.2 * pixel, 0., 1.);
}
void main() {
  vec2 uv = (place - u_window.xy) / u_window.zw + .5;
  float away = length(place - centre.xy);
  vec3 base = u_agar;
#ifndef LITE
  base *= .94 + .12 * value_noise(place * 38.) * value_noise(place * 9.);
#endif
  vec2 pixel_mm = fwidth(place);
#if defined(ODOUR) || defined(REPELLENT) || defined(LAWN)
  vec4 known = texture(u_field, uv);
#endif
#ifdef ODOUR
  float haze = hazy(known.r);
  base = mix(base, mix(u_odour, u_odour_high, haze * haze), haze * .9);
  base += u_line * contours(known.r, haze);
#endif
#ifdef REPELLENT
  // Warm, and hatched, so that it is told from an attractant without its colour.
  float danger = hazy(known.g);
  base = mix(base, mix(u_repellent, u_repellent_high, danger * danger), danger * .95);
  float across = (place.x + place.y) * 5.;
  float hatch = stroke(across, fwidth(across)) * clamp(1.2 - 2.4 * fwidth(across), 0., 1.);
  vec3 ink = (u_repellent_high - u_agar) * .45;
  base += ink * (contours(known.g, danger) + hatch * danger * .35);
#endif
  float grid = max(stroke(place.x, pixel_mm.x), stroke(place.y, pixel_mm.y));
  base += u_line * grid * .16 * clamp(1.2 - 5. * pixel_mm.x, 0., 1.);
#ifdef LAWN
  vec4 lawn = texture(u_lawn, uv);
  lawn.a *= known.b;
  vec3 n = normalize(vec3((lawn.xy - .5) * 7., 1.));
  float lit = .35 + .75 * max(0., dot(n, light.xyz));
  float gloss = max(0., dot(n, normalize(light.xyz + normalize(eye.xyz - vec3(place, 0.)))));
  gloss *= gloss; gloss *= gloss; gloss *= gloss; gloss *= gloss; gloss *= gloss;
#ifdef STYLE_DARK
  vec3 slime = vec3(.19, .165, .085) * (.75 + .5 * lawn.b);
  base = mix(base, slime * lit, lawn.a * .72) + vec3(1., .97, .9) * gloss * .10 * lawn.a;
#else
  vec3 slime = vec3(.70, .62, .40) * (.85 + .3 * lawn.b);
  base = mix(base, slime * lit, lawn.a * .55) + vec3(.5) * gloss * .12 * lawn.a;
#endif
#endif
  float shadow = texture(u_shadow, (place - u_shadow_rect.xy) / u_shadow_rect.zw + .5).r;
#ifdef STYLE_DARK
  base *= 1. - .78 * shadow;
  // Light that the glassy body throws on the agar around it.
  base += vec3(.10, .17, .22) * shadow * (1. - shadow) * .12;
  float pool = 1. / (1. + away * away * .22);
  base *= mix(.30, 1.35, pool);
#else
  base *= 1. - .42 * shadow;
  base *= mix(.86, 1.02, 1. / (1. + away * away * .05));
#endif
  float to_eye = dot(place - eye.xy, place - eye.xy);
  base = mix(u_far, base, 1. / (1. + to_eye * to_eye * .00006));
#ifdef DISH
  float r = length(place);
  float w = fwidth(r);
  float rim = 1. - smoothstep(.12, .12 + w, abs(r - u_dish - .12));
  base = mix(base, base * .4 + u_line * .5, rim * .8);
  base *= mix(1., .45, smoothstep(u_dish + .2, u_dish + .2 + w, r));
#endif
#ifdef LITE
  base = shown(base);
#endif
  colour = vec4(base, 1.);
}
