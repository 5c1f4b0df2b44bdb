"""The compiled step of the nervous system.

Per step, with V* = 1.5 V_n - 0.5 V_(n-1) the voltage at mid-step:

    gates, calcium, release   advanced by their exact exponentials at V*
    (1.5 C/dt + g) V_(n+1)    = C/dt (2 V_n - 0.5 V_(n-1)) + sum g E + I          (BDF2)

The matrix is one tree per neuron (eliminated leaf to root, no fill-in) plus the gap junctions between
neurons, solved together by conjugate gradients that are preconditioned with the trees. Units: nS, mV, pA,
pF, ms (nS mV = pA, pF mV / ms = pA). Arrays over compartments have n + 1 entries: the parent of a soma is
the dummy entry n, so that the tree loops need no branch.
"""

from __future__ import annotations

from collections import namedtuple

import numpy as np
from numba import njit

from worm.channels import CA_REST_uM, E_CA_mV, E_K_mV, E_NA_mV, KCNL_HALF_uM
from worm.kernels.tables import CALCIUM, CALCIUM_GATE, N_GATES, N_TABLE, STEP_mV, V_MAX_mV, V_MIN_mV

Cable = namedtuple("Cable", "parent axial capacitance g_static i_static soma neuron area_fraction")
Ions = namedtuple("Ions", "rows shift gbar calcium_scale calcium_decay calcium_gate_decay")
Release = namedtuple("Release", "compartment threshold decay slope")
Contacts = namedtuple("Contacts", "site post g reversal")
Gaps = namedtuple("Gaps", "a b g")
State = namedtuple("State", "v v_old gates release")

OPTIONS = {"cache": True, "nogil": True, "error_model": "numpy", "boundscheck": False}
LOWEST_mV, HIGHEST_mV = -115.0, 55.0  # no current source drives a cell beyond these
CG_TOLERANCE_mV = 0.002
MAX_ITERATIONS = 8


@njit(**OPTIONS)
def step_channels(ions, v_mid, soma, gates, diag, rhs):
    """Advance every gate and the calcium of every soma; add the ionic conductances."""
    top = ions.rows.shape[0] - 2
    for i in range(soma.shape[0]):
        c = soma[i]
        v = v_mid[c]
        u = (min(max(v - ions.shift[i], V_MIN_mV), V_MAX_mV) - V_MIN_mV) / STEP_mV
        k = min(int(u), top)
        f = u - k
        low, high, x, g = ions.rows[k], ions.rows[k + 1], gates[i], ions.gbar[i]
        l_type, pq_type = x[16], x[18]
        for j in range(N_GATES):
            add = low[j] + f * (high[j] - low[j])
            x[j] = add + x[j] * (low[N_TABLE + j] + f * (high[N_TABLE + j] - low[N_TABLE + j]))
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
        target = CA_REST_uM + ions.calcium_scale[i] * max(g_ca * (E_CA_mV - v), 0.0)
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
def step_release(release, v_mid, s):
    """Advance the transmitter release of every presynaptic site: s' = (sigmoid((V - theta)/k) - s) / tau."""
    for j in range(s.shape[0]):
        u = (v_mid[release.compartment[j]] - release.threshold[j]) / release.slope
        target = 1.0 / (1.0 + np.exp(-u))
        s[j] = target + (s[j] - target) * release.decay


@njit(**OPTIONS)
def add_synapses(contacts, s, diag, rhs):
    """Add every chemical synapse as a conductance g s with its reversal potential."""
    for j in range(contacts.g.shape[0]):
        g = contacts.g[j] * s[contacts.site[j]]
        diag[contacts.post[j]] += g
        rhs[contacts.post[j]] += g * contacts.reversal[j]


@njit(**OPTIONS)
def add_current(current, c, v, diag, rhs):
    """Add an external current (pA) as a chord: exact at V*, and unable to pass LOWEST or HIGHEST."""
    limit = HIGHEST_mV if current > 0.0 else LOWEST_mV
    distance = max(abs(limit - v), 1.0)
    g = abs(current) / distance
    diag[c] += g
    rhs[c] += g * limit


@njit(**OPTIONS)
def add_gap(x, gaps, out):
    """out += G x, with G the symmetric off-diagonal gap-junction matrix."""
    for j in range(gaps.g.shape[0]):
        out[gaps.a[j]] += gaps.g[j] * x[gaps.b[j]]
        out[gaps.b[j]] += gaps.g[j] * x[gaps.a[j]]


@njit(**OPTIONS)
def factor(diag, axial, parent, f, n):
    """Eliminate the trees, leaves first; diag becomes 1 / pivot."""
    for i in range(n - 1, -1, -1):
        q = 1.0 / diag[i]
        c = axial[i] * q
        diag[i], f[i] = q, c
        diag[parent[i]] -= c * axial[i]


@njit(**OPTIONS)
def substitute(inverse, f, parent, x, n):
    """Solve T x = rhs in place with the factors of ``factor``."""
    x[n] = 0.0
    for i in range(n - 1, -1, -1):
        x[parent[i]] += f[i] * x[i]
    x[n] = 0.0
    for i in range(n):
        x[i] = x[i] * inverse[i] + f[i] * x[parent[i]]


@njit(**OPTIONS)
def conjugate_gradients(inverse, f, parent, gaps, n, u, r, z, p, tp, q):
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
def advance(steps, dt, euler, cable, ions, release, contacts, gaps, state, soma_pA, spread_pA, work):
    """Advance all neurons by ``steps`` steps of ``dt`` ms under constant external currents (302,)."""
    v, v_old, gates, s = state.v, state.v_old, state.gates, state.release
    n = cable.capacitance.shape[0]
    mid, diag, rhs, f, guess, r, z, p, tp, q = work
    for step in range(steps):
        first = euler and step == 0
        for i in range(n):
            c = cable.capacitance[i] / dt
            mid[i] = v[i] if first else 1.5 * v[i] - 0.5 * v_old[i]
            diag[i] = (c if first else 1.5 * c) + cable.g_static[i]
            rhs[i] = cable.i_static[i] + (c * v[i] if first else c * (2.0 * v[i] - 0.5 * v_old[i]))
        diag[n], rhs[n] = 1.0, 0.0
        step_channels(ions, mid, cable.soma, gates, diag, rhs)
        step_release(release, mid, s)
        add_synapses(contacts, s, diag, rhs)
        for i in range(cable.soma.shape[0]):
            if soma_pA[i] != 0.0:
                c = cable.soma[i]
                add_current(soma_pA[i], c, 2.0 * v[c] - v_old[c], diag, rhs)
        for i in range(n):
            current = spread_pA[cable.neuron[i]] * cable.area_fraction[i]
            if current != 0.0:
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
