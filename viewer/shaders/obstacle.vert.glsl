// Posts and walls: a line with round ends, extruded.
#include common.glsl
in vec3 a_side;            // cosine and sine around, height 0..1 (2: middle of the lid)
in vec4 i_ends;            // x0, y0, x1, y1 (mm)
in float i_radius;
out vec3 place;
out vec3 normal;
out float lid;
void main() {
  vec2 way = i_ends.zw - i_ends.xy;
  float far = length(way);
  way = far > 1e-6 ? way / far : vec2(1., 0.);
  vec2 outward = way * a_side.x + vec2(-way.y, way.x) * a_side.y;
  vec2 end = a_side.x >= 0. ? i_ends.zw : i_ends.xy;
  float top = step(.5, a_side.z);
  lid = step(1.5, a_side.z);
  vec2 at = mix(end + outward * i_radius, mix(i_ends.xy, i_ends.zw, .5), lid);
  place = vec3(at, top * .11);
  normal = normalize(vec3(outward, .25 * top));
  gl_Position = view_projection * vec4(place, 1.);
}
