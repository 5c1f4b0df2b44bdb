"""One mechanical step: overdamped balance at the midpoint configuration, then the positions.

State vector, 13 + 4 (n-1) numbers for n segments: base centre in mm (3), base quaternion x y z w
(4), joint angles in rad (2 (n-1)), then the rates of the last step: base angular velocity in rad/s
(3), base velocity in mm/s (3), joint rates in rad/s (2 (n-1)). World frame throughout. Units mm, g,
s, µN, µN·mm.

Table ``segment`` (n, 6): drag along and across the axis (g/s), rotational drag about and across the
axis (g·mm²/s), film stiffness (µN/mm), radius (mm). Vector ``constant`` (5,): segment length (mm),
time step (s), film height (mm), contact stiffness (µN/mm), dish radius (mm).
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

from worm.kernels.contacts import find_contacts
from worm.kernels.inverse_dynamics import required_forces
from worm.kernels.kinematics import place_body, place_chain, turn_quaternion
from worm.kernels.overdamped import (
    add_drag,
    add_film,
    add_spring,
    contact_direction,
    solve_rates,
)

Array = NDArray[np.float64]


@njit(cache=True, nogil=True)
def _midpoint(state: Array, dt_s: float, n_joints: int, half: Array) -> None:
    """Write the configuration half a step ahead (7 + n_joints) at the rates of the last step.

    Drag turns with the body: taken at the start of the step it leaves an error of first order in
    the step.
    """
    rates = state[7 + n_joints :]
    for a in range(3):
        half[a] = state[a] + 0.5 * dt_s * rates[3 + a]
    turn_quaternion(state[3:7], rates[:3], 0.5 * dt_s, half[3:7])
    for j in range(n_joints):
        half[7 + j] = state[7 + j] + 0.5 * dt_s * rates[6 + j]


@njit(cache=True, nogil=True)
def _measure_contacts(
    contact: Array,
    n_contacts: int,
    stiffness: float,
    dt_s: float,
    origin: Array,
    velocity: Array,
    force: Array,
) -> int:
    """Sum penalty forces into ``force`` (n, 3), drop contacts that pull; return how many remain."""
    direction = np.empty(6)
    force[:] = 0.0
    kept = 0
    for i in range(n_contacts):
        contact_direction(contact[i], origin, direction)
        k = int(contact[i, 0])
        approach = 0.0
        for a in range(6):
            approach += direction[a] * velocity[k, a]
        push = -stiffness * (contact[i, 6] + dt_s * approach)
        if push <= 0.0:
            continue
        force[k, 0] += push * contact[i, 4]
        force[k, 1] += push * contact[i, 5]
        contact[kept] = contact[i]
        kept += 1
    return kept


@njit(cache=True, nogil=True)
def balance_rates(
    segment: Array,
    joint: Array,
    constant: Array,
    obstacle: Array,
    state: Array,
    torque: Array,
    external: Array,
    centre: Array,
    rotation: Array,
    contact: Array,
    rates: Array,
    contact_force: Array,
) -> None:
    """Find the rates at the end of the step.

    Args:
        segment: (n, 6) table, see the module.
        joint: (2 (n-1), 2) stiffness in µN·mm/rad, damping in µN·mm·s/rad.
        constant: (5,) vector, see the module.
        obstacle: (n_obstacles, 5) rows x0 y0 x1 y1 radius, mm.
        state: the state vector at the start of the step.
        torque: (2 (n-1),) muscle torques, µN·mm.
        external: (n, 3) forces at the segment centres, world frame, µN.
        centre: (n, 3) segment centres at the start of the step, world frame, mm.
        rotation: (n, 3, 3) segment axes at the start of the step.
        contact: work space for ``find_contacts``.
        rates: output (6 + 2 (n-1),).
        contact_force: output (n, 3), penalty force on every segment, µN.
    """
    n = centre.shape[0]
    n_joints = 2 * (n - 1)
    dt_s, stiffness = constant[1], constant[3]
    half = np.empty(7 + n_joints)
    _midpoint(state, dt_s, n_joints, half)
    arm, turned, axis = np.empty((n, 3)), np.empty((n, 3, 3)), np.empty((n_joints, 6))
    place_chain(half[3:7], half[7:], constant[0], arm, turned, axis)
    matrix, load, velocity = np.empty((n, 6, 6)), np.empty((n, 6)), np.empty((n, 6))
    above_film = centre[:, 2] - constant[2]
    direction = np.empty(6)
    n_contacts = find_contacts(
        centre, rotation, segment, constant[0], obstacle, constant[4], contact
    )
    while True:  # a contact that would pull is let go, and the balance solved again
        add_drag(arm, turned, segment, external, matrix, load)
        add_film(arm, segment, above_film, dt_s, matrix, load)
        for i in range(n_contacts):
            contact_direction(contact[i], half[:3], direction)
            k = int(contact[i, 0])
            add_spring(matrix[k], load[k], direction, stiffness, contact[i, 6], dt_s)
        solve_rates(
            matrix,
            load,
            axis,
            joint,
            state[7 : 7 + n_joints],
            torque,
            dt_s,
            rates,
            velocity,
        )
        kept = _measure_contacts(
            contact, n_contacts, stiffness, dt_s, half[:3], velocity, contact_force
        )
        if kept == n_contacts:
            return
        n_contacts = kept


@njit(cache=True, nogil=True)
def all_finite(values: Array) -> bool:
    """Return whether no entry is NaN or infinite."""
    for value in values:  # noqa: SIM110 - numba compiles no generator expression
        if not math.isfinite(value):
            return False
    return True


@njit(cache=True, nogil=True)
def step_free(
    segment: Array,
    joint: Array,
    constant: Array,
    obstacle: Array,
    state: Array,
    torque: Array,
    external: Array,
    centre: Array,
    rotation: Array,
    contact: Array,
    contact_force: Array,
) -> bool:
    """Advance ``state``, ``centre`` and ``rotation`` in place by one step.

    Arguments as in ``balance_rates``. Returns whether the rates are finite; if not, the state is
    left as it was.
    """
    n_joints = joint.shape[0]
    dt_s = constant[1]
    rates = np.empty(6 + n_joints)
    balance_rates(
        segment,
        joint,
        constant,
        obstacle,
        state,
        torque,
        external,
        centre,
        rotation,
        contact,
        rates,
        contact_force,
    )
    if not all_finite(rates):
        return False
    for a in range(3):
        state[a] += dt_s * rates[3 + a]
    turn_quaternion(state[3:7], rates[:3], dt_s, state[3:7])
    for j in range(n_joints):
        state[7 + j] += dt_s * rates[6 + j]
    state[7 + n_joints :] = rates
    place_body(state, constant[0], centre, rotation)
    return True


@njit(cache=True, nogil=True)
def plan_step(
    segment: Array,
    joint: Array,
    constant: Array,
    obstacle: Array,
    state: Array,
    torque: Array,
    external: Array,
    centre: Array,
    rotation: Array,
    contact: Array,
    contact_force: Array,
    mass: Array,
    inertia: Array,
    rates: Array,
    drive: Array,
    wrench: Array,
) -> bool:
    """Find what an engine with ``mass`` and ``inertia`` must apply for one step; the state stays.

    Arguments as in ``balance_rates`` and ``required_forces``; ``rates``, ``drive`` (joint torques)
    and ``wrench`` are outputs. Returns whether the rates are finite.
    """
    balance_rates(
        segment,
        joint,
        constant,
        obstacle,
        state,
        torque,
        external,
        centre,
        rotation,
        contact,
        rates,
        contact_force,
    )
    required_forces(state, rates, constant, mass, inertia, drive, wrench)
    return all_finite(rates)
