// The buffers of the scene and its passes, in order, as viewer/renderer.py makes them.

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
  for (const name of ["skin", "depth", "organ", "shadow"]) {
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
      neurites[7 * i + k] = ends[k * n + i] / 32767;
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
  food.prepare(new Uint16Array(await unpack(data.ground.field)));
  const side = data.ground.side;
  texture("field", side, side, gl.RGBA16F, gl.RGBA, gl.HALF_FLOAT, food.known, gl.LINEAR);
  target("shadow", SHADOW);
  target("blurred", SHADOW);
  target("lawn", LAWN);
  const lawns = new Float32Array(64);
  data.ground.lawns.slice(0, 16).forEach((lawn, i) => lawns.set(lawn.slice(0, 4), 4 * i));
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
  data.dead.forEach((i) => colours.set([0.035, 0.035, 0.035, 0], 4 * i));
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
  if (food.eat(state.time)) {
    bind(0, "field");
    gl.texSubImage2D(gl.TEXTURE_2D, 0, 0, 0, data.ground.side, data.ground.side, gl.RGBA,
      gl.HALF_FLOAT, food.known);
  }
  ["field", "lawn", "shadow"].forEach((name, unit) => bind(unit, name));
  use("ground", {
    u_field: "0", u_lawn: "1", u_shadow: "2", u_window: data.ground.window, u_shadow_rect: rect,
    u_agar: look.agar, u_far: look.far, u_odour: look.odour, u_odour_high: look.odour_high,
    u_repellent: look.repellent, u_repellent_high: look.repellent_high,
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
  use("depth", { u_span: [0, 1], u_kind: 0 });
  gl.depthMask(true);
  gl.colorMask(false, false, false, false);
  draw("depth", counts.tube);
  gl.depthMask(false);
  gl.colorMask(true, true, true, true);
  use("skin", { ...skin, u_front: 1 });
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
