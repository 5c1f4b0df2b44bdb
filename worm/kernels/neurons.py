"""The compiled step of the nervous system: of one worm, or of several side by side (see lanes.py).

Per step, with V* = (15 V_n - 10 V_(n-1) + 3 V_(n-2)) / 8 the voltage at mid-step, extrapolated:

    gates, calcium, release   advanced by their exact exponentials at V*, gates with its drift
    (1.5 C/dt + g) V_(n+1)    = C/dt (2 V_n - 0.5 V_(n-1)) + sum g E + I          (BDF2)

The matrix is one tree per neuron (eliminated leaf to root, no fill-in) plus the gap junctions
between neurons, solved together by conjugate gradients that are preconditioned with the trees.
Currents from outside are constant between calls and jump where a call begins. Plain BDF2 would feel
such a jump half a step late; I + (I - I_before) / 2 in the first step of a call removes the lag.

A compartment whose voltage would leave LOWEST .. E_Ca if it went on as before takes that one step
by backward Euler. Every new voltage is then a weighted mean of reversal potentials, current limits
and values within these bounds: none can leave them, however large the step or the conductances.

Units: nS, mV, pA, pF, ms (nS mV = pA, pF mV / ms = pA). Arrays over compartments have n + 1
entries: the parent of a soma is the dummy entry n, so that the tree loops need no branch. What
differs between worms has the shape (..., WIDTH) where several are advanced.

Channels are always advanced WIDTH sites at a time: as many of one worm, or one of as many worms.
``Ions.site``, ``shift`` and ``calcium_scale`` have an entry per site and worm, in this order; site
is the place in the flattened arrays over compartments. ``Ions.gbar`` and ``State.gates`` are as
``tables.packed`` makes them.
"""

from __future__ import annotations

from collections import namedtuple
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from worm.channels import CHANNELS, CA_REST_uM, E_CA_mV, E_K_mV, E_NA_mV, KCNL_HALF_uM
from worm.kernels.lanes import (
    all_of,
    any_of,
    choose,
    exponential,
    full,
    get,
    load,
    put,
    store,
    turn,
)
from worm.kernels.tables import (
    BIG,
    CALCIUM,
    CALCIUM_GATE,
    N_BIG,
    N_GATES,
    N_STATES,
    PART,
    WIDTH,
    V_MAX_mV,
    V_MIN_mV,
)

Array = NDArray[np.float64]

Cable = namedtuple("Cable", "parent axial capacitance g_static i_static soma neuron area_fraction")
Ions = namedtuple("Ions", "site rows shift gbar calcium_scale calcium_decay calcium_gate_decay")
Release = namedtuple("Release", "compartment threshold decay slope")
Contacts = namedtuple("Contacts", "site post g reversal")
Gaps = namedtuple("Gaps", "a b g node")
State = namedtuple("State", "v v_old v_older whole_old whole_older gates release soma_pA spread_pA")

OPTIONS: dict[str, Any] = {"cache": True, "nogil": True, "error_model": "numpy"}
LOWEST_mV, HIGHEST_mV = -115.0, 55.0  # no current source drives a cell beyond these
LARGEST_DRIFT_mV = 5.0  # per step: as far as gates are near enough to linear in V
CG_TOLERANCE = 0.01  # mV / ms^2: times dt^2, so that it shrinks as fast as the error of the step
MAX_ITERATIONS = 12
THIRD, FOUR_THIRDS = 1.0 / 3.0, 4.0 / 3.0
COLUMNS, N_CHANNELS = 3 * PART, len(CHANNELS)


@njit(inline="always", **OPTIONS)
def at_mid_step(v: float, v_old: float, v_older: float) -> float:
    """Return the voltage half a step ahead, on the parabola through the last three."""
    return 1.875 * v - 1.25 * v_old + 0.375 * v_older


@njit(inline="always", **OPTIONS)
def table_position(v: float, top: int) -> tuple[int, float]:
    """Return where the table row at or below ``v`` begins, and the way to the next, 0..1.

    The spacing is that of the table at hand, for a kernel in the cache outlives a change of it.
    """
    u = (min(max(v, V_MIN_mV), V_MAX_mV) - V_MIN_mV) * (top / (V_MAX_mV - V_MIN_mV))
    k = min(int(u), top)
    return k * COLUMNS, u - k


@njit(inline="always", **OPTIONS)
def look_up(
    rows: Array, site: NDArray[np.uint32], shift: Array, v_now: Array, v_old: Array,
    v_older: Array, first: int, volts: Array, found: Array, turned: Array,
) -> None:  # fmt: skip
    """Read the tables for WIDTH sites: additive parts in ``turned``[:PART], factors after them."""
    top = rows.shape[0] // COLUMNS - 2
    for lane in range(WIDTH):
        c, at = site[first + lane], lane * 2 * PART
        v = at_mid_step(v_now[c], v_old[c], v_older[c])
        drift = 2.0 * v_now[c] - 3.0 * v_old[c] + v_older[c]
        drift = min(max(drift, -LARGEST_DRIFT_mV), LARGEST_DRIFT_mV)
        volts[lane] = v
        low, f = table_position(v, top)
        for j in range(low, low + PART, WIDTH):
            add, factor = load(rows, j), load(rows, j + PART)
            add += f * (load(rows, j + COLUMNS) - add) + drift * load(rows, j + 2 * PART)
            store(found, at + j - low, add)
            store(
                found, at + j - low + PART, factor + f * (load(rows, j + PART + COLUMNS) - factor)
            )
        if shift[first + lane] != 0.0:  # EGL-19 of the own sets gates at a shifted voltage
            low, f = table_position(v - shift[first + lane], top)
            for j in (16, 17):
                add, factor = rows[low + j], rows[low + j + PART]
                add += f * (rows[low + j + COLUMNS] - add) + drift * rows[low + j + 2 * PART]
                found[at + j] = add
                found[at + j + PART] = factor + f * (rows[low + j + PART + COLUMNS] - factor)
    for j in range(0, 2 * PART, WIDTH):
        turn(found, j, 2 * PART, turned, j)


@njit(inline="always", **OPTIONS)
def advance_gate(x: Array, i: int, turned: Array, j: int, partner: float) -> None:
    """Advance one gate of WIDTH sites; its steady state is in units of ``partner``."""
    add = get(turned, j)
    add = choose(add > 0.0, add, 0.0)  # drift must not open a gate below zero
    put(x, i + j, add * partner + get(x, i + j) * get(turned, j + PART))


@njit(**OPTIONS)
def step_channels(ions: Ions, state: State, diag: Array, rhs: Array) -> None:
    """Advance gates and calcium of every active site; add the ionic conductances.

    WIDTH sites at a time, of one worm or of as many worms.
    """
    space = np.empty(4 * PART * WIDTH + WIDTH)
    line = -(space.ctypes.data // 8) % WIDTH  # vectors across two cache lines are slow
    found = space[line : line + 2 * PART * WIDTH]
    turned = space[line + 2 * PART * WIDTH : line + 4 * PART * WIDTH].reshape(2 * PART, WIDTH)
    volts, sums = np.empty(WIDTH), np.empty(2 * WIDTH)
    x, gbar, diag, rhs = state.gates, ions.gbar, diag.ravel(), rhs.ravel()
    v_now, v_old, v_older = state.v.ravel(), state.v_old.ravel(), state.v_older.ravel()
    rows = ions.rows.ravel()
    for first in range(0, ions.site.shape[0], WIDTH):
        look_up(rows, ions.site, ions.shift, v_now, v_old, v_older, first, volts, found, turned)
        i, k, v = first // WIDTH * N_STATES, first // WIDTH * N_CHANNELS, load(volts, 0)
        g_l, g_pq, g_t = get(gbar, k + 7), get(gbar, k + 8), get(gbar, k + 9)
        l_type, pq_type, t_type = get(x, i + 16), get(x, i + 18), get(x, i + 20)
        g_ca_before = g_l * l_type * get(x, i + 17) + g_pq * pq_type * get(x, i + 19)
        g_ca_before += g_t * t_type * t_type * get(x, i + 21)
        for j in range(N_GATES):
            advance_gate(x, i, turned, j, 1.0)
        h_l, h_pq, t_type = get(x, i + 17), get(x, i + 19), get(x, i + 20)
        g_ca = g_l * get(x, i + 16) * h_l + g_pq * get(x, i + 18) * h_pq
        g_ca += g_t * t_type * t_type * get(x, i + 21)
        # A big potassium channel follows its partner's activation, taken at mid-step.
        l_type = 0.5 * (l_type + get(x, i + 16))
        pq_type = 0.5 * (pq_type + get(x, i + 18))
        for j in range(BIG, BIG + N_BIG, 2):
            advance_gate(x, i, turned, j, l_type)
            advance_gate(x, i, turned, j + 1, pq_type)
        calcium = get(x, i + CALCIUM)
        inflow = 0.5 * (g_ca_before + g_ca) * (E_CA_mV - v)  # at mid-step, like V*
        inflow = choose(inflow > 0.0, inflow, 0.0)
        target = CA_REST_uM + load(ions.calcium_scale, first) * inflow
        later = target + (calcium - target) * ions.calcium_decay
        middle = 0.5 * (calcium + later)
        bound = middle / (KCNL_HALF_uM + middle)
        kcnl = bound + (get(x, i + CALCIUM_GATE) - bound) * ions.calcium_gate_decay
        put(x, i + CALCIUM, later)
        put(x, i + CALCIUM_GATE, kcnl)
        m = get(x, i)
        g_k = get(gbar, k) * m * m * m * (0.7 * get(x, i + 1) + 0.3 * get(x, i + 2))
        g_k += get(gbar, k + 1) * get(x, i + 3) * get(x, i + 4)
        g_k += get(gbar, k + 2) * get(x, i + 5) * get(x, i + 6)
        g_k += get(gbar, k + 3) * get(x, i + 7)
        g_k += get(gbar, k + 4) * (
            0.33 * get(x, i + 8) + 0.36 * get(x, i + 9) + 0.39 * get(x, i + 10)
        )
        m = 0.3 * get(x, i + 11) + 0.7 * get(x, i + 12)
        g_k += get(gbar, k + 5) * m * get(x, i + 13) * get(x, i + 14)
        g_k += get(gbar, k + 6) * get(x, i + 15)
        slo_1, slo_2 = get(gbar, k + 10), get(gbar, k + 12)
        g_k += (slo_1 * get(x, i + BIG) + slo_2 * get(x, i + BIG + 2)) * h_l
        slo_1, slo_2 = get(gbar, k + 11), get(gbar, k + 13)
        g_k += (slo_1 * get(x, i + BIG + 1) + slo_2 * get(x, i + BIG + 3)) * h_pq
        g_k += get(gbar, k + 14) * kcnl
        g_na = get(gbar, k + 15)
        store(sums, 0, g_ca + g_k + g_na)
        store(sums, WIDTH, g_ca * E_CA_mV + g_k * E_K_mV + g_na * E_NA_mV)
        for lane in range(WIDTH):
            c = ions.site[first + lane]
            diag[c] += sums[lane]
            rhs[c] += sums[WIDTH + lane]


@njit(**OPTIONS)
def step_release(release: Release, state: State, s: Array, u: Array) -> None:
    """Advance every release site: s' = (sigmoid((V - threshold) / slope) - s) / tau."""
    steepness = 1.0 / get(release.slope, 0)
    for j in range(s.shape[0]):
        c = release.compartment[j]
        v = at_mid_step(get(state.v, c), get(state.v_old, c), get(state.v_older, c))
        put(u, j, (get(release.threshold, j) - v) * steepness)
    # In vectors even for one worm, whose sites are filled up to a multiple of WIDTH.
    decay, flat_u, flat_s = get(release.decay, 0), u.ravel(), s.ravel()
    for j in range(0, flat_s.shape[0], WIDTH):
        x = load(flat_u, j)
        target = 1.0 / (1.0 + exponential(choose(x > 500.0, 500.0, x)))
        store(flat_s, j, target + (load(flat_s, j) - target) * decay)


@njit(**OPTIONS)
def add_synapses(contacts: Contacts, s: Array, diag: Array, rhs: Array) -> None:
    """Add every chemical synapse as a conductance g s with its reversal potential."""
    for j in range(contacts.g.shape[0]):
        c = contacts.post[j]
        g = get(contacts.g, j) * get(s, contacts.site[j])
        put(diag, c, get(diag, c) + g)
        put(rhs, c, get(rhs, c) + g * contacts.reversal[j])


@njit(**OPTIONS)
def add_current(current: float, c: int, v: float, diag: Array, rhs: Array) -> None:
    """Add a current (pA) as a chord: exact at voltage ``v``, powerless at LOWEST or HIGHEST."""
    limit = choose(current > 0.0, HIGHEST_mV, LOWEST_mV)
    distance = choose(limit > v, limit - v, v - limit)
    size = choose(current > 0.0, current, 0.0 - current)
    g = size / choose(distance > 1.0, distance, 1.0)
    put(diag, c, get(diag, c) + g)
    put(rhs, c, get(rhs, c) + g * limit)


@njit(**OPTIONS)
def add_gap(x: Array, gaps: Gaps, out: Array) -> None:
    """Add G x to ``out``, with G the symmetric off-diagonal gap-junction matrix."""
    for j in range(gaps.g.shape[0]):
        a, b, g = gaps.a[j], gaps.b[j], get(gaps.g, j)
        put(out, a, get(out, a) + g * get(x, b))
        put(out, b, get(out, b) + g * get(x, a))


@njit(**OPTIONS)
def factor(diag: Array, axial: Array, parent: NDArray[np.uint32], f: Array, n: int) -> None:
    """Eliminate the trees, leaves first; diag becomes 1 / pivot."""
    for i in range(n - 1, -1, -1):
        q = 1.0 / get(diag, i)
        c = axial[i] * q
        put(diag, i, q)
        put(f, i, c)
        put(diag, parent[i], get(diag, parent[i]) - c * axial[i])


@njit(**OPTIONS)
def substitute(inverse: Array, f: Array, parent: NDArray[np.uint32], x: Array, n: int) -> None:
    """Solve T x = rhs in place with the factors of ``factor``."""
    put(x, n, 0.0)
    for i in range(n - 1, -1, -1):
        put(x, parent[i], get(x, parent[i]) + get(f, i) * get(x, i))
    put(x, n, 0.0)
    for i in range(n):
        put(x, i, get(x, i) * get(inverse, i) + get(f, i) * get(x, parent[i]))


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
    tolerance_mV: float,
) -> None:
    """Improve u by preconditioned conjugate gradients on (T - G) u = rhs, given the residual r.

    The residual, T p and G p are zero but at the compartments with gap junctions, and a correction
    is largest there: sums and maxima need no others.
    """
    rz_old = full(u, 1.0)
    for iteration in range(MAX_ITERATIONS):
        for i in range(n):
            put(z, i, 0.0)
        for i in gaps.node:
            put(z, i, get(r, i))
        substitute(inverse, f, parent, z, n)
        rz, largest = full(u, 0.0), full(u, 0.0)
        for i in gaps.node:
            z_i = get(z, i)
            rz += get(r, i) * z_i
            size = choose(z_i > 0.0, z_i, 0.0 - z_i)
            largest = choose(size > largest, size, largest)
        # A worm that is solved, or no number any more, stays as it is while others go on.
        done = (largest < tolerance_mV) | (rz - rz != 0.0)
        if all_of(done):
            return
        if iteration == 0:
            for i in range(n):
                put(p, i, get(z, i))
            for i in gaps.node:
                put(tp, i, get(r, i))
                put(q, i, 0.0)
        else:
            beta = rz / rz_old
            for i in range(n):
                put(p, i, get(z, i) + beta * get(p, i))
            for i in gaps.node:
                put(tp, i, get(r, i) + beta * get(tp, i))
                put(q, i, 0.0)
        add_gap(p, gaps, q)
        pq = full(u, 0.0)
        for i in gaps.node:
            q_i = get(tp, i) - get(q, i)
            put(q, i, q_i)
            pq += get(p, i) * q_i
        alpha, rz_old = rz / pq, rz
        for i in range(n):
            put(u, i, choose(done, get(u, i), get(u, i) + alpha * get(p, i)))
        for i in gaps.node:
            put(r, i, choose(done, get(r, i), get(r, i) - alpha * get(q, i)))


@njit(**OPTIONS)
def add_inputs(
    cable: Cable,
    state: State,
    soma_pA: Array,
    spread_pA: Array,
    jump: float,
    ahead: Array,
    diag: Array,
    rhs: Array,
) -> None:
    """Add the currents from outside, and ``jump`` times their change since the last call."""
    for i in range(cable.soma.shape[0]):
        current = get(soma_pA, i)
        current = current + jump * (current - get(state.soma_pA, i))
        if any_of(current != 0.0):
            add_current(current, cable.soma[i], get(ahead, cable.soma[i]), diag, rhs)
    for i in range(cable.neuron.shape[0]):
        current = get(spread_pA, cable.neuron[i])
        current = current + jump * (current - get(state.spread_pA, cable.neuron[i]))
        if any_of(current != 0.0):
            add_current(current * cable.area_fraction[i], i, get(ahead, i), diag, rhs)


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

    ``euler`` marks the very first step of a run: there is no earlier voltage nor current, and all
    three voltages of the state are the same.
    """
    v, v_old, v_older = state.v, state.v_old, state.v_older
    n = cable.capacitance.shape[0]
    diag, rhs, f, ahead, r, z, p, tp, q = work
    rate = 1.0 / dt
    for step in range(steps):
        first = euler and step == 0
        for i in range(n):
            x, y = get(v, i), get(v_old, i)
            on = 2.0 * x - y
            out = (on < LOWEST_mV) | (on > E_CA_mV)
            lead = choose(out, 1.0, 1.0 if first else 1.5) * rate * get(cable.capacitance, i)
            past = choose(out, x, FOUR_THIRDS * x - THIRD * y)
            put(ahead, i, on)
            put(diag, i, get(cable.g_static, i) + lead)
            put(rhs, i, get(cable.i_static, i) + lead * past)
        put(diag, n, 1.0)
        put(rhs, n, 0.0)
        put(ahead, n, 0.0)
        step_channels(ions, state, diag, rhs)
        step_release(release, state, state.release, r)
        add_synapses(contacts, state.release, diag, rhs)
        jump = 0.5 if step == 0 and not euler else 0.0
        add_inputs(cable, state, soma_pA, spread_pA, jump, ahead, diag, rhs)
        factor(diag, cable.axial, cable.parent, f, n)
        add_gap(ahead, gaps, rhs)
        substitute(diag, f, cable.parent, rhs, n)  # rhs is now one sweep beyond the guess
        for i in gaps.node:
            put(ahead, i, get(rhs, i) - get(ahead, i))
            put(r, i, 0.0)
        add_gap(ahead, gaps, r)
        conjugate_gradients(
            diag, f, cable.parent, gaps, n, rhs, r, z, p, tp, q, CG_TOLERANCE * dt * dt
        )
        for i in range(n):
            x = get(v, i)
            put(v_older, i, 2.0 * x - get(rhs, i) if first else get(v_old, i))
            put(v_old, i, x)
            put(v, i, get(rhs, i))
    state.soma_pA[:], state.spread_pA[:] = soma_pA, spread_pA
