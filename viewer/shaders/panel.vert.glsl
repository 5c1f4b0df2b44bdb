// Panels: pixels from the upper left corner to clip space.
in vec2 a_place;
in vec2 a_uv;
in vec4 a_colour;
uniform vec2 u_size;
out vec2 uv;
out vec4 tint;
void main() {
  uv = a_uv;
  tint = a_colour;
  vec2 at = a_place / u_size * 2. - 1.;
  gl_Position = vec4(at.x, -at.y, 0., 1.);
}
