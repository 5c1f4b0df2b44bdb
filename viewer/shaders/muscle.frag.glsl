// Dim wine red at rest, through scarlet to amber as the muscle pulls.
#include common.glsl
#include light.glsl
in vec3 place;
in vec3 normal;
in vec2 patch_at;
in float activation;
out vec4 colour;
vec3 ramp(float x) {
  vec3 low = mix(vec3(.20, .045, .06), vec3(.72, .10, .07), smoothstep(.05, .5, x));
  return mix(low, vec3(1., .42, .07), smoothstep(.5, 1., x));
}
void main() {
  vec3 n = normalize(normal);
  vec3 to_eye = normalize(eye.xyz - place);
  if (dot(n, to_eye) < 0.) n = -n;
  // Fibres along the cell, and a darker rim by which it is told from its neighbours.
  float fibres = patch_at.y * 11. + .6 * sin(patch_at.x * 2.);
  float fine = smoothstep(1.2, .5, fwidth(fibres));
  float striation = 1. - .22 * fine * (.5 + .5 * sin(fibres * 6.2831 * .5));
  float across = 1. - abs(patch_at.y);
  float rounded = mix(.42, 1., smoothstep(.02, .55, across)) * mix(.8, 1., 1. - patch_at.x * patch_at.x);
  vec3 base = ramp(activation) * striation * rounded;
  vec3 c = base * (ambient(n) * .6 + max(0., dot(n, light.xyz) * .6 + .4) * .8);
#ifdef STYLE_DARK
  c += base * activation * activation * .5;
#else
  c = mix(c, base, .35);
#endif
  float edge = smoothstep(0., max(fwidth(across) * 1.5, .14), across);
#ifdef STYLE_DARK
  float alpha = mix(.30, .74, smoothstep(.02, .7, activation));
#else
  float alpha = mix(.16, .78, smoothstep(.02, .7, activation));
#endif
  colour = surface(c, alpha * edge * light.w);
}
