"""Escape: touches, taps and a pain neuron, against touches that do not press.

Every trial begins with a free run of 8 to 11 s drawn from the seed, so that the touch meets the
undulation at any phase, and then waits (up to 20 s more) until the worm has kept forward for 3 s:
at 0.02 mm/s or more on average. A worm that never does is touched all the same.

A *reversal* answers a touch if the worm was not moving backward just before the touch and a
reversal (``kinematics.reversals``) of the track from the touch on begins within the window below.
An *acceleration* is a mean speed along the body from 0.5 to 3.5 s after the touch of at least 1.2
times that of the last 3 s before, which must be positive, without a reversal in between.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import nan
from typing import TYPE_CHECKING

import numpy as np

from env.assays import drawing
from env.assays.base import Assay, Summary, Trial, of_condition
from env.assays.kinematics import Bout, END_mm_s, Track, reversals, smoothed_speed, speed_along_body
from env.assays.session import Session, Setup
from env.assays.statistics import mean_interval

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["TAPS", "TOUCH"]

GENTLE_uN, GENTLE_s = 10.0, 0.5  # saturates the gentle-touch receptors (assumed)
NOSE_uN, NOSE_s = 20.0, 0.5
DRIVEN_pA = {"ASH": 20.0, "AVA": 150.0}
DRIVEN_s = 1.0
ANTERIOR, POSTERIOR, NOSE = 0.2, 0.8, 0.0

# Before a stimulus; in the first seconds a worm still unfolds from its start.
FIRST_s, SPREAD_s, PATIENCE_s = 8.0, 3.0, 20.0
RUNNING_mm_s = 0.02
WINDOW_s = 1.0
DRIVEN_WINDOW_s = 2.0  # photo-activated ASH acts after about a second
AFTER_s = 12.0
BEFORE_s, DELAY_s, RATIO = 3.0, 0.5, 1.2

TAP_INTERVAL_s = {"10s": 10.0, "60s": 60.0}
N_TAPS = 10


@dataclass(frozen=True, kw_only=True)
class Response:
    """What a worm did after a stimulus.

    Attributes:
        reversed: whether it backed up in the window.
        latency_s: until then; NaN without a reversal.
        distance_mm: how far it backed up; 0 without a reversal.
        accelerated: whether it ran faster.
        speed_ratio: speed after over before; NaN if it did not run before.
    """

    reversed: bool
    latency_s: float
    distance_mm: float
    accelerated: bool
    speed_ratio: float

    def figures(self) -> dict[str, float]:
        """Return the response as numbers, truth as 0 or 1."""
        return {
            "reversed": float(self.reversed),
            "latency_s": self.latency_s,
            "reversal_mm": self.distance_mm if self.reversed else nan,
            "accelerated": float(self.accelerated),
            "speed_ratio": self.speed_ratio,
        }


def response(track: Track, at_s: float, window_s: float = WINDOW_s) -> Response:
    """Return how a worm answered a stimulus at a time of its track."""
    answer = _answer(track, at_s, window_s)
    speed = speed_along_body(track)
    before = speed[_index(track, at_s - BEFORE_s) : _index(track, at_s)].mean()
    after = speed[_index(track, at_s + DELAY_s) : _index(track, at_s + DELAY_s + BEFORE_s)].mean()
    ratio = float(after / before) if before > 0.0 else nan
    return Response(
        reversed=answer is not None,
        latency_s=answer.start_s - at_s if answer else nan,
        distance_mm=answer.distance_mm if answer else 0.0,
        accelerated=answer is None and ratio >= RATIO,
        speed_ratio=ratio,
    )


def _answer(track: Track, at_s: float, window_s: float) -> Bout | None:
    # Speed is smoothed, so before and after are looked at apart: else an answer that comes at
    # once would seem to begin before the stimulus.
    if smoothed_speed(track.between(0.0, at_s))[-1] < END_mm_s:
        return None
    first = next(iter(reversals(track.between(at_s))), None)
    if first is None or first.start_s > window_s:
        return None
    return replace(first, start_s=at_s + first.start_s, end_s=at_s + first.end_s)


def _index(track: Track, time_s: float) -> int:
    return max(round(time_s / track.dt_s), 0)


def run_up(session: Session, seed: int) -> None:
    """Let the worm run for a while that depends on the seed, and until it has kept forward."""
    session.run(FIRST_s + SPREAD_s * np.random.default_rng([seed, 1]).random())
    patience = session.sim.clock.control_steps(PATIENCE_s)
    while patience > 0 and not _kept_forward(session):
        session.step()
        patience -= 1


def _kept_forward(session: Session) -> bool:
    speed = smoothed_speed(session.last(BEFORE_s))  # what the answer is compared with
    return bool(speed.mean() >= RUNNING_mm_s and speed.min() > 0.0)


def stimulate(session: Session, condition: str) -> None:
    """Begin a stimulus, and wait for its end if it has to be ended."""
    sim = session.sim
    if condition == "anterior":
        sim.touch(ANTERIOR, "dorsal", GENTLE_uN, GENTLE_s)
    elif condition == "posterior":
        sim.touch(POSTERIOR, "dorsal", GENTLE_uN, GENTLE_s)
    elif condition == "nose":
        sim.touch(NOSE, "dorsal", NOSE_uN, NOSE_s)
    elif condition == "sham":
        sim.touch(ANTERIOR, "dorsal", 0.0, GENTLE_s)
    elif condition == "tap":  # it shakes the plate: the whole skin feels it
        for place in (ANTERIOR, POSTERIOR):
            sim.touch(place, "dorsal", GENTLE_uN, GENTLE_s)
    else:
        sim.inject({condition: DRIVEN_pA[condition]})
        session.run(DRIVEN_s)
        sim.inject({condition: 0.0})


def touch_once(setup: Setup, seed: int, condition: str) -> Trial:
    """Touch a running worm and watch what it does."""
    with Session(setup, seed) as session:
        run_up(session, seed)
        at_s = session.sim.time_s
        stimulate(session, condition)
        session.run(at_s + AFTER_s - session.sim.time_s)
        track = session.track
    window_s = DRIVEN_WINDOW_s if condition in DRIVEN_pA else WINDOW_s
    aligned = smoothed_speed(track)[_index(track, at_s - BEFORE_s) :]
    return Trial(
        seed=seed,
        condition=condition,
        figures=response(track, at_s, window_s).figures(),
        series={"speed_mm_s": aligned},
    )


def touch_summary(trials: Sequence[Trial], rng: np.random.Generator) -> Summary:
    """Return the shares of trials with a response, and latency and length of anterior reversals."""
    shares = {
        "anterior_reversal_p": ("anterior", "reversed"),
        "posterior_acceleration_p": ("posterior", "accelerated"),
        "nose_reversal_p": ("nose", "reversed"),
        "ash_reversal_p": ("ASH", "reversed"),
        "ava_reversal_p": ("AVA", "reversed"),
        "sham_p": ("sham", "reversed"),
        "latency_s": ("anterior", "latency_s"),
        "reversal_mm": ("anterior", "reversal_mm"),
        "posterior_reversal_p": ("posterior", "reversed"),
        "posterior_speed_ratio": ("posterior", "speed_ratio"),
        "tap_reversal_p": ("tap", "reversed"),
        "tap_reversal_mm": ("tap", "reversal_mm"),
    }
    return {
        name: mean_interval([t.figures[figure] for t in of_condition(trials, condition)], rng)
        for name, (condition, figure) in shares.items()
        if of_condition(trials, condition)
    }


def tap_series(setup: Setup, seed: int, condition: str) -> Trial:
    """Tap the plate ten times; the condition is the interval between taps."""
    every_s = TAP_INTERVAL_s[condition]
    times_s = []
    with Session(setup, seed) as session:
        run_up(session, seed)
        for _ in range(N_TAPS):
            times_s.append(session.sim.time_s)
            stimulate(session, "tap")
            session.run(every_s)
        track = session.track
    distances = [response(track, at_s).distance_mm for at_s in times_s]
    first, last = float(np.mean(distances[:2])), float(np.mean(distances[-3:]))
    figures = {f"tap_{i + 1}_mm": distance for i, distance in enumerate(distances)}
    figures |= {"first_2_mm": first, "last_3_mm": last, "left": last / first if first else nan}
    return Trial(
        seed=seed, condition=condition, figures=figures, series={"distance_mm": np.array(distances)}
    )


def tap_summary(trials: Sequence[Trial], rng: np.random.Generator) -> Summary:
    """Return how far worms back up at the first and last taps, and what share is left."""
    return {
        f"{name}_at_{condition}": mean_interval(
            [trial.figures[name] for trial in of_condition(trials, condition)], rng
        )
        for condition in TAP_INTERVAL_s
        for name in ("first_2_mm", "last_3_mm", "left")
    }


def draw_touches(trials: Sequence[Trial], figure: Figure) -> None:
    """Draw the speed of all worms, aligned to the stimulus, one panel per condition."""
    panels = figure.subplots(len(TOUCH.conditions), 1, sharex=True)
    for axes, condition in zip(panels, TOUCH.conditions, strict=True):
        speeds = [trial.series["speed_mm_s"] for trial in of_condition(trials, condition)]
        drawing.traces(axes, speeds, drawing.CONTROL_s, -BEFORE_s, condition)
        axes.axvline(0.0, color="tab:red", linewidth=0.8)
        axes.axhline(0.0, color="0.5", linewidth=0.5)


def draw_taps(trials: Sequence[Trial], figure: Figure) -> None:
    """Draw the distance backed up at every tap."""
    axes = figure.subplots()
    for condition in TAP_INTERVAL_s:
        rows = [trial.series["distance_mm"] for trial in of_condition(trials, condition)]
        axes.plot(np.arange(1, N_TAPS + 1), np.mean(rows, axis=0), "o-", label=condition)
    axes.legend()
    axes.set(xlabel="tap", ylabel="distance backed up (mm)")


TOUCH = Assay(
    name="touch",
    about="A running worm is touched in front, behind and on the nose, is tapped, or has ASH or "
    "AVA driven; a touch without force is the control.",
    trials=10,
    trial=touch_once,
    draw=draw_touches,
    conditions=("anterior", "posterior", "nose", "ASH", "AVA", "tap", "sham"),
    summarise=touch_summary,
)
TAPS = Assay(
    name="taps",
    about="Ten taps at intervals of 10 s and of 60 s: does the reversal shrink?",
    trials=10,
    trial=tap_series,
    draw=draw_taps,
    conditions=tuple(TAP_INTERVAL_s),
    summarise=tap_summary,
)
