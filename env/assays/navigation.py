"""How a path relates to a gradient: turns up and down it, and curving against its normal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from env.assays.kinematics import Track, reversals

if TYPE_CHECKING:
    from env.fields import Field

__all__ = ["Turns", "curving_sums", "slope", "turns"]

Array = NDArray[np.float64]

BEAT_s = 2.5  # about one undulation: the path is looked at in steps of this length
SHORTEST_STEP_mm = 0.1  # slower steps have no direction


@dataclass(frozen=True, kw_only=True)
class Turns:
    """How many reversals began while the concentration rose and fell, and for how long it did."""

    up: int
    down: int
    up_s: float
    down_s: float


def turns(track: Track, concentration_mM: Array) -> Turns:
    """Count the reversals by the change of concentration in the 2.5 s before each.

    Args:
        track: of the worm.
        concentration_mM: (n,) at the centroid, one per sample.
    """
    lag = max(round(BEAT_s / track.dt_s), 1)
    change = np.zeros(len(track))
    change[lag:] = concentration_mM[lag:] - concentration_mM[:-lag]
    begins = [round(bout.start_s / track.dt_s) for bout in reversals(track)]
    return Turns(
        up=sum(bool(change[i] > 0.0) for i in begins),
        down=sum(bool(change[i] < 0.0) for i in begins),
        up_s=float((change > 0.0).sum() * track.dt_s),
        down_s=float((change < 0.0).sum() * track.dt_s),
    )


def curving_sums(track: Track, field: Field) -> Array:
    """Return (5,) sums over a path: n, x, y, x·x, x·y; see :func:`slope`.

    x is the gradient of the field normal to the path, to the left, in mM/mm; y is how much the path
    turns to the left, in rad/mm. Steps are one undulation long; those that touch a reversal, or
    hardly advance, are left out.
    """
    beat = max(round(BEAT_s / track.dt_s), 1)
    centre = track.centroid_mm[:, :2]
    n = len(centre) // beat
    if n < 3:
        return np.zeros(5)
    place = centre[: n * beat].reshape(n, beat, 2).mean(axis=1)  # free of the undulation
    step = np.diff(place, axis=0)
    length = np.linalg.norm(step, axis=1)
    angle = np.arctan2(step[:, 1], step[:, 0])
    turned = (np.diff(angle) + np.pi) % (2.0 * np.pi) - np.pi
    gx, gy = field.gradient_mM_mm(place[1:-1, 0], place[1:-1, 1])
    normal = -np.sin(angle[:-1]) * gx + np.cos(angle[:-1]) * gy
    usable = (length[:-1] > SHORTEST_STEP_mm) & (length[1:] > SHORTEST_STEP_mm)
    for bout in reversals(track):
        first, last = bout.start_s / BEAT_s - 2.0, bout.end_s / BEAT_s + 1.0
        beats = np.arange(n - 2)
        usable &= (beats < first - 1.0) | (beats > last)
    x, y = normal[usable], (turned / (0.5 * (length[:-1] + length[1:])).clip(1e-9))[usable]
    return np.array([len(x), x.sum(), y.sum(), (x * x).sum(), (x * y).sum()])


def slope(rows: Array) -> float:
    """Return the least-squares slope of y against x from summed :func:`curving_sums`.

    Positive where the path curves towards higher concentration.
    """
    n, x, y, xx, xy = rows.sum(axis=0)
    spread = n * xx - x * x
    return float((n * xy - x * y) / spread) if spread > 0.0 else float("nan")
