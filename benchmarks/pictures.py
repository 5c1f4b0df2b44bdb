"""Make the pictures of the documentation anew, from the worm as it is now.

Runs the closed loop, nothing is staged. Needs Xvfb for the windows:

    python benchmarks/pictures.py [NAME ...]

NAME: crawl.gif, crawl.webp, view.png, beside.png, styles.jpg; all by default.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from env.episode import Episode
from env.recording import load
from env.simulation import Simulation
from viewer.offscreen import Picture, ScenePainter
from viewer.renderer_styles import STYLES
from viewer.video import write_video

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "images"
SEED, SECONDS = 6, 14.0
#: The window is looked at when the worm is this old, with this neuron chosen.
AT_S, NEURON = 11.0, "DB4"

WATCH = """
import math, sys
import viewer.app as app
from wormlife.cli import main
from worm.connectome import load_connectome

at_s, neuron, out, *arguments = sys.argv[1:]
usual = app.App.frame
taken = []

def frame(self, elapsed_s):
    if taken:
        app.pyglet.clock.schedule_once(lambda _: app.pyglet.app.exit(), 0.0)
    moment = self.panes[0].moment
    if moment is not None:
        self.neuron = load_connectome().index_of[neuron]
    if moment is not None and moment.frame.time_s >= float(at_s) and not taken:
        self.set_quality("ultra")
        self.most_pixels = math.inf
        for pane in self.panes:
            pane.source.pause(True)
        taken.append(self.keep.picture(out))
    usual(self, elapsed_s)
    self.source.notice = ""

app.App.frame = frame
sys.exit(main(arguments))
"""


def main() -> None:
    """Make the pictures that are asked for, all by default."""
    makers = {
        "crawl.gif": make_crawl,
        "crawl.webp": make_crawl,
        "view.png": make_view,
        "beside.png": make_beside,
        "styles.jpg": make_styles,
    }
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(makers))
    names = parser.parse_args().names or list(makers)
    with tempfile.TemporaryDirectory() as folder:
        for name in names:
            makers[name](Path(folder), FOLDER / name)
            print(FOLDER / name)


def recorded(folder: Path, name: str, ablate: Sequence[str] = ()) -> Episode:
    """Return a worm that lived for ``SECONDS`` in the chemotaxis arena, recorded once."""
    path = folder / name
    if not path.exists():
        with Simulation(seed=SEED, arena="chemotaxis", ablate=ablate) as sim, sim.record(path):
            sim.run(SECONDS)
    return load(path)


def make_crawl(folder: Path, out: Path) -> None:
    """Draw eight seconds of crawling, as a gif or, smaller and finer, as a webp."""
    episode = recorded(folder, "wild-type.h5")
    if out.suffix == ".gif":
        # Without the grain of the other presets, which no gif can store.
        write_video(crawling(episode, "lite"), out, fps=12.5, overwrite=True)
        return
    size = (640, 384)
    first, *others = (
        Image.fromarray(picture).resize(size, Image.Resampling.LANCZOS)
        for picture in crawling(episode, "ultra")
    )
    first.save(out, save_all=True, append_images=others, duration=80, loop=0, quality=72)


def crawling(episode: Episode, quality: str) -> Iterator[Picture]:
    """Yield every other picture of the last eight seconds."""
    painter = ScenePainter(960, 576, quality=quality)
    for index, frame in enumerate(episode.frames()):
        if frame.time_s >= SECONDS - 8.0 and index % 2 == 0:
            yield painter.draw(frame)
        else:
            painter.follow(frame)


def make_styles(folder: Path, out: Path) -> None:
    """Draw one moment in every style, whole and near the head."""
    episode = recorded(folder, "wild-type.h5")
    index = int(np.searchsorted(episode.time_s, AT_S))
    rows = []
    for style in STYLES:
        painter = ScenePainter(640, 400, style=style, quality="ultra")
        for before in range(index):
            painter.follow(episode.frame(before))
        whole = painter.draw(episode.frame(index))
        painter.overlay = False
        painter.camera.distance_mm = 0.42
        painter.camera.target_mm = np.array([*episode.centreline_mm[index, 3, :2], 0.03])
        rows.append(np.concatenate([whole, painter.draw(episode.frame(index))], axis=1))
    Image.fromarray(np.concatenate(rows)).save(out, quality=88)


def make_view(_folder: Path, out: Path) -> None:
    """Look at the window on a living worm."""
    window_picture(["view", "--arena", "chemotaxis", "--seed", str(SEED)], out)


def make_beside(folder: Path, out: Path) -> None:
    """Look at the window on two recordings: wild type, and one without its command neurons."""
    recorded(folder, "wild-type.h5")
    recorded(folder, "no-AVB.h5", ablate=("AVB",))
    window_picture(["replay", str(folder / "wild-type.h5"), str(folder / "no-AVB.h5")], out)


def window_picture(arguments: list[str], out: Path) -> None:
    """Run a command that opens a window on a display of its own, and save what it shows."""
    with (
        tempfile.TemporaryDirectory() as settings,
        subprocess.Popen(
            ["Xvfb", "-noreset", "-displayfd", "1", "-screen", "0", "1280x800x24"],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        ) as server,
    ):
        assert server.stdout is not None
        display = f":{server.stdout.readline().strip()}"
        surroundings = {**os.environ, "DISPLAY": display, "XDG_CONFIG_HOME": settings}
        watched = [sys.executable, "-c", WATCH, str(AT_S), NEURON, str(out), *arguments]
        subprocess.run(watched, env=surroundings, check=True)
        time.sleep(0.2)
        server.terminate()


if __name__ == "__main__":
    main()
