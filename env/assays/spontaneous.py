"""Spontaneous reversals, and the shapes a crawling worm takes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from env.assays import drawing
from env.assays.base import Assay, Summary, Trial
from env.assays.kinematics import Bout, reversals, smoothed_speed, variance_shares
from env.assays.session import Session, Setup
from env.assays.statistics import Interval, interval, mean_interval

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["POSTURE", "REVERSAL"]

SETTLE_s = 5.0
FREE_s = 180.0
POSTURE_s = 60.0
MODES = 4


def watch_reversals(setup: Setup, seed: int, condition: str) -> Trial:
    """Leave a worm alone for three minutes and note when it backs up."""
    with Session(setup, seed) as session:
        session.run(SETTLE_s + FREE_s)
        track = session.track.between(SETTLE_s)
    bouts = reversals(track)
    figures = {
        "rate_per_min": 60.0 * len(bouts) / FREE_s,
        "reversals": float(len(bouts)),
        "duration_s": _mean([bout.duration_s for bout in bouts]),
        "distance_mm": _mean([bout.distance_mm for bout in bouts]),
        "backward_share": sum(bout.duration_s for bout in bouts) / FREE_s,
    }
    series = {"speed_mm_s": smoothed_speed(track), "bouts": _as_rows(bouts)}
    return Trial(seed=seed, condition=condition, figures=figures, series=series)


def reversal_summary(trials: Sequence[Trial], rng: np.random.Generator) -> Summary:
    """Return rates as means over worms, duration and distance as means over reversals."""
    summary: Summary = {
        name: mean_interval([trial.figures[name] for trial in trials], rng)
        for name in ("rate_per_min", "backward_share")
    }
    for name in ("duration_s", "distance_mm"):
        summary[name] = _per_reversal(trials, name, rng)
    return summary


def _per_reversal(trials: Sequence[Trial], name: str, rng: np.random.Generator) -> Interval:
    """Return a mean over all reversals; worms, not reversals, are drawn again."""
    rows = np.array(
        [
            (trial.figures["reversals"], trial.figures["reversals"] * trial.figures[name])
            for trial in trials
            if trial.figures["reversals"] > 0.0
        ]
    ).reshape(-1, 2)
    return interval(rows, lambda r: float(r[:, 1].sum() / r[:, 0].sum()), rng)


def watch_posture(setup: Setup, seed: int, condition: str) -> Trial:
    """Decompose the shapes of a minute of free crawling into principal components."""
    with Session(setup, seed) as session:
        session.run(SETTLE_s + POSTURE_s)
        track = session.track.between(SETTLE_s)
    shares = variance_shares(track)
    figures = {"variance_4_modes": float(shares[:MODES].sum())}
    figures |= {f"variance_mode_{i + 1}": float(shares[i]) for i in range(MODES)}
    series = {"variance_shares": shares, "curvature_L": track.curvature_L}
    return Trial(seed=seed, condition=condition, figures=figures, series=series)


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values)) if values else float("nan")


def _as_rows(bouts: Sequence[Bout]) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    return np.array([(b.start_s, b.end_s, b.distance_mm) for b in bouts]).reshape(-1, 3)


def draw_reversals(trials: Sequence[Trial], figure: Figure) -> None:
    """Draw the speed of the first worm, and a histogram of the durations of all reversals."""
    above, below = figure.subplots(2, 1)
    drawing.traces(above, [trials[0].series["speed_mm_s"]], drawing.CONTROL_s, 0.0, "speed (mm/s)")
    above.axhline(0.0, color="0.5", linewidth=0.5)
    bouts = np.concatenate([trial.series["bouts"] for trial in trials])
    below.hist(bouts[:, 1] - bouts[:, 0], bins=20)
    below.set(xlabel="duration of a reversal (s)", ylabel="reversals")


def draw_posture(trials: Sequence[Trial], figure: Figure) -> None:
    """Draw the cumulated shares of variance of every worm."""
    axes = figure.subplots()
    for trial in trials:
        axes.plot(np.arange(1, 11), np.cumsum(trial.series["variance_shares"])[:10], "o-")
    axes.axhline(0.9, color="0.5", linewidth=0.5)
    axes.set(xlabel="modes", ylabel="share of variance", ylim=(0.0, 1.02))


REVERSAL = Assay(
    name="reversal",
    about="Three minutes on agar without food or touch: how often and how far a worm backs up.",
    trials=10,
    trial=watch_reversals,
    draw=draw_reversals,
    summarise=reversal_summary,
)
POSTURE = Assay(
    name="posture",
    about="The share of the variance of posture in its first four modes, in a minute on agar.",
    trials=10,
    trial=watch_posture,
    draw=draw_posture,
)
