"""Published morphologies cut into compartments by an electrotonic rule.

Lengths are measured in units of the section's own length constant lambda = sqrt(d Rm / 4 Ra).
Twigs whose whole subtree is shorter than ``prune`` lambda are lumped, membrane and all, into the
point where they leave; what remains is cut into pieces of at most ``max_length`` lambda. Each
piece is isopotential. Axial resistances are between the mean places of the connections on each
piece, for there its currents enter, or between middles where there are none. Total membrane area is
conserved, so every resolution has the same input capacitance and leak. Resolutions finer than the
default divide the pieces of the default: these are the stretches over which ``NervousSystem``
places the leak that holds a cell at rest.
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from connectome_data import read_table

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

AXIAL_OHM_CM = 180.0  # cytoplasm, assumed for every cell
# The tables give all neurites about the same diameter. Those of AVA and AVB, which run from head to
# tail, conduct better by this factor (assumed): else a command dies out on its way.
THICK, THICK_AXIAL = ("AVAL", "AVAR", "AVBL", "AVBR"), 2.0
MEMBRANE_OHM_CM2 = 2e4  # for the length constant only: the leakiest class of the parameter table
RESOLUTIONS = {"coarse": 1.0, "default": 0.15, "fine": 0.06}  # lambda per compartment
PRUNE_FRACTION = 0.5  # twigs shorter than this fraction of a compartment are lumped
END_FRACTION = 0.05  # of a piece: so near its ends no current enters, or resistances would vanish


@dataclass
class Section:
    """One unbranched neurite: geometry from the table, children, and its pieces once cut."""

    parent: int
    length_um: float
    area_um2: float
    diameter_um: float
    path_start_um: float
    children: list[int] = field(default_factory=list)

    @property
    def electrotonic_length(self) -> float:
        """Length in units of its DC length constant."""
        lambda_um = 1e4 * math.sqrt(self.diameter_um * 1e-4 / 4 * MEMBRANE_OHM_CM2 / AXIAL_OHM_CM)
        return self.length_um / lambda_um

    @property
    def resistance_MOhm(self) -> float:
        """End-to-end axial resistance."""
        return 1e-2 * AXIAL_OHM_CM * self.length_um / (math.pi * self.diameter_um**2 / 4)


@dataclass
class Cell:
    """Soma and neurites of one neuron."""

    soma_diameter_um: float
    sections: list[Section]


@dataclass(frozen=True, kw_only=True)
class Compartments:
    """All cells as one forest; compartment order is by depth, so parents come before children.

    Attributes:
        neuron: (n,) neuron of each compartment.
        parent: (n,) index of the parent; n (one past the end) for somata.
        axial_nS: (n,) conductance to the parent, 0 for somata.
        area_um2: (n,) membrane area.
        soma: (302,) compartment of each soma.
        stretch: (n,) which compartment of the default resolution each one is, or is a part of.
        of_site: per neuron, per section of the table: (path ends um, compartments), for placing
        synapses.
    """

    neuron: IntArray
    parent: IntArray
    axial_nS: FloatArray
    area_um2: FloatArray
    soma: IntArray
    stretch: IntArray
    of_site: tuple[tuple[tuple[FloatArray, IntArray], ...], ...]

    @property
    def n(self) -> int:
        """Number of compartments."""
        return len(self.neuron)

    def at(self, neuron: int, section: int, path_um: float) -> int:
        """Return the compartment of a point, given as section and path length from the soma."""
        if section < 0:
            return int(self.soma[neuron])
        ends, compartments = self.of_site[neuron][section]
        return int(compartments[min(int(np.searchsorted(ends, path_um)), len(ends) - 1)])


def resolution_lambda(resolution: str | float) -> float:
    """Return the longest compartment in length constants, for a name or a number.

    Raises:
        ValueError: unknown name, or a number outside 0.01 .. 5.
    """
    if isinstance(resolution, str) and resolution in RESOLUTIONS:
        return RESOLUTIONS[resolution]
    try:
        value = float(resolution)
    except ValueError:
        value = math.nan
    if not 0.01 <= value <= 5.0:
        raise ValueError(
            f"resolution={resolution!r} is not one of {', '.join(RESOLUTIONS)} nor a number of"
            " length constants per compartment from 0.01 (fine) to 5 (coarse)"
        )
    return value


@functools.cache
def load_cells() -> tuple[Cell, ...]:
    """Return the 302 cells in the order of the neuron table."""
    neurons, table = read_table("neurons"), read_table("sections")
    cells = {
        name: Cell(float(d), [])
        for name, d in zip(neurons["name"], neurons["soma_diameter_um"], strict=True)
    }
    columns = ("parent", "length_um", "area_um2", "diameter_um", "path_start_um")
    for name, *values in zip(table["neuron"], *(table[c] for c in columns), strict=True):
        parent, length, area, diameter, start = values
        sections = cells[name].sections
        if int(parent) >= 0:
            sections[int(parent)].children.append(len(sections))
        sections.append(
            Section(
                int(parent),
                max(float(length), 1e-3),
                float(area),
                max(float(diameter), 0.02),
                float(start),
            )
        )
    return tuple(cells.values())


@functools.cache
def load_paths() -> tuple[tuple[FloatArray, ...], ...]:
    """Return, per neuron and section, the path lengths (um) from the soma of all connections."""
    index = {name: i for i, name in enumerate(read_table("neurons")["name"])}
    found: list[list[list[float]]] = [[[] for _ in cell.sections] for cell in load_cells()]
    table = read_table("synapse_sites")
    for end in ("pre", "post"):
        columns = (end, f"{end}_section", f"{end}_path_um")
        for name, section, path_um in zip(*(table[c] for c in columns), strict=True):
            if name in index and section and int(section) >= 0:  # not a muscle, not the soma
                found[index[name]][int(section)].append(float(path_um))
    return tuple(tuple(np.array(paths) for paths in sections) for sections in found)


@functools.lru_cache(maxsize=4)
def build_compartments(resolution: str | float = "default") -> Compartments:
    """Cut every cell at the given resolution (see the module text)."""
    longest = resolution_lambda(resolution)
    trees = [_Tree(*of_cell, longest) for of_cell in zip(load_cells(), load_paths(), strict=True)]
    depth = np.concatenate([tree.depth for tree in trees])
    first = np.cumsum([0, *(len(tree.parent) for tree in trees)])
    first_stretch = np.cumsum([0, *(tree.n_stretches for tree in trees)])
    order = np.argsort(depth, kind="stable")
    rank = np.empty(len(order) + 1, np.int64)
    rank[order] = np.arange(len(order))
    rank[-1] = len(order)  # the dummy parent of all somata
    parent = np.concatenate(
        [
            np.where(np.array(t.parent) < 0, len(order), np.array(t.parent) + f)
            for t, f in zip(trees, first, strict=False)
        ]
    )
    neuron = np.repeat(np.arange(len(trees)), [len(t.parent) for t in trees])
    thick = np.isin(np.array(read_table("neurons")["name"]), THICK)
    axial_nS = np.concatenate([t.axial_nS for t in trees]) * np.where(thick[neuron], THICK_AXIAL, 1)
    return Compartments(
        neuron=neuron[order],
        parent=rank[parent[order]],
        axial_nS=axial_nS[order],
        area_um2=np.concatenate([t.area_um2 for t in trees])[order],
        soma=rank[first[:-1]],
        stretch=np.concatenate(
            [np.array(t.stretch) + f for t, f in zip(trees, first_stretch, strict=False)]
        )[order],
        of_site=tuple(
            tuple((np.array(ends), rank[f + np.array(pieces)]) for ends, pieces in tree.sites)
            for tree, f in zip(trees, first, strict=False)
        ),
    )


class _Tree:
    """Compartments of one cell; compartment 0 is the soma."""

    def __init__(self, cell: Cell, paths_um: tuple[FloatArray, ...], longest: float) -> None:
        self.cell, self.paths_um, self.longest = cell, paths_um, longest
        self.parent, self.depth = [-1], [0]
        self.axial_nS = [0.0]
        self.area_um2 = [math.pi * cell.soma_diameter_um**2]
        self.sites: list[tuple[list[float], list[int]]] = [([], []) for _ in cell.sections]
        self._height = self._heights()
        self.stretch, self.n_stretches = [0], 1
        last_stretch = {-1: 0}
        end_of: dict[int, tuple[int, float]] = {
            -1: (0, 0.0)
        }  # compartment, resistance from its centre
        for k, section in enumerate(cell.sections):
            at, resistance = end_of[section.parent]
            stretches = self._stretches(k, last_stretch[section.parent])
            last_stretch[k] = stretches[-1]
            if self._height[k] < PRUNE_FRACTION * longest:
                self._lump(k, at)
                end_of[k] = (at, resistance)
            else:
                end_of[k] = self._cut(k, at, resistance, stretches)

    def _heights(self) -> list[float]:
        """Electrotonic length from each section's start to its farthest tip."""
        sections = self.cell.sections
        height = [0.0] * len(sections)
        for k in range(len(sections) - 1, -1, -1):
            below = max((height[c] for c in sections[k].children), default=0.0)
            height[k] = sections[k].electrotonic_length + below
        return height

    def _stretches(self, k: int, before: int) -> range:
        """Return a section's stretches, or if the default lumps it, the one it is lumped into."""
        default = RESOLUTIONS["default"]
        if self._height[k] < PRUNE_FRACTION * default:
            return range(before, before + 1)
        pieces = max(1, math.ceil(self.cell.sections[k].electrotonic_length / default))
        self.n_stretches += pieces
        return range(self.n_stretches - pieces, self.n_stretches)

    def _lump(self, k: int, at: int) -> None:
        section = self.cell.sections[k]
        self.area_um2[at] += section.area_um2
        self.sites[k] = ([section.path_start_um + section.length_um], [at])

    def _cut(self, k: int, at: int, resistance: float, stretches: range) -> tuple[int, float]:
        """Append the pieces of a section below compartment ``at``; return its last piece."""
        section = self.cell.sections[k]
        pieces = max(1, math.ceil(section.electrotonic_length / self.longest))
        if pieces > len(stretches):
            pieces = len(stretches) * math.ceil(
                section.electrotonic_length / len(stretches) / self.longest
            )
        piece = section.resistance_MOhm / pieces
        for i, centre in enumerate(self._centres(k, pieces)):
            self.parent.append(at)
            self.depth.append(self.depth[at] + 1)
            self.axial_nS.append(1e3 / (resistance + centre * piece))
            self.area_um2.append(section.area_um2 / pieces)
            self.stretch.append(stretches[int((i + 0.5) / pieces * len(stretches))])
            at, resistance = len(self.parent) - 1, (1.0 - centre) * piece
            self.sites[k][0].append(section.path_start_um + section.length_um * (i + 1) / pieces)
            self.sites[k][1].append(at)
        return at, resistance

    def _centres(self, k: int, pieces: int) -> list[float]:
        """Return where currents enter each piece of a section on average, as a part of it."""
        section = self.cell.sections[k]
        along = (self.paths_um[k] - section.path_start_um) / section.length_um * pieces
        along = np.clip(along, 0.0, pieces)
        of_piece = np.maximum(np.ceil(along).astype(np.int64) - 1, 0)
        count = np.bincount(of_piece, minlength=pieces)
        total = np.bincount(of_piece, along - of_piece, pieces)
        mean = np.where(count > 0, total / np.maximum(count, 1), 0.5)
        return [float(x) for x in np.clip(mean, END_FRACTION, 1.0 - END_FRACTION)]
