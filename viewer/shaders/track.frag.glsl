in float across;
in float age;
out vec4 colour;
uniform vec4 u_colour;
void main() {
  float soft = 1. - smoothstep(.4, 1., abs(across));
  float alpha = soft * pow(max(1. - age, 0.), 1.3) * smoothstep(0., .03, age) * u_colour.a;
  colour = vec4(u_colour.rgb * alpha, alpha);
}
