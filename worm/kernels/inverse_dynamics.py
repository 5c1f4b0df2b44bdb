"""What a rigid-body engine with inertia must be given to reach prescribed rates in one step.

Recursive Newton-Euler (Featherstone 2008, chapter 5, doi:10.1007/978-1-4899-7560-7) at the
engine's own configuration and with its own masses, every velocity-dependent term included. The
masses cancel: they decide the forces the engine needs, not the movement it makes.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from worm.kernels.kinematics import place_chain

Array = NDArray[np.float64]


@njit(cache=True, nogil=True)
def _cross(a: Array, b: Array, out: Array) -> None:
    out[0] = a[1] * b[2] - a[2] * b[1]
    out[1] = a[2] * b[0] - a[0] * b[2]
    out[2] = a[0] * b[1] - a[1] * b[0]


@njit(cache=True, nogil=True)
def _accelerate(
    axis: Array, now: Array, change: Array, velocity: Array, acceleration: Array
) -> None:
    """Fill spatial ``velocity`` and ``acceleration`` (n, 6) of every segment at the base centre."""
    part = np.empty(3)
    for a in range(6):
        velocity[0, a], acceleration[0, a] = now[a], change[a]
    _cross(now[:3], now[3:6], part)
    for a in range(3):  # a spatial acceleration is that of the centre less ω × v
        acceleration[0, 3 + a] -= part[a]
    for k in range(1, velocity.shape[0]):
        velocity[k], acceleration[k] = velocity[k - 1], acceleration[k - 1]
        v, g = velocity[k], acceleration[k]
        for j in (2 * k - 2, 2 * k - 1):
            s, rate = axis[j], now[6 + j]
            for a in range(6):
                v[a] += s[a] * rate
                g[a] += s[a] * change[6 + j]
            # the axis itself moves: spatial cross product v × s
            _cross(v[:3], s[:3], part)
            for a in range(3):
                g[a] += part[a] * rate
            _cross(v[:3], s[3:], part)
            for a in range(3):
                g[3 + a] += part[a] * rate
            _cross(v[3:], s[:3], part)
            for a in range(3):
                g[3 + a] += part[a] * rate


@njit(cache=True, nogil=True)
def _segment_wrench(
    centre: Array, tangent: Array, mass: float, inertia: Array, v: Array, g: Array, out: Array
) -> None:
    """Add to ``out`` (6,) the torque about the base centre and the force that one segment needs."""
    lever, swing = np.empty(3), np.empty(3)
    _cross(v[:3], centre, lever)
    centre_velocity = v[3:] + lever
    _cross(g[:3], centre, lever)
    _cross(v[:3], centre_velocity, swing)
    force = mass * (g[3:] + lever + swing)
    about, across = inertia[0] - inertia[1], inertia[1]
    spin, spin_change = 0.0, 0.0
    for a in range(3):
        spin += v[a] * tangent[a]
        spin_change += g[a] * tangent[a]
    momentum = across * v[:3] + about * spin * tangent
    _cross(v[:3], momentum, swing)
    _cross(centre, force, lever)
    for a in range(3):
        out[a] += across * g[a] + about * spin_change * tangent[a] + swing[a] + lever[a]
        out[3 + a] += force[a]


@njit(cache=True, nogil=True)
def required_forces(
    state: Array,
    rates: Array,
    constant: Array,
    mass: Array,
    inertia: Array,
    torque: Array,
    wrench: Array,
) -> None:
    """Find joint torques and base wrench that lead from the rates in ``state`` to ``rates``.

    Args:
        state: state vector of :mod:`worm.kernels.mechanics`; its rates are those before the step.
        rates: (6 + 2 (n-1),) rates wanted after the step.
        constant: (5,) vector of :mod:`worm.kernels.mechanics`.
        mass: (n,) mass of every segment, g.
        inertia: (n, 2) moment of inertia about and across the axis of every segment, g·mm².
        torque: output (2 (n-1),), µN·mm.
        wrench: output (6,), torque in µN·mm and force in µN at the base centre, world frame.
    """
    n = mass.shape[0]
    n_joints = 2 * (n - 1)
    centre, rotation, axis = np.empty((n, 3)), np.empty((n, 3, 3)), np.empty((n_joints, 6))
    place_chain(state[3:7], state[7 : 7 + n_joints], constant[0], centre, rotation, axis)
    now = state[7 + n_joints :]
    change = (rates - now) / constant[1]
    velocity, acceleration = np.empty((n, 6)), np.empty((n, 6))
    _accelerate(axis, now, change, velocity, acceleration)
    wrench[:] = 0.0
    for k in range(n - 1, -1, -1):
        _segment_wrench(
            centre[k],
            rotation[k, :, 0].copy(),
            mass[k],
            inertia[k],
            velocity[k],
            acceleration[k],
            wrench,
        )
        if k == 0:
            break
        for j in (2 * k - 1, 2 * k - 2):
            s = 0.0
            for a in range(6):
                s += axis[j, a] * wrench[a]
            torque[j] = s
