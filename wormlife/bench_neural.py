"""How fast and how exact the nervous system is: alone, many at once, and beside NEURON."""

from __future__ import annotations

import statistics
import time
from typing import Any

import numpy as np
from numpy.typing import NDArray

from worm.batch import NervousBatch
from worm.connectome import load_connectome
from worm.nervous_system import NervousSystem
from worm.parameters import Parameters
from wormlife import against_neuron

__all__ = ["closed_loop_inputs", "measure_neural", "trajectory"]

Array = NDArray[np.float64]
Inputs = list[tuple[Array, Array]]

DT_ms, FINEST_ms, HOLD_ms = 0.5, 0.025, 4.0
N_WORMS, N_WINDOWS = 32, 7


def measure_neural(seconds: float = 1.0) -> dict[str, Any]:
    """Return speed and error of the nervous system.

    Args:
        seconds: simulated time of the closed-loop run whose currents are the input everywhere.

    Returns:
        "neural": ``realtime_factor`` is simulated by CPU seconds; errors are those of all somata at
        the default step against one twenty times finer, noise off. ``neuron_*`` stand there where
        NEURON is installed, else "neuron" says why not. "batch": of 32 worms in one call.
    """
    inputs = closed_loop_inputs(seconds)
    step_us, compartments = _step_us(inputs)
    error = trajectory(DT_ms, inputs) - trajectory(FINEST_ms, inputs)
    neural: dict[str, Any] = {
        "realtime_factor": DT_ms * 1e3 / step_us,
        "compartments": compartments,
        "dt_ms": DT_ms,
        "step_us": step_us,
        "ns_per_compartment_step": 1e3 * step_us / compartments,
        "max_error_mV": float(np.abs(error).max()),
        "rms_error_mV": float(np.sqrt((error**2).mean())),
    }
    if against_neuron.available():
        neural |= against_neuron.compare(_at_steps())
    else:
        neural["neuron"] = "not compared: needs the package neuron, make and g++"
    return {"neural": neural, "batch": _batch(inputs)}


def closed_loop_inputs(seconds: float, seed: int = 0) -> Inputs:
    """Return the currents of a crawling worm for each HOLD_ms: into somata, spread; (302,) pA."""
    from env.simulation import Simulation

    found: Inputs = []
    with Simulation(seed=seed) as sim:
        nervous = sim._parts.nervous
        step = nervous.step

        def listen(n_steps: int, current_pA: Array, spread_pA: Array) -> None:
            found.append((current_pA.copy(), spread_pA.copy()))
            step(n_steps, current_pA, spread_pA)

        nervous.step = listen  # type: ignore[method-assign]
        sim.run(seconds)
    return found


def _nervous(dt_ms: float = DT_ms, resolution: str | float = "default") -> NervousSystem:
    quiet = Parameters.load().with_values({"noise.voltage": 0.0, "noise.command": 0.0})
    return NervousSystem(load_connectome(), quiet, dt_ms=dt_ms, resolution=resolution)


def trajectory(dt_ms: float, inputs: Inputs, resolution: str | float = "default") -> Array:
    """Return soma potentials (times, 302) in mV, one row for each input held for HOLD_ms."""
    nervous, found = _nervous(dt_ms, resolution), []
    for soma_pA, spread_pA in inputs:
        nervous.step(round(HOLD_ms / dt_ms), soma_pA, spread_pA)
        found.append(nervous.soma_mV)
    return np.array(found)


def _step_us(inputs: Inputs, dt_ms: float = DT_ms) -> tuple[float, int]:
    """Return CPU µs per step, in calls as long as the closed loop makes, and compartments."""
    nervous, steps = _nervous(dt_ms), round(HOLD_ms / dt_ms)
    nervous.step(steps, *inputs[0])  # compiles
    windows = []
    for _ in range(N_WINDOWS):
        began = time.process_time()
        for soma_pA, spread_pA in inputs:
            nervous.step(steps, soma_pA, spread_pA)
        windows.append((time.process_time() - began) / (len(inputs) * steps))
    return statistics.median(windows) * 1e6, nervous.n_compartments


def _at_steps() -> dict[float, tuple[Array, float]]:
    """Return what ``against_neuron.compare`` wants to know of ours."""
    inputs = [(current, np.zeros(302)) for current in against_neuron.steps_pA()]
    return {
        dt_ms: (trajectory(dt_ms, inputs), _step_us(inputs, dt_ms)[0] / dt_ms)
        for dt_ms in (1.0, 0.5, 0.25, 0.1)
    }


def _batch(inputs: Inputs) -> dict[str, float]:
    """Return the speed of N_WORMS worms in one call, muscle drive read after each."""
    batch = NervousBatch([_nervous() for _ in range(N_WORMS)])
    steps, some = round(HOLD_ms / DT_ms), inputs[:25]
    pairs = [tuple(np.tile(pA, (N_WORMS, 1)) for pA in pair) for pair in some]
    batch.step(steps, *pairs[0])  # compiles
    windows = []
    for _ in range(N_WINDOWS):
        began = time.process_time()
        for soma_pA, spread_pA in pairs:
            batch.step(steps, soma_pA, spread_pA)
            _ = batch.muscle_drive
        windows.append(time.process_time() - began)
    simulated_s = N_WORMS * len(pairs) * HOLD_ms / 1e3
    return {"worms": N_WORMS, "worm_s_per_cpu_s": simulated_s / statistics.median(windows)}
