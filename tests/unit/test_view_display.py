"""``worm view`` on a display of its own, worked by xdotool as by a hand."""

import json
import os
import shutil
import subprocess
import sys
import time

import pytest

PATIENCE_S = 240.0
WORM = "import sys; from wormlife.cli import main; sys.exit(main(sys.argv[1:]))"


@pytest.fixture
def display():
    """Return the name of a display of its own."""
    pytest.importorskip("moderngl", reason="needs the extra [viewer]")
    for program in ("Xvfb", "xdotool"):
        if shutil.which(program) is None:
            pytest.skip(f"needs {program}")
    command = ["Xvfb", "-displayfd", "1", "-screen", "0", "900x600x24"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as server:
        yield f":{server.stdout.readline().strip()}"
        time.sleep(0.2)
        server.terminate()


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
