"""``worm evolve``: search the free parameters of the animal."""

from __future__ import annotations

import argparse
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from wormlife.cli.assay import at_least_one
from wormlife.cli.output import print_json, say
from wormlife.cli.world import positive

if TYPE_CHECKING:
    from agents.evolve import Evolution, Generation

NAME = "evolve"
ABOUT = "Search the fitted parameters of one stage by CMA-ES, and write the best as TOML."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``worm evolve``."""
    parser.add_argument(
        "stage",
        metavar="STAGE",
        help="head, forward, backward, joint, command, touch or steering",
    )
    parser.add_argument(
        "--start", default="default", metavar="FILE", help="where to begin (%(default)s)"
    )
    parser.add_argument(
        "--out",
        type=Path,
        metavar="FILE.toml",
        help="the best parameters so far (STAGE.toml); the checkpoint beside it ends in .npz",
    )
    parser.add_argument("--resume", action="store_true", help="go on from the checkpoint")
    parser.add_argument("--force", action="store_true", help="overwrite an earlier search")
    parser.add_argument(
        "--also",
        action="append",
        default=[],
        metavar="KEYS",
        help="free these parameters too, as 'synapse.command_*' (repeatable)",
    )
    for name, default, about in (
        ("evaluations", 500, "candidates to score in all"),
        ("population", 16, "candidates per generation"),
        ("seeds", 1, "worms to score each candidate with"),
    ):
        text = f"{about} (%(default)s)"
        parser.add_argument(f"--{name}", type=at_least_one, default=default, metavar="N", help=text)
    where = parser.add_mutually_exclusive_group()
    where.add_argument(
        "--workers", type=at_least_one, default=2, metavar="N", help="processes (%(default)s)"
    )
    where.add_argument(
        "--cluster",
        metavar="ADDRESS",
        help="score on the workers of this scheduler of dask.distributed, as tcp://host:8786",
    )
    parser.add_argument("--seed", type=int, default=1, help="of the search (%(default)s)")
    parser.add_argument(
        "--sigma", type=positive, default=0.12, help="first step, share of a range (%(default)s)"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def execute(options: argparse.Namespace) -> int:
    """Search, and print what was found."""
    evolution = prepare(options)
    keys = evolution.space.keys
    say(f"{options.stage}: {len(keys)} parameters, {', '.join(keys)}", quiet=options.json)
    evolution.run(options.evaluations, workers=options.workers, cluster=options.cluster, each=tell)
    _, values, cost = evolution.best()
    score = evolution.score()
    if options.json:
        print_json(
            {
                "stage": options.stage,
                "seed": options.seed,
                "score": cost,
                "evaluations": evolution.search.history.evaluations,
                "ended": evolution.search.ended,
                "parameters": values,
                "terms": dict(score.terms),
                "file": str(evolution.out),
            }
        )
        return 0
    for trial, terms in score.terms.items():
        listed = ", ".join(f"{name} {value:.3g}" for name, value in terms.items())
        print(f"{trial}: {listed}")
    print(f"score {cost:.4g}: {evolution.out}")
    return 0


def prepare(options: argparse.Namespace) -> Evolution:
    """Return the search that the options describe.

    Raises:
        FileExistsError: an earlier search would be overwritten.
        KeyError, ValueError, OSError: an option names what does not exist or does not fit.
    """
    from agents.evolve import Evolution, Plan, stage
    from worm.parameters import Parameters

    plan = Plan(
        stage=stage(options.stage).name,
        start=Parameters.load(options.start),
        also=tuple(options.also),
        seed=options.seed,
        seeds=options.seeds,
        population=options.population,
        sigma=options.sigma,
    )
    out = options.out or Path(f"{options.stage}.toml")
    command = shlex.join(["worm", *sys.argv[1:]])
    evolution = Evolution(plan, out, command, resume=options.resume)
    for path in (out, evolution.checkpoint):
        if path.exists() and not (options.resume or options.force):
            raise FileExistsError(17, "It exists already; give --resume or --force", str(path))
    return evolution


def tell(generation: Generation) -> None:
    """Print a line about a generation."""
    say(
        f"generation {generation.number}: {generation.evaluations} scored, cost "
        f"{generation.cost:.4g}, best {generation.best:.4g}, step {generation.sigma:.3g}",
        quiet=False,
    )
