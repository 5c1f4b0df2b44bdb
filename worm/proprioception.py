"""Stretch: curvature of the body becomes current in the motor neurons that sense it.

    I = G_in gain d r,    r' = (tanh(mean kappa L over the field / kappa_0) - r) / tau

kappa_0 of A neurons is smaller than that of the others (fitted). In water nothing holds the body: a
drive that grew with its deep bends would keep them moving it after AVA has fallen.

A and B neurons feel r less its own slow mean u, u' = (r - u) / tau_adaptation: without that a worm
that lies in a coil would stay there, its motor neurons held up by the coil itself (assumed).
d is the dorsality of the cell's own junctions (+1 dorsal, -1 ventral), so a dorsal bend excites
dorsal B neurons. B neurons sense the body in front of their muscles (Wen et al. 2012,
10.1016/j.neuron.2012.08.039), A neurons behind theirs (assumed mirror image), SMD and RMD the
neck with the opposite sign, as delayed negative feedback (assumed).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from worm.connectome import Connectome
from worm.parameters import Parameters
from worm.wiring import A, B

FloatArray = NDArray[np.float64]
N_JOINTS = 23


class Proprioception:
    """Stretch currents of all neurons; only A, B, SMD and RMD cells ever receive one.

    Args:
        connectome: wiring, for the position and side of each motor neuron.
        parameters: ``proprioception.*``.
        input_nS: (302,) resting input conductance, from the nervous system.
    """

    def __init__(
        self, connectome: Connectome, parameters: Parameters, input_nS: FloatArray
    ) -> None:
        p, n = parameters, len(connectome.names)
        x, self._off = connectome.motor_position, np.zeros(n, bool)
        gain = np.zeros(n)
        start, end = np.zeros(n), np.zeros(n)
        b, a = connectome.is_class(B), connectome.is_class(A)
        offset = p["proprioception.offset"]
        end[b] = np.maximum(x - offset, 0.09)[b]
        start[b] = np.maximum(x - offset - p["proprioception.length_B"], 0.0)[b]
        start[a] = np.minimum(x + offset, 0.93)[a]
        end[a] = np.minimum(x + offset + p["proprioception.length_A"], 1.0)[a]
        gain[b], gain[a] = p["proprioception.gain_B"], p["proprioception.gain_A"]
        head = connectome.is_class(("SMD", "RMD"))
        end[head] = p["proprioception.length_head"]
        for cls in ("SMD", "RMD"):
            gain[connectome.is_class((cls,))] = -p[f"proprioception.gain_{cls}"]
        self._gain_pA = gain * connectome.dorsality * input_nS
        self._field = _field_weights(start, end, gain != 0)
        self._saturation = np.where(
            a, p["proprioception.saturation_A"], p["proprioception.saturation"]
        )
        self._tau_s = p["proprioception.tau"]
        self._adapts = (a | b).astype(float)
        self._tau_adaptation_s = p["proprioception.tau_adaptation"]
        self._dt_s, self._decay, self._decay_usual = 0.0, 1.0, 1.0
        self.sensed: FloatArray = np.zeros(n)
        self.usual: FloatArray = np.zeros(n)

    def reset(self) -> None:
        """Forget the past."""
        self.sensed, self.usual = np.zeros_like(self.sensed), np.zeros_like(self.usual)

    def state(self) -> dict[str, FloatArray]:
        """Return a copy of everything that evolves."""
        return {"sensed": self.sensed.copy(), "usual": self.usual.copy()}

    def set_state(self, state: dict[str, FloatArray]) -> None:
        """Restore a copy made by :meth:`state`."""
        self.sensed, self.usual = state["sensed"].copy(), state["usual"].copy()

    def switch_off(self, neurons: Sequence[int]) -> None:
        """Make neurons deaf to stretch; an empty list restores all."""
        self._off[:] = False
        self._off[list(neurons)] = True

    def update(self, dt_s: float, curvature_L: FloatArray) -> FloatArray:
        """Advance by ``dt_s`` and return the current (302,) in pA, to be spread over each cell.

        Args:
            dt_s: duration, s.
            curvature_L: (23,) dorsoventral curvature times body length, head first.
        """
        if dt_s != self._dt_s:
            self._dt_s, self._decay = dt_s, math.exp(-dt_s / self._tau_s)
            self._decay_usual = math.exp(-dt_s / self._tau_adaptation_s)
        target = np.tanh(self._field @ curvature_L / self._saturation)
        self.sensed = target + (self.sensed - target) * self._decay
        self.usual = self.sensed + (self.usual - self.sensed) * self._decay_usual
        felt = self.sensed - self._adapts * self.usual
        return np.asarray(np.where(self._off, 0.0, self._gain_pA * felt))


def _field_weights(start: FloatArray, end: FloatArray, used: NDArray[np.bool_]) -> FloatArray:
    """Return (302, 23) weights of a mean over start..end; joint k lies at (k + 1) / 24."""
    weights = np.zeros((len(start), N_JOINTS))
    for cell in np.flatnonzero(used):
        first = min(max(math.ceil(start[cell] * 24) - 1, 0), N_JOINTS - 1)
        last = max(min(math.floor(end[cell] * 24), N_JOINTS), first + 1)
        weights[cell, first:last] = 1.0 / (last - first)
    return weights
