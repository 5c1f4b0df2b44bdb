"""Read the 302 NeuroML morphologies and cut them into unbranched sections.

Frame of the source in µm: x left (+) to right (−), y anterior (−) to posterior (+), z dorsal (+).
The root segment has no length: it is the soma, a sphere of its diameter.
"""

import math
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from connectome_data.sources.names import canonical, natural
from connectome_data.sources.wheels import Sources

Array = NDArray[np.float64]

_NAMESPACE = "{http://www.neuroml.org/schema/neuroml2}"
_SUFFIX = ".cell.nml"
_MUSCLE = "MDL08"  # the one muscle in the folder


@dataclass(frozen=True)
class Section:
    """An unbranched piece of neurite.

    Attributes:
        parent: index of the section it springs from, −1 for the soma.
        points: (n, 4) x, y, z, diameter in µm, from the soma outwards.
    """

    parent: int
    points: Array

    @cached_property
    def steps_um(self) -> Array:
        """(n − 1,) distance between successive points."""
        return np.asarray(np.linalg.norm(np.diff(self.points[:, :3], axis=0), axis=1))

    @cached_property
    def length_um(self) -> float:
        """Path length."""
        return math.fsum(self.steps_um)

    @cached_property
    def area_um2(self) -> float:
        """Lateral area of the truncated cones between the points."""
        radius = self.points[:, 3] / 2
        slant = np.hypot(self.steps_um, np.diff(radius))
        return math.fsum(math.pi * (radius[:-1] + radius[1:]) * slant)


@dataclass(frozen=True)
class Cell:
    """One neuron: soma (4,) x, y, z, diameter in µm, and its sections, parents first."""

    soma: Array
    sections: tuple[Section, ...]

    @cached_property
    def path_start_um(self) -> tuple[float, ...]:
        """Path length from the soma to the start of each section."""
        starts: list[float] = []
        for section in self.sections:
            parent = section.parent
            starts.append(0.0 if parent < 0 else starts[parent] + self.sections[parent].length_um)
        return tuple(starts)


@dataclass
class _Segment:
    parent: int | None
    proximal: list[float] | None
    distal: list[float]


def _point(element: ET.Element | None) -> list[float] | None:
    if element is None:
        return None
    return [float(element.attrib[key]) for key in ("x", "y", "z", "diameter")]


def _segments(text: str) -> dict[int, _Segment]:
    out: dict[int, _Segment] = {}
    for element in ET.fromstring(text).iter(_NAMESPACE + "segment"):
        parent = element.find(_NAMESPACE + "parent")
        distal = _point(element.find(_NAMESPACE + "distal"))
        if distal is None:
            raise ValueError(
                f"segment {element.get('id')} has no distal point; the file is damaged"
            )
        out[int(element.attrib["id"])] = _Segment(
            None if parent is None else int(parent.attrib["segment"]),
            _point(element.find(_NAMESPACE + "proximal")),
            distal,
        )
    return out


def parse_cell(text: str) -> Cell:
    """Return the cell described by one NeuroML file."""
    segments = _segments(text)
    children: dict[int | None, list[int]] = {}
    for index, segment in segments.items():
        children.setdefault(segment.parent, []).append(index)
    (root,) = children[None]
    found: list[Section] = []
    stack = [(child, -1) for child in reversed(children.get(root, []))]
    while stack:
        index, parent = stack.pop()
        first = segments[index]
        start = first.proximal or segments[first.parent or root].distal
        points = [start, first.distal]
        while len(children.get(index, [])) == 1:
            (index,) = children[index]
            points.append(segments[index].distal)
        found.append(Section(parent, np.array(points)))
        stack += [(child, len(found) - 1) for child in reversed(children.get(index, []))]
    return Cell(np.array(segments[root].distal), tuple(found))


def read_cells(sources: Sources) -> dict[str, Cell]:
    """Return the 302 neurons by canonical name, in natural order."""
    cells: dict[str, Cell] = {}
    for member in sources.members("c302", "c302/NeuroML2/", _SUFFIX):
        name = member.rsplit("/", 1)[1].removesuffix(_SUFFIX)
        if name != _MUSCLE:
            cells[canonical(name)] = parse_cell(sources.text(member))
    return {name: cells[name] for name in sorted(cells, key=natural)}


def simplify(points: Array, tolerance_um: float) -> list[int]:
    """Return the indices that Ramer-Douglas-Peucker keeps.

    Args:
        points: (n, 3 or more) coordinates in µm; only the first three columns are compared.
        tolerance_um: largest distance of a dropped point from the kept line.
    """
    keep, stack = {0, len(points) - 1}, [(0, len(points) - 1)]
    while stack:
        i, j = stack.pop()
        if j - i < 2:
            continue
        origin, chord = points[i, :3], points[j, :3] - points[i, :3]
        offset = points[i + 1 : j, :3] - origin
        square = float(chord @ chord)
        along = np.clip(offset @ chord / square, 0, 1) if square else np.zeros(len(offset))
        distance = np.linalg.norm(offset - along[:, None] * chord, axis=1)
        k = int(np.argmax(distance))
        if distance[k] > tolerance_um:
            keep.add(i + 1 + k)
            stack += [(i, i + 1 + k), (i + 1 + k, j)]
    return sorted(keep)
