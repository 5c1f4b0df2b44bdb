// Light and tone. Colours are linear until `shown`; LITE draws straight to the screen, so there
// every material ends in it. The shoulder keeps the hue: bright colours do not wash out to white.
vec3 shown(vec3 c) {
  c = max(c, 0.);
  float top = max(max(c.r, c.g), max(c.b, 1e-4));
  float kept = top < .6 ? top : .6 + .4 * (1. - exp((.6 - top) * 2.5));
  return sqrt(c * (kept / top));
}
vec4 surface(vec3 c, float alpha) {
#ifdef LITE
  c = shown(c);
#endif
  return vec4(c * alpha, alpha);
}
// Light from the sky above and, weaker, from the plate below.
vec3 ambient(vec3 n) {
#ifdef STYLE_DARK
  return mix(vec3(.10, .12, .16), vec3(.55, .66, .80), n.z * .5 + .5);
#else
  return mix(vec3(.62, .60, .57), vec3(.95, .97, 1.), n.z * .5 + .5);
#endif
}
