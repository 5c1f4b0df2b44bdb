"""The window: opens on a display, shows the painter's picture; without one, says so."""

import shutil
import subprocess
import sys
import time

import pytest

from env.recording import Recorder
from env.simulation import Simulation

PLAY = """
import sys
from pathlib import Path
import pyglet
from viewer import window

def look(_):
    picture = pyglet.image.get_buffer_manager().get_color_buffer().get_image_data()
    print(len(set(picture.get_data("RGB", 3 * picture.width))))
    pyglet.app.exit()

pyglet.clock.schedule_once(look, 1.5)
window.play(Path(sys.argv[1]))
"""


@pytest.fixture(scope="module")
def recording(tmp_path_factory):
    path = tmp_path_factory.mktemp("window") / "a.h5"
    with Simulation(body="free") as sim, Recorder(sim, path):
        sim.run(0.4)
    return path


@pytest.fixture
def display():
    """Return the name of a display of its own."""
    if shutil.which("Xvfb") is None:
        pytest.skip("needs Xvfb, a display without a screen")
    command = ["Xvfb", "-noreset", "-displayfd", "1", "-screen", "0", "1000x700x24"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as server:
        yield f":{server.stdout.readline().strip()}"
        time.sleep(0.2)
        server.terminate()


def test_a_recording_plays_in_a_window(recording, display, monkeypatch):
    monkeypatch.setenv("DISPLAY", display)
    played = subprocess.run(
        [sys.executable, "-c", PLAY, str(recording)], capture_output=True, text=True, timeout=120
    )
    assert played.returncode == 0, played.stderr
    # A blank window would have one or two values; the picture has most of the 256.
    assert int(played.stdout.split()[-1]) > 60


def test_without_a_usable_display_a_video_is_written(recording, tmp_path, monkeypatch):
    pytest.importorskip("av")
    copy = tmp_path / "a.h5"
    shutil.copy(recording, copy)
    monkeypatch.setenv("DISPLAY", ":4711")
    code = "import sys; from wormlife.cli import main; sys.exit(main(sys.argv[1:]))"
    done = subprocess.run(
        [sys.executable, "-c", code, "replay", str(copy)], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert "no window on display :4711" in done.stderr
    assert str(tmp_path / "a.mp4") in done.stdout
    assert (tmp_path / "a.mp4").stat().st_size > 1000
