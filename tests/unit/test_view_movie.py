"""The video of a window: whole or not there, with the times at which things were seen."""

import signal
import subprocess
import sys

import numpy as np
import pytest

from viewer.files import ExportError

av = pytest.importorskip("av", reason="needs the extra [video]")

KILLED = """
import os, signal, sys, time
from pathlib import Path
import numpy as np
from viewer.movie import Movie

movie = Movie(Path(sys.argv[1]), (64, 48))
for k in range(20):
    movie.add(np.full((48, 64, 3), 12 * k, np.uint8), 0.04 * k)
    time.sleep(0.01)
os.kill(os.getpid(), signal.SIGKILL)
"""


def picture(level):
    return np.full((49, 65, 3), level, np.uint8)


def test_it_holds_every_picture_at_its_time(tmp_path):
    from viewer.movie import Movie

    times = (0.0, 0.1, 0.5, 0.52)
    movie = Movie(tmp_path / "a.mp4", (65, 49))
    for number, time_s in enumerate(times):
        movie.add(picture(60 * number), time_s)
    assert not (tmp_path / "a.mp4").exists()
    movie.close()
    with av.open(str(tmp_path / "a.mp4")) as file:
        frames = list(file.decode(video=0))
    assert [float(f.pts * f.time_base) for f in frames] == pytest.approx(times, abs=2e-3)
    assert (frames[0].width, frames[0].height) == (64, 48)
    levels = [float(f.to_ndarray(format="rgb24").mean()) for f in frames]
    assert levels == pytest.approx([0.0, 60.0, 120.0, 180.0], abs=4.0)
    assert [path.name for path in tmp_path.iterdir()] == ["a.mp4"]


def test_a_killed_process_leaves_nothing_under_the_name(tmp_path):
    target = tmp_path / "a.mp4"
    done = subprocess.run([sys.executable, "-c", KILLED, str(target)], timeout=120)
    assert done.returncode == -signal.SIGKILL
    assert not target.exists()


def test_a_video_without_a_picture_is_refused(tmp_path):
    from viewer.movie import Movie

    movie = Movie(tmp_path / "a.mp4", (64, 48))
    with pytest.raises(ExportError, match="no picture"):
        movie.close()
    assert list(tmp_path.iterdir()) == []


def test_an_existing_file_is_left_alone(tmp_path):
    from viewer.movie import Movie

    (tmp_path / "a.mp4").write_text("mine")
    with pytest.raises(ExportError, match="exists already"):
        Movie(tmp_path / "a.mp4", (64, 48))
    assert (tmp_path / "a.mp4").read_text() == "mine"
