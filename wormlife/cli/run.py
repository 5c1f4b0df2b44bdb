"""``worm run``: let a worm live, record it, show it."""

from __future__ import annotations

import argparse
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from wormlife.cli.output import print_json, progress, say
from wormlife.cli.schedule import Injection, Schedule, Touch
from wormlife.cli.world import add_world_arguments, build_simulation, positive

if TYPE_CHECKING:
    from env.simulation import Simulation

NAME = "run"
ABOUT = "Let a worm live for a while, record it, and show it."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``worm run``."""
    parser.add_argument(
        "--seconds", type=positive, default=30.0, help="simulated time in s (%(default)s)"
    )
    parser.add_argument(
        "--inject",
        type=Injection.parse,
        action="append",
        default=[],
        metavar="CELLS:PA@START-END",
        help="current into neurons, as AVA:20@5-7 (repeatable)",
    )
    parser.add_argument(
        "--touch",
        type=Touch.parse,
        action="append",
        default=[],
        metavar="POSITION@TIME",
        help="touch the skin, as 0.1@5; 0 nose .. 1 tail (repeatable)",
    )
    add_world_arguments(parser)
    group = parser.add_argument_group("output")
    group.add_argument("--out", type=Path, metavar="FILE.h5", help="recording (run.h5)")
    group.add_argument("--force", action="store_true", help="overwrite existing files")
    group.add_argument("--video", type=Path, metavar="FILE.mp4", help="also write a video or .gif")
    group.add_argument("--quiet", action="store_true", help="say nothing but errors")
    group.add_argument("--json", action="store_true", help="print one JSON object")


def execute(options: argparse.Namespace) -> int:
    """Run the simulation that the options describe."""
    quiet = options.quiet or options.json
    out = options.out or unused(Path("run.h5"))
    video = options.video
    if video is not None:
        from viewer.video import check_target

        check_target(video, overwrite=options.force)
    say("building the worm", quiet=quiet)
    with build_simulation(options) as sim:
        result = live(sim, options, out, quiet=quiet)
    result["recording"] = str(out)
    shows = options.out is None and video is None and not quiet
    if video is None and shows:
        video = show(out)
    if video is not None:
        from wormlife.cli.export import write_pictures

        write_pictures(out, video, quiet=quiet, overwrite=True)
        result["video"] = str(video)
    report(result, options)
    return 0


def live(sim: Simulation, options: argparse.Namespace, out: Path, *, quiet: bool) -> dict[str, Any]:
    """Run and record a simulation; return the figures of the run."""
    schedule = Schedule(sim, options.inject, options.touch)
    steps = sim.clock.control_steps(options.seconds)
    dt_s = sim.dt_control_ms / 1000.0
    start_mm = np.array(sim.position_mm)
    began_s, began_cpu_s = time.perf_counter(), time.process_time()
    with sim.record(out, overwrite=options.force), progress(steps * dt_s, "s", quiet=quiet) as bar:
        for _ in range(steps):
            schedule.act(sim)
            sim.step()
            bar.update(dt_s)
    moved_mm = float(np.linalg.norm(sim.position_mm - start_mm))
    return {
        "seconds": sim.time_s,
        "seed": sim.seed,
        "medium": sim.medium.name,
        "arena": sim.arena.name,
        "displacement_mm": moved_mm,
        "realtime_factor": sim.time_s / max(time.perf_counter() - began_s, 1e-9),
        "realtime_factor_cpu": sim.time_s / max(time.process_time() - began_cpu_s, 1e-9),
        "events": len(sim.events),
    }


def show(*recordings: Path) -> Path | None:
    """Play recordings in a window; return where to write a video if there is no display."""
    display = os.environ.get("DISPLAY")
    if display:
        from viewer.window import WindowError, play

        try:
            play(*recordings)
        except WindowError as error:
            say(f"no window on display {display} ({error}); writing a video", quiet=False)
        else:
            return None
    return unused(recordings[0].with_suffix(".mp4"))


def unused(path: Path) -> Path:
    """Return ``path``, or the first of ``name-2``, ``name-3`` ... that does not exist."""
    candidate, number = path, 1
    while candidate.exists():
        number += 1
        candidate = path.with_stem(f"{path.stem}-{number}")
    return candidate


def report(result: dict[str, Any], options: argparse.Namespace) -> None:
    """Print what was done."""
    if options.json:
        print_json(result)
    elif not options.quiet:
        print(
            f"{result['seconds']:g} s on {result['medium']}, seed {result['seed']}: the body moved "
            f"{result['displacement_mm']:.2f} mm ({result['realtime_factor']:.1f} x real time)"
        )
        print(f"recording: {result['recording']}")
        if "video" in result:
            print(f"video: {result['video']}")
