// From light to screen: bloom, tone, vignette, and grain against banding.
#include light.glsl
#include noise.glsl
in vec2 uv;
out vec4 colour;
uniform sampler2D u_source;
uniform sampler2D u_bloom_near;
uniform sampler2D u_bloom_far;
uniform float u_bloom;
uniform float u_vignette;
void main() {
  vec3 c = texture(u_source, uv).rgb;
  c += (texture(u_bloom_near, uv).rgb * .6 + texture(u_bloom_far, uv).rgb * .5) * u_bloom;
  c = shown(c);
  vec2 q = uv - .5;
  c *= 1. - u_vignette * dot(q, q);
  c += (lattice(gl_FragCoord.xy) - .5) / 160.;
  colour = vec4(c, 1.);
}
