"""What the command and touch stages score: a reversal that begins at once and ends by itself.

Terms are graded, so that a search has a slope to follow before the first worm reverses: the speed
along the body after the stimulus, and how far AVA rises towards its upper state.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import numpy as np

from agents.evolve.lean import Lean, Push, Seen
from agents.evolve.terms import DEAD, Terms
from env.assays.kinematics import reversals, smoothed_speed

__all__ = ["command_trials", "touch_trials"]

AT_s, LAST_s = 6.0, 16.0  # stimulus, end of trial
KICK_pA, KICK_s = 60.0, 0.5
WINDOW_s = 1.0  # in which an answer begins
BACK_mm_s = -0.15  # wanted from one to two seconds after a stimulus
TOLERANCE_mm_s = 0.1
SHORTEST_s, LONGEST_s = 1.0, 6.0
RISE_mV = 20.0  # of AVA, at least
FASTER = 1.2
ANTERIOR, POSTERIOR = 0.2, 0.8


def command_trials(lean: Lean, seed: int) -> Mapping[str, Terms]:
    """Return the terms of a kick to AVA, and of a worm left alone."""
    kick = [
        (AT_s, lambda worm: worm.inject({"AVA": KICK_pA})),
        (AT_s + KICK_s, lambda worm: worm.inject({"AVA": 0.0})),
    ]
    return {
        "kick": reversal_terms(lean.run(LAST_s, seed, kick), lean),
        "alone": no_reversal_terms(lean.run(LAST_s, seed)),
    }


def touch_trials(lean: Lean, seed: int) -> Mapping[str, Terms]:
    """Return the terms of a touch in front and of one behind."""
    front, behind = (
        lean.run(LAST_s, seed, [(AT_s, partial(Lean.press, push=Push(position=place)))])
        for place in (ANTERIOR, POSTERIOR)
    )
    return {
        "anterior": reversal_terms(front, lean),
        "posterior": {**no_reversal_terms(behind), **faster_terms(behind)},
    }


def reversal_terms(seen: Seen, lean: Lean) -> Terms:
    """Return the cost of an answer that should be a reversal of one to six seconds."""
    if not seen.alive:
        return {"dead": DEAD}
    speed, dt_s = smoothed_speed(seen.track), seen.track.dt_s
    soon = speed[round((AT_s + 1.0) / dt_s) : round((AT_s + 2.0) / dt_s)].mean()
    late = speed[round((AT_s + LONGEST_s + 1.0) / dt_s) :].mean()
    bouts = [b for b in reversals(seen.track) if AT_s <= b.start_s <= AT_s + WINDOW_s]
    duration = bouts[0].duration_s if bouts else 0.0
    return {
        "back": max(0.0, float(soon - BACK_mm_s) / TOLERANCE_mm_s) ** 2,
        "command": 2.0 * max(0.0, 1.0 - _rise_of_AVA_mV(seen, lean) / RISE_mV) ** 2,
        "none": 0.0 if bouts else 3.0,
        "short": 2.0 * max(0.0, SHORTEST_s - duration) ** 2 if bouts else 2.0,
        "long": 2.0 * max(0.0, duration - LONGEST_s) ** 2,
        "resume": max(0.0, (0.1 - float(late)) / TOLERANCE_mm_s) ** 2,
    }


def no_reversal_terms(seen: Seen) -> Terms:
    """Return the cost of a trial in which the worm should not reverse."""
    if not seen.alive:
        return {"dead": DEAD}
    backed = [b.duration_s for b in reversals(seen.track) if b.end_s > AT_s]
    return {"reversed": 3.0 * len(backed) + float(sum(backed))}


def faster_terms(seen: Seen) -> Terms:
    """Return the cost of an answer that should be a faster crawl."""
    if not seen.alive:
        return {}
    speed, dt_s = smoothed_speed(seen.track), seen.track.dt_s
    at = round(AT_s / dt_s)
    three = round(3.0 / dt_s)
    before = float(speed[at - three : at].mean())
    after = float(speed[at + round(0.5 / dt_s) :][:three].mean())
    return {"faster": 4.0 * max(0.0, FASTER - after / max(before, 0.05))}


def _rise_of_AVA_mV(seen: Seen, lean: Lean) -> float:
    ava = seen.voltage_mV[:, lean.connectome.members("AVA")].mean(axis=1)
    at, one = round(AT_s / seen.track.dt_s), round(1.0 / seen.track.dt_s)
    # After the stimulus itself has ended.
    during = ava[at + round((KICK_s + 0.1) / seen.track.dt_s) : at + 2 * one]
    return float(np.mean(during) - np.mean(ava[at - one : at]))
