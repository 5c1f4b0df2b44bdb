// How the page looks at the plate, and its way to WebGL2.

// ---- camera -------------------------------------------------------------------------------------

function camera(aspect) {
  if (!state.distance) state.distance = 1.6 * Math.max(1, 1.3 / aspect);  // on a narrow screen too
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
