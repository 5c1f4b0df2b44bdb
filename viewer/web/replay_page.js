// The controls of the page, and its clock.

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
