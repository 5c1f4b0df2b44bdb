"""``worm view``: a window on a living worm."""

from __future__ import annotations

import argparse
from typing import Any

from wormlife.cli.world import add_world_arguments

NAME = "view"
ABOUT = "Open a window on a living worm: touch it, feed it, switch its neurons off."

#: Twice as often as a recording, so that motion in the window is smooth.
_CONTROL_MS = 20.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``worm view``."""
    add_world_arguments(parser)
    parser.set_defaults(dt_control_ms=_CONTROL_MS)
    group = parser.add_argument_group("window")
    group.add_argument(
        "--style", choices=("darkfield", "paper", "brightfield"), help="(as last time)"
    )
    group.add_argument(
        "--quality", choices=("auto", "lite", "high", "ultra"), help="(as last time)"
    )
    group.add_argument("--size", type=_size, metavar="WxH", help="of the window (as last time)")


def execute(options: argparse.Namespace) -> int:
    """Show the worm until the window is closed."""
    from viewer.settings import Settings
    from viewer.show import show

    settings = Settings.load()
    if options.style is not None:
        settings.style = options.style
    if options.quality is not None:
        settings.quality = options.quality
    if options.size is not None:
        settings.width, settings.height = options.size
    show(lambda: [live_worm(options)], "wormlife", settings)
    return 0


def live_worm(options: argparse.Namespace) -> Any:
    """Return the worm of the options, alive in a process of its own.

    Raises:
        KeyError, ValueError: an option names what does not exist.
    """
    from env.arena import arena
    from env.perturbations import parse
    from viewer.process import LiveWorm
    from worm.connectome import load_connectome
    from worm.media import Medium

    # Refused here and not in the other process: before any window opens.
    arena(options.arena)
    Medium.named(options.medium)
    for rule in options.perturb:
        parse(rule)
    connectome = load_connectome()
    names = [connectome.names[i] for i in connectome.indices(options.ablate)]
    keys = ("seed", "medium", "arena", "parameters", "resolution", "body")
    steps = ("dt_neuron_ms", "dt_physics_ms", "dt_control_ms")
    settings = {key: getattr(options, key) for key in (*keys, *steps)}
    return LiveWorm(settings, options.perturb, names)


def _size(text: str) -> tuple[int, int]:
    """Return width and height.

    Raises:
        argparse.ArgumentTypeError: the text is not of the form 1280x800, or out of range.
    """
    try:
        width, height = (int(part) for part in text.lower().split("x"))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no size; give it as 1280x800") from None
    if not (320 <= width <= 8192 and 240 <= height <= 8192):
        raise argparse.ArgumentTypeError(f"{text!r} must lie within 320x240 and 8192x8192")
    return width, height
