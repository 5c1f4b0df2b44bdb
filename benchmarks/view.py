"""How soon ``worm view`` shows a moving worm, and how many pictures it draws a second.

Opens the real window on a display of its own (Xvfb) and watches it from within:

    python benchmarks/view.py [--size 640x480] [--seconds 8] [--json]

The first run on a machine compiles; run it twice and take the second. The processor's time of a
picture (of the window's process, all threads) depends less on what else the machine does.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

WATCH = """
import sys, time
began_s, seconds, size = float(sys.argv[1]), float(sys.argv[2]), sys.argv[3]
import viewer.app as app
from wormlife.cli import main

seen, drawn, spent = [], [], []
usual = app.App.frame

def frame(self, elapsed_s):
    usual(self, elapsed_s)
    now_s = time.time() - began_s
    moment = self.panes[0].moment
    if moment is not None and (not seen or moment.frame.time_s != seen[-1][0]):
        seen.append((moment.frame.time_s, now_s, moment.realtime_factor))
    drawn.append(now_s)
    spent.append(time.process_time())
    if seen and now_s > seen[0][1] + seconds:
        # Not at once: a window that is being drawn must not go.
        app.pyglet.clock.schedule_once(lambda _: app.pyglet.app.exit(), 0.0)

app.App.frame = frame
code = main(["view", "--size", size, "--quality", "lite"])
steady = [t for t in drawn if t > seen[0][1] + 2.0]
pace = [factor for _, t, factor in seen if t > seen[0][1] + 2.0]
n = len(steady) - 1
cpu_ms = 1000 * (spent[-1] - spent[-1 - n]) / n
print(drawn[0], seen[1][1], n / (steady[-1] - steady[0]), cpu_ms, sum(pace) / len(pace))
sys.exit(code)
"""


def measure(size: str, seconds: float) -> dict[str, float | str]:
    """Return the figures of one start of the window.

    Args:
        size: of the window, such as "640x480".
        seconds: to watch it, from its first picture of the worm.

    Raises:
        RuntimeError: there is no Xvfb, or the window failed.
    """
    if shutil.which("Xvfb") is None:
        raise RuntimeError("the window needs a display of its own; install Xvfb")
    command = ["Xvfb", "-noreset", "-displayfd", "1", "-screen", "0", "1600x1000x24"]
    with (
        tempfile.TemporaryDirectory() as folder,
        subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        ) as server,
    ):
        assert server.stdout is not None
        display = f":{server.stdout.readline().strip()}"
        surroundings = {**os.environ, "DISPLAY": display, "XDG_CONFIG_HOME": folder}
        done = subprocess.run(
            [sys.executable, "-c", WATCH, str(time.time()), str(seconds), size],
            env=surroundings,
            capture_output=True,
            text=True,
        )
        time.sleep(0.2)
        server.terminate()
    if done.returncode:
        raise RuntimeError(f"the window failed: {done.stderr.strip()}")
    window_s, moving_s, fps, cpu_ms, pace = map(float, done.stdout.split())
    return {
        "size": size,
        "first_window_s": window_s,
        "first_moving_picture_s": moving_s,
        "pictures_per_s": fps,
        "cpu_ms_per_picture": cpu_ms,
        "realtime_factor": pace,
        "load_1min": os.getloadavg()[0],
    }


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--size", default="640x480")
    parser.add_argument("--seconds", type=float, default=8.0)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    figures = measure(options.size, options.seconds)
    if options.json:
        print(json.dumps(figures))
    else:
        for name, value in figures.items():
            print(f"{name:24} {value:.3g}" if isinstance(value, float) else f"{name:24} {value}")


if __name__ == "__main__":
    main()
