// Value noise on a lattice hashed without sines, so that every graphics card agrees.
float lattice(vec2 p) {
  vec2 q = fract(p * vec2(.1031, .1130));
  q += dot(q, q.yx + 33.33);
  return fract((q.x + q.y) * q.x);
}
float value_noise(vec2 p) {
  vec2 i = floor(p);
  vec2 f = fract(p);
  f = f * f * (3. - 2. * f);
  float low = mix(lattice(i), lattice(i + vec2(1., 0.)), f.x);
  float high = mix(lattice(i + vec2(0., 1.)), lattice(i + vec2(1., 1.)), f.x);
  return mix(low, high, f.y);
}
