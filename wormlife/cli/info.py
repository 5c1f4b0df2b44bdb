"""``worm info``: what a recording holds."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from wormlife.cli.output import print_json

NAME = "info"
ABOUT = "Say what a recording holds."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``worm info``."""
    parser.add_argument("file", type=Path, help="a recording (.h5)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def execute(options: argparse.Namespace) -> int:
    """Print a summary of a recording."""
    result = summary(options.file)
    if options.json:
        print_json(result)
        return 0
    for key, value in result.items():
        if isinstance(value, dict):
            value = ", ".join(f"{name} {entry}" for name, entry in value.items())
        print(f"{key:13} {value}")
    return 0


def summary(path: Path) -> dict[str, Any]:
    """Return the facts about a recording.

    Raises:
        RecordingError: it cannot be read.
    """
    from env.recording import load

    episode = load(path)
    config = episode.config
    return {
        "file": str(path),
        "bytes": path.stat().st_size,
        "neurons": episode.voltages_mV.shape[1],
        "muscles": episode.activation.shape[1],
        "segments": episode.centreline_mm.shape[1] - 1,
        "compartments": episode.compartments,
        "seconds": float(episode.time_s[-1] - episode.time_s[0]),
        "frames": len(episode),
        "seed": episode.seed,
        "medium": config["medium"],
        "arena": config["arena"],
        "perturbations": config["perturbations"],
        "events": len(episode.events),
        "complete": episode.complete,
        "versions": episode.versions,
    }
