// The sphere keeps the colour of its voltage; what is bright is the halo, in the same hue.
#include common.glsl
#include light.glsl
in vec2 corner;
in vec4 neuron;
in float glow_reach;
in float share;
out vec4 colour;
void main() {
  float r = length(corner);
  if (r > glow_reach) discard;
  float pixel = fwidth(r);
  float inside = 1. - smoothstep(1. - 1.2 * pixel, 1. + .4 * pixel, r);
  vec3 n = vec3(corner, sqrt(max(1. - r * r, 0.)));
  float lit = .5 + .5 * max(0., dot(n, normalize(vec3(-.4, .6, .7))));
  float activity = neuron.a;
  vec3 c = neuron.rgb * lit * (.75 + .45 * activity);
  c += neuron.rgb * pow(n.z, 6.) * .25;
  float halo = max(0., 1. - (r - 1.) / max(glow_reach - 1., 1e-3)) * (1. - inside);
  halo *= halo * activity * activity;
#ifdef STYLE_DARK
  vec4 glow = surface(neuron.rgb, halo * .5) * vec4(1., 1., 1., .3);
  colour = (surface(c, inside * mix(.80, 1., activity)) + glow) * share;
#else
  colour = surface(c * .9, max(inside * .96, halo * .35)) * share;
#endif
}
