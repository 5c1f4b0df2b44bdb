// A finished picture, enlarged to the window.
in vec2 uv;
out vec4 colour;
uniform sampler2D u_source;
void main() {
  colour = vec4(texture(u_source, uv).rgb, 1.);
}
