// Baked when lawns change: slope and height of the bacteria, thicker at the rim as on real plates.
#include noise.glsl
in vec2 uv;
out vec4 colour;
uniform vec4 u_lawns[16];       // x, y, radius (mm), density 0..1
uniform int u_count;
uniform vec4 u_window;
float height_at(vec2 p) {
  float h = 0.;
  for (int i = 0; i < 16; i++) {
    if (i >= u_count) break;
    float d = length(p - u_lawns[i].xy) / u_lawns[i].z;
    float ragged = .05 * (value_noise(p * 4. + float(i) * 7.) - .5);
    float rim = .72 + .34 * smoothstep(.6, .94, d);
    h = max(h, u_lawns[i].w * (1. - smoothstep(.95 + ragged, 1. + ragged, d)) * rim);
  }
  return h;
}
void main() {
  vec2 p = u_window.xy + (uv - .5) * u_window.zw;
  float h = height_at(p);
  float step_mm = .03;
  vec2 slope = h - vec2(height_at(p + vec2(step_mm, 0.)), height_at(p + vec2(0., step_mm)));
  float grain = value_noise(p * 40.) * .6 + value_noise(p * 95.) * .4;
  colour = vec4(clamp(slope * 1.4 + .5 + (grain - .5) * .04, 0., 1.), grain, h);
}
