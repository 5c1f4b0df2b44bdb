// One large square at z = 0, under the worm.
#include common.glsl
in vec2 a_corner;
uniform float u_extent;
out vec2 place;
void main() {
  place = centre.xy + a_corner * u_extent;
  gl_Position = view_projection * vec4(place, 0., 1.);
}
