"""Currents that stand for what is not modelled: channel noise, and a slow drive of AVA and AVB.

    fast:  white, gives each passive cell ``noise.voltage`` mV rms
    slow:  x' = -x / tau + sqrt(2 / tau) xi,   I = G_in noise.command x      in AVA and AVB

The slow drive (assumed) is what spontaneous reversals start from: modulators and synapses whose
release fluctuates over half a second. It knows nothing of the world, and no clock.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from worm.connectome import Connectome
from worm.parameters import Parameters

FloatArray = NDArray[np.float64]

SLOW_CLASSES = ("AVA", "AVB")


class Noise:
    """Noise currents of one nervous system.

    Args:
        connectome: who is who.
        parameters: ``noise.*``.
        input_nS: (302,) resting input conductance.
        capacitance_pF: (302,) of whole cells.

    Attributes:
        slow: state of the slow drive, in units of its rms; one number per AVA and AVB cell.
    """

    def __init__(
        self,
        connectome: Connectome,
        parameters: Parameters,
        input_nS: FloatArray,
        capacitance_pF: FloatArray,
    ) -> None:
        tau_ms = capacitance_pF / input_nS
        self._fast_pA_ms = parameters["noise.voltage"] * input_nS * np.sqrt(2.0 * tau_ms)
        self._cells = np.flatnonzero(connectome.is_class(SLOW_CLASSES))
        self._slow_pA = parameters["noise.command"] * input_nS[self._cells]
        self._slow_tau_ms = 1e3 * parameters["noise.command_tau"]
        self.reset()

    def reset(self) -> None:
        """Begin without slow drive."""
        self.slow: FloatArray = np.zeros(len(self._cells))

    def draw(self, rng: np.random.Generator, duration_ms: float) -> FloatArray:
        """Return the current (302,) in pA for the next ``duration_ms``, to be spread over cells."""
        current = rng.standard_normal(len(self._fast_pA_ms)) * self._fast_pA_ms
        current /= math.sqrt(duration_ms)
        keep = math.exp(-duration_ms / self._slow_tau_ms)
        fresh = rng.standard_normal(len(self._cells))
        self.slow = keep * self.slow + math.sqrt(1.0 - keep * keep) * fresh
        current[self._cells] += self._slow_pA * self.slow
        return current
