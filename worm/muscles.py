"""95 body-wall muscles: neuromuscular drive to activation to bending torque.

    a' = (sigmoid(bias + drive) - a) / tau                                    activation, 0..1
    torque = K l (kappa_max(s) (a_dorsal - a_ventral))                        per joint

A full one-sided contraction bends a joint to ``kappa_max``, so torque scales with the joint's
stiffness K.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from worm.body import BodyPlan
from worm.connectome import Connectome
from worm.parameters import Parameters

FloatArray = NDArray[np.float64]

# Motor pools; within a pool the junctions on one muscle add up to 1, times the gain of the class.
POOL_OF_CLASS = {
    "DA": "A", "VA": "A", "DB": "B", "VB": "B", "AS": "AS", "DD": "D", "VD": "D", "VC": "VC",
    "RME": "RME",
}  # fmt: skip
GAIN_OF_CLASS = {
    "DA": "AB", "VA": "AB", "DB": "AB", "VB": "AB", "AS": "AS", "DD": "D", "VD": "D", "VC": "VC",
    "RME": "RME", "RMD": "RMD", "SMD": "SMD", "SMB": "SMB", "RIV": "RIV", "URA": "URA",
}  # fmt: skip
EXPONENT = 0.7  # junctions to weight, as for synapses


def pools(connectome: Connectome) -> NDArray[np.str_]:
    """Return the motor pool of every neuromuscular junction."""
    neuron = connectome.neuromuscular.neuron
    return np.array([POOL_OF_CLASS.get(connectome.classes[i], "head") for i in neuron])


def junction_weights(connectome: Connectome, parameters: Parameters) -> FloatArray:
    """Return the signed weight of every neuromuscular junction."""
    nmj, pool = connectome.neuromuscular, pools(connectome)
    weight = nmj.junctions**EXPONENT * (nmj.sign != 0)
    total: dict[tuple[str, int], float] = {}
    for key, w in zip(zip(pool, nmj.muscle, strict=True), weight, strict=True):
        total[key] = total.get(key, 0.0) + w
    share = np.array(
        [
            w / total[key] if w > 0 else 0.0
            for key, w in zip(zip(pool, nmj.muscle, strict=True), weight, strict=True)
        ]
    )
    gains = [GAIN_OF_CLASS.get(connectome.classes[i], "other") for i in nmj.neuron]
    gain_of = np.array([parameters[f"neuromuscular.{gain}"] for gain in gains])
    return np.asarray(share * nmj.sign * gain_of)


class Muscles:
    """Activation of the 95 muscles, in the order of ``connectome.muscle_names``."""

    def __init__(self, connectome: Connectome, parameters: Parameters) -> None:
        p = parameters
        self._tau_s = p["muscle.tau"]
        self._bias = self._resting_bias(connectome, p)
        row = connectome.muscle_row - 1
        quadrant = np.where(connectome.muscle_dorsal > 0, 0, 2) + (connectome.muscle_left < 0)
        self._slot = quadrant * 24 + row
        self._bend = p["muscle.curvature_max"], p["muscle.curvature_taper"], p["muscle.lateral"]
        self.activation: FloatArray = np.empty(0)
        self.reset()

    @staticmethod
    def _resting_bias(connectome: Connectome, p: Parameters) -> FloatArray:
        """Bias at which a muscle rests with its pools half active.

        A muscle with both A and B junctions is referred to exactly one of the two pools being
        active: otherwise the silent pool would hold it relaxed and no wave could pass (assumed).
        """
        nmj, pool = connectome.neuromuscular, pools(connectome)
        weight = junction_weights(connectome, p)
        n = len(connectome.muscle_names)
        rest = p["muscle.rest"]
        bias = math.log(rest / (1 - rest)) + p["muscle.dorsal_bias"] * connectome.muscle_dorsal
        bias = bias - 0.5 * np.bincount(nmj.muscle, weight, n)
        has_a, has_b = (np.isin(np.arange(n), nmj.muscle[pool == name]) for name in "AB")
        return np.asarray(bias + 0.5 * p["neuromuscular.AB"] * (has_a & has_b))

    def reset(self) -> None:
        """Relax to the resting activation of the forward state."""
        self.activation = np.full(len(self._bias), 0.0)
        self._fresh = True

    def step(self, dt_s: float, drive: FloatArray) -> None:
        """Advance by ``dt_s`` under a constant drive (95,)."""
        target = 1.0 / (1.0 + np.exp(-np.clip(self._bias + drive, -40.0, 40.0)))
        if self._fresh:
            self.activation, self._fresh = target, False
            return
        self.activation = target + (self.activation - target) * math.exp(-dt_s / self._tau_s)

    def torque(self, activation: FloatArray, plan: BodyPlan) -> FloatArray:
        """Return the torque (46,) in uN mm on the joint angles; even ones are dorsoventral."""
        table = np.zeros(96)
        table[self._slot] = activation
        table[2 * 24 + 23] = table[3 * 24 + 23]  # there is no MVL24: its partner serves both sides
        dl, dr, vl, vr = table.reshape(4, 24)
        curvature_max, taper, lateral = self._bend
        dorsal = 0.5 * (dl + dr - vl - vr)
        left = 0.5 * (dl + vl - dr - vr)
        at = np.arange(1, 24) / 24
        reach = curvature_max * (1 - taper * at) / plan.length_mm * plan.segment_length_mm
        out = np.empty(46)
        out[0::2] = reach * 0.5 * (dorsal[:-1] + dorsal[1:])
        out[1::2] = lateral * reach * 0.5 * (left[:-1] + left[1:])
        return out * plan.joint_stiffness_uN_mm

    def state(self) -> dict[str, FloatArray]:
        """Return a copy of everything that evolves."""
        return {"activation": self.activation.copy(), "fresh": np.array(float(self._fresh))}

    def set_state(self, state: dict[str, FloatArray]) -> None:
        """Restore a copy made by :meth:`state`."""
        self.activation, self._fresh = state["activation"].copy(), bool(state["fresh"])
