"""``worm bench``: how fast the parts and the whole run here."""

from __future__ import annotations

import argparse
from importlib import import_module
from typing import Any

from wormlife.cli.output import print_json, say

NAME = "bench"
ABOUT = "Measure how fast the closed loop and its parts run on this machine."

#: What can be measured alone: module and function, imported when it is asked for.
PARTS = {
    "env": ("wormlife.bench_env", "measure_env"),
    "neural": ("wormlife.bench_neural", "measure_neural"),
    "render": ("wormlife.bench_render", "measure_render"),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``worm bench``."""
    parser.add_argument(
        "what",
        nargs="?",
        choices=("all", *PARTS),
        default="all",
        help="everything, or one part in more detail (%(default)s)",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def execute(options: argparse.Namespace) -> int:
    """Print the figures."""
    from wormlife.bench import machine, measure

    say("measuring; some seconds, more the first time", quiet=options.json)
    if options.what == "all":
        result = measure()
    else:
        module, function = PARTS[options.what]
        result = {**getattr(import_module(module), function)(), "machine": machine()}
    if options.json:
        print_json(result)
    else:
        _print(result, "")
    return 0


def _print(section: dict[str, Any], indent: str) -> None:
    for key, value in section.items():
        if isinstance(value, dict):
            print(f"{indent}{key}")
            _print(value, indent + "  ")
        else:
            shown = f"{value:.4g}" if isinstance(value, float) else value
            print(f"{indent}{key:28} {shown}")
