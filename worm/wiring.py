"""Connection categories and the conductance of every connection.

Free parameters exist per category of connection, never per cell pair. The chemical conductance of
a pair is

    g_ij = c_category * G_leak(post) * n_ij^0.7 / sum_i n_ij^0.7          n = EM sections

so a large cell with many inputs is neither deaf nor saturated (synaptic scaling, assumed); gap
junctions use the geometric mean of both cells' leaks and junction totals, and are symmetric.
RIM's tyramine is no synapse: it reaches the whole membrane of every cell with its receptor.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from connectome_data import read_table
from worm.connectome import load_connectome
from worm.morphology import build_compartments
from worm.parameters import Parameters

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

EXPONENT = 0.7
E_EXCITATORY_mV, E_INHIBITORY_mV = 0.0, -75.0

A, B, D = ("DA", "VA"), ("DB", "VB"), ("DD", "VD")
FORWARD, BACKWARD = ("AVB", "PVC"), ("AVA", "AVD", "AVE")
COMMAND = FORWARD + BACKWARD
RELAY = ("AVD", "AVE", "PVC")  # pass touch on to AVA and AVB
ANTERIOR_TOUCH, POSTERIOR_TOUCH = ("ALM", "AVM"), ("PLM",)
TOUCH = ANTERIOR_TOUCH + POSTERIOR_TOUCH
NOCICEPTORS = ("ASH", "FLP", "ADL", "PVD")
CORD = (*A, *B, *D, "AS", "VC")
TASTE_AND_SMELL = ("ASE", "AWA", "AWB", "AWC")
NAVIGATION = ("AIA", "AIB", "AIY", "AIZ", "RIA", "RIB")
HEAD = ("SMD", "RMD", "SMB", "RME", "RIV", "SIA", "SIB", "RMF", "RMH", "URA", "SAA")
TURN = ("RIV", "SMB")  # head motor neurons outside the oscillator
ANY = None
Classes = tuple[str, ...] | None

# First match wins; the gain of category x is the parameter synapse.x.
CHEMICAL_CATEGORIES: tuple[tuple[str, Classes, Classes], ...] = (
    ("touch_command", TOUCH, COMMAND),
    ("forward_backward", FORWARD, BACKWARD),
    ("backward_forward", BACKWARD, FORWARD),
    ("relay_command", RELAY, ("AVA", "AVB")),
    ("command_same", COMMAND, COMMAND),
    ("command_A", COMMAND, A),
    ("command_B", COMMAND, B),
    ("command_AS", COMMAND, ("AS",)),
    ("pain_command", NOCICEPTORS, BACKWARD),
    ("navigation_command", NAVIGATION, (*COMMAND, "RIM")),
    ("other_command", ANY, COMMAND),
    ("B_D", B, D),
    ("A_D", A, D),
    ("AS_D", ("AS",), D),
    ("D_cord", D, CORD),
    ("cord_cord", CORD, CORD),
    ("head_head", HEAD, HEAD),
    ("smell_navigation", TASTE_AND_SMELL, NAVIGATION),
    ("navigation", NAVIGATION, NAVIGATION),
    ("navigation_turn", NAVIGATION, TURN),
    ("other_motor", ANY, HEAD + CORD),
    ("other", ANY, ANY),
)
# The same for gap junctions, in either direction; parameter gap.x.
GAP_CATEGORIES: tuple[tuple[str, Classes, Classes], ...] = (
    ("AVB_B", ("AVB",), B),
    ("AVA_A", ("AVA",), A),
    ("PVC_cord", ("PVC",), A + B),
    ("pool", B, B),
    ("pool", A, A),
    ("D_D", D, D),
    ("command_cross", FORWARD, BACKWARD),
    ("command_same", COMMAND, COMMAND),
    ("head_head", HEAD, HEAD),
    ("touch_cross", ANTERIOR_TOUCH, FORWARD),
    ("touch_cross", POSTERIOR_TOUCH, BACKWARD),
    ("touch_command", TOUCH, COMMAND),
    ("RIM_command", ("RIM",), COMMAND),
    ("cord_cord", CORD, CORD),
    ("other_cord", ANY, CORD),
    ("other", ANY, ANY),
)
# Assumed sign beyond the table: the two command groups inhibit each other.
INHIBITORY_CATEGORIES = ("forward_backward", "backward_forward")


def category(
    table: Sequence[tuple[str, Classes, Classes]], first: str, second: str, *, either: bool = False
) -> str:
    """Return the first category whose classes match a pair of neuron classes."""
    for name, a, b in table:
        if (a is None or first in a) and (b is None or second in b):
            return name
        if either and (a is None or second in a) and (b is None or first in b):
            return name
    raise LookupError(f"no category for {first} and {second}")


@dataclass(frozen=True, kw_only=True)
class ChemicalLinks:
    """Compartments of both ends, conductance at full release; synapses first, then tyramine.

    There is one entry per synaptic contact, and for tyramine one per compartment it reaches.
    """

    pre: IntArray
    post: IntArray
    pre_compartment: IntArray
    post_compartment: IntArray
    g_nS: FloatArray
    sign: IntArray
    n_synapses: int

    @property
    def reversal_mV(self) -> FloatArray:
        """Reversal potential by sign."""
        return np.where(self.sign > 0, E_EXCITATORY_mV, E_INHIBITORY_mV)


@dataclass(frozen=True, kw_only=True)
class GapLinks:
    """One entry per pair; conductance in nS, the same both ways."""

    a: IntArray
    b: IntArray
    a_compartment: IntArray
    b_compartment: IntArray
    g_nS: FloatArray


@dataclass(frozen=True, kw_only=True)
class Placement:
    """Compartments of every connection, in the order of the connectome's tables.

    Tyramine reaches every compartment of a cell; ``tyramine_share`` is its part of the membrane.
    ``neuron`` holds the neuron of every compartment.
    """

    neuron: IntArray
    chemical_pre: IntArray
    chemical_post: IntArray
    tyramine_pre: IntArray
    tyramine_post: IntArray
    tyramine_share: FloatArray
    gap_a: IntArray
    gap_b: IntArray
    junction: IntArray


@functools.lru_cache(maxsize=4)
def place(resolution: str | float = "default") -> Placement:
    """Look up where connections sit on the neurites; somata where no site is known."""
    compartments, connectome = build_compartments(resolution), load_connectome()
    table = read_table("synapse_sites")
    columns = ("kind", "pre", "post", "pre_section", "pre_path_um", "post_section", "post_path_um")
    rows = {row[:3]: row[3:] for row in zip(*(table[c] for c in columns), strict=True)}
    names, soma = connectome.names, compartments.soma

    def pairs(kind: str, first: IntArray, second: IntArray) -> tuple[IntArray, IntArray]:
        ends = np.empty((2, len(first)), np.int64)
        for i, (a, b) in enumerate(zip(first.tolist(), second.tolist(), strict=True)):
            row = rows.get((kind, names[a], names[b]))
            if row is None:
                ends[:, i] = soma[a], soma[b]
            else:
                ends[0, i] = compartments.at(a, int(row[0]), float(row[1]))
                ends[1, i] = compartments.at(b, int(row[2]), float(row[3]))
        return ends[0], ends[1]

    chemical, gaps, nmj = connectome.chemical, connectome.gaps, connectome.neuromuscular
    amine = np.array(connectome.tyramine_targets, np.int64).reshape(-1, 2)
    pair, reached = np.nonzero(amine[:, 1][:, None] == compartments.neuron)
    area = np.bincount(compartments.neuron, compartments.area_um2)
    junction = np.empty(len(nmj.neuron), np.int64)
    for i, (a, m) in enumerate(zip(nmj.neuron.tolist(), nmj.muscle.tolist(), strict=True)):
        row = rows.get(("neuromuscular", names[a], connectome.muscle_names[m]))
        junction[i] = soma[a] if row is None else compartments.at(a, int(row[0]), float(row[1]))
    chemical_pre, chemical_post = pairs("chemical", chemical.pre, chemical.post)
    gap_a, gap_b = pairs("gap", gaps.a, gaps.b)
    return Placement(
        neuron=compartments.neuron,
        chemical_pre=chemical_pre,
        chemical_post=chemical_post,
        tyramine_pre=soma[amine[pair, 0]],
        tyramine_post=reached,
        tyramine_share=compartments.area_um2[reached] / area[compartments.neuron[reached]],
        gap_a=gap_a,
        gap_b=gap_b,
        junction=junction,
    )


@functools.cache
def categories() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the category of every chemical connection and of every gap junction."""
    connectome = load_connectome()
    cls, chemical, gaps = connectome.classes, connectome.chemical, connectome.gaps
    return (
        tuple(
            category(CHEMICAL_CATEGORIES, cls[a], cls[b])
            for a, b in zip(chemical.pre, chemical.post, strict=True)
        ),
        tuple(
            category(GAP_CATEGORIES, cls[a], cls[b], either=True)
            for a, b in zip(gaps.a, gaps.b, strict=True)
        ),
    )


def chemical_links(
    parameters: Parameters, placement: Placement, leak_nS: FloatArray
) -> ChemicalLinks:
    """Return every signed chemical connection, and RIM's extrasynaptic tyramine."""
    connectome = load_connectome()
    table, kinds = connectome.chemical, categories()[0]
    weight = table.sections**EXPONENT
    sign = np.where(np.isin(kinds, INHIBITORY_CATEGORIES), -1, table.sign)
    total = np.bincount(table.post, np.where(sign != 0, weight, 0.0), len(connectome.names))
    gain = _gains("synapse", kinds, parameters)
    g = gain * leak_nS[table.post] * weight / np.maximum(total[table.post], 1e-9)
    keep = sign != 0
    hears = placement.neuron[placement.tyramine_post]
    command = connectome.is_class(COMMAND)[hears]
    gain = np.where(command, parameters["tyramine.command"], parameters["tyramine.other"])
    return ChemicalLinks(
        pre=np.append(table.pre[keep], placement.neuron[placement.tyramine_pre]),
        post=np.append(table.post[keep], hears),
        pre_compartment=np.append(placement.chemical_pre[keep], placement.tyramine_pre),
        post_compartment=np.append(placement.chemical_post[keep], placement.tyramine_post),
        g_nS=np.append(g[keep], gain * leak_nS[hears] * placement.tyramine_share),
        sign=np.append(sign[keep], np.full(len(hears), -1)),
        n_synapses=int(keep.sum()),
    )


def gap_links(parameters: Parameters, placement: Placement, leak_nS: FloatArray) -> GapLinks:
    """Return every gap junction."""
    connectome = load_connectome()
    table, n = connectome.gaps, len(connectome.names)
    weight = table.sections**EXPONENT
    total = np.bincount(table.a, weight, n) + np.bincount(table.b, weight, n)
    scale = np.sqrt(leak_nS[table.a] * leak_nS[table.b] / (total[table.a] * total[table.b]))
    return GapLinks(
        a=table.a,
        b=table.b,
        a_compartment=placement.gap_a,
        b_compartment=placement.gap_b,
        g_nS=_gains("gap", categories()[1], parameters) * weight * scale,
    )


def _gains(group: str, kinds: Sequence[str], parameters: Parameters) -> FloatArray:
    gain = {kind: parameters[f"{group}.{kind}"] for kind in set(kinds)}
    return np.array([gain[kind] for kind in kinds])


def shuffled_chemical(
    links: ChemicalLinks, leak_nS: FloatArray, rng: np.random.Generator
) -> ChemicalLinks:
    """Return the synapses with the receiving ends permuted, conductance per leak as before.

    Tyramine is not wired, and stays.
    """
    order = np.arange(len(links.post))
    order[: links.n_synapses] = rng.permutation(links.n_synapses)
    post = links.post[order]
    return replace(
        links,
        post=post,
        post_compartment=links.post_compartment[order],
        g_nS=links.g_nS * leak_nS[post] / leak_nS[links.post],
    )


def shuffled_gaps(links: GapLinks, leak_nS: FloatArray, rng: np.random.Generator) -> GapLinks:
    """Return the gap junctions with one of their ends permuted."""
    order = rng.permutation(len(links.b))
    b = links.b[order]
    scale = np.sqrt(leak_nS[b] / leak_nS[links.b])
    return replace(links, b=b, b_compartment=links.b_compartment[order], g_nS=links.g_nS * scale)
