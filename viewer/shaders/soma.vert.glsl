// A cell body: a square that faces the eye, shaded as a sphere.
#include common.glsl
in vec2 a_corner;
in vec4 i_soma;            // u, theta, rho, radius (mm)
uniform sampler2D u_neurons;
out vec2 corner;
out vec4 neuron;           // colour, activity 0..1
out float glow_reach;
out float share;           // of a pixel that the cell body covers, where it is smaller than one
void main() {
  neuron = texelFetch(u_neurons, ivec2(gl_InstanceID, 0), 0);
  vec3 normal, along;
  vec3 middle = body_position(i_soma.x, i_soma.y, i_soma.z, normal, along);
  vec4 at = view_projection * vec4(middle, 1.);
  // Never smaller than a pixel and a half, or sparks would flicker as the worm moves.
  float pixel_mm = at.w / centre.w;
  float true_radius = i_soma.w * (.85 + .25 * neuron.a);
  float radius = max(true_radius, 1.1 * pixel_mm);
  share = clamp(true_radius / radius * 1.15, .25, 1.);
  glow_reach = 1. + 1.7 * neuron.a;
  vec3 right = vec3(view[0][0], view[1][0], view[2][0]);
  vec3 up = vec3(view[0][1], view[1][1], view[2][1]);
  corner = a_corner * glow_reach;
  vec3 place = middle + (right * corner.x + up * corner.y) * radius;
  if (abs(selected.y - float(gl_InstanceID)) < .5) neuron.rgb = vec3(1., 1., 1.);
  gl_Position = view_projection * vec4(place, 1.);
}
