"""``worm view`` on a display of its own, worked by xdotool as by a hand."""

import itertools
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from env.recording import load

PATIENCE_S = 240.0
WORM = "import sys; from wormlife.cli import main; sys.exit(main(sys.argv[1:]))"


def touches_of(recording):
    events = load(recording).events
    return [event["details"] for event in events if event["kind"] == "touch"]


@pytest.fixture
def display():
    """Return the name of a display of its own."""
    pytest.importorskip("moderngl", reason="needs the extra [viewer]")
    for program in ("Xvfb", "xdotool"):
        if shutil.which(program) is None:
            pytest.skip(f"needs {program}")
    command = ["Xvfb", "-noreset", "-displayfd", "1", "-screen", "0", "900x600x24"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as server:
        yield f":{server.stdout.readline().strip()}"
        time.sleep(0.2)
        server.terminate()


@pytest.mark.slow
def test_a_click_on_the_worm_touches_it_and_is_recorded(display, tmp_path):
    surroundings = {**os.environ, "DISPLAY": display, "XDG_CONFIG_HOME": str(tmp_path)}

    def xdo(*words):
        return subprocess.run(
            ["xdotool", *words], env=surroundings, capture_output=True, text=True
        ).stdout.split()

    view = subprocess.Popen(
        [sys.executable, "-c", WORM, "view", "--size", "800x500", "--body", "free"],
        env={**surroundings, "PYTHONPATH": str(Path(__file__).parents[2])},
        stderr=subprocess.PIPE,
        cwd=tmp_path,
        text=True,
    )
    recording = tmp_path / "worm.h5"
    try:
        end = time.monotonic() + PATIENCE_S
        while not recording.exists():
            assert view.poll() is None, view.stderr.read()
            assert time.monotonic() < end, "the worm is not recorded"
            for window in xdo("search", "--name", "wormlife"):
                xdo("windowfocus", "--sync", window)
                xdo("key", "v")
                time.sleep(2.0)
        # The view follows the middle of the worm, which crawls: somewhere near it lies.
        places = itertools.cycle(itertools.product((338, 300, 380), range(150, 351, 20)))
        while not touches_of(recording):
            assert time.monotonic() < end, "no click touched the worm"
            x, y = next(places)
            xdo("mousemove", str(x), str(y), "click", "1")
            time.sleep(0.2)
        xdo("key", "Escape")
        assert view.wait(PATIENCE_S) == 0, view.stderr.read()
    finally:
        view.kill()
        view.stderr.close()
    touches = touches_of(recording)
    assert load(recording).complete
    assert all(t["force_uN"] == 10.0 and 0.0 < t["position"] < 1.0 for t in touches)


@pytest.mark.slow
def test_a_process_that_is_asked_to_end_closes_everything(display, tmp_path):
    surroundings = {**os.environ, "DISPLAY": display, "XDG_CONFIG_HOME": str(tmp_path)}
    view = subprocess.Popen(
        [sys.executable, "-c", WORM, "view", "--size", "800x500", "--body", "free"],
        env=surroundings,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        end = time.monotonic() + PATIENCE_S
        while not subprocess.run(
            ["xdotool", "search", "--name", "wormlife"], env=surroundings, capture_output=True
        ).stdout:
            assert view.poll() is None, view.stderr.read()
            assert time.monotonic() < end, "no window opened"
            time.sleep(0.2)
        time.sleep(2.0)  # until the window handles its events
        view.terminate()
        assert view.wait(PATIENCE_S) == 0
        assert view.stderr.read() == ""
    finally:
        view.kill()
        view.stderr.close()
    assert (tmp_path / "wormlife" / "viewer.json").exists()


@pytest.mark.slow
def test_a_window_opens_obeys_keys_closes_and_remembers(display, tmp_path):
    surroundings = {**os.environ, "DISPLAY": display, "XDG_CONFIG_HOME": str(tmp_path)}

    def xdo(*words):
        return subprocess.run(
            ["xdotool", *words], env=surroundings, capture_output=True, text=True
        ).stdout.split()

    view = subprocess.Popen(
        [sys.executable, "-c", WORM, "view", "--size", "800x500", "--body", "free"],
        env=surroundings,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        end = time.monotonic() + PATIENCE_S
        while not (windows := xdo("search", "--name", "wormlife")):
            assert view.poll() is None, view.stderr.read()
            assert time.monotonic() < end, "no window opened"
            time.sleep(0.2)
        xdo("windowfocus", "--sync", windows[0])
        xdo("key", "--delay", "300", "s", "p", "Escape")
        assert view.wait(PATIENCE_S) == 0, view.stderr.read()
    finally:
        view.kill()
        view.stderr.close()
    remembered = json.loads((tmp_path / "wormlife" / "viewer.json").read_text())
    assert remembered["style"] == "paper"
    assert remembered["panels"] is False
    assert (remembered["width"], remembered["height"]) == (800, 500)
