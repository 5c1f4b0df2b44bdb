"""Gate tables: no exponential is evaluated inside the loop.

A gate with fixed V obeys x(t + dt) = x_inf (1 - E) + x E with E = exp(-dt / tau). Per voltage, a
row holds the additive parts of all gates, then their factors E; between rows the kernel
interpolates linearly.
"""

from __future__ import annotations

import functools

import numpy as np
from numpy.typing import NDArray

from worm.channels import BIG_POTASSIUM, GATES

V_MIN_mV, V_MAX_mV, STEP_mV = -130.0, 90.0, 0.2
N_GATES = len(GATES)
N_TABLE = N_GATES + len(BIG_POTASSIUM)  # gates that depend on V; then the calcium gate and calcium
CALCIUM_GATE, CALCIUM = N_TABLE, N_TABLE + 1
N_STATES = N_TABLE + 2


def kinetics(v_mV: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return (steady state, tau in ms), each (N_TABLE, len(v)).

    For the big potassium channels the steady state is per unit of the partner's activation.
    """
    steady, tau = [gate.steady(v_mV) for gate in GATES], [gate.tau_ms(v_mV) for gate in GATES]
    for channel in BIG_POTASSIUM:
        ratio, tau_ms = channel.ratio_and_tau(v_mV)
        steady.append(ratio)
        tau.append(tau_ms)
    return np.array(steady), np.array(tau)


@functools.lru_cache(maxsize=8)
def gate_table(dt_ms: float) -> NDArray[np.float64]:
    """Return rows (n_voltages, 2 * N_TABLE): additive parts, then factors, for one time step."""
    v = np.arange(V_MIN_mV, V_MAX_mV + 1.5 * STEP_mV, STEP_mV)
    steady, tau = kinetics(v)
    factor = np.exp(-dt_ms / tau)
    rows = np.ascontiguousarray(np.concatenate([steady * (1 - factor), factor]).T)
    rows.flags.writeable = False
    return rows
