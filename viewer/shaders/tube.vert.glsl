// A tube along the body: the skin, the pharynx, the gut.
#include common.glsl
in vec2 a_tube;            // 0..1 from its front end to its back end, angle
uniform vec2 u_span;       // body positions of the ends
uniform int u_kind;        // 0 skin, 1 pharynx, 2 gut
invariant gl_Position;     // the skin is drawn twice, by two programs: depth, then colour
out vec3 place;
out vec3 normal;
out vec3 along;
out vec2 body;
float bell(float x, float middle, float width) {
  float d = (x - middle) / width;
  return exp(-d * d);
}
void main() {
  float x = a_tube.x;
  float rho = 1.;
  float u = mix(u_span.x, u_span.y, x);
  if (u_kind == 0) {
    // Rings as dense at the ends as the samples of the body are.
    u = .5 - .5 * cos(3.14159265 * x);
  }
  if (u_kind == 1) {
    // Procorpus, metacorpus, isthmus, terminal bulb.
    rho = .27 + .30 * bell(x, .50, .13) + .38 * bell(x, .885, .085) - .10 * bell(x, .70, .08);
    rho *= smoothstep(0., .05, x) * smoothstep(1.01, .96, x);
  }
  if (u_kind == 2) {
    rho = .64 + .05 * sin(x * 64.) * sin(a_tube.y * 2. + x * 21.);
    rho *= smoothstep(0., .025, x) * smoothstep(1., .95, x);
  }
  place = body_position(u, a_tube.y, rho, normal, along);
  body = vec2(u, a_tube.y);
  gl_Position = view_projection * vec4(place, 1.);
}
