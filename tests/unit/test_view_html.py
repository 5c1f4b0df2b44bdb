"""The page for a browser: one file, small, and it draws, plays and scrubs without an error."""

import re
import shutil
import subprocess

import pytest

from env.recording import Recorder, load
from env.simulation import Simulation
from viewer.files import ExportError
from viewer.html import write_html


@pytest.fixture(scope="module")
def episode(tmp_path_factory):
    path = tmp_path_factory.mktemp("html") / "a.h5"
    with Simulation(body="free", arena="chemotaxis") as sim, Recorder(sim, path):
        sim.run(1.0)
        sim.touch(0.1, "dorsal", 10.0, 0.1)
        sim.run(2.0)
    return load(path)


@pytest.fixture(scope="module")
def page(episode, tmp_path_factory):
    path = tmp_path_factory.mktemp("page") / "a.html"
    write_html(episode, path)
    return path


def test_it_holds_everything_itself(page):
    text = page.read_text(encoding="utf-8")
    assert not re.search(r"(src|href)\s*=\s*[\"'](?!data:)", text)
    assert not re.search(r"https?://|@import|fetch\(|XMLHttpRequest", text)
    assert text.count("</script>") == 2


def test_a_minute_is_below_a_megabyte(episode, page):
    from viewer.html import _contents

    moving = sum(len(part) for part in map(str, _contents(episode, "darkfield")["frames"].values()))
    per_s = moving / float(episode.time_s[-1])
    assert page.stat().st_size - moving + 60.0 * per_s < 1_000_000


def test_the_same_episode_gives_the_same_file(episode, page, tmp_path):
    write_html(episode, tmp_path / "b.html")
    assert (tmp_path / "b.html").read_bytes() == page.read_bytes()


def test_an_existing_file_is_kept(episode, page):
    with pytest.raises(ExportError, match="exists already"):
        write_html(episode, page)


SCRIPT = """
<script>
const errors = [];
const keep = console.error;
console.error = (...text) => { errors.push(text.join(" ")); keep(...text); };
addEventListener("error", (event) => errors.push(event.message));
async function check() {
  const wait = (ms) => new Promise((done) => setTimeout(done, ms));
  for (let i = 0; i < 600 && !(window.wormlife?.frames > 3); i++) await wait(100);
  const start = wormlife.time;
  for (let i = 0; i < 300 && wormlife.time === start; i++) await wait(100);
  const played = wormlife.time !== start;
  wormlife.playing = false;
  const slider = document.getElementById("time");
  slider.value = 2.0;
  slider.dispatchEvent(new Event("input"));
  const before = wormlife.frames;
  for (let i = 0; i < 300 && wormlife.frames < before + 2; i++) await wait(100);
  const scene = document.getElementById("scene");
  const copy = Object.assign(document.createElement("canvas"), { width: 160, height: 120 });
  const brush = copy.getContext("2d");
  await new Promise((done) => requestAnimationFrame(() => {
    brush.drawImage(scene, 0, 0, 160, 120);
    done();
  }));
  const colours = new Set(new Uint32Array(brush.getImageData(0, 0, 160, 120).data.buffer)).size;
  const result = { played, scrubbed: wormlife.time, colours, errors };
  document.title = "result " + JSON.stringify(result);
  document.body.innerHTML = "<pre id='result'>" + JSON.stringify(result) + "</pre>";
}
check();
</script>
"""


@pytest.mark.slow
def test_a_browser_draws_plays_and_scrubs_it(page, tmp_path):
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        pytest.skip("needs chromium")
    import json

    text = page.read_text(encoding="utf-8")
    probed = tmp_path / "probed.html"
    probed.write_text(text.replace("<script id=", SCRIPT + "<script id=", 1), encoding="utf-8")
    done = subprocess.run(
        [
            browser,
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu-sandbox",
            "--use-angle=swiftshader",
            "--enable-unsafe-swiftshader",
            "--window-size=480,360",
            "--virtual-time-budget=60000",
            "--dump-dom",
            probed.as_uri(),
        ],
        capture_output=True,
        text=True,
        timeout=300,
    )
    found = re.search(r"<pre id=\"result\">(.*?)</pre>", done.stdout, re.S)
    assert found, done.stderr[-2000:]
    result = json.loads(found.group(1).replace("&amp;", "&"))
    assert result["errors"] == []
    assert result["played"]
    assert result["scrubbed"] == pytest.approx(2.0, abs=0.02)
    assert result["colours"] > 100
