// A piece of neurite: a ribbon of a width in pixels, for wide lines do not exist in core OpenGL.
#include common.glsl
in vec2 a_corner;          // 0..1 along, -1..1 across
in vec3 i_from;            // share of the samples, offset to the dorsal and to the right side
in vec3 i_to;
in float i_owner;
uniform sampler2D u_neurons;
out float across;
out vec4 neuron;
void main() {
  vec4 a = view_projection * vec4(body_point(i_from), 1.);
  vec4 b = view_projection * vec4(body_point(i_to), 1.);
  neuron = texelFetch(u_neurons, ivec2(int(i_owner + .5), 0), 0);
  vec2 way = (b.xy / b.w - a.xy / a.w) * centre.zw;
  way /= max(length(way), 1e-4);
  vec4 at = mix(a, b, a_corner.x);
  float chosen = 1. - step(.5, abs(selected.y - i_owner));
  float width = clamp(.0011 * centre.w / at.w, .75, 3.2) * (1. + .5 * neuron.a + chosen);
  if (chosen > .5) neuron = vec4(1.);
  vec2 shift = vec2(-way.y, way.x) * a_corner.y + way * (a_corner.x * 2. - 1.) * .3;
  at.xy += shift * width / centre.zw * at.w;
  across = a_corner.y;
  gl_Position = at;
}
