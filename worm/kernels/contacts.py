"""Overlaps of the body with vertical obstacles, found analytically in the plane."""

from __future__ import annotations

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

Array = NDArray[np.float64]


@njit(cache=True, nogil=True)
def _clamp(value: float) -> float:
    return min(1.0, max(0.0, value))


@njit(cache=True, nogil=True)
def _closest_parameters(
    px: float, py: float, ux: float, uy: float, ax: float, ay: float, wx: float, wy: float
) -> tuple[float, float]:
    """Return (s, t) in 0..1 of the closest points p + s u and a + t w of two planar line segments.

    Source: Ericson, Real-Time Collision Detection (2005), section 5.1.9; w may be zero (a post).
    """
    rx, ry = px - ax, py - ay
    uu, ww = ux * ux + uy * uy, wx * wx + wy * wy
    ur, wr, uw = ux * rx + uy * ry, wx * rx + wy * ry, ux * wx + uy * wy
    # an axis that points straight up has no extent in the plane
    if uu < 1e-18:
        return 0.5, (_clamp(wr / ww) if ww > 0.0 else 0.0)
    if ww == 0.0:
        return _clamp(-ur / uu), 0.0
    determinant = uu * ww - uw * uw
    # parallel: any s is closest, the middle gives no spurious torque
    s = _clamp((uw * wr - ur * ww) / determinant) if determinant > 1e-12 * uu * ww else 0.5
    t = (uw * s + wr) / ww
    if t < 0.0:
        return _clamp(-ur / uu), 0.0
    if t > 1.0:
        return _clamp((uw - ur) / uu), 1.0
    return s, t


@njit(cache=True, nogil=True)
def _store(
    contact: Array, i: int, k: int, x: float, y: float, z: float, nx: float, ny: float, gap: float
) -> None:
    contact[i, 0] = k
    contact[i, 1], contact[i, 2], contact[i, 3] = x, y, z
    contact[i, 4], contact[i, 5], contact[i, 6] = nx, ny, gap


@njit(cache=True, nogil=True)
def _touch_obstacle(
    contact: Array, count: int, k: int, head: Array, axis: Array, radius: float, obstacle: Array
) -> int:
    """Append the contact of a capsule with a post or wall, if they overlap; return the count."""
    ax, ay = obstacle[0], obstacle[1]
    wx, wy = obstacle[2] - ax, obstacle[3] - ay
    s, t = _closest_parameters(head[0], head[1], axis[0], axis[1], ax, ay, wx, wy)
    x, y, z = head[0] + s * axis[0], head[1] + s * axis[1], head[2] + s * axis[2]
    dx, dy = x - ax - t * wx, y - ay - t * wy
    distance = math.sqrt(dx * dx + dy * dy)
    gap = distance - obstacle[4] - radius
    if gap >= 0.0:
        return count
    if distance < 1e-12:
        # the axes cross: push the segment to the side on which its middle lies
        mx, my = head[0] + 0.5 * axis[0] - ax, head[1] + 0.5 * axis[1] - ay
        side = 1.0 if wx * my - wy * mx >= 0.0 else -1.0
        width = math.sqrt(wx * wx + wy * wy)
        nx, ny = (-side * wy / width, side * wx / width) if width > 0.0 else (1.0, 0.0)
    else:
        nx, ny = dx / distance, dy / distance
    _store(contact, count, k, x, y, z, nx, ny, gap)
    return count + 1


@njit(cache=True, nogil=True)
def _touch_dish(
    contact: Array, count: int, k: int, head: Array, axis: Array, radius: float, dish_mm: float
) -> int:
    """Append the contact of the capsule's outer end with the rim of the dish, if it reaches it."""
    near = head[0] ** 2 + head[1] ** 2
    far = (head[0] + axis[0]) ** 2 + (head[1] + axis[1]) ** 2
    s = 1.0 if far > near else 0.0
    distance = math.sqrt(max(near, far))
    gap = dish_mm - distance - radius
    if gap >= 0.0 or distance == 0.0:
        return count
    x, y = head[0] + s * axis[0], head[1] + s * axis[1]
    _store(contact, count, k, x, y, head[2] + s * axis[2], -x / distance, -y / distance, gap)
    return count + 1


@njit(cache=True, nogil=True)
def find_contacts(
    centre: Array,
    rotation: Array,
    segment: Array,
    length_mm: float,
    obstacle: Array,
    dish_mm: float,
    contact: Array,
) -> int:
    """Fill ``contact`` with every overlap and return their number.

    Args:
        centre: (n, 3) segment centres, mm.
        rotation: (n, 3, 3) segment axes.
        segment: (n, 6) table of :mod:`worm.kernels.mechanics`; its last column is the radius.
        length_mm: length of one segment.
        obstacle: (n_obstacles, 5) rows x0 y0 x1 y1 radius, mm.
        dish_mm: radius of the dish, inf for none.
        contact: output (n (n_obstacles + 1), 7): segment, point (3), planar normal towards the body
            (2), gap < 0.
    """
    n = centre.shape[0]
    head, axis = np.empty(3), np.empty(3)
    middle = n // 2
    reach = (
        0.5 * (n + 1) * length_mm + segment[middle, 5]
    )  # no skin is further from the middle segment
    count = 0
    for o in range(obstacle.shape[0]):
        row = obstacle[o]
        half = 0.5 * math.sqrt((row[2] - row[0]) ** 2 + (row[3] - row[1]) ** 2)
        ox, oy = 0.5 * (row[0] + row[2]), 0.5 * (row[1] + row[3])
        far = reach + half + row[4]
        if (centre[middle, 0] - ox) ** 2 + (centre[middle, 1] - oy) ** 2 > far * far:
            continue
        for k in range(n):
            near = half + row[4] + segment[k, 5] + 0.5 * length_mm
            if (centre[k, 0] - ox) ** 2 + (centre[k, 1] - oy) ** 2 > near * near:
                continue
            for a in range(3):
                axis[a] = -length_mm * rotation[k, a, 0]
                head[a] = centre[k, a] - 0.5 * axis[a]
            count = _touch_obstacle(contact, count, k, head, axis, segment[k, 5], row)
    if math.isfinite(dish_mm):
        for k in range(n):
            for a in range(3):
                axis[a] = -length_mm * rotation[k, a, 0]
                head[a] = centre[k, a] - 0.5 * axis[a]
            count = _touch_dish(contact, count, k, head, axis, segment[k, 5], dish_mm)
    return count
