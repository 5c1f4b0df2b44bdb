"""Touch: force on the skin and on the nose becomes currents in named mechanosensory neurons.

* Gentle touch (ALM, AVM, PLM, PVM): y' = |F'| - y / decay, h = yⁿ / (yⁿ + half_forceⁿ),
  I = gain · f · h, hence a current at onset and at offset and none under a steady force. Use tires
  the receptor: f' = (1 - f) / recovery - fatigue · h · f. What changes as a worm grows used to taps
  lies upstream of the interneurons (doi:10.1037/0735-7044.111.2.342); that it is the receptor is
  assumed.
* Harsh touch (PVD, FLP): u = (F averaged - threshold) / half_excess, I = gain · u / (1 + u) if
  u > 0.
* Nose touch (ASH, FLP, OLQ, CEP, IL1): I = gain · Fⁿ / (Fⁿ + half_forceⁿ) of the averaged force.

F is the force on the skin weighted by the receptive field of the cell. All averages are exact for a
force that changes linearly during an update; f is of second order in the step. The forms are
assumed; see ``senses.toml``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from worm.chemosensation import Array, Cells

N_SEGMENTS = 24
SKIN_SHAPE = (N_SEGMENTS, 4)  # quadrants dorsal-left, dorsal-right, ventral-left, ventral-right

_FORGOTTEN_UN = 1e-9  # what is left of a touch below this is nothing

# The quadrants that lie over each cell, in the order of SKIN_SHAPE.
_LEFT, _RIGHT, _VENTRAL = (1, 0, 1, 0), (0, 1, 0, 1), (0, 0, 1, 1)
GENTLE = {
    "ALML": _LEFT,
    "ALMR": _RIGHT,
    "AVM": _VENTRAL,
    "PLML": _LEFT,
    "PLMR": _RIGHT,
    "PVM": _VENTRAL,
}
HARSH = {"FLPL": _LEFT, "FLPR": _RIGHT, "PVDL": _LEFT, "PVDR": _RIGHT}
NOSE = ("ASH", "FLP", "OLQ", "CEP", "IL1")


class Mechanosensation:
    """The state of all touch receptors and their currents.

    Args:
        cells: order and classes of the neurons.
        parameters: keys ``senses.*``.
    """

    def __init__(self, cells: Cells, parameters: Mapping[str, float]) -> None:
        p = parameters
        self._fields = np.concatenate(
            [_receptive_fields("gentle", GENTLE, p), _receptive_fields("harsh", HARSH, p)]
        )
        self._n_gentle = len(GENTLE)
        self._gentle_gain_pA = np.array([p[f"senses.gentle.gain.{n[:3]}"] for n in GENTLE])
        self._harsh_gain_pA = np.array([p[f"senses.harsh.gain.{n[:3]}"] for n in HARSH])
        nose = [(i, p[f"senses.nose.gain.{name}"]) for name in NOSE for i in cells.members(name)]
        self._nose_gain_pA = np.array([gain for _, gain in nose])
        skin = [i for name in (*GENTLE, *HARSH) for i in cells.members(name)]
        self._neuron = np.array(skin + [i for i, _ in nose])
        self._gentle_power = p["senses.gentle.steepness"]
        self._gentle_half = p["senses.gentle.half_force"] ** self._gentle_power
        self._fatigue_per_s = p["senses.gentle.fatigue"]
        self._recovery_s = p["senses.gentle.recovery"]
        self._nose_power = p["senses.nose.steepness"]
        self._nose_half = p["senses.nose.half_force"] ** self._nose_power
        self._harsh_threshold_uN = p["senses.harsh.threshold"]
        self._harsh_excess_uN = p["senses.harsh.half_excess"]
        self._tau_s = np.array(
            [p["senses.gentle.decay"]] * len(GENTLE)
            + [p["senses.harsh.tau"]] * len(HARSH)
            + [p["senses.nose.tau"]]
        )
        self._step_s = math.nan
        self._rest_pA = np.zeros(len(self._neuron))
        self.reset()

    @property
    def neurons(self) -> NDArray[np.int64]:
        """Indices of the neurons that :meth:`update` returns currents of; FLP comes twice."""
        return self._neuron

    def reset(self) -> None:
        """Forget: nothing has touched the skin, and the receptors are fresh."""
        self.filtered_uN = np.zeros(len(self._tau_s))  # gentle cells, harsh cells, nose
        self.force_uN = np.zeros(len(self._tau_s))
        self.fresh = np.ones(self._n_gentle)  # f of the gentle cells

    def update(self, dt_s: float, touch_force_uN: Array, nose_force_uN: float) -> Array:
        """Advance the receptors by ``dt_s`` and return the currents of ``neurons``, in pA.

        Args:
            dt_s: time since the last update.
            touch_force_uN: (24, 4) pressing force per segment and quadrant at the end of the
                update.
            nose_force_uN: pressing force on the tip of the nose.

        Raises:
            ValueError: a force is negative or not finite, or the shape is wrong.
        """
        force_uN = self._felt(np.asarray(touch_force_uN), nose_force_uN)
        self.fresh = 1.0 - (1.0 - self.fresh) * math.exp(-dt_s / self._recovery_s)
        if not (force_uN.any() or self.force_uN.any() or self.filtered_uN.any()):
            return self._rest_pA  # most of the time nothing touches the worm
        if dt_s != self._step_s:
            h = dt_s / self._tau_s
            self._keep, self._mean = np.exp(-h), -np.expm1(-h) / h
            # Rounding must not make it negative: a negative force has no power.
            self._weight_before = np.maximum(self._mean - self._keep, 0.0)
            self._step_s = dt_s
        n = self._n_gentle
        before, self.force_uN = self.force_uN, force_uN
        y = self.filtered_uN * self._keep
        y[:n] += np.abs(force_uN[:n] - before[:n]) * self._mean[:n]
        y[n:] += self._weight_before[n:] * before[n:] + (1.0 - self._mean[n:]) * force_uN[n:]
        y[y < _FORGOTTEN_UN] = 0.0
        used_s = 0.5 * dt_s * (self._opened(self.filtered_uN) + self._opened(y))
        self.fresh = self.fresh * np.exp(-self._fatigue_per_s * used_s)
        self.filtered_uN = y
        return self._currents_pA(y)

    def _felt(self, touch_force_uN: Array, nose_force_uN: float) -> Array:
        if touch_force_uN.shape != SKIN_SHAPE:
            raise ValueError(
                f"touch_force_uN has shape {touch_force_uN.shape}; give (24, 4): "
                "segments by dorsal-left, dorsal-right, ventral-left, ventral-right"
            )
        low, high = float(touch_force_uN.min()), float(touch_force_uN.max())
        if not (low >= 0.0 and high < math.inf and 0.0 <= nose_force_uN < math.inf):
            raise ValueError(
                f"touch_force_uN goes from {low!r} to {high!r} and nose_force_uN is "
                f"{nose_force_uN!r}; give pressing forces, finite and not negative"
            )
        force_uN = np.zeros(len(self._tau_s))
        if high > 0.0:
            force_uN[:-1] = self._fields @ touch_force_uN.ravel()
        force_uN[-1] = nose_force_uN
        return force_uN

    def _opened(self, y: Array) -> Array:
        """Return the open share of the channels of gentle touch."""
        gentle = y[: self._n_gentle] ** self._gentle_power
        return np.asarray(gentle / (gentle + self._gentle_half))

    def _currents_pA(self, y: Array) -> Array:
        n = self._n_gentle
        u = np.maximum((y[n:-1] - self._harsh_threshold_uN) / self._harsh_excess_uN, 0.0)
        nose = y[-1] ** self._nose_power
        return np.concatenate(
            (
                self._gentle_gain_pA * self.fresh * self._opened(y),
                self._harsh_gain_pA * (u / (1.0 + u)),
                self._nose_gain_pA * (nose / (nose + self._nose_half)),
            )
        )


def _receptive_fields(
    sense: str, over: Mapping[str, tuple[int, ...]], p: Mapping[str, float]
) -> Array:
    """Return (cells, 24 · 4) weights: 1 over a cell's process, less beyond its ends and across."""
    s = (np.arange(N_SEGMENTS) + 0.5) / N_SEGMENTS
    along, across = p["senses.spread.along"], p["senses.spread.across"]
    fields = []
    for name, quadrants in over.items():
        start, end = (p[f"senses.{sense}.{side}.{name[:3]}"] for side in ("from", "to"))
        rise = np.clip((s - start) / along + 0.5, 0.0, 1.0)
        fall = np.clip((end - s) / along + 0.5, 0.0, 1.0)
        around = np.where(np.array(quadrants) > 0, 1.0, across)
        fields.append(np.outer(np.minimum(rise, fall), around).ravel())
    return np.array(fields)
