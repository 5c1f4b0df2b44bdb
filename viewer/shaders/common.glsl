// What every shader of the body shares: the uniform blocks, and the one function that places
// every anatomical layer. N_SPINE, LITE and STYLE_* are defined by the program that compiles this.
layout(std140) uniform Spine {
  vec4 centre_radius[N_SPINE];   // axis (mm), radius (mm)
  vec4 dorsal_slope[N_SPINE];    // unit vector to the dorsal side, change of radius along the body
  vec4 tangent[N_SPINE];         // unit vector, head to tail
};
layout(std140) uniform Frame {
  mat4 view_projection;
  mat4 view;
  vec4 eye;        // mm; w: time in s
  vec4 light;      // unit vector towards the light; w: opacity of the muscles
  vec4 centre;     // xy: middle of the worm (mm); zw: size of the picture in pixels
  vec4 selected;   // x: body position of the ring, below 0 none; y: neuron, below 0 none
};

vec3 body_position(float u, float theta, float rho, out vec3 normal, out vec3 along) {
  float f = acos(1. - 2. * clamp(u, 0., 1.)) / 3.14159265 * float(N_SPINE - 1);
  int i = int(min(f, float(N_SPINE - 2)));
  float a = f - float(i);
  vec4 c = mix(centre_radius[i], centre_radius[i + 1], a);
  vec4 n = mix(dorsal_slope[i], dorsal_slope[i + 1], a);
  vec3 dorsal = normalize(n.xyz);
  along = normalize(mix(tangent[i].xyz, tangent[i + 1].xyz, a));
  vec3 outward = cos(theta) * dorsal + sin(theta) * cross(dorsal, along);
  normal = normalize(outward - along * n.w * rho);
  return c.xyz + c.w * rho * outward;
}
// The same for a point given by its share of the samples and its offset in radii, without normals.
vec3 body_point(vec3 at) {
  float f = at.x * float(N_SPINE - 1);
  int i = int(min(f, float(N_SPINE - 2)));
  float a = f - float(i);
  vec4 c = mix(centre_radius[i], centre_radius[i + 1], a);
  vec3 dorsal = mix(dorsal_slope[i].xyz, dorsal_slope[i + 1].xyz, a);
  vec3 along = mix(tangent[i].xyz, tangent[i + 1].xyz, a);
  return c.xyz + c.w * (at.y * dorsal + at.z * cross(dorsal, along));
}
