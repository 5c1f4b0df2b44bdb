"""Geometry of the jointed chain: where every segment is, and how every joint moves it.

Local axes of a segment: x to the head, y dorsal, z = x × y to the animal's right. Segment 0 (the
head) is the base. Joint angle 2k turns segment k+1 against segment k about −z (positive: dorsal
side concave), 2k+1 about −y of the segment already turned (positive: left side concave). Spatial
vectors are (rotation, translation) at the base centre.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

Array = NDArray[np.float64]


@njit(cache=True, nogil=True)
def turn_quaternion(quat: Array, omega: Array, dt_s: float, out: Array) -> None:
    """Write the quaternion (x, y, z, w) turned by world-frame ``omega`` (rad/s) for ``dt_s``."""
    speed = math.sqrt(omega[0] ** 2 + omega[1] ** 2 + omega[2] ** 2)
    half = 0.5 * speed * dt_s
    # sin(half) / speed, by its series where the quotient loses digits
    factor = 0.5 * dt_s * (1.0 - half * half / 6.0) if half < 1e-4 else math.sin(half) / speed
    a, b, c, w = factor * omega[0], factor * omega[1], factor * omega[2], math.cos(half)
    x0, y0, z0, w0 = quat[0], quat[1], quat[2], quat[3]
    x = w * x0 + a * w0 + b * z0 - c * y0
    y = w * y0 + b * w0 + c * x0 - a * z0
    z = w * z0 + c * w0 + a * y0 - b * x0
    v = w * w0 - a * x0 - b * y0 - c * z0
    norm = math.sqrt(x * x + y * y + z * z + v * v)
    out[0], out[1], out[2], out[3] = x / norm, y / norm, z / norm, v / norm


@njit(cache=True, nogil=True)
def _base_rotation(quat: Array, rotation: Array) -> None:
    x, y, z, w = quat[0], quat[1], quat[2], quat[3]
    rotation[0, 0] = 1.0 - 2.0 * (y * y + z * z)
    rotation[0, 1] = 2.0 * (x * y - z * w)
    rotation[0, 2] = 2.0 * (x * z + y * w)
    rotation[1, 0] = 2.0 * (x * y + z * w)
    rotation[1, 1] = 1.0 - 2.0 * (x * x + z * z)
    rotation[1, 2] = 2.0 * (y * z - x * w)
    rotation[2, 0] = 2.0 * (x * z - y * w)
    rotation[2, 1] = 2.0 * (y * z + x * w)
    rotation[2, 2] = 1.0 - 2.0 * (x * x + y * y)


@njit(cache=True, nogil=True)
def place_chain(
    quat: Array, angle: Array, length_mm: float, centre: Array, rotation: Array, axis: Array
) -> None:
    """Place every segment relative to the base centre.

    Args:
        quat: (4,) orientation of the base, x y z w.
        angle: (2 (n-1),) joint angles, rad.
        length_mm: length of one segment.
        centre: output (n, 3), segment centres relative to the base centre, mm.
        rotation: output (n, 3, 3), columns are the segment's axes in the world.
        axis: output (2 (n-1), 6), spatial motion axes of the joints at the base centre.
    """
    half = 0.5 * length_mm
    _base_rotation(quat, rotation[0])
    centre[0, :] = 0.0
    for k in range(1, centre.shape[0]):
        j = 2 * (k - 1)
        cz, sz = math.cos(angle[j]), math.sin(angle[j])
        cy, sy = math.cos(angle[j + 1]), math.sin(angle[j + 1])
        h0 = centre[k - 1, 0] - half * rotation[k - 1, 0, 0]
        h1 = centre[k - 1, 1] - half * rotation[k - 1, 1, 0]
        h2 = centre[k - 1, 2] - half * rotation[k - 1, 2, 0]
        for a in range(3):
            r0, r1, r2 = rotation[k - 1, a, 0], rotation[k - 1, a, 1], rotation[k - 1, a, 2]
            turned_x, turned_y = cz * r0 - sz * r1, sz * r0 + cz * r1
            axis[j, a] = -r2
            axis[j + 1, a] = -turned_y
            rotation[k, a, 0] = cy * turned_x + sy * r2
            rotation[k, a, 1] = turned_y
            rotation[k, a, 2] = cy * r2 - sy * turned_x
        for i in (j, j + 1):  # translation part: hinge × axis
            axis[i, 3] = h1 * axis[i, 2] - h2 * axis[i, 1]
            axis[i, 4] = h2 * axis[i, 0] - h0 * axis[i, 2]
            axis[i, 5] = h0 * axis[i, 1] - h1 * axis[i, 0]
        centre[k, 0] = h0 - half * rotation[k, 0, 0]
        centre[k, 1] = h1 - half * rotation[k, 1, 0]
        centre[k, 2] = h2 - half * rotation[k, 2, 0]


@njit(cache=True, nogil=True)
def place_body(state: Array, length_mm: float, centre: Array, rotation: Array) -> None:
    """Fill ``centre`` (n, 3) in mm and ``rotation`` (n, 3, 3), world frame, from a state vector.

    The layout of the state vector is told in :mod:`worm.kernels.mechanics`.
    """
    n_joints = 2 * (centre.shape[0] - 1)
    axis = np.empty((n_joints, 6))
    place_chain(state[3:7], state[7 : 7 + n_joints], length_mm, centre, rotation, axis)
    for k in range(centre.shape[0]):
        for a in range(3):
            centre[k, a] += state[a]
