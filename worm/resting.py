"""Operating points by rule: where each neuron rests, and where its release is centred.

Two reference states are prescribed class by class: *forward* (AVB up; AVA, RIM and A down) and
*backward* (AVA, RIM and A up; AVB and B down). In its reference state every cell is held exactly
at its class's potential by a tonic conductance, sodium leak (NCA, 30 mV) or potassium leak (-80
mV), whichever is needed: this stands for homeostasis, and is assumed, not measured. B and head
motor neurons, AVA, AVB and RIM are referred to the forward state, A motor neurons to the backward
state, all others to the mean of both. Release is half-maximal at the reference potential plus a
class-level shift.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from worm.channels import E_K_mV, E_NA_mV
from worm.connectome import Connectome
from worm.parameters import Parameters
from worm.wiring import RELAY, TOUCH, A, B, D

FloatArray = NDArray[np.float64]

HEAD_OSCILLATOR = ("SMD", "RMD")
HEAD_MOTOR = (*HEAD_OSCILLATOR, "SMB", "RME", "RIV")


@dataclass(frozen=True, kw_only=True)
class ReferenceStates:
    """Class-level potentials of both states, and what follows from them; all (302,).

    Attributes:
        forward_mV, backward_mV: prescribed potentials.
        forward_share: weight of the forward state in the cell's tonic conductance, 0..1.
        threshold_mV: potential of half-maximal release.
    """

    forward_mV: FloatArray
    backward_mV: FloatArray
    forward_share: FloatArray
    threshold_mV: FloatArray


def reference_states(connectome: Connectome, parameters: Parameters) -> ReferenceStates:
    """Return both reference states from the parameters ``rest.*`` and ``release.shift.*``."""
    p, n = parameters, len(connectome.names)
    sensory = np.array([kind == "sensory" for kind in connectome.types])
    common = np.where(sensory, p["rest.sensory"], p["rest.other"])
    common[connectome.is_class(D)] = p["rest.D"]
    common[connectome.is_class(RELAY)] = p["rest.relay"]
    common[connectome.is_class(HEAD_OSCILLATOR)] = p["rest.motor_on"]
    states = {}
    for state, up, on, down, off in (
        ("forward", ("AVB",), B, ("AVA",), A),
        ("backward", ("AVA",), A, ("AVB",), B),
    ):
        v = common.copy()
        for classes, key in (
            (up, "rest.command_up"), (down, "rest.command_down"),
            (on, "rest.motor_on"), (off, "rest.motor_off"),
        ):  # fmt: skip
            v[connectome.is_class(classes)] = p[key]
        if state == "backward":
            v[connectome.is_class(A)] = p["rest.A_on"]
            v[connectome.is_class(("AVA",))] = p["rest.AVA_up"]
        v[connectome.is_class(("RIM",))] = p[
            "rest.RIM_on" if state == "backward" else "rest.RIM_off"
        ]
        states[state] = v
    share = np.full(n, 0.5)
    share[connectome.is_class((*B, *HEAD_MOTOR, *RELAY, "AVA", "AVB", "RIM"))] = 1.0
    share[connectome.is_class(A)] = 0.0
    middle = 0.5 * (states["forward"] + states["backward"])
    threshold = middle + np.where(sensory, p["release.shift.sensory"], 0.0)
    command = np.full(n, 0.5 * (p["rest.command_up"] + p["rest.command_down"]))
    shifts: tuple[tuple[tuple[str, ...], FloatArray, str], ...] = (
        (B, states["forward"], "B"),
        (A, states["backward"], "A"),
        (HEAD_MOTOR, states["forward"], "head"),
        (("RIV",), states["forward"], "RIV"),
        (D, middle, "D"),
        (("AS",), middle, "AS"),
        (("AVA", "AVB"), command, "command"),
        (("RIM",), middle, "RIM"),
        (TOUCH, middle, "touch"),
        (RELAY, middle, "relay"),
    )
    for members, base, key in shifts:
        mask = connectome.is_class(members)
        threshold[mask] = base[mask] + p[f"release.shift.{key}"]
    return ReferenceStates(
        forward_mV=states["forward"],
        backward_mV=states["backward"],
        forward_share=share,
        threshold_mV=threshold,
    )


def tonic_leak(
    needed_pA: FloatArray, v_mV: FloatArray, stretch: NDArray[np.int64]
) -> tuple[FloatArray, FloatArray]:
    """Return (conductance nS, its drive pA) that carry ``needed_pA`` into compartments at ``v_mV``.

    What depolarises and what hyperpolarises cancels within a stretch, at every resolution the
    same; only the rest of it becomes a conductance, where its sign is needed. Were a stretch as
    short as the compartments, a cell would grow leakier with resolution. A constant current, part
    of the drive, carries what cancels from one part of the stretch to another; at the default
    resolution a stretch is one compartment, and there is none.
    """
    net = np.bincount(stretch, needed_pA)[stretch]
    weight = np.maximum(needed_pA * np.sign(net), 0.0)
    carried = net * (weight / np.maximum(np.bincount(stretch, weight)[stretch], 1e-12))
    reversal = np.where(carried > 0, E_NA_mV, E_K_mV)
    g_nS = np.abs(carried) / np.maximum(np.abs(reversal - v_mV), 5.0)
    return g_nS, g_nS * reversal + (needed_pA - carried)
