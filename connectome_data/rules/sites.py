"""Where on the neurites synapses sit: an assumption, no data set locates them on these shapes.

Chemical synapses and gap junctions: one site per pair, at the nearest approach of the two cells
(points 1 µm apart). Neuromuscular junctions: the point of the motor neuron, on the dorsal or
ventral side of its muscle, that comes closest to the muscle along the body.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from connectome_data.rules.frame import Frame, resample
from connectome_data.rules.muscles import body_position
from connectome_data.rules.table import Table, Value, rounded
from connectome_data.sources.connectomes import Connectome, Edges
from connectome_data.sources.morphology import Array, Cell
from connectome_data.sources.names import natural

COLUMNS = (
    "kind",
    "pre",
    "post",
    "pre_section",
    "pre_path_um",
    "post_section",
    "post_path_um",
    "distance_um",
    "pre_body_position",
    "post_body_position",
)


@dataclass(frozen=True)
class _Samples:
    """Points of one cell: place (section, path from the soma) and body coordinates of each."""

    section: NDArray[np.intp]
    path_um: Array
    body: Array
    points: Array
    tree: cKDTree

    def place(self, k: int) -> tuple[int, float]:
        """Return (section, path from the soma in µm) of point ``k``."""
        return int(self.section[k]), rounded(self.path_um[k], 2)


def _samples(cell: Cell, frame: Frame) -> _Samples:
    points, section, path = resample(cell)
    return _Samples(section, path, frame.locate(points), points, cKDTree(points))


def _between_neurons(kind: str, pre: str, post: str, a: _Samples, b: _Samples) -> tuple[Value, ...]:
    # Rounding makes the choice among equals the first along the neurite on every machine.
    distance = np.round(b.tree.query(a.points)[0], 6)
    i = int(np.argmin(distance))
    to_b = np.linalg.norm(b.points - a.points[i], axis=1)
    j = int(np.argmin(np.round(to_b, 6)))
    positions = (rounded(a.body[i, 0], 4), rounded(b.body[j, 0], 4))
    return kind, pre, post, *a.place(i), *b.place(j), rounded(distance[i], 2), *positions


def _on_muscle(neuron: str, muscle: str, cell: _Samples, length_um: float) -> tuple[Value, ...]:
    """Return the site of one neuromuscular pair; its distance is along the body."""
    dorsal = cell.body[:, 1]
    neurite = cell.section >= 0
    side = neurite & (dorsal > 0 if muscle[1] == "D" else dorsal <= 0)
    allowed = np.flatnonzero(side if side.any() else neurite)
    away = np.abs(cell.body[allowed, 0] - body_position(int(muscle[3:])))
    k = int(np.argmin(np.round(away, 6)))
    i = int(allowed[k])
    distance, position = rounded(away[k] * length_um, 2), rounded(cell.body[i, 0], 4)
    return "neuromuscular", neuron, muscle, *cell.place(i), "", "", distance, position, ""


def _ordered(edges: Edges) -> list[tuple[str, str]]:
    return sorted(edges, key=lambda e: (natural(e[0]), natural(e[1])))


def site_table(
    cells: Mapping[str, Cell], frame: Frame, cook: Connectome, muscular: list[tuple[str, str]]
) -> Table:
    """Return one site per pair of different neurons and per neuromuscular pair."""
    samples = {name: _samples(cell, frame) for name, cell in cells.items()}
    table = Table("synapse_sites.csv", COLUMNS)
    for kind, edges in (("chemical", cook.chemical), ("gap", cook.gap)):
        table.extend(
            _between_neurons(kind, pre, post, samples[pre], samples[post])
            for pre, post in _ordered(edges)
            if pre != post
        )
    length = frame.length_um
    table.extend(_on_muscle(n, muscle, samples[n], length) for n, muscle in muscular)
    return table
