"""Which membrane each neuron has: passive constants and channel conductances, class by class.

Five published sets cover the animal; the motor classes that carry the gait have sets of their
own, with conductances in multiples of the cell's resting input conductance.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from worm.channels import CHANNEL_NAMES, CHANNELS
from worm.connectome import Connectome
from worm.morphology import Compartments, load_cells
from worm.parameters import Parameters

FloatArray = NDArray[np.float64]

# Published set: the cell whose recordings it was fitted to. Its ratio of soma to total area is
# kept.
REFERENCE_CELL = {
    "sensory": "AWCL",
    "interneuron": "AIYL",
    "command": "AVAL",
    "head_motor": "RIML",
    "body_motor": "VD5",
}
# Classes with their own channel set, and the published set whose passive membrane they share.
OWN_SET = {
    "DA": ("A", "body_motor"),
    "VA": ("A", "body_motor"),
    "DB": ("B", "body_motor"),
    "VB": ("B", "body_motor"),
    "RMD": ("RMD", "head_motor"),
    "SMD": ("SMD", "head_motor"),
    "AVA": ("AVA", "command"),
    "AVB": ("AVB", "command"),
}
# The last A cells have a set of their own (assumed): with that of the others some driven worms do
# not back (docs/model.md).
TAIL_A = ("DA8", "DA9", "VA11", "VA12")
# Cells whose channels lie on the whole membrane and not on the soma alone: their processes run the
# length of the body and drive the cord along it, which a soma cannot do passively (assumed).
ACTIVE_NEURITES = ("AVA", "AVB")
COMMAND_SET = ("AVE", "PVC")
BODY_MOTOR_SET = ("AS", "DD", "VD", "VC", "HSN", "PDA", "PDB", "DVB")
BY_TYPE = {
    "sensory": "sensory",
    "inter": "interneuron",
    "motor": "head_motor",
    "pharyngeal": "body_motor",
    "unknown": "interneuron",
}


def published_set(cls: str, kind: str) -> str:
    """Return the published membrane set of a neuron class and type."""
    if cls in OWN_SET:
        return OWN_SET[cls][1]
    if cls in COMMAND_SET:
        return "command"
    if cls in BODY_MOTOR_SET:
        return "body_motor"
    return BY_TYPE[kind]


@dataclass(frozen=True, kw_only=True)
class Membrane:
    """Passive and active constants.

    Attributes:
        leak_nS, e_leak_mV, capacitance_pF: (n_compartments,).
        cell_leak_nS: (302,) summed over each cell.
        gbar_nS: (302, n_channels) at the soma, published sets only; own sets are in
        ``gbar_relative``. gbar_relative: (302, n_channels) own sets, in multiples of the resting
        input conductance. gate_shift_mV: (302,) shift of all gates along the voltage axis, own
        sets only.
    """

    leak_nS: FloatArray
    e_leak_mV: FloatArray
    capacitance_pF: FloatArray
    cell_leak_nS: FloatArray
    gbar_nS: FloatArray
    gbar_relative: FloatArray
    gate_shift_mV: FloatArray


def build_membrane(
    connectome: Connectome, parameters: Parameters, compartments: Compartments
) -> Membrane:
    """Return the membrane of every neuron."""
    pairs = list(zip(connectome.classes, connectome.types, strict=True))
    sets = [published_set(cls, kind) for cls, kind in pairs]
    area = compartments.area_um2

    def per_compartment(key: str) -> FloatArray:
        per_cell = np.array([parameters[f"membrane.{name}.{key}"] for name in sets])
        return per_cell[compartments.neuron]

    leak = 10.0 * per_compartment("g_leak") * area  # S/cm2 is 10 nS/um2
    cell_leak = np.asarray(np.bincount(compartments.neuron, leak), np.float64)
    ratio = {
        name: _channels_per_leak(name, connectome, parameters, compartments) for name in set(sets)
    }
    own = [
        "A_tail" if name in TAIL_A else OWN_SET.get(cls, (None,))[0]
        for name, cls in zip(connectome.names, connectome.classes, strict=True)
    ]
    own_channels = {name: _own_channels(name, parameters) for name in set(filter(None, own))}
    zero = np.zeros(len(CHANNELS))
    published = np.array([zero if o else ratio[name] for o, name in zip(own, sets, strict=True)])
    relative = np.array([own_channels[o] if o else zero for o in own])
    return Membrane(
        leak_nS=leak,
        e_leak_mV=per_compartment("e_leak"),
        capacitance_pF=1e-2 * per_compartment("capacitance") * area,
        cell_leak_nS=cell_leak,
        gbar_nS=published * cell_leak[:, None],
        gbar_relative=relative,
        gate_shift_mV=np.array([parameters["channel.shift"] if o else 0.0 for o in own]),
    )


def _channels_per_leak(
    name: str, connectome: Connectome, parameters: Parameters, compartments: Compartments
) -> FloatArray:
    """Channel conductance over the leak of the whole cell, in the recorded cell."""
    cell = connectome.index_of[REFERENCE_CELL[name]]
    total = compartments.area_um2[compartments.neuron == cell].sum()
    soma = np.pi * load_cells()[cell].soma_diameter_um ** 2
    density = np.array([parameters[f"channel.{name}.{channel}"] for channel in CHANNEL_NAMES])
    return np.asarray(density * soma / (parameters[f"membrane.{name}.g_leak"] * total))


def _own_channels(name: str, parameters: Parameters) -> FloatArray:
    keys = [f"channel.{name}.{channel}" for channel in CHANNEL_NAMES]
    known = set(keys) & set(parameters)  # .get would search for similar names
    return np.array([parameters[key] if key in known else 0.0 for key in keys])
