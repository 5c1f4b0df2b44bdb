"""Balance of drag, elasticity, film, contacts and muscles without inertia, solved in O(n).

Articulated-body recursion (Featherstone, Rigid Body Dynamics Algorithms, 2008, chapter 7,
doi:10.1007/978-1-4899-7560-7) in which the drag matrix takes the place of inertia and the rates at
the end of the step take the place of accelerations. Everything stiff is implicit in those rates, so
no step is too long to be stable.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

Array = NDArray[np.float64]


@njit(cache=True, nogil=True)
def add_drag(
    centre: Array, rotation: Array, segment: Array, force: Array, matrix: Array, load: Array
) -> None:
    """Set ``matrix`` (n, 6, 6) to drag and ``load`` (n, 6) to minus external forces.

    Both per segment, spatial, at the base centre.
    With E the map from spatial velocity to the velocity of the segment's centre c, drag along the
    axis t and across it: B = n EᵀE + (t − n) (Eᵀt)(Eᵀt)ᵀ + rotational drag about and across the
    axis.
    """
    along = np.empty(6)
    for k in range(centre.shape[0]):
        c0, c1, c2 = centre[k, 0], centre[k, 1], centre[k, 2]
        t0, t1, t2 = rotation[k, 0, 0], rotation[k, 1, 0], rotation[k, 2, 0]
        tangential, normal, roll, turn = (
            segment[k, 0],
            segment[k, 1],
            segment[k, 2],
            segment[k, 3],
        )
        along[0], along[1], along[2] = c1 * t2 - c2 * t1, c2 * t0 - c0 * t2, c0 * t1 - c1 * t0
        along[3], along[4], along[5] = t0, t1, t2
        m = matrix[k]
        for a in range(6):
            for b in range(6):
                m[a, b] = (tangential - normal) * along[a] * along[b]
        for a in range(3):
            for b in range(3):
                m[a, b] += (roll - turn) * along[3 + a] * along[3 + b] - normal * centre[
                    k, a
                ] * centre[k, b]
            m[a, a] += turn + normal * (c0 * c0 + c1 * c1 + c2 * c2)
            m[3 + a, 3 + a] += normal
        # cross-product matrix of c in the rotation-translation block, its transpose below
        m[0, 4] -= normal * c2
        m[0, 5] += normal * c1
        m[1, 3] += normal * c2
        m[1, 5] -= normal * c0
        m[2, 3] -= normal * c1
        m[2, 4] += normal * c0
        m[4, 0] -= normal * c2
        m[5, 0] += normal * c1
        m[3, 1] += normal * c2
        m[5, 1] -= normal * c0
        m[3, 2] -= normal * c1
        m[4, 2] += normal * c0
        f0, f1, f2 = force[k, 0], force[k, 1], force[k, 2]
        load[k, 0], load[k, 1], load[k, 2] = c2 * f1 - c1 * f2, c0 * f2 - c2 * f0, c1 * f0 - c0 * f1
        load[k, 3], load[k, 4], load[k, 5] = -f0, -f1, -f2


@njit(cache=True, nogil=True)
def add_spring(
    matrix: Array, load: Array, direction: Array, stiffness: float, stretch: float, dt_s: float
) -> None:
    """Add an implicit spring: force −k (stretch + h v) along the spatial ``direction`` (6,)."""
    for a in range(6):
        load[a] += stiffness * stretch * direction[a]
        for b in range(6):
            matrix[a, b] += dt_s * stiffness * direction[a] * direction[b]


@njit(cache=True, nogil=True)
def add_film(
    centre: Array,
    segment: Array,
    above_film_mm: Array,
    dt_s: float,
    matrix: Array,
    load: Array,
) -> None:
    """Add the vertical spring by which the film presses every segment to the plate."""
    up = np.zeros(6)
    up[5] = 1.0
    for k in range(centre.shape[0]):
        if segment[k, 4] == 0.0:
            continue
        up[0], up[1] = centre[k, 1], -centre[k, 0]
        add_spring(matrix[k], load[k], up, segment[k, 4], above_film_mm[k], dt_s)


@njit(cache=True, nogil=True)
def contact_direction(contact: Array, origin: Array, out: Array) -> None:
    """Write the spatial direction (6,) of a contact's normal at the base centre ``origin``."""
    p0, p1, p2 = contact[1] - origin[0], contact[2] - origin[1], contact[3] - origin[2]
    n0, n1 = contact[4], contact[5]
    out[0], out[1], out[2] = -p2 * n1, p2 * n0, p0 * n1 - p1 * n0
    out[3], out[4], out[5] = n0, n1, 0.0


@njit(cache=True, nogil=True)
def _solve_base(matrix: Array, load: Array, velocity: Array) -> None:
    """Solve matrix · velocity = −load (6 × 6) by LDLᵀ; destroys ``matrix``."""
    for i in range(6):
        velocity[i] = -load[i]
    for i in range(6):
        for j in range(i + 1, 6):
            factor = matrix[j, i] / matrix[i, i]
            for k in range(i + 1, 6):
                matrix[j, k] -= factor * matrix[i, k]
            velocity[j] -= factor * velocity[i]
    for i in range(5, -1, -1):
        for k in range(i + 1, 6):
            velocity[i] -= matrix[i, k] * velocity[k]
        velocity[i] /= matrix[i, i]


@njit(cache=True, nogil=True)
def solve_rates(
    matrix: Array,
    load: Array,
    axis: Array,
    joint: Array,
    angle: Array,
    torque: Array,
    dt_s: float,
    rates: Array,
    velocity: Array,
) -> None:
    """Solve the balance; destroys ``matrix`` and ``load``.

    Args:
        matrix: (n, 6, 6); a segment resists its spatial velocity V with matrix · V + load.
        load: (n, 6), see matrix.
        axis: (2 (n-1), 6) joint motion axes.
        joint: (2 (n-1), 2) stiffness in µN·mm/rad, damping in µN·mm·s/rad.
        angle: (2 (n-1),) joint angles at the start of the step, rad.
        torque: (2 (n-1),) muscle torques, µN·mm.
        dt_s: time step.
        rates: output (6 + 2 (n-1),): base angular velocity, base velocity, joint rates at the end
            of the step.
        velocity: output (n, 6), spatial velocity of every segment at the base centre.
    """
    n = matrix.shape[0]
    n_joints = 2 * (n - 1)
    projected, diagonal, push = np.empty((n_joints, 6)), np.empty(n_joints), np.empty(n_joints)
    for k in range(n - 1, 0, -1):  # tail to head: eliminate the joints
        m, p = matrix[k], load[k]
        for j in (2 * k - 1, 2 * k - 2):
            resisted, pulled = 0.0, 0.0
            for a in range(6):
                s = 0.0
                for b in range(6):
                    s += m[a, b] * axis[j, b]
                projected[j, a] = s
                resisted += axis[j, a] * s
                pulled += axis[j, a] * p[a]
            diagonal[j] = resisted + joint[j, 1] + dt_s * joint[j, 0]
            push[j] = torque[j] - joint[j, 0] * angle[j] - pulled
            for a in range(6):
                scaled = projected[j, a] / diagonal[j]
                p[a] += scaled * push[j]
                for b in range(6):
                    m[a, b] -= scaled * projected[j, b]
        for a in range(6):
            load[k - 1, a] += p[a]
            for b in range(6):
                matrix[k - 1, a, b] += m[a, b]
    _solve_base(matrix[0], load[0], velocity[0])
    for a in range(6):
        rates[a] = velocity[0, a]
    for k in range(1, n):  # head to tail: substitute
        for a in range(6):
            velocity[k, a] = velocity[k - 1, a]
        for j in (2 * k - 2, 2 * k - 1):
            s = push[j]
            for a in range(6):
                s -= projected[j, a] * velocity[k, a]
            rates[6 + j] = s / diagonal[j]
            for a in range(6):
                velocity[k, a] += axis[j, a] * rates[6 + j]
