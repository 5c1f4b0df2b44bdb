"""The page for a browser: one file, small, and it draws, plays and scrubs without an error."""

import json
import os
import re
import shutil
import subprocess
import time

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


class Browser:
    """A headless Chromium, spoken to through two pipes: no port, no further library."""

    def __init__(self, program, url, profile):
        to_read, self._write = os.pipe()
        self._read, to_write = os.pipe()
        arguments = [
            "--headless=new",
            "--no-sandbox",
            "--use-angle=swiftshader",
            "--enable-unsafe-swiftshader",
            "--window-size=480,360",
            "--remote-debugging-pipe",
            f"--user-data-dir={profile}",
            url,
        ]
        # The browser expects its pipes at 3 and 4.
        shell = f'exec "$@" 3<&{to_read} 4>&{to_write}'
        self._process = subprocess.Popen(
            ["bash", "-c", shell, "_", program, *arguments],
            pass_fds=(to_read, to_write),
            stderr=subprocess.DEVNULL,
        )
        os.close(to_read)
        os.close(to_write)
        self._unread, self._count, self._session = b"", 0, None
        self.heard = []
        page = self._page()
        self._session = self.call("Target.attachToTarget", targetId=page, flatten=True)["sessionId"]
        self.call("Runtime.enable")
        self.call("Log.enable")

    def _page(self):
        for _ in range(600):
            found = self.call("Target.getTargets")["targetInfos"]
            pages = [target["targetId"] for target in found if target["type"] == "page"]
            if pages:
                return pages[0]
            time.sleep(0.1)
        raise TimeoutError("the browser opened no page")

    def call(self, method, **parameters):
        self._count += 1
        message = {"id": self._count, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._write, json.dumps(message).encode() + b"\0")
        while True:
            while b"\0" not in self._unread:
                more = os.read(self._read, 1 << 16)
                assert more, "the browser has gone"
                self._unread += more
            answer, self._unread = self._unread.split(b"\0", 1)
            heard = json.loads(answer)
            if heard.get("id") == self._count:
                return heard["result"]
            self.heard.append(heard)

    def run(self, script):
        answer = self.call(
            "Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True
        )
        return answer["result"].get("value")

    def until(self, script):
        end = time.monotonic() + 240.0
        while not self.run(script):
            assert time.monotonic() < end, f"never true: {script}"
            time.sleep(0.1)

    def complaints(self):
        wrong = ("Runtime.exceptionThrown", "Log.entryAdded")
        said = [m for m in self.heard if m.get("method") == "Runtime.consoleAPICalled"]
        return [m for m in self.heard if m.get("method") in wrong] + [
            m for m in said if m["params"]["type"] in ("error", "warning")
        ]

    def close(self):
        os.close(self._write)
        self._process.terminate()
        self._process.wait()
        os.close(self._read)


COLOURS = """
new Promise((done) => requestAnimationFrame(() => {
  const copy = Object.assign(document.createElement("canvas"), { width: 160, height: 120 });
  const brush = copy.getContext("2d");
  brush.drawImage(document.getElementById("scene"), 0, 0, 160, 120);
  done(new Set(new Uint32Array(brush.getImageData(0, 0, 160, 120).data.buffer)).size);
}))
"""


@pytest.mark.slow
def test_a_browser_draws_plays_and_scrubs_it(page, tmp_path):
    program = shutil.which("chromium") or shutil.which("google-chrome")
    if program is None:
        pytest.skip("needs chromium")
    browser = Browser(program, page.as_uri(), tmp_path)
    try:
        browser.until("window.wormlife && wormlife.frames > 2")
        start = browser.run("wormlife.time")
        browser.until(f"wormlife.time !== {start}")
        browser.run("document.getElementById('play').click()")
        browser.run(
            "{ const slider = document.getElementById('time'); slider.value = 2.0;"
            "slider.dispatchEvent(new Event('input')); }"
        )
        frames = browser.run("wormlife.frames")
        browser.until(f"wormlife.frames > {frames} + 1")
        assert browser.run("wormlife.time") == pytest.approx(2.0, abs=0.02)
        assert browser.run(COLOURS) > 100
        assert browser.complaints() == []
    finally:
        browser.close()
