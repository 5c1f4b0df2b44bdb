"""Body coordinates of the morphologies.

The published morphologies are those of a bent animal. Its centreline is not in the data; ours runs
half-way between the ventral and dorsal cords and, left to right, half-way between paired somata.
Every position is given as ``body_position`` (0 nose, 1 tail tip, by arc length) and as offsets
perpendicular to the centreline.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline
from scipy.ndimage import gaussian_filter1d
from scipy.spatial import cKDTree

from connectome_data.sources.morphology import Array, Cell

# Assumed: the tips of the animal are not in the data; neurites reach from -349.5 to 448.4.
NOSE_Y_UM, TAIL_Y_UM = -352.0, 450.0
_SLAB_UM = 10.0
_SMOOTH_SLABS = 1.5
_PAIR_WINDOW_UM = 60.0  # width of the average over left-right pairs


def resample(cell: Cell, step_um: float = 1.0) -> tuple[Array, NDArray[np.intp], Array]:
    """Return points about every ``step_um`` along a cell, the soma first.

    Returns:
        points (n, 3) in µm; section (n,), −1 at the soma; path length (n,) from the soma in µm.
    """
    points, labels, paths = [cell.soma[None, :3]], [np.array([-1])], [np.zeros(1)]
    for k, section in enumerate(cell.sections):
        path = np.concatenate([[0.0], np.cumsum(section.steps_um)])
        new = [path[:1]]
        for start, length in zip(path[:-1], section.steps_um, strict=True):
            pieces = max(1, int(np.ceil(length / step_um)))
            new.append(start + length * np.arange(1, pieces + 1) / pieces)
        at = np.minimum(np.concatenate(new), path[-1])
        unique = np.concatenate([[True], np.diff(path) > 0])
        xyz = [np.interp(at, path[unique], section.points[unique, axis]) for axis in range(3)]
        points.append(np.column_stack(xyz))
        labels.append(np.full(len(at), k))
        paths.append(cell.path_start_um[k] + at)
    return np.concatenate(points), np.concatenate(labels), np.concatenate(paths)


@dataclass(frozen=True)
class Frame:
    """A curved centreline in steps of about 1 µm.

    Attributes:
        line: (n, 3) x, y, z in µm, nose first.
        arc_um: (n,) arc length in the y-z plane from the nose.
        tangent: (n, 2) unit tangent in the y-z plane.
    """

    line: Array
    arc_um: Array
    tangent: Array
    _tree: cKDTree

    @property
    def length_um(self) -> float:
        """Length of the animal."""
        return float(self.arc_um[-1])

    def locate(self, points: Array) -> Array:
        """Return body coordinates.

        Args:
            points: (n, 3 or more) x, y, z in µm.

        Returns:
            (n, 3) body position (0 nose .. 1 tail), dorsal offset µm, left offset µm.
        """
        _, index = self._tree.query(points[:, 1:3])
        offset = points[:, 1:3] - self.line[index, 1:3]
        tangent = self.tangent[index]
        along = np.einsum("ij,ij->i", offset, tangent)
        dorsal = offset[:, 1] * tangent[:, 0] - offset[:, 0] * tangent[:, 1]
        left = points[:, 0] - self.line[index, 0]
        # One tail process ends 1.5 µm behind the assumed tip.
        position = np.clip((self.arc_um[index] + along) / self.length_um, 0, 1)
        return np.column_stack([position, dorsal, left])


def _mid_height(points: Array, y: Array) -> Array:
    """Return z half-way between the ventral and dorsal cords at each y."""
    sagittal = points[np.abs(points[:, 0]) < 15]
    slabs = [sagittal[np.abs(sagittal[:, 1] - v) < 0.8 * _SLAB_UM, 2] for v in y]
    low, high = (
        gaussian_filter1d([np.percentile(z, q) for z in slabs], _SMOOTH_SLABS) for q in (3, 97)
    )
    return np.asarray((low + high) / 2)


def _mid_width(cells: Mapping[str, Cell], y: Array) -> Array:
    """Return x half-way between paired somata, averaged over the neighbourhood of each y."""
    pairs = []
    for name, cell in cells.items():
        twin = cells.get(name[:-1] + "R") if name.endswith("L") else None
        # Somata that are not level are no mirror images.
        if twin is not None and abs(cell.soma[1] - twin.soma[1]) < 15:
            pairs.append((cell.soma + twin.soma)[:2] / 2)
    middle = np.array(pairs)
    weight = np.exp(-0.5 * ((y[:, None] - middle[None, :, 1]) / _PAIR_WINDOW_UM) ** 2)
    return np.asarray((weight @ middle[:, 0]) / weight.sum(axis=1))


def build_frame(cells: Mapping[str, Cell]) -> Frame:
    """Return the frame of the published morphologies."""
    points = np.concatenate([resample(cell)[0] for cell in cells.values()])
    knots = np.arange(-345, 446, _SLAB_UM)
    height = CubicSpline(knots, _mid_height(points, knots))
    y = np.linspace(NOSE_Y_UM, TAIL_Y_UM, int(TAIL_Y_UM - NOSE_Y_UM) + 1)
    inside = np.clip(y, knots[0], knots[-1])
    z = height(inside) + height(inside, 1) * (y - inside)  # straight beyond the last knots
    step = np.hypot(np.diff(y), np.diff(z))
    slope = height(inside, 1)
    norm = np.hypot(1.0, slope)
    return Frame(
        line=np.column_stack([_mid_width(cells, y), y, z]),
        arc_um=np.concatenate([[0.0], np.cumsum(step)]),
        tangent=np.column_stack([1 / norm, slope / norm]),
        _tree=cKDTree(np.column_stack([y, z])),
    )
