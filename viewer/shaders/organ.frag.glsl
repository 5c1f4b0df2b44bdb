// Pharynx and gut: soft, lit, a little granular.
#include common.glsl
#include light.glsl
#include noise.glsl
in vec3 place;
in vec3 normal;
in vec3 along;
in vec2 body;
out vec4 colour;
uniform vec3 u_colour;
uniform float u_grain;
void main() {
  vec3 n = normalize(normal);
  vec3 to_eye = normalize(eye.xyz - place);
  float facing = abs(dot(n, to_eye));
  float grain = .5;
#ifndef LITE
  grain = value_noise(vec2(body.x * 420., body.y * 14.)) * .5
        + value_noise(vec2(body.x * 900., body.y * 30.)) * .5;
#else
  grain = value_noise(vec2(body.x * 520., body.y * 16.));
#endif
  vec3 c = u_colour * (ambient(n) * .7 + max(0., dot(n, light.xyz) * .6 + .4) * .7);
#ifdef STYLE_BRIGHT
  vec3 flat_n = (view * vec4(n, 0.)).xyz;
  c = u_colour * max(.02, .8 + .95 * dot(flat_n.xy, vec2(-.72, .69)));
  c *= mix(1., mix(.25, 1.9, grain * grain), u_grain);
#else
  c *= mix(1., mix(.55, 1.3, grain), u_grain);
#endif
  float edge = clamp(facing / max(fwidth(facing), 1e-3), 0., 1.);
#ifdef STYLE_BRIGHT
  float density = .9;
#else
  float density = mix(.80, .62, u_grain);
#endif
  colour = surface(c, density * mix(.62, 1., facing) * edge);
}
