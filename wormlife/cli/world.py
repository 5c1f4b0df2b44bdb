"""Options that describe the worm and its world, shared by the commands that simulate."""

from __future__ import annotations

import argparse
import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from env.simulation import Simulation


def add_world_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options from which :func:`build_simulation` makes a worm in its world."""
    group = parser.add_argument_group("worm and world")
    group.add_argument("--seed", type=int, default=0, help="of start and noise (%(default)s)")
    group.add_argument(
        "--medium", default="agar", help="agar, water or a viscosity in Pa·s (%(default)s)"
    )
    group.add_argument(
        "--arena", default="plate", metavar="NAME", help="see `worm list arenas` (%(default)s)"
    )
    group.add_argument(
        "--parameters", default="default", metavar="FILE", help="a TOML file of changed values"
    )
    group.add_argument(
        "--ablate", default="", metavar="CELLS", help="neurons or classes to kill, as AVA,AVBL"
    )
    group.add_argument(
        "--perturb",
        action="append",
        default=[],
        metavar="RULE",
        help="'block GABA', 'cut gap AVA A', 'shuffle chemical 1', 'proprioception-off B', "
        "'hold 0.3-0.5 0' (repeatable)",
    )
    group.add_argument("--resolution", default="default", help="of the neurites (%(default)s)")
    group.add_argument(
        "--body", choices=("pybullet", "free"), default="pybullet", help="(%(default)s)"
    )
    for part, default in (("neuron", 0.5), ("physics", 4.0), ("control", 40.0)):
        group.add_argument(
            f"--dt-{part}-ms", type=positive, default=default, metavar="MS", help="(%(default)s)"
        )


def build_simulation(options: argparse.Namespace) -> Simulation:
    """Return the simulation that the options describe.

    Raises:
        KeyError, TypeError, ValueError, OSError: an option names what does not exist.
    """
    from env.simulation import Simulation

    sim = Simulation(
        seed=options.seed,
        medium=options.medium,
        arena=options.arena,
        parameters=options.parameters,
        resolution=options.resolution,
        body=options.body,
        dt_neuron_ms=options.dt_neuron_ms,
        dt_physics_ms=options.dt_physics_ms,
        dt_control_ms=options.dt_control_ms,
    )
    if options.ablate:
        sim.ablate(options.ablate)
    for rule in options.perturb:
        sim.perturb(rule)
    # A reset makes the changes part of the starting configuration.
    sim.reset(seed=options.seed)
    return sim


def positive(text: str) -> float:
    """Return a number above zero.

    Raises:
        argparse.ArgumentTypeError: it is none.
    """
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0.0 < value < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number above 0")
    return value
