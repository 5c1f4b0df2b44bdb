"""The compiled step of the nervous system.

Per step, with V* = 1.5 V_n - 0.5 V_(n-1) the voltage at mid-step:

    gates, calcium, release   advanced by their exact exponentials at V*
    (1.5 C/dt + g) V_(n+1)    = C/dt (2 V_n - 0.5 V_(n-1)) + sum g E + I          (BDF2)

The matrix is one tree per neuron (eliminated leaf to root, no fill-in) plus the gap junctions
between neurons, solved together by conjugate gradients that are preconditioned with the trees.
Currents from outside are constant between calls and jump where a call begins. Plain BDF2 would feel
such a jump half a step late; I + (I - I_before) / 2 in the first step of a call removes the lag.

A compartment whose voltage would leave LOWEST .. E_Ca if it went on as before takes that one step
by backward Euler. Every new voltage is then a weighted mean of reversal potentials, current limits
and values within these bounds: none can leave them, however large the step or the conductances.

Units: nS, mV, pA, pF, ms (nS mV = pA, pF mV / ms = pA). Arrays over compartments have n + 1
entries: the parent of a soma is the dummy entry n, so that the tree loops need no branch.
"""

from __future__ import annotations

from collections import namedtuple
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from worm.channels import CA_REST_uM, E_CA_mV, E_K_mV, E_NA_mV, KCNL_HALF_uM
from worm.kernels.tables import (
    CALCIUM,
    CALCIUM_GATE,
    N_GATES,
    N_TABLE,
    STEP_mV,
    V_MAX_mV,
    V_MIN_mV,
)

Array = NDArray[np.float64]

Cable = namedtuple("Cable", "parent axial capacitance g_static i_static soma neuron area_fraction")
Ions = namedtuple("Ions", "site rows shift gbar calcium_scale calcium_decay calcium_gate_decay")
Release = namedtuple("Release", "compartment threshold decay slope")
Contacts = namedtuple("Contacts", "site post g reversal")
Gaps = namedtuple("Gaps", "a b g")
State = namedtuple("State", "v v_old gates release soma_pA spread_pA")

OPTIONS: dict[str, Any] = {"cache": True, "nogil": True, "error_model": "numpy"}
LOWEST_mV, HIGHEST_mV = -115.0, 55.0  # no current source drives a cell beyond these
CG_TOLERANCE_mV = 0.002
MAX_ITERATIONS = 8


@njit(**OPTIONS)
def table_position(v: float, top: int) -> tuple[int, float]:
    """Return the table row at or below ``v`` and the fraction of the way to the next."""
    u = (min(max(v, V_MIN_mV), V_MAX_mV) - V_MIN_mV) / STEP_mV
    k = min(int(u), top)
    return k, u - k


@njit(**OPTIONS)
def step_channels(ions: Ions, v_mid: Array, gates: Array, diag: Array, rhs: Array) -> None:
    """Advance gates and calcium of every active site; add the ionic conductances."""
    top = ions.rows.shape[0] - 2
    for i in range(ions.site.shape[0]):
        c = ions.site[i]
        v = v_mid[c]
        k, f = table_position(v, top)
        low, high, x, g = ions.rows[k], ions.rows[k + 1], gates[i], ions.gbar[i]
        l_type, l_type_h, pq_type = x[16], x[17], x[18]
        g_ca_before = g[7] * x[16] * x[17] + g[8] * x[18] * x[19] + g[9] * x[20] * x[20] * x[21]
        for j in range(N_GATES):
            add = low[j] + f * (high[j] - low[j])
            x[j] = add + x[j] * (low[N_TABLE + j] + f * (high[N_TABLE + j] - low[N_TABLE + j]))
        if ions.shift[i] != 0.0:  # EGL-19 of the own sets gates at a shifted voltage
            m, n = table_position(v - ions.shift[i], top)
            x[16], x[17] = l_type, l_type_h
            for j in range(16, 18):
                add = ions.rows[m, j] + n * (ions.rows[m + 1, j] - ions.rows[m, j])
                j += N_TABLE
                factor = ions.rows[m, j] + n * (ions.rows[m + 1, j] - ions.rows[m, j])
                x[j - N_TABLE] = add + x[j - N_TABLE] * factor
        # A big potassium channel follows its partner's activation, taken at mid-step.
        l_type, pq_type = 0.5 * (l_type + x[16]), 0.5 * (pq_type + x[18])
        for j in range(N_GATES, N_TABLE):
            add = low[j] + f * (high[j] - low[j])
            partner = l_type if (j - N_GATES) % 2 == 0 else pq_type
            factor = low[N_TABLE + j] + f * (high[N_TABLE + j] - low[N_TABLE + j])
            x[j] = add * partner + x[j] * factor
        h_l, h_pq = x[17], x[19]
        g_ca = g[7] * x[16] * h_l + g[8] * x[18] * h_pq + g[9] * x[20] * x[20] * x[21]
        calcium = x[CALCIUM]
        inflow = max(0.5 * (g_ca_before + g_ca) * (E_CA_mV - v), 0.0)  # at mid-step, like V*
        target = CA_REST_uM + ions.calcium_scale[i] * inflow
        x[CALCIUM] = target + (calcium - target) * ions.calcium_decay
        middle = 0.5 * (calcium + x[CALCIUM])
        bound = middle / (KCNL_HALF_uM + middle)
        x[CALCIUM_GATE] = bound + (x[CALCIUM_GATE] - bound) * ions.calcium_gate_decay
        g_k = (
            g[0] * x[0] * x[0] * x[0] * (0.7 * x[1] + 0.3 * x[2])
            + g[1] * x[3] * x[4]
            + g[2] * x[5] * x[6]
            + g[3] * x[7]
            + g[4] * (0.33 * x[8] + 0.36 * x[9] + 0.39 * x[10])
            + g[5] * (0.3 * x[11] + 0.7 * x[12]) * x[13] * x[14]
            + g[6] * x[15]
            + (g[10] * x[22] + g[12] * x[24]) * h_l
            + (g[11] * x[23] + g[13] * x[25]) * h_pq
            + g[14] * x[CALCIUM_GATE]
        )
        diag[c] += g_ca + g_k + g[15]
        rhs[c] += g_ca * E_CA_mV + g_k * E_K_mV + g[15] * E_NA_mV


@njit(**OPTIONS)
def step_release(release: Release, v_mid: Array, s: Array) -> None:
    """Advance every release site: s' = (sigmoid((V - threshold) / slope) - s) / tau."""
    for j in range(s.shape[0]):
        u = (v_mid[release.compartment[j]] - release.threshold[j]) / release.slope
        target = 1.0 / (1.0 + np.exp(-u))
        s[j] = target + (s[j] - target) * release.decay


@njit(**OPTIONS)
def add_synapses(contacts: Contacts, s: Array, diag: Array, rhs: Array) -> None:
    """Add every chemical synapse as a conductance g s with its reversal potential."""
    for j in range(contacts.g.shape[0]):
        g = contacts.g[j] * s[contacts.site[j]]
        diag[contacts.post[j]] += g
        rhs[contacts.post[j]] += g * contacts.reversal[j]


@njit(**OPTIONS)
def add_current(current: float, c: int, v: float, diag: Array, rhs: Array) -> None:
    """Add a current (pA) as a chord: exact at voltage ``v``, powerless at LOWEST or HIGHEST."""
    limit = HIGHEST_mV if current > 0.0 else LOWEST_mV
    distance = max(abs(limit - v), 1.0)
    g = abs(current) / distance
    diag[c] += g
    rhs[c] += g * limit


@njit(**OPTIONS)
def add_gap(x: Array, gaps: Gaps, out: Array) -> None:
    """Add G x to ``out``, with G the symmetric off-diagonal gap-junction matrix."""
    for j in range(gaps.g.shape[0]):
        out[gaps.a[j]] += gaps.g[j] * x[gaps.b[j]]
        out[gaps.b[j]] += gaps.g[j] * x[gaps.a[j]]


@njit(**OPTIONS)
def factor(diag: Array, axial: Array, parent: NDArray[np.uint32], f: Array, n: int) -> None:
    """Eliminate the trees, leaves first; diag becomes 1 / pivot."""
    for i in range(n - 1, -1, -1):
        q = 1.0 / diag[i]
        c = axial[i] * q
        diag[i], f[i] = q, c
        diag[parent[i]] -= c * axial[i]


@njit(**OPTIONS)
def substitute(inverse: Array, f: Array, parent: NDArray[np.uint32], x: Array, n: int) -> None:
    """Solve T x = rhs in place with the factors of ``factor``."""
    x[n] = 0.0
    for i in range(n - 1, -1, -1):
        x[parent[i]] += f[i] * x[i]
    x[n] = 0.0
    for i in range(n):
        x[i] = x[i] * inverse[i] + f[i] * x[parent[i]]


@njit(**OPTIONS)
def conjugate_gradients(
    inverse: Array,
    f: Array,
    parent: NDArray[np.uint32],
    gaps: Gaps,
    n: int,
    u: Array,
    r: Array,
    z: Array,
    p: Array,
    tp: Array,
    q: Array,
) -> None:
    """Improve u by preconditioned conjugate gradients on (T - G) u = rhs, given the residual r."""
    rz_old = 1.0
    for iteration in range(MAX_ITERATIONS):
        z[:] = r
        substitute(inverse, f, parent, z, n)
        rz, largest = 0.0, 0.0
        for i in range(n):
            rz += r[i] * z[i]
            largest = max(largest, abs(z[i]))
        if largest < CG_TOLERANCE_mV or not np.isfinite(rz):
            return
        beta = rz / rz_old if iteration > 0 else 0.0
        for i in range(n):
            p[i] = z[i] + beta * p[i]
            tp[i] = r[i] + beta * tp[i]
            q[i] = 0.0
        q[n] = 0.0
        add_gap(p, gaps, q)
        pq = 0.0
        for i in range(n):
            q[i] = tp[i] - q[i]
            pq += p[i] * q[i]
        alpha, rz_old = rz / pq, rz
        for i in range(n):
            u[i] += alpha * p[i]
            r[i] -= alpha * q[i]


@njit(**OPTIONS)
def advance(
    steps: int,
    dt: float,
    euler: bool,
    cable: Cable,
    ions: Ions,
    release: Release,
    contacts: Contacts,
    gaps: Gaps,
    state: State,
    soma_pA: Array,
    spread_pA: Array,
    work: tuple[Array, ...],
) -> None:
    """Advance all neurons by ``steps`` steps of ``dt`` ms under constant external currents (302,).

    ``euler`` marks the very first step of a run: there is no earlier voltage nor current.
    """
    v, v_old, gates, s = state.v, state.v_old, state.gates, state.release
    n = cable.capacitance.shape[0]
    mid, diag, rhs, f, guess, r, z, p, tp, q = work
    for step in range(steps):
        first = euler and step == 0
        jump = 0.5 if step == 0 and not euler else 0.0
        for i in range(n):
            c = cable.capacitance[i] / dt
            mid[i] = v[i] if first else 1.5 * v[i] - 0.5 * v_old[i]
            ahead = 2.0 * v[i] - v_old[i]
            diag[i], rhs[i] = cable.g_static[i], cable.i_static[i]
            if first or ahead < LOWEST_mV or ahead > E_CA_mV:
                diag[i] += c
                rhs[i] += c * v[i]
            else:
                diag[i] += 1.5 * c
                rhs[i] += c * (2.0 * v[i] - 0.5 * v_old[i])
        diag[n], rhs[n] = 1.0, 0.0
        step_channels(ions, mid, gates, diag, rhs)
        step_release(release, mid, s)
        add_synapses(contacts, s, diag, rhs)
        for i in range(cable.soma.shape[0]):
            current = soma_pA[i] + jump * (soma_pA[i] - state.soma_pA[i])
            if current != 0.0:
                c = cable.soma[i]
                add_current(current, c, 2.0 * v[c] - v_old[c], diag, rhs)
        for i in range(n):
            cell = cable.neuron[i]
            current = spread_pA[cell] + jump * (spread_pA[cell] - state.spread_pA[cell])
            if current != 0.0:
                current *= cable.area_fraction[i]
                add_current(current, i, 2.0 * v[i] - v_old[i], diag, rhs)
        factor(diag, cable.axial, cable.parent, f, n)
        for i in range(n):
            guess[i] = v[i] if first else 2.0 * v[i] - v_old[i]
        guess[n] = 0.0
        add_gap(guess, gaps, rhs)
        substitute(diag, f, cable.parent, rhs, n)  # rhs is now one sweep beyond the guess
        for i in range(n):
            mid[i] = rhs[i] - guess[i]
            r[i] = 0.0
        mid[n] = 0.0
        add_gap(mid, gaps, r)
        conjugate_gradients(diag, f, cable.parent, gaps, n, rhs, r, z, p, tp, q)
        for i in range(n):
            v_old[i] = v[i]
            v[i] = rhs[i]
    state.soma_pA[:], state.spread_pA[:] = soma_pA, spread_pA
