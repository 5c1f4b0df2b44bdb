// A muscle cell: a spindle-shaped patch under the skin that bulges as it pulls.
#include common.glsl
in vec2 a_patch;           // -1..1 along the cell, -1..1 across
in vec4 i_muscle;          // first u, last u, theta, half width
in float i_activation;
out vec3 place;
out vec3 normal;
out vec2 patch_at;
out float activation;
void main() {
  float outline = pow(max(0., 1. - a_patch.x * a_patch.x), .5);
  float u = mix(i_muscle.x, i_muscle.y, a_patch.x * .5 + .5);
  float theta = i_muscle.z + a_patch.y * i_muscle.w * outline;
  float rho = .89 + .05 * (1. - a_patch.y * a_patch.y) * outline + .02 * i_activation;
  vec3 along;
  place = body_position(u, theta, rho, normal, along);
  normal = normalize(normal + normalize(cross(normal, along)) * a_patch.y * .5);
  patch_at = a_patch;
  activation = i_activation;
  gl_Position = view_projection * vec4(place, 1.);
}
