#include common.glsl
#include light.glsl
in vec3 place;
in vec3 normal;
in float lid;
out vec4 colour;
uniform vec3 u_colour;
void main() {
  vec3 n = normalize(mix(normalize(normal), vec3(0., 0., 1.), step(.001, lid)));
  vec3 to_eye = normalize(eye.xyz - place);
  float rim = pow(1. - abs(dot(n, to_eye)), 3.);
  vec3 c = u_colour * (ambient(n) * .6 + max(0., dot(n, light.xyz)) * .6) + u_colour * rim * .7;
  colour = surface(c, .92);
}
