"""``worm assay``: standard experiments that return numbers."""

from __future__ import annotations

import argparse
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from wormlife.cli.output import print_json, progress, say
from wormlife.cli.schedule import Injection
from wormlife.cli.world import add_world_arguments

if TYPE_CHECKING:
    from env.assays import Assay, Outcome, Setup
    from env.assays.statistics import Interval

NAME = "assay"
ABOUT = "Do a standard experiment on several worms and measure what they do."
USUAL = "usual"  # medium and arena of the assay itself
MAX_WORKERS = 2


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``worm assay``."""
    parser.add_argument("name", metavar="NAME", help="see `worm list assays`")
    parser.add_argument(
        "--trials", type=at_least_one, metavar="N", help="worms (the number usual for the assay)"
    )
    parser.add_argument(
        "--inject",
        type=Injection.parse,
        action="append",
        default=[],
        metavar="CELLS:PA@START-END",
        help="current into neurons at times of each trial, as AVA:20@5-7 (repeatable)",
    )
    parser.add_argument(
        "--workers",
        type=at_least_one,
        default=MAX_WORKERS,
        metavar="N",
        help=f"processes, at most {MAX_WORKERS} (%(default)s)",
    )
    parser.add_argument(
        "--journal",
        type=Path,
        metavar="FILE",
        help="keep every trial as it ends; the same command, or one with more trials, goes on",
    )
    add_world_arguments(parser)
    parser.set_defaults(medium=USUAL, arena=USUAL)
    group = parser.add_argument_group("output")
    group.add_argument("--json", action="store_true", help="print one JSON object")
    group.add_argument("--plot", type=Path, metavar="FILE", help="draw a figure (.png, .pdf, .svg)")


def execute(options: argparse.Namespace) -> int:
    """Run the assay and print its figures."""
    from env.assays import assay

    chosen = assay(options.name)
    setup = setup_of(options, chosen)
    if options.plot is not None:
        check_figure(options.plot)
    try:
        outcome = run_trials(options, chosen, setup)
    except KeyboardInterrupt:
        say(f"worm: {stopped(options.journal)}", quiet=False)
        return 1
    if options.plot is not None:
        draw(outcome, options.plot)
    report(outcome, options)
    return 0


def run_trials(options: argparse.Namespace, chosen: Assay, setup: Setup) -> Outcome:
    """Run what is not in the journal, with a progress bar.

    Raises:
        ValueError: the journal is damaged or about something else.
        OSError: it cannot be read or written.
    """
    from env.assays import run_assay

    trials = options.trials or chosen.trials
    total = trials * len(chosen.conditions)
    say(f"{chosen.name}: {total} trials. {chosen.about}", quiet=options.json)
    with progress(total, "trials", quiet=False) as bar:

        def begin(known: int) -> None:
            if known:
                bar.clear()
                say(f"{known} of them are in {options.journal}", quiet=options.json)
            bar.initial = bar.n = bar.last_print_n = known  # the time that is left is of the others
            bar.refresh()

        return run_assay(
            chosen.name,
            setup,
            trials=trials,
            seed=options.seed,
            workers=min(options.workers, MAX_WORKERS),
            journal=options.journal,
            known=begin,
            done=lambda _: bar.update(1),
        )


def stopped(journal: Path | None) -> str:
    """Return what became of the trials of an interrupted assay."""
    if journal is None:
        return "stopped; its trials are lost, give --journal FILE to keep them"
    command = shlex.join(["worm", *sys.argv[1:]])
    return f"stopped; the trials that ended are in {journal}, `{command}` goes on"


def setup_of(options: argparse.Namespace, chosen: Assay) -> Setup:
    """Return the worm and world that the options describe.

    Raises:
        KeyError, TypeError, ValueError: an option names what does not exist; found out here, before
            any process is started.
    """
    from env.assays import Current, Setup

    setup = Setup(
        medium=chosen.medium if options.medium == USUAL else options.medium,
        arena=chosen.arena if options.arena == USUAL else options.arena,
        parameters=options.parameters,
        ablate=options.ablate,
        perturb=tuple(options.perturb),
        inject=tuple(
            Current(cells=i.cells, current_pA=i.current_pA, start_s=i.start_s, end_s=i.end_s)
            for i in options.inject
        ),
        resolution=options.resolution,
        body=options.body,
        dt_neuron_ms=options.dt_neuron_ms,
        dt_physics_ms=options.dt_physics_ms,
        dt_control_ms=options.dt_control_ms,
    )
    with setup.build(options.seed) as sim:
        for current in setup.inject:
            sim.connectome.indices(current.cells)
    return setup


def at_least_one(text: str) -> int:
    """Return a whole number above zero.

    Raises:
        argparse.ArgumentTypeError: it is none.
    """
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number above 0")
    return int(text)


def check_figure(path: Path) -> None:
    """Find out before the work whether a figure can be drawn and written.

    Raises:
        ValueError: matplotlib is not installed, or it cannot write such a file.
        FileNotFoundError: the folder does not exist.
    """
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
    except ImportError:
        raise ValueError(
            "--plot needs matplotlib, which is not installed; `pip install wormlife[plot]`"
        ) from None
    kinds = FigureCanvasAgg.get_supported_filetypes()
    if path.suffix[1:].lower() not in kinds:
        raise ValueError(
            f"--plot {path} has an unknown ending {path.suffix!r}; use one of {', '.join(kinds)}"
        )
    if not path.parent.is_dir():
        raise FileNotFoundError(2, "No such folder", str(path.parent))


def draw(outcome: Outcome, path: Path) -> None:
    """Write the figure of an outcome."""
    from matplotlib.figure import Figure

    from env.assays import assay

    figure = Figure(figsize=(7.0, 8.0), layout="constrained")
    figure.suptitle(f"worm assay {outcome.assay}")
    assay(outcome.assay).draw(outcome.trials, figure)
    figure.savefig(path, dpi=150)
    say(f"figure: {path}", quiet=False)


def report(outcome: Outcome, options: argparse.Namespace) -> None:
    """Print the figures."""
    if options.json:
        print_json(outcome.plain())
        return
    wide = max(len(name) for name in outcome.summary)
    for name, figure in outcome.summary.items():
        print(f"{name:{wide}}  {_shown(figure)}  n {figure['n']}")
    for row in outcome.rows:
        print(
            f"{row['verdict']:5}  {row['row']:26} {row['figure']:18} {row['expected']:7} "
            f"{row['effect']:4.2f}  {_shown(row['change'])}"
        )


def _shown(figure: Interval) -> str:
    return f"{figure['mean']:10.4g}  [{figure['low']:.4g}, {figure['high']:.4g}]"
