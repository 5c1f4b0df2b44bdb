in vec2 uv;
in vec4 tint;
out vec4 colour;
uniform sampler2D u_source;
void main() {
  colour = tint * texture(u_source, uv);
}
