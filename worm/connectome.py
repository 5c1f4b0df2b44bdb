"""The wiring diagram as typed, read-only arrays: who talks to whom, and with what sign."""

from __future__ import annotations

import difflib
import functools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from connectome_data import read_table

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

GROUPS = {
    # Names that stand for several classes; accepted wherever a class is.
    "A": ("DA", "VA"),
    "B": ("DB", "VB"),
    "D": ("DD", "VD"),
    "touch": ("ALM", "AVM", "PLM", "PVM"),
    "command": ("AVA", "AVB", "AVD", "AVE", "PVC"),
}


@dataclass(frozen=True, kw_only=True)
class ChemicalSynapses:
    """Directed neuron-to-neuron pairs; ``sign`` is +1, -1 or 0 (unknown effect, not simulated)."""

    pre: IntArray
    post: IntArray
    sections: FloatArray
    sign: IntArray


@dataclass(frozen=True, kw_only=True)
class GapJunctions:
    """Undirected pairs; ``sections`` is capped (the few longest contacts are outliers)."""

    a: IntArray
    b: IntArray
    sections: FloatArray


@dataclass(frozen=True, kw_only=True)
class NeuromuscularJunctions:
    """Motor neuron to body-wall muscle."""

    neuron: IntArray
    muscle: IntArray
    junctions: FloatArray
    sign: IntArray


@dataclass(frozen=True, kw_only=True)
class Connectome:
    """All cells and connections, in the order of ``names`` and ``muscle_names``.

    Attributes:
        names, classes, transmitters, types: one string per neuron (302).
        co_transmitters: further transmitters per neuron, possibly none.
        body_position: (302,) soma along the body, 0 nose .. 1 tail.
        muscle_names: 95 names; muscle_row (95,) 1..24; muscle_dorsal, muscle_left (95,) +1 or -1;
            muscle_position (95,) along the body.
    """

    names: tuple[str, ...]
    classes: tuple[str, ...]
    types: tuple[str, ...]
    transmitters: tuple[str, ...]
    co_transmitters: tuple[tuple[str, ...], ...]
    body_position: FloatArray
    muscle_names: tuple[str, ...]
    muscle_row: IntArray
    muscle_dorsal: IntArray
    muscle_left: IntArray
    muscle_position: FloatArray
    chemical: ChemicalSynapses
    gaps: GapJunctions
    neuromuscular: NeuromuscularJunctions
    tyramine_targets: tuple[tuple[int, int], ...]

    @functools.cached_property
    def index_of(self) -> dict[str, int]:
        """Neuron name to index."""
        return {name: i for i, name in enumerate(self.names)}

    @functools.cached_property
    def muscle_index_of(self) -> dict[str, int]:
        """Muscle name to index."""
        return {name: i for i, name in enumerate(self.muscle_names)}

    @functools.cached_property
    def _members(self) -> dict[str, list[int]]:
        table = {name: [i] for i, name in enumerate(self.names)}
        for i, cls in enumerate(self.classes):
            if cls not in self.index_of:
                table.setdefault(cls, []).append(i)
        for group, classes in GROUPS.items():
            table[group] = [i for i, cls in enumerate(self.classes) if cls in classes]
        return table

    def members(self, name: str) -> list[int]:
        """Return the indices of a neuron ("AVAL"), a class ("AVA") or a group ("A", "touch").

        Raises:
            KeyError: the name is unknown; the message suggests close ones.
        """
        try:
            return list(self._members[name])
        except KeyError:
            close = difflib.get_close_matches(name, self._members, n=3)
            hint = f"did you mean {' or '.join(close)}?" if close else "see `worm list neurons`."
            raise KeyError(
                f"unknown neuron or class {name!r}; {hint} Names are unpadded: VA8, not VA08"
            ) from None

    def indices(self, names: str | Iterable[str]) -> list[int]:
        """Return the sorted indices of several names, given as a list or as "AVA,AVB"."""
        parts = names.split(",") if isinstance(names, str) else list(names)
        found = {i for part in parts if part.strip() for i in self.members(part.strip())}
        return sorted(found)

    def is_class(self, classes: Sequence[str]) -> NDArray[np.bool_]:
        """Return a (302,) mask of the neurons whose class is listed."""
        return np.isin(np.array(self.classes), list(classes))

    @functools.cached_property
    def dorsality(self) -> FloatArray:
        """(302,) (dorsal - ventral) / all junctions of a cell; 0 where it has none."""
        return self._junction_mean(self.muscle_dorsal.astype(float), 0.0)

    @functools.cached_property
    def motor_position(self) -> FloatArray:
        """(302,) mean body position of the muscles of a cell; its soma where it has none."""
        return self._junction_mean(self.muscle_position, self.body_position)

    def _junction_mean(self, of_muscle: FloatArray, otherwise: FloatArray | float) -> FloatArray:
        nmj, n = self.neuromuscular, len(self.names)
        total = np.bincount(nmj.neuron, nmj.junctions, n)
        mean = np.bincount(nmj.neuron, nmj.junctions * of_muscle[nmj.muscle], n)
        return np.where(total > 0, mean / np.maximum(total, 1e-9), otherwise)


@functools.cache
def load_connectome() -> Connectome:
    """Return the connectome from the shipped tables (one shared, read-only object)."""
    neurons, muscles = read_table("neurons"), read_table("muscles")
    index = {name: i for i, name in enumerate(neurons["name"])}
    muscle = {name: i for i, name in enumerate(muscles["name"])}
    return Connectome(
        names=tuple(neurons["name"]),
        classes=tuple(neurons["neuron_class"]),
        types=tuple(neurons["type"]),
        transmitters=tuple(neurons["transmitter"]),
        co_transmitters=tuple(
            tuple(filter(None, x.split("|"))) for x in neurons["co_transmitters"]
        ),
        body_position=_floats(neurons["body_position"]),
        muscle_names=tuple(muscles["name"]),
        muscle_row=_frozen(np.array(muscles["row"], np.int64)),
        muscle_dorsal=_frozen(np.array([1 if q[0] == "D" else -1 for q in muscles["quadrant"]])),
        muscle_left=_frozen(np.array([1 if q[1] == "L" else -1 for q in muscles["quadrant"]])),
        muscle_position=_floats(muscles["body_position"]),
        chemical=_chemical(index),
        gaps=_gaps(index),
        neuromuscular=_neuromuscular(index, muscle),
        tyramine_targets=_tyramine(index),
    )


def _frozen(array: NDArray[np.int64]) -> IntArray:
    array.flags.writeable = False
    return array


def _floats(column: Sequence[str]) -> FloatArray:
    array = np.array([float(x) for x in column])
    array.flags.writeable = False
    return array


def _lookup(index: dict[str, int], column: Sequence[str]) -> IntArray:
    return np.array([index[x] for x in column], np.int64)


def _chemical(index: dict[str, int]) -> ChemicalSynapses:
    table, signs = read_table("chemical"), read_table("signs")
    sign_of = dict(zip(zip(signs["pre"], signs["post"], strict=True), signs["sign"], strict=True))
    keep = [i for i, (a, b) in enumerate(zip(table["pre"], table["post"], strict=True)) if a != b]
    pairs = [(table["pre"][i], table["post"][i]) for i in keep]
    return ChemicalSynapses(
        pre=_frozen(_lookup(index, [a for a, _ in pairs])),
        post=_frozen(_lookup(index, [b for _, b in pairs])),
        sections=_floats([table["sections"][i] for i in keep]),
        sign=_frozen(np.array([int(sign_of[pair]) for pair in pairs], np.int64)),
    )


def _gaps(index: dict[str, int]) -> GapJunctions:
    table = read_table("gap_junctions")
    keep = [i for i, (a, b) in enumerate(zip(table["a"], table["b"], strict=True)) if a != b]
    return GapJunctions(
        a=_frozen(_lookup(index, [table["a"][i] for i in keep])),
        b=_frozen(_lookup(index, [table["b"][i] for i in keep])),
        sections=_floats([table["sections_capped"][i] for i in keep]),
    )


def _neuromuscular(index: dict[str, int], muscle: dict[str, int]) -> NeuromuscularJunctions:
    table = read_table("neuromuscular")
    return NeuromuscularJunctions(
        neuron=_frozen(_lookup(index, table["neuron"])),
        muscle=_frozen(_lookup(muscle, table["muscle"])),
        junctions=_floats(table["junctions"]),
        sign=_frozen(np.array(table["sign"], np.int64)),
    )


def _tyramine(index: dict[str, int]) -> tuple[tuple[int, int], ...]:
    """LGC-55, a chloride channel, hears RIM's tyramine (10.1016/j.neuron.2009.04.013)."""
    table = read_table("monoamines")
    rows = zip(table["pre"], table["post"], table["transmitter"], table["receptor"], strict=True)
    return tuple(
        (index[pre], index[post])
        for pre, post, transmitter, receptor in rows
        if transmitter == "tyramine" and receptor == "lgc-55" and pre in ("RIML", "RIMR")
    )
