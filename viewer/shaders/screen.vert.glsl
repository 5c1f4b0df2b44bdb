// The whole target.
in vec2 a_corner;
out vec2 uv;
void main() {
  uv = a_corner * .5 + .5;
  gl_Position = vec4(a_corner, 0., 1.);
}
