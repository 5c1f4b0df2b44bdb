"""Everything anatomical in body coordinates, as arrays that never change while the worm moves.

Body coordinates: ``u`` along the body (0 nose .. 1 tail), ``theta`` around it (rad; 0 dorsal, π/2
right, π ventral), ``rho`` distance from the axis in local radii (1 is the skin). One function of
these three, in the shaders and in ``viewer.renderer_spine``, puts every layer where the body is.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from connectome_data import read_table
from viewer.body_shape import radius_mm

Array = NDArray[np.float64]
Single = NDArray[np.float32]

#: Length of the animal in whose frame the published shapes are given, µm (see SOURCES.md).
REFERENCE_LENGTH_UM = 802.0
BODY_LENGTH_MM = 1.0
N_NEURONS, N_MUSCLES = 302, 95
#: Neurons stay inside the skin even where the drawn body is slimmer than the published one.
_MOST_RHO = 0.93
#: The published somata are too small to see at the size of a worm; they are drawn this much larger.
_SOMA_SCALE = 1.55
_MUSCLE_THETA_RAD = 0.66
_MUSCLE_OFFSET_RAD = 0.20
#: Body-wall muscle cells are spindles that overlap their neighbours in the other row.
_MUSCLE_LENGTH = 2.25 / 24.0


#: A straight piece of neurite longer than this would cut the corner of a bent body; coarser
#: neurites, which are looked at from further away, may be cut up less.
_LONGEST_U, _LONGEST_DETAILS = 0.022, 1.6
_LONGEST_THETA_RAD = 0.45
#: Twigs shorter than this share of the detail are left out.
_SHORTEST_DETAILS = 0.25


@dataclass(frozen=True)
class Anatomy:
    """Static arrays of all layers, single precision, ready for a graphics card.

    Attributes:
        somata: (302, 4) u, theta, rho, radius in mm; order of the connectome.
        neurites: (n, 6) u, theta, rho of both ends of each segment of neurite.
        neurite_owner: (n,) the neuron of each segment.
        muscles: (95, 4) first u, last u, theta of the middle, half width in rad.
    """

    somata: Single
    neurites: Single
    neurite_owner: NDArray[np.int64]
    muscles: Single


@functools.cache
def load_anatomy(detail_um: float = 4.0) -> Anatomy:
    """Return the anatomy of the published tables.

    Args:
        detail_um: neurites are thinned to pieces of about this length; it must be positive.

    Raises:
        ValueError: the detail is not positive.
    """
    if not detail_um > 0.0:
        raise ValueError(f"detail_um is {detail_um!r}; give a positive length in µm, such as 4")
    neurites, owner = _neurites(detail_um)
    return Anatomy(_somata(), neurites, owner, _muscles())


def neurite_ends(anatomy: Anatomy) -> Single:
    """Return (n, 6) both ends of the neurites as the shaders take them.

    For each end the share 0..1 of the spine's samples before it, and its offset to the dorsal and
    to the right side in local radii: no shader then needs an angle of it.
    """
    u, theta, rho = np.moveaxis(anatomy.neurites.astype(np.float64).reshape(-1, 2, 3), -1, 0)
    phase = np.arccos(1.0 - 2.0 * np.clip(u, 0.0, 1.0)) / np.pi
    ends = np.stack([phase, rho * np.cos(theta), rho * np.sin(theta)], axis=-1)
    return ends.reshape(-1, 6).astype(np.float32)


def to_body(u: Array, dorsal_um: Array, left_um: Array) -> Array:
    """Return (n, 3) u, theta, rho of points given by their offsets from the body's middle line."""
    mm_per_um = BODY_LENGTH_MM / REFERENCE_LENGTH_UM
    away_mm = np.hypot(dorsal_um, left_um) * mm_per_um
    rho = np.minimum(away_mm / np.maximum(radius_mm(u), 1e-6), _MOST_RHO)
    return np.stack([u, np.arctan2(-left_um, dorsal_um), rho], axis=1)


def _columns(table: dict[str, list[str]], *names: str) -> list[Array]:
    return [np.array(table[name], dtype=np.float64) for name in names]


def _somata() -> Single:
    table = read_table("neurons")
    u, dorsal, left, diameter_um = _columns(
        table, "body_position", "soma_dorsal_um", "soma_left_um", "soma_diameter_um"
    )
    radius = 0.5 * diameter_um * _SOMA_SCALE * BODY_LENGTH_MM / REFERENCE_LENGTH_UM
    return np.column_stack([to_body(u, dorsal, left), radius]).astype(np.float32)


def _neurites(detail_um: float) -> tuple[Single, NDArray[np.int64]]:
    table = read_table("morphology")
    u, dorsal, left, x, y, z = _columns(
        table, "body_position", "dorsal_um", "left_um", "x_um", "y_um", "z_um"
    )
    index_of = {name: i for i, name in enumerate(read_table("neurons")["name"])}
    neuron = np.array([index_of[name] for name in table["neuron"]])
    piece = neuron * 1000 + np.array(table["section"], dtype=np.int64)
    points = to_body(u, dorsal, left)
    places_um = np.stack([x, y, z], axis=1)
    kept = _thinned(places_um, piece, detail_um)
    pairs = np.stack([kept[:-1], kept[1:]], axis=1)
    length_um = _lengths(places_um, piece)
    is_whole = piece[pairs[:, 0]] == piece[pairs[:, 1]]
    pairs = pairs[is_whole & (length_um[pairs[:, 0]] >= _SHORTEST_DETAILS * detail_um)]
    ends = points[pairs]
    # The short way around the body, so that a piece never circles it.
    turn = ends[:, 1, 1] - ends[:, 0, 1]
    ends[:, 1, 1] -= 2.0 * np.pi * np.round(turn / (2.0 * np.pi))
    longest_u = max(_LONGEST_U, _LONGEST_DETAILS * detail_um / REFERENCE_LENGTH_UM)
    ends, chosen = _bendable(ends, longest_u, _LONGEST_THETA_RAD * longest_u / _LONGEST_U)
    return ends.reshape(-1, 6).astype(np.float32), neuron[pairs[:, 0]][chosen]


def _lengths(places_um: Array, piece: NDArray[np.int64]) -> Array:
    """Return (n,) the length in µm of the section to which each point belongs."""
    step = np.linalg.norm(np.diff(places_um, axis=0), axis=1) * (piece[1:] == piece[:-1])
    number = np.unique(piece, return_inverse=True)[1]
    length = np.bincount(number[1:], weights=step, minlength=int(number.max()) + 1)
    of_point: Array = np.asarray(length[number], np.float64)
    return of_point


def _bendable(ends: Array, longest_u: float, longest_rad: float) -> tuple[Array, NDArray[np.int64]]:
    """Cut long pieces, for each is drawn straight; return (n, 2, 3) and the piece each is from."""
    step = np.abs(ends[:, 1] - ends[:, 0])
    parts = np.ceil(np.maximum(step[:, 0] / longest_u, step[:, 1] / longest_rad))
    parts = np.maximum(parts, 1.0).astype(np.int64)
    chosen = np.repeat(np.arange(len(ends)), parts)
    number = np.arange(len(chosen)) - np.repeat(np.cumsum(parts) - parts, parts)
    first, way = ends[chosen, 0], ends[chosen, 1] - ends[chosen, 0]
    share = np.stack([number, number + 1], axis=1) / parts[chosen][:, None]
    return first[:, None, :] + share[:, :, None] * way[:, None, :], chosen


def _thinned(places_um: Array, piece: NDArray[np.int64], detail_um: float) -> NDArray[np.int64]:
    """Return the indices of the points to keep: the ends of every piece, and one per detail."""
    step = np.linalg.norm(np.diff(places_um, axis=0), axis=1).tolist()
    pieces = piece.tolist()
    kept, since = [0], 0.0
    for i in range(1, len(pieces)):
        since += step[i - 1]
        is_end = i + 1 == len(pieces) or pieces[i + 1] != pieces[i]
        if pieces[i] != pieces[i - 1] or is_end or since >= detail_um:
            kept.append(i)
            since = 0.0
    return np.array(kept)


def _muscles() -> Single:
    """Lay the 95 cells out as two interlocking rows of spindles in each quadrant."""
    table = read_table("muscles")
    rows = []
    for quadrant, row, middle in zip(
        table["quadrant"], table["row"], table["body_position"], strict=True
    ):
        side = -1.0 if quadrant[1] == "L" else 1.0
        offset = _MUSCLE_OFFSET_RAD if int(row) % 2 else -_MUSCLE_OFFSET_RAD
        from_midline = _MUSCLE_THETA_RAD + offset
        theta = side * (from_midline if quadrant[0] == "D" else np.pi - from_midline)
        first = max(float(middle) - 0.5 * _MUSCLE_LENGTH, 0.012)
        last = min(float(middle) + 0.5 * _MUSCLE_LENGTH, 0.985)
        rows.append((first, last, theta, 0.225))
    return np.array(rows, dtype=np.float32)
