// Nine taps of a Gaussian with five fetches: between two texels the card interpolates for free.
in vec2 uv;
out vec4 colour;
uniform sampler2D u_source;
uniform vec2 u_step;
uniform float u_threshold;
vec3 bright(vec2 at) {
  // What outshines the screen keeps its hue, and is bounded: one spark must not flood the picture.
  return clamp(texture(u_source, at).rgb - u_threshold, 0., 1.2);
}
void main() {
  vec3 c = bright(uv) * .2270;
  c += (bright(uv + u_step * 1.3846) + bright(uv - u_step * 1.3846)) * .3162;
  c += (bright(uv + u_step * 3.2308) + bright(uv - u_step * 3.2308)) * .0703;
  colour = vec4(c, 1.);
}
