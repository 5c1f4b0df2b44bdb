"use strict";
// Plays a recorded worm with WebGL2. The shaders and the anatomy are those of the desktop window;
// what is done here is to unpack the recording, to place the spine, and to run the passes in order.
const data = JSON.parse(document.getElementById("data").textContent);
const canvas = document.getElementById("scene");
const gl = canvas.getContext("webgl2", { antialias: true, alpha: false });
const N_SPINE = data.spine_u.length;
const state = {
  time: data.times[0], playing: true, speed: 1, azimuth: -1.45, elevation: 0.95, distance: 1.6,
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

// ---- camera -------------------------------------------------------------------------------------

function camera(aspect) {
  const flat = Math.cos(state.elevation);
  const back = [flat * Math.cos(state.azimuth), flat * Math.sin(state.azimuth),
    Math.sin(state.elevation)];
  const eye = state.target.map((v, k) => v + state.distance * back[k]);
  const right = unit(cross([0, 0, 1], back));
  const up = cross(back, right);
  const view = [right[0], up[0], back[0], 0, right[1], up[1], back[1], 0,
    right[2], up[2], back[2], 0, -dot(right, eye), -dot(up, eye), -dot(back, eye), 1];
  const near = Math.max(0.01, 0.05 * state.distance);
  const far = 4 * state.distance + 60;
  const s = 1 / Math.tan(Math.PI / 12);
  const p = [s / aspect, 0, 0, 0, 0, s, 0, 0, 0, 0, (far + near) / (near - far), -1,
    0, 0, 2 * far * near / (near - far), 0];
  const all = new Float32Array(16);
  for (let c = 0; c < 4; c++) {
    for (let r = 0; r < 4; r++) {
      for (let k = 0; k < 4; k++) all[4 * c + r] += p[4 * k + r] * view[4 * c + k];
    }
  }
  return { all, view, eye };
}

// ---- OpenGL -------------------------------------------------------------------------------------

const programs = {};
const arrays = {};
const buffers = {};
const textures = {};
const targets = {};

function program(name, [vertex, fragment]) {
  const p = gl.createProgram();
  for (const [kind, text] of [[gl.VERTEX_SHADER, vertex], [gl.FRAGMENT_SHADER, fragment]]) {
    const s = gl.createShader(kind);
    gl.shaderSource(s, text);
    gl.compileShader(s);
    if (!gl.getShaderParameter(s, gl.COMPILE_STATUS)) {
      throw new Error(`${name}: ${gl.getShaderInfoLog(s)}`);
    }
    gl.attachShader(p, s);
  }
  gl.linkProgram(p);
  if (!gl.getProgramParameter(p, gl.LINK_STATUS)) {
    throw new Error(`${name}: ${gl.getProgramInfoLog(p)}`);
  }
  ["Spine", "Frame"].forEach((block, binding) => {
    const index = gl.getUniformBlockIndex(p, block);
    if (index !== gl.INVALID_INDEX) gl.uniformBlockBinding(p, index, binding);
  });
  return p;
}

function use(name, uniforms) {
  const p = programs[name];
  gl.useProgram(p);
  for (const [key, value] of Object.entries(uniforms)) {
    const where = gl.getUniformLocation(p, key);
    if (where === null) continue;
    if (key.startsWith("u_kind") || key === "u_count" || typeof value === "string") {
      gl.uniform1i(where, Number(value));
    } else if (typeof value === "number") {
      gl.uniform1f(where, value);
    } else {
      gl[`uniform${value.length}fv`](where, value);
    }
  }
}

function buffer(values, kind = gl.ARRAY_BUFFER) {
  const b = gl.createBuffer();
  gl.bindBuffer(kind, b);
  gl.bufferData(kind, values, gl.DYNAMIC_DRAW);
  return b;
}

// layout: [buffer, divisor, stride in floats, [attribute, size, offset in floats] ...]
function vertexArray(name, layouts, indices) {
  const array = gl.createVertexArray();
  gl.bindVertexArray(array);
  for (const [b, divisor, stride, ...attributes] of layouts) {
    gl.bindBuffer(gl.ARRAY_BUFFER, b);
    for (const [attribute, size, offset] of attributes) {
      const where = gl.getAttribLocation(programs[name], attribute);
      if (where < 0) continue;
      gl.enableVertexAttribArray(where);
      gl.vertexAttribPointer(where, size, gl.FLOAT, false, 4 * stride, 4 * offset);
      gl.vertexAttribDivisor(where, divisor);
    }
  }
  if (indices) gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, indices);
  gl.bindVertexArray(null);
  arrays[name] = array;
}

function texture(name, width, height, inner, format, type, values, filter) {
  const t = gl.createTexture();
  gl.bindTexture(gl.TEXTURE_2D, t);
  gl.texImage2D(gl.TEXTURE_2D, 0, inner, width, height, 0, format, type, values);
  for (const key of [gl.TEXTURE_MIN_FILTER, gl.TEXTURE_MAG_FILTER]) {
    gl.texParameteri(gl.TEXTURE_2D, key, filter);
  }
  for (const key of [gl.TEXTURE_WRAP_S, gl.TEXTURE_WRAP_T]) {
    gl.texParameteri(gl.TEXTURE_2D, key, gl.CLAMP_TO_EDGE);
  }
  textures[name] = t;
}

function target(name, side) {
  texture(name, side, side, gl.RGBA8, gl.RGBA, gl.UNSIGNED_BYTE, null, gl.LINEAR);
  targets[name] = gl.createFramebuffer();
  gl.bindFramebuffer(gl.FRAMEBUFFER, targets[name]);
  gl.framebufferTexture2D(
    gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D, textures[name], 0);
}

function bind(unit, name) {
  gl.activeTexture(gl.TEXTURE0 + unit);
  gl.bindTexture(gl.TEXTURE_2D, textures[name]);
}

function draw(name, count, instances = 0) {
  gl.bindVertexArray(arrays[name]);
  if (count === "strip") {
    if (instances) gl.drawArraysInstanced(gl.TRIANGLE_STRIP, 0, 4, instances);
    else gl.drawArrays(gl.TRIANGLE_STRIP, 0, 4);
  } else if (instances) {
    gl.drawElementsInstanced(gl.TRIANGLES, count, gl.UNSIGNED_INT, 0, instances);
  } else {
    gl.drawElements(gl.TRIANGLES, count, gl.UNSIGNED_INT, 0);
  }
}

const counts = {};
const SHADOW = 128;
const LAWN = 512;

async function prepare() {
  const f = data.frames;
  for (const name of ["line", "dorsal", "level", "activation"]) {
    parts[name] = undo(new Uint8Array(await unpack(f[name])), f.count, name === "line");
  }
  gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);
  for (const [name, text] of Object.entries(data.programs)) programs[name] = program(name, text);
  const meshes = {};
  for (const [name, mesh] of Object.entries(data.anatomy.meshes)) {
    const indices = await unpack(mesh.indices);
    counts[name] = indices.byteLength / 4;
    meshes[name] = [buffer(await unpack(mesh.vertices)),
      buffer(indices, gl.ELEMENT_ARRAY_BUFFER)];
  }
  const square = buffer(new Float32Array([-1, -1, 1, -1, -1, 1, 1, 1]));
  const strip = buffer(new Float32Array([0, -1, 1, -1, 0, 1, 1, 1]));
  const [tube, tubeIndex] = meshes.tube;
  for (const name of ["skin", "organ", "shadow"]) {
    vertexArray(name, [[tube, 0, 2, ["a_tube", 2, 0]]], tubeIndex);
  }
  for (const name of ["ground", "lawn", "blur"]) {
    vertexArray(name, [[square, 0, 2, ["a_corner", 2, 0]]]);
  }
  buffers.activation = buffer(new Float32Array(95));
  vertexArray("muscle", [
    [meshes.patch[0], 0, 2, ["a_patch", 2, 0]],
    [buffer(await unpack(data.anatomy.muscles)), 1, 4, ["i_muscle", 4, 0]],
    [buffers.activation, 1, 1, ["i_activation", 1, 0]]], meshes.patch[1]);
  vertexArray("soma", [[square, 0, 2, ["a_corner", 2, 0]],
    [buffer(await unpack(data.anatomy.somata)), 1, 4, ["i_soma", 4, 0]]]);
  const owners = new Uint16Array(await unpack(data.anatomy.owners));
  const ends = new Int16Array(await unpack(data.anatomy.neurites));
  const n = counts.neurite = owners.length;
  const neurites = new Float32Array(7 * n);
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < 6; k++) {
      neurites[7 * i + k] = ends[k * n + i] / 16383 * (k % 3 === 1 ? 2 * Math.PI : 1);
    }
    neurites[7 * i + 6] = owners[i];
  }
  vertexArray("neurite", [[strip, 0, 2, ["a_corner", 2, 0]], [buffer(neurites), 1, 7,
    ["i_from", 3, 0], ["i_to", 3, 3], ["i_owner", 1, 6]]]);
  counts.obstacle = data.ground.obstacles.length / 5;
  vertexArray("obstacle", [[meshes.post[0], 0, 3, ["a_side", 3, 0]],
    [buffer(new Float32Array(data.ground.obstacles)), 1, 5, ["i_ends", 4, 0], ["i_radius", 1, 4]],
  ], meshes.post[1]);
  buffers.track = buffer(new Float32Array(4));
  vertexArray("track", [[buffers.track, 0, 4, ["a_track", 4, 0]]]);
  buffers.spine = buffer(new Float32Array(12 * N_SPINE), gl.UNIFORM_BUFFER);
  buffers.frame = buffer(new Float32Array(48), gl.UNIFORM_BUFFER);
  gl.bindBufferBase(gl.UNIFORM_BUFFER, 0, buffers.spine);
  gl.bindBufferBase(gl.UNIFORM_BUFFER, 1, buffers.frame);
  texture("neurons", 302, 1, gl.RGBA32F, gl.RGBA, gl.FLOAT, new Float32Array(4 * 302), gl.NEAREST);
  const field = new Uint16Array(await unpack(data.ground.field));
  const side = data.ground.side;
  texture("field", side, side, gl.R16F, gl.RED, gl.HALF_FLOAT, field, gl.LINEAR);
  target("shadow", SHADOW);
  target("blurred", SHADOW);
  target("lawn", LAWN);
  const lawns = new Float32Array(64);
  data.ground.lawns.slice(0, 16).forEach((lawn, i) => lawns.set(lawn, 4 * i));
  gl.viewport(0, 0, LAWN, LAWN);
  use("lawn", { u_count: Math.min(data.ground.lawns.length, 16), u_window: data.ground.window });
  gl.uniform4fv(gl.getUniformLocation(programs.lawn, "u_lawns"), lawns);
  draw("lawn", "strip");
}

// ---- the passes ---------------------------------------------------------------------------------

const LIGHT = unit([-0.42, 0.38, 0.82]);

function upload(moment, width, height) {
  const { all, view, eye } = camera(width / height);
  const middle = moment.centre[N_SPINE >> 1];
  const frame = new Float32Array(48);
  frame.set(all, 0);
  frame.set(view, 16);
  frame.set([...eye, state.time, ...LIGHT, 1, middle[0], middle[1], width, height, -1, -1, 0, 0], 32);
  gl.bindBuffer(gl.UNIFORM_BUFFER, buffers.spine);
  gl.bufferSubData(gl.UNIFORM_BUFFER, 0, moment.block);
  gl.bindBuffer(gl.UNIFORM_BUFFER, buffers.frame);
  gl.bufferSubData(gl.UNIFORM_BUFFER, 0, frame);
  const level = at("level", state.time);
  const colours = new Float32Array(4 * 302);
  level.forEach((value, i) => {
    const k = 4 * Math.round(value);
    colours.set(data.lut.slice(k, k + 4), 4 * i);
  });
  bind(0, "neurons");
  gl.texSubImage2D(gl.TEXTURE_2D, 0, 0, 0, 302, 1, gl.RGBA, gl.FLOAT, colours);
  gl.bindBuffer(gl.ARRAY_BUFFER, buffers.activation);
  gl.bufferSubData(gl.ARRAY_BUFFER, 0, at("activation", state.time).map((v) => v / 255));
}

function shadow(centre) {
  const xs = centre.map((c) => c[0]);
  const ys = centre.map((c) => c[1]);
  const low = [Math.min(...xs) - 0.18, Math.min(...ys) - 0.18];
  const high = [Math.max(...xs) + 0.18, Math.max(...ys) + 0.18];
  const side = Math.max(high[0] - low[0], high[1] - low[1]);
  const rect = [(low[0] + high[0]) / 2, (low[1] + high[1]) / 2, side, side];
  gl.viewport(0, 0, SHADOW, SHADOW);
  gl.bindFramebuffer(gl.FRAMEBUFFER, targets.shadow);
  gl.clearColor(0, 0, 0, 0);
  gl.clear(gl.COLOR_BUFFER_BIT);
  use("shadow", { u_shadow_rect: rect });
  draw("shadow", counts.tube);
  const step = 0.022 / side;
  for (const [from, into, way] of [["shadow", "blurred", [step, 0]], ["blurred", "shadow", [0, step]]]) {
    gl.bindFramebuffer(gl.FRAMEBUFFER, targets[into]);
    bind(0, from);
    use("blur", { u_source: "0", u_step: way, u_threshold: 0 });
    draw("blur", "strip");
  }
  return rect;
}

function track() {
  const points = [];
  const { values, width } = parts.line;
  const scale = (v) => v * data.frames.half + data.frames.middle;
  for (let i = 0; i < data.times.length && data.times[i] <= state.time; i++) {
    const p = [scale(values[i * width + width - 3]), scale(values[i * width + width - 2])];
    const last = points[points.length - 1];
    if (!last || Math.hypot(p[0] - last[0], p[1] - last[1]) > 0.008) points.push(p);
  }
  points.reverse();
  if (points.length < 3) return 0;
  const out = [];
  points.slice(0, 1500).forEach((p, i, all) => {
    const a = all[Math.max(i - 1, 0)];
    const b = all[Math.min(i + 1, all.length - 1)];
    const n = Math.max(Math.hypot(b[0] - a[0], b[1] - a[1]), 1e-9);
    const side = [-(b[1] - a[1]) / n * 0.008, (b[0] - a[0]) / n * 0.008];
    const age = i / (all.length - 1);
    out.push(p[0] + side[0], p[1] + side[1], age, 1, p[0] - side[0], p[1] - side[1], age, -1);
  });
  gl.bindBuffer(gl.ARRAY_BUFFER, buffers.track);
  gl.bufferData(gl.ARRAY_BUFFER, new Float32Array(out), gl.DYNAMIC_DRAW);
  return out.length / 4;
}

function render() {
  const width = canvas.width;
  const height = canvas.height;
  const moment = spine(state.time);
  if (state.follow) {
    const c = moment.centre.reduce((s, p) => [s[0] + p[0], s[1] + p[1]], [0, 0]);
    state.target = [c[0] / N_SPINE, c[1] / N_SPINE, 0.03];
  }
  gl.disable(gl.BLEND);
  gl.disable(gl.DEPTH_TEST);
  gl.disable(gl.CULL_FACE);
  upload(moment, width, height);
  const rect = shadow(moment.centre);
  const look = data.look;
  gl.bindFramebuffer(gl.FRAMEBUFFER, null);
  gl.viewport(0, 0, width, height);
  gl.depthMask(true);
  gl.colorMask(true, true, true, true);
  gl.clearColor(...look.far, 1);
  gl.clear(gl.COLOR_BUFFER_BIT | gl.DEPTH_BUFFER_BIT);
  ["field", "lawn", "shadow"].forEach((name, unit) => bind(unit, name));
  use("ground", {
    u_field: "0", u_lawn: "1", u_shadow: "2", u_window: data.ground.window, u_shadow_rect: rect,
    u_agar: look.agar, u_far: look.far, u_odour: look.odour, u_odour_high: look.odour_high,
    u_line: look.line, u_dish: data.ground.dish, u_extent: 60,
  });
  draw("ground", "strip");
  gl.enable(gl.BLEND);
  gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
  const n = track();
  if (n) {
    use("track", { u_colour: look.track });
    gl.bindVertexArray(arrays.track);
    gl.drawArrays(gl.TRIANGLE_STRIP, 0, n);
  }
  body(look);
  state.frames += 1;
}

function body(look) {
  gl.enable(gl.DEPTH_TEST);
  if (counts.obstacle) {
    use("obstacle", { u_colour: look.obstacle });
    draw("obstacle", counts.post, counts.obstacle);
  }
  gl.enable(gl.CULL_FACE);
  gl.depthMask(false);
  gl.cullFace(gl.FRONT);
  const skin = { u_span: [0, 1], u_kind: 0, u_colour: look.skin };
  use("skin", { ...skin, u_front: 0 });
  draw("skin", counts.tube);
  gl.cullFace(gl.BACK);
  gl.depthMask(true);
  use("organ", { u_span: [0.008, 0.17], u_kind: 1, u_colour: look.pharynx, u_grain: 0.25 });
  draw("organ", counts.tube);
  use("organ", { u_span: [0.168, 0.905], u_kind: 2, u_colour: look.gut, u_grain: 1 });
  draw("organ", counts.tube);
  gl.depthMask(false);
  gl.disable(gl.CULL_FACE);
  use("muscle", {});
  draw("muscle", counts.patch, 95);
  gl.enable(gl.CULL_FACE);
  use("skin", { ...skin, u_front: 1 });
  gl.depthMask(true);
  gl.colorMask(false, false, false, false);
  draw("skin", counts.tube);
  gl.depthMask(false);
  gl.colorMask(true, true, true, true);
  gl.depthFunc(gl.LEQUAL);
  draw("skin", counts.tube);
  gl.depthFunc(gl.LESS);
  gl.disable(gl.CULL_FACE);
  gl.disable(gl.DEPTH_TEST);
  bind(0, "neurons");
  use("neurite", { u_neurons: "0" });
  draw("neurite", "strip", counts.neurite);
  use("soma", { u_neurons: "0" });
  draw("soma", "strip", 302);
}

// ---- the page -----------------------------------------------------------------------------------

const bar = {
  play: document.getElementById("play"), time: document.getElementById("time"),
  speed: document.getElementById("speed"), track: document.getElementById("track"),
  clock: document.querySelector("#clock b"), line: document.querySelector("#clock span"),
};

function show() {
  const k = data.times.findIndex((t) => t > state.time);
  const speed = data.speed[k < 0 ? data.times.length - 1 : Math.max(k - 1, 0)];
  const near = data.marks.filter(([t]) => Math.abs(t - state.time) < 0.4).map((m) => m[1]);
  bar.clock.textContent = `${state.time.toFixed(1)} s`;
  bar.line.textContent = `${speed >= 0 ? "+" : ""}${speed.toFixed(2)} mm/s   ${data.medium}   ${
    [...new Set(near)].join(", ")}`;
  bar.time.value = state.time;
  bar.play.textContent = state.playing ? "pause" : "play";
}

function connect() {
  const last = data.times[data.times.length - 1];
  Object.assign(bar.time, { min: data.times[0], max: last, step: 0.01 });
  for (const [t] of data.marks) {
    const tick = document.createElement("i");
    tick.style.left = `${100 * (t - data.times[0]) / (last - data.times[0])}%`;
    bar.track.appendChild(tick);
  }
  bar.time.addEventListener("input", () => { state.time = Number(bar.time.value); });
  bar.play.addEventListener("click", () => { state.playing = !state.playing; });
  bar.speed.addEventListener("change", () => { state.speed = Number(bar.speed.value); });
  canvas.addEventListener("pointermove", (event) => {
    if (!event.buttons) return;
    if (event.buttons === 1) {
      state.azimuth -= event.movementX * 0.006;
      state.elevation = Math.min(Math.max(state.elevation + event.movementY * 0.006, 0.04), 1.553);
      return;
    }
    state.follow = false;
    const mm = 2 * state.distance * Math.tan(Math.PI / 12) / canvas.clientHeight;
    const [s, c] = [Math.sin(state.azimuth), Math.cos(state.azimuth)];
    state.target[0] += mm * (s * event.movementX - c * event.movementY);
    state.target[1] += mm * (-c * event.movementX - s * event.movementY);
  });
  canvas.addEventListener("contextmenu", (event) => event.preventDefault());
  canvas.addEventListener("dblclick", () => { state.follow = true; });
  canvas.addEventListener("wheel", (event) => {
    event.preventDefault();
    const factor = event.deltaY > 0 ? 1.1 : 0.9;
    state.distance = Math.min(Math.max(state.distance * factor, 0.15), 60);
  }, { passive: false });
  document.addEventListener("keydown", (event) => {
    if (event.key === " ") { state.playing = !state.playing; event.preventDefault(); }
    if (event.key === "f") state.follow = true;
  });
}

// "#t=3&pause" opens the page at a fixed moment.
function address() {
  const wanted = new URLSearchParams(location.hash.slice(1));
  if (wanted.has("t")) state.time = Number(wanted.get("t"));
  if (wanted.has("pause")) state.playing = false;
}

let before = 0;

function tick(now) {
  const elapsed = Math.min((now - before) / 1000, 0.25);
  before = now;
  const last = data.times[data.times.length - 1];
  if (state.playing) {
    state.time += elapsed * state.speed;
    if (state.time > last) state.time = data.times[0];
  }
  state.time = Math.min(Math.max(state.time, data.times[0]), last);
  const ratio = window.devicePixelRatio || 1;
  const [w, h] = [Math.round(canvas.clientWidth * ratio), Math.round(canvas.clientHeight * ratio)];
  if (canvas.width !== w || canvas.height !== h) Object.assign(canvas, { width: w, height: h });
  render();
  show();
  requestAnimationFrame(tick);
}

async function main() {
  if (!gl) return fail("This browser has no WebGL2, which this page needs.");
  await prepare();
  connect();
  address();
  state.ready = true;
  requestAnimationFrame((now) => { before = now; tick(now); });
}

main().catch((error) => {
  fail(error.message);
  console.error(error);
});
