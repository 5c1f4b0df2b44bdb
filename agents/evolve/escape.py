"""What the stages of backing score: a reversal that begins at once and ends by itself.

And, while a current keeps AVA up, a backward crawl that goes on. Terms are graded, so that a search
has a slope to follow before the first worm reverses: how far both AVA rise and both AVB fall, which
motor pool is silent, and the speed along the body.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import numpy as np
from numpy.typing import NDArray

from agents.evolve.lean import Lean, Push, Seen
from agents.evolve.terms import DEAD, SILENT, Terms, gait_terms
from env.assays.kinematics import reversals, smoothed_speed
from worm.wiring import A, B

__all__ = ["anterior_trials", "driven_trials", "touch_trials"]

Array = NDArray[np.float64]

AT_s, LAST_s = 6.0, 16.0  # stimulus, end of trial
PRESSED_s = 0.5
WINDOW_s = 1.0  # in which an answer begins
BACK_mm_s = -0.15  # wanted from one to two seconds after a stimulus
TOLERANCE_mm_s = 0.1
SHORTEST_s, LONGEST_s = 1.0, 6.0
RISE_mV, FALL_mV = 40.0, 35.0  # of the lower AVA and of the higher AVB, at least
FASTER = 1.2
ANTERIOR, POSTERIOR = 0.2, 0.8
# A current into each AVA, from when on, and the end: as long from there as a trial of the forward
# crawl, of whose first third the turn-round is a part.
DRIVE_pA, DRIVEN_s, DRIVEN_LAST_s = 150.0, 5.0, 17.0


def anterior_trials(lean: Lean, seed: int) -> Mapping[str, Terms]:
    """Return the terms of a touch in front."""
    return {"anterior": reversal_terms(_touched(lean, seed, ANTERIOR), lean)}


def touch_trials(lean: Lean, seed: int) -> Mapping[str, Terms]:
    """Return the terms of a touch in front, of one behind, and of a worm left alone."""
    behind = _touched(lean, seed, POSTERIOR)
    return {
        **anterior_trials(lean, seed),
        "posterior": {**no_reversal_terms(behind), **faster_terms(behind)},
        "alone": no_reversal_terms(lean.run(LAST_s, seed)),
    }


def driven_trials(lean: Lean, seed: int) -> Mapping[str, Terms]:
    """Return the terms of a backward crawl that lasts as long as AVA is driven."""
    drive = partial(Lean.inject, current_pA={"AVA": DRIVE_pA})
    seen = lean.run(DRIVEN_LAST_s, seed, [(DRIVEN_s, drive)])
    return {"driven": gait_terms(seen.since(DRIVEN_s), lean.connectome, -1)}


def _touched(lean: Lean, seed: int, position: float) -> Seen:
    push = Push(position=position, duration_s=PRESSED_s)
    return lean.run(LAST_s, seed, [(AT_s, partial(Lean.press, push=push))])


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
        "AVA": 2.0 * max(0.0, 1.0 - _change_mV(seen, lean, "AVA").min() / RISE_mV) ** 2,
        "AVB": 2.0 * max(0.0, 1.0 + _change_mV(seen, lean, "AVB").max() / FALL_mV) ** 2,
        "idle_A": 12.0 * max(0.0, _released(seen, lean, A, 1.0 - AT_s) - SILENT),
        "idle_B": 12.0 * max(0.0, _released(seen, lean, B, PRESSED_s) - SILENT),
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


def _change_mV(seen: Seen, lean: Lean, cells: str) -> Array:
    """Return by how much the potential of each cell changed, once the stimulus has ended."""
    voltage = seen.voltage_mV[:, lean.connectome.members(cells)]
    at, one = round(AT_s / seen.track.dt_s), round(1.0 / seen.track.dt_s)
    ended = at + round((PRESSED_s + 0.1) / seen.track.dt_s)
    change = voltage[ended : at + 2 * one].mean(axis=0) - voltage[at - one : at].mean(axis=0)
    return np.asarray(change)


def _released(seen: Seen, lean: Lean, pool: tuple[str, ...], after_s: float) -> float:
    """Return the mean release of a motor pool in a stretch that begins ``after_s`` the stimulus.

    The stretch ends with the stimulus if it begins before it, and lasts a second otherwise.
    """
    end_s = AT_s if after_s < 0.0 else AT_s + after_s + 1.0
    first, last = round((AT_s + after_s) / seen.track.dt_s), round(end_s / seen.track.dt_s)
    return float(seen.release[first:last, lean.connectome.is_class(pool)].mean())
