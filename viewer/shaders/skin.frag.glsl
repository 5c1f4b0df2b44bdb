// The transparent cuticle: glassy where seen edge-on, clear where looked through.
#include common.glsl
#include light.glsl
in vec3 place;
in vec3 normal;
in vec3 along;
in vec2 body;
out vec4 colour;
uniform vec3 u_colour;
uniform float u_front;     // 1: the wall towards the eye, 0: the far wall
void main() {
  vec3 n = normalize(normal);
  vec3 to_eye = normalize(eye.xyz - place);
  if (dot(n, to_eye) < 0.) n = -n;
  // Annuli, the fine rings of the cuticle, fade out where they are narrower than a pixel.
  float ring = body.x * 240.;
  float relief = .09 * smoothstep(.6, .2, fwidth(ring));
  // The highlight lies on the smooth skin: on every ring it would look like a zip.
  vec3 rings = along * sin(ring * 6.2831) * relief;
  vec3 smooth_n = normalize(n + rings * .18);
  n = normalize(n + rings);
  float facing = max(dot(n, to_eye), 0.);
  float rim = pow(1. - facing, 2.4);
  // One pixel of fading at the outline: an edge without stairs and without multisampling.
  float edge = clamp(facing / max(fwidth(facing), 1e-3) * .8, 0., 1.);
  vec3 half_way = normalize(light.xyz + to_eye);
  float gloss = max(dot(smooth_n, half_way), 0.);
  float shine = pow(gloss, 140.) * .34 + pow(gloss, 20.) * .035;
  float lit = max(0., (dot(n, light.xyz) + .45) / 1.45);
  vec3 c = u_colour * (ambient(n) * .55 + vec3(1., .95, .87) * lit * .7);
#ifdef STYLE_DARK
  float alpha = mix(.045, .70, rim);
  c += u_colour * vec3(.45, .75, 1.) * rim * .55;
#endif
#ifdef STYLE_PAPER
  float alpha = mix(.07, .85, rim);
  c *= mix(1., .42, rim);
#endif
#ifdef STYLE_BRIGHT
  // Differential interference contrast: one side of every slope bright, the other dark.
  vec3 flat_n = (view * vec4(n, 0.)).xyz;
  float slope = dot(flat_n.xy, vec2(-.72, .69));
  float alpha = mix(.13, .97, pow(1. - facing, 1.7));
  c = u_colour * max(.74 + 1.15 * slope, .015);
  shine = 0.;
#endif
  alpha *= edge;
  if (u_front < .5) {
    colour = surface(c * .5, alpha * .6);
    return;
  }
  colour = surface(c, alpha);
  colour += vec4(vec3(1., .98, .95) * shine * edge, shine * edge * .4);
  float band = exp(-pow((body.x - selected.x) * 60., 2.)) * step(0., selected.x);
  colour.rgb += vec3(1., .60, .16) * band * .85 * edge;
}
