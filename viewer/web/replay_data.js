"use strict";
// Plays a recorded worm with WebGL2. The shaders and the anatomy are those of the desktop window;
// what is done here is to unpack the recording, to place the spine, and to run the passes in order.
const data = JSON.parse(document.getElementById("data").textContent);
const canvas = document.getElementById("scene");
const gl = canvas.getContext("webgl2", { antialias: true, alpha: false });
const N_SPINE = data.spine_u.length;
const state = {
  time: data.times[0], playing: true, speed: 1, azimuth: -1.45, elevation: 0.95, distance: 0,
  target: [0, 0, 0.03], follow: true, ready: false, frames: 0,
};
window.wormlife = state;  // for tests: what the page shows at this moment

function fail(text) {
  const box = document.getElementById("message");
  box.textContent = text;
  box.style.display = "flex";
}

// ---- unpacking ----------------------------------------------------------------------------------

async function unpack(text) {
  const packed = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).arrayBuffer();
}

// Rows of differences in time -> one row per picture.
function undo(bytes, count, wide) {
  const width = bytes.length / count / (wide ? 2 : 1);
  const half = width * count;
  const out = wide ? new Float32Array(half) : new Uint8Array(half);
  for (let k = 0; k < width; k++) {
    let value = 0;
    for (let t = 0; t < count; t++) {
      const at = k * count + t;
      if (wide) {
        value = (value + bytes[at] + 256 * bytes[half + at]) & 65535;
        out[t * width + k] = (value > 32767 ? value - 65536 : value) / 32767;
      } else {
        value = (value + bytes[at]) & 255;
        out[t * width + k] = value;
      }
    }
  }
  return { values: out, width };
}

// ---- little vectors -----------------------------------------------------------------------------

const sub = (a, b) => [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
const dot = (a, b) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
const cross = (a, b) =>
  [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
const unit = (a) => {
  const n = Math.max(Math.hypot(...a), 1e-9);
  return [a[0] / n, a[1] / n, a[2] / n];
};

// ---- one moment: the spine block, voltages, activations -----------------------------------------

let parts = {};

function at(name, time) {
  const times = data.times;
  let i = 0;
  let j = times.length - 1;
  while (j - i > 1) {
    const m = (i + j) >> 1;
    if (times[m] <= time) i = m; else j = m;
  }
  const share = Math.min(Math.max((time - times[i]) / (times[j] - times[i] || 1), 0), 1);
  const { values, width } = parts[name];
  const row = new Float32Array(width);
  for (let k = 0; k < width; k++) {
    row[k] = values[i * width + k] * (1 - share) + values[j * width + k] * share;
  }
  return row;
}

// The same Catmull-Rom curve and the same frame across it as the desktop renderer uses.
function spine(time) {
  const line = at("line", time).map((v) => v * data.frames.half + data.frames.middle);
  const dorsal = at("dorsal", time);
  const point = (i, k) => {
    const last = line.length / 3 - 1;
    if (i < 0) return 2 * line[k] - line[3 + k];
    if (i > last) return 2 * line[3 * last + k] - line[3 * last - 3 + k];
    return line[3 * i + k];
  };
  const n = line.length / 3;
  const block = new Float32Array(12 * N_SPINE);
  const centre = data.spine_u.map((u) => {
    const where = u * (n - 1);
    const i = Math.min(Math.floor(where), n - 2);
    const t = where - i;
    return [0, 1, 2].map((k) => {
      const [a, b, c, d] = [-1, 0, 1, 2].map((o) => point(i + o, k));
      return 0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t * t
        + (3 * b - a - 3 * c + d) * t * t * t);
    });
  });
  for (let i = 0; i < N_SPINE; i++) {
    const before = Math.max(i - 1, 0);
    const after = Math.min(i + 1, N_SPINE - 1);
    const tangent = unit(sub(centre[after], centre[before]));
    const m = dorsal.length / 3;
    const place = Math.min(Math.max(data.spine_u[i] * m - 0.5, 0), m - 1);
    const j = Math.min(Math.floor(place), m - 2);
    const share = place - j;
    let d = [0, 1, 2].map((k) =>
      (dorsal[3 * j + k] * (1 - share) + dorsal[3 * j + 3 + k] * share) / 127.5 - 1);
    const along = dot(d, tangent);
    d = unit([d[0] - along * tangent[0], d[1] - along * tangent[1], d[2] - along * tangent[2]]);
    const rise = data.radius[after] - data.radius[before];
    const run = Math.hypot(...sub(centre[after], centre[before])) || 1e-6;
    block.set([...centre[i], data.radius[i]], 4 * i);
    block.set([...d, Math.min(Math.max(rise / run, -25), 25)], 4 * (N_SPINE + i));
    block.set([...tangent, 0], 4 * (2 * N_SPINE + i));
  }
  return { block, centre };
}
