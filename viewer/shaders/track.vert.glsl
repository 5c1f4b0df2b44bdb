// The groove that the tail leaves in the agar.
#include common.glsl
in vec4 a_track;           // x, y (mm), age 0..1, -1 or 1 across
out float across;
out float age;
void main() {
  across = a_track.w;
  age = a_track.z;
  gl_Position = view_projection * vec4(a_track.xy, .001, 1.);
}
