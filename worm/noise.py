"""Currents that stand for what is not modelled: channel noise, and a slow drive of AVA.

    fast:  white, spread over the membrane; gives each passive cell ``noise.voltage`` mV rms
    slow:  x' = -x / tau + sqrt(2 / tau) xi,   I = G_in noise.command x      into the soma of AVA

The slow drive (assumed) is what spontaneous reversals start from: modulators and synapses whose
release fluctuates over half a second. It knows nothing of the world, and no clock. It enters in the
ring, where AIB and RIM do too, so that these can hasten or prevent a reversal.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from worm.connectome import Connectome
from worm.parameters import Parameters

FloatArray = NDArray[np.float64]

SLOW_CLASSES = ("AVA",)


class Noise:
    """Noise currents of one nervous system.

    Args:
        connectome: who is who.
        parameters: ``noise.*``.
        input_nS: (302,) resting input conductance.
        capacitance_pF: (302,) of whole cells.

    Attributes:
        slow: state of the slow drive, in units of its rms; one number per AVA cell.
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

    def draw(self, rng: np.random.Generator, duration_ms: float) -> tuple[FloatArray, FloatArray]:
        """Return the slow currents, into the somata, and the fast ones, to be spread over cells.

        Both are (302,), in pA, and hold for the next ``duration_ms``.
        """
        fast_pA = rng.standard_normal(len(self._fast_pA_ms)) * self._fast_pA_ms
        fast_pA /= math.sqrt(duration_ms)
        keep = math.exp(-duration_ms / self._slow_tau_ms)
        fresh = rng.standard_normal(len(self._cells))
        self.slow = keep * self.slow + math.sqrt(1.0 - keep * keep) * fresh
        slow_pA = np.zeros_like(fast_pA)
        slow_pA[self._cells] = self._slow_pA * self.slow
        return slow_pA, fast_pA
