// Thin light on the dark plate, thin ink on the bright one.
#include common.glsl
#include light.glsl
in float across;
in vec4 neuron;
out vec4 colour;
void main() {
  // At the rim of a ribbon multisampling reads a little beyond it.
  float soft = max(1. - across * across, 0.);
#ifdef STYLE_DARK
  float strength = soft * mix(.20, .62, neuron.a * neuron.a);
  colour = surface(neuron.rgb * (.8 + .5 * neuron.a), strength);
#else
  float strength = soft * mix(.20, .80, neuron.a);
  colour = surface(neuron.rgb * .85, strength);
#endif
}
