// What the worm has left of the lawns at a time: its mouth eats as in env/food.py, in patches.

const HALF_ONE = 0x3c00;

// A share 0..1 as a half float.
function half(share) {
  if (share < 1e-3) return 0;
  const power = Math.min(Math.floor(Math.log2(share)), 0);
  return ((power + 15) << 10) + Math.round((share / 2 ** power - 1) * 1024);
}

const food = {
  known: null,   // side x side x 4 half floats: attractants, repellents, share left, unused
  lawns: [],
  index: 0,      // the picture up to which has been eaten
  time: -Infinity,

  prepare(levels) {
    const n = data.ground.side ** 2;
    this.known = new Uint16Array(4 * n);
    for (let i = 0; i < n; i++) {
      this.known[4 * i] = levels[i];
      this.known[4 * i + 1] = levels[n + i];
      this.known[4 * i + 2] = HALF_ONE;
    }
    this.grow();
  },

  grow() {
    this.index = 0;
    this.lawns = data.ground.lawns.map(([x, y, radius, , intake]) => {
      const count = Math.max(Math.ceil(2 * radius / data.ground.patch), 1);
      return { x: x - radius, y: y - radius, count, intake, left: new Float32Array(count ** 2).fill(1) };
    });
  },

  // Eat up to a time; return whether the texture has changed.
  eat(time) {
    if (!this.lawns.length) return false;
    const again = time < this.time;
    if (again) this.grow();
    this.time = time;
    let meals = 0;
    const { values, width } = parts.line;
    while (this.index + 1 < data.times.length && data.times[this.index + 1] <= time) {
      this.index += 1;
      const elapsed = data.times[this.index] - data.times[this.index - 1];
      const [x, y] = [0, 1].map((k) =>
        values[this.index * width + k] * data.frames.half + data.frames.middle);
      for (const lawn of this.lawns) {
        const column = Math.floor((x - lawn.x) / data.ground.patch);
        const row = Math.floor((y - lawn.y) / data.ground.patch);
        if (row < 0 || column < 0 || row >= lawn.count || column >= lawn.count) continue;
        lawn.left[row * lawn.count + column] *= Math.exp(-lawn.intake * elapsed);
        meals += 1;
      }
    }
    if (meals || again) this.lay();
    return meals > 0 || again;
  },

  // Write what is left into the texture.
  lay() {
    const { window: [middleX, middleY, side], side: count, patch } = data.ground;
    for (const lawn of this.lawns) {
      for (let j = 0; j < count; j++) {
        const row = Math.floor((middleY + ((j + 0.5) / count - 0.5) * side - lawn.y) / patch);
        if (row < 0 || row >= lawn.count) continue;
        for (let i = 0; i < count; i++) {
          const column = Math.floor((middleX + ((i + 0.5) / count - 0.5) * side - lawn.x) / patch);
          if (column < 0 || column >= lawn.count) continue;
          this.known[4 * (j * count + i) + 2] = half(lawn.left[row * lawn.count + column]);
        }
      }
    }
  },
};
