"""Crawling, swimming, backing, and the gait as a function of viscosity.

The gait of a worm left alone is that of its longest stretch in one direction: while it reverses by
itself it is not crawling.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import nan
from typing import TYPE_CHECKING

import numpy as np

from env.assays import drawing
from env.assays.base import Assay, Summary, Trial, of_condition, summary_of_means
from env.assays.kinematics import Track, gait, longest_stretch, smoothed_speed
from env.assays.session import Current, Session, Setup

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["BACKWARD", "CRAWL", "SWIM", "VISCOSITY"]

SETTLE_s, WATCH_s = 5.0, 20.0
SPREAD_s, SWITCH_s = 2.0, 1.0  # when the current begins; what the worm has to turn about
BACKING_pA = 150.0  # into each AVA cell: holds it up; with 60 pA its adaptation lets it fall
# The span of the published sweep, water to 28 Pa·s: Fang-Yen et al. 2010,
# doi:10.1073/pnas.1003016107.
VISCOSITIES_Pa_s = ("0.001", "0.01", "0.1", "1", "10", "28")


def watch(setup: Setup, seed: int, condition: str) -> Trial:
    """Let a worm settle into its gait, then measure it."""
    trial, track = _watched(setup, seed, condition, SETTLE_s + WATCH_s)
    return _with_gait(trial, longest_stretch(track.between(SETTLE_s)))


def watch_backing(setup: Setup, seed: int, condition: str) -> Trial:
    """Let a worm crawl, then let current flow into AVA and measure how it backs."""
    # At any phase of the undulation: A neurons take their rhythm from a body that already moves.
    start_s = SETTLE_s + SPREAD_s * np.random.default_rng([seed, 1]).random()
    driven = Current(cells="AVA", current_pA=BACKING_pA, start_s=start_s)
    setup = replace(setup, inject=(*setup.inject, driven))
    trial, track = _watched(setup, seed, condition, start_s + SWITCH_s + WATCH_s)
    trial = _with_gait(trial, track.between(start_s + SWITCH_s))
    backing = {
        "backing_mm_s": -trial.figures["speed_mm_s"],
        "switch_s": _until_backward_s(track, start_s),
    }
    return replace(trial, figures={**trial.figures, **backing})


def _watched(setup: Setup, seed: int, condition: str, for_s: float) -> tuple[Trial, Track]:
    """Return a trial that knows its voltages, and its whole track."""
    with Session(setup, seed) as session:
        session.run(for_s)
        track = session.track
        low_mV, high_mV = session.voltage_range_mV
    figures = {"voltage_min_mV": low_mV, "voltage_max_mV": high_mV}
    series = {"curvature_L": track.curvature_L, "path_mm": track.centroid_mm}
    return Trial(seed=seed, condition=condition, figures=figures, series=series), track


def _with_gait(trial: Trial, track: Track) -> Trial:
    return replace(trial, figures={**gait(track).figures(), **trial.figures})


def _until_backward_s(track: Track, start_s: float) -> float:
    """Return the time from ``start_s`` until the worm moves backward, NaN if it never does."""
    begun = smoothed_speed(track.between(start_s)) < 0.0
    return float(begun.argmax() * track.dt_s) if begun.any() else nan


def watch_in_fluid(setup: Setup, seed: int, condition: str) -> Trial:
    """Measure the gait in a fluid whose viscosity (Pa·s) is the condition."""
    return watch(replace(setup, medium=condition), seed, condition)


def sweep_summary(trials: Sequence[Trial], rng: np.random.Generator) -> Summary:
    """Return every figure at every viscosity, as ``frequency_hz_at_0.01``."""
    return {
        f"{name}_at_{condition}": figure
        for condition in VISCOSITIES_Pa_s
        for name, figure in summary_of_means(of_condition(trials, condition), rng).items()
    }


def draw_gait(trials: Sequence[Trial], figure: Figure) -> None:
    """Draw curvature over time and body for the first worm, and the paths of all."""
    above, below = figure.subplots(2, 1)
    drawing.kymograph(above, trials[0].series["curvature_L"])
    drawing.paths(below, [trial.series["path_mm"] for trial in trials])


def draw_sweep(trials: Sequence[Trial], figure: Figure) -> None:
    """Draw frequency and wavelength against viscosity."""
    for axes, name in zip(
        figure.subplots(2, 1, sharex=True), ("frequency_hz", "wavelength_l"), strict=True
    ):
        drawing.points(
            axes,
            [float(trial.condition) for trial in trials],
            [trial.figures[name] for trial in trials],
        )
        axes.set(xscale="log", xlabel="viscosity (Pa·s)", ylabel=name)


CRAWL = Assay(
    name="crawl",
    about="A worm on agar, left alone: the gait between reversals, after 5 s, over 20 s.",
    trials=10,
    trial=watch,
    draw=draw_gait,
)
SWIM = Assay(
    name="swim",
    about="The same in water.",
    trials=10,
    trial=watch,
    draw=draw_gait,
    medium="water",
)
BACKWARD = Assay(
    name="backward",
    about=f"A crawling worm on agar, then {BACKING_pA:g} pA into both AVA: the gait from 1 s after "
    "that, over 20 s.",
    trials=10,
    trial=watch_backing,
    draw=draw_gait,
)
VISCOSITY = Assay(
    name="viscosity",
    about="The gait in fluids of 0.001 to 28 Pa·s.",
    trials=5,
    trial=watch_in_fluid,
    summarise=sweep_summary,
    draw=draw_sweep,
    conditions=VISCOSITIES_Pa_s,
)
