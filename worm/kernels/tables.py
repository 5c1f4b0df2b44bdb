"""Gate tables: no exponential is evaluated inside the loop.

A gate with fixed V obeys x(t + dt) = x_inf (1 - E) + x E with E = exp(-dt / tau). While V drifts by
dV during the step, a gate of tau >> dt sees the voltage at mid-step, and one of tau << dt that of
the end: to first order in dV the solution gains

    dV dx_inf/dV (1 - tau / dt (1 - E) - (1 - E) / 2)

Per voltage a row holds the additive parts, the factors E and these drift parts. Between rows the
kernel interpolates linearly.
"""

from __future__ import annotations

import functools
import math

import numpy as np
from numpy.typing import NDArray

from worm.channels import BIG_POTASSIUM, GATES

WIDTH = 8  # sites or worms that share an instruction
V_MIN_mV, V_MAX_mV, STEP_mV = -130.0, 90.0, 0.05
N_GATES, N_BIG = len(GATES), len(BIG_POTASSIUM)
BIG = 24  # where the big potassium channels begin, in a state and in each part of a row
CALCIUM_GATE, CALCIUM = N_GATES, N_GATES + 1  # in a state, between them
N_STATES = BIG + N_BIG
PART = 32  # columns of one part of a row

Table = NDArray[np.float64]


def kinetics(v_mV: Table) -> tuple[Table, Table]:
    """Return (steady state, tau in ms), each (N_GATES + N_BIG, len(v)).

    For the big potassium channels the steady state is per unit of the partner's activation.
    """
    steady, tau = [gate.steady(v_mV) for gate in GATES], [gate.tau_ms(v_mV) for gate in GATES]
    for channel in BIG_POTASSIUM:
        ratio, tau_ms = channel.ratio_and_tau(v_mV)
        steady.append(ratio)
        tau.append(tau_ms)
    return np.array(steady), np.array(tau)


@functools.lru_cache(maxsize=8)
def gate_table(dt_ms: float) -> Table:
    """Return rows (n_voltages, 3 PART) for one time step; an infinite one gives steady states."""
    v = np.arange(V_MIN_mV, V_MAX_mV + 1.5 * STEP_mV, STEP_mV)
    steady, tau = kinetics(v)
    factor = np.exp(-dt_ms / tau)
    slope = kinetics(v + 0.5)[0] - kinetics(v - 0.5)[0]  # per mV
    parts = (steady * (1.0 - factor), factor, slope * _lag(dt_ms / tau))
    rows = aligned(len(v), len(parts) * PART)
    for k, part in enumerate(parts):
        rows[:, k * PART : k * PART + N_GATES] = part[:N_GATES].T
        rows[:, k * PART + BIG : k * PART + BIG + N_BIG] = part[N_GATES:].T
    rows.flags.writeable = False
    return rows


def aligned(*shape: int) -> Table:
    """Return zeros that begin where a cache line does, so that no vector lies across two."""
    size, line = math.prod(shape), 8  # float64 to a line of 64 bytes
    memory = np.zeros(size + line)
    start = -(memory.ctypes.data // memory.itemsize) % line
    return memory[start : start + size].reshape(shape)


def _lag(h: Table) -> Table:
    """Return 1 - (1 - E) / h - (1 - E) / 2 with E = exp(-h): h^2 / 12 where h is small."""
    rise = -np.expm1(-h)
    return np.where(h > 1e-3, 1.0 - rise / np.maximum(h, 1e-3) - 0.5 * rise, h * h / 12.0)


def packed(entries: Table) -> Table:
    """Return rows (n, k), n a multiple of WIDTH, as the kernel wants them: (n k / WIDTH, WIDTH)."""
    groups = entries.reshape(-1, WIDTH, entries.shape[1]).transpose(0, 2, 1)
    rows = aligned(groups.shape[0] * groups.shape[1], WIDTH)
    rows[:] = groups.reshape(-1, WIDTH)
    return rows


def unpacked(rows: Table, k: int) -> Table:
    """Return what ``packed`` was given: rows (n, k)."""
    return np.ascontiguousarray(rows.reshape(-1, k, WIDTH).transpose(0, 2, 1).reshape(-1, k))
