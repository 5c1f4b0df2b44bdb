// The silhouette of the body, thrown along the light onto the plate.
#include common.glsl
in vec2 a_tube;
uniform vec4 u_shadow_rect;
void main() {
  vec3 normal, along;
  float u = .5 - .5 * cos(3.14159265 * a_tube.x);
  vec3 place = body_position(u, a_tube.y, .96, normal, along);
  vec2 on_plate = place.xy - light.xy / light.z * place.z;
  gl_Position = vec4((on_plate - u_shadow_rect.xy) / u_shadow_rect.zw * 2., 0., 1.);
}
