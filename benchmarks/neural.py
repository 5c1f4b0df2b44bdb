"""How fast and how exact the nervous system is, and the same circuit in NEURON where that is there.

All 302 neurons at the default resolution and step, noise off. Sensory neurons receive sinusoids
and six cells steps, held for 4 ms as in the closed loop; the error is that of the soma potentials
against a step twenty times finer. Times are CPU times, medians over windows.

    python benchmarks/neural.py               speed, error, NEURON
    python benchmarks/neural.py convergence   errors at other steps and resolutions
"""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from worm.connectome import load_connectome
from worm.nervous_system import NervousSystem
from worm.parameters import Parameters

Array = NDArray[np.float64]

DT_ms, FINEST_ms, HOLD_ms, DURATION_ms = 0.5, 0.025, 4.0, 80.0
FINEST_lambda = 0.0375  # four times the default resolution
WINDOWS = 7
# NEURON's fixed steps and tolerances of its variable-step solver, coarse to fine.
NEURON_STEPS_ms = (0.5, 0.25, 0.1, 0.05, 0.025)
NEURON_TOLERANCES = (1e-2, 3e-3, 1e-3, 1e-4, 1e-5)
# neuron, from, until (ms, multiples of HOLD_ms), pA: both simulators receive these
STEPS = (
    ("AVAL", 12.0, 60.0, 20.0),
    ("AVBL", 32.0, 80.0, -10.0),
    ("RIML", 20.0, 72.0, 5.0),
    ("DB3", 20.0, 60.0, 15.0),
    ("VD5", 20.0, 60.0, 10.0),
    ("AWCL", 12.0, 60.0, 3.0),
)


def _steps_pA(t_ms: float) -> Array:
    index, current = load_connectome().index_of, np.zeros(302)
    for name, start, stop, pA in STEPS:
        if start <= t_ms < stop:
            current[index[name]] += pA
    return current


def _waves_pA(t_ms: float) -> Array:
    """Return the steps and a sinusoid of 1..5 pA and 0.5..10 Hz into every sensory neuron."""
    connectome, rng = load_connectome(), np.random.default_rng(1)
    sensory = np.flatnonzero([kind == "sensory" for kind in connectome.types])
    frequency_Hz, phase, pA = (
        rng.uniform(low, high, len(sensory)) for low, high in ((0.5, 10), (0, 2 * np.pi), (1, 5))
    )
    current = _steps_pA(t_ms)
    current[sensory] += pA * np.sin(2e-3 * np.pi * frequency_Hz * t_ms + phase)
    return current


def _nervous(dt_ms: float, resolution: str | float = "default") -> NervousSystem:
    quiet = Parameters.load().with_values({"noise.voltage": 0.0, "noise.command": 0.0})
    return NervousSystem(load_connectome(), quiet, dt_ms=dt_ms, resolution=resolution)


def _trajectory(dt_ms: float, inputs: list[Array], resolution: str | float = "default") -> Array:
    """Return soma potentials (times, 302) in mV, one row for each input held."""
    nervous, found = _nervous(dt_ms, resolution), []
    for current in inputs:
        nervous.step(round(HOLD_ms / dt_ms), current, np.zeros(302))
        found.append(nervous.soma_mV)
    return np.array(found)


def _step_us(inputs: list[Array]) -> tuple[float, int]:
    """Return µs per step, in calls as long as the closed loop makes, and compartments."""
    nervous = _nervous(DT_ms)
    steps, none = round(HOLD_ms / DT_ms), np.zeros(302)
    nervous.step(steps, inputs[0], none)  # compiles
    windows = []
    for _ in range(WINDOWS):
        began = time.process_time()
        for current in inputs * 5:
            nervous.step(steps, current, none)
        windows.append((time.process_time() - began) / (5 * len(inputs) * steps))
    return statistics.median(windows) * 1e6, nervous.n_compartments


def measure() -> dict[str, float]:
    """Return speed and error of the nervous system; ratios to NEURON only where it could run.

    ``realtime_factor`` is simulated over CPU time; ``neuron_ratio_*`` is NEURON's time over ours
    for the same simulated time, at an equal step or at an equal largest error.
    """
    times = np.arange(0.0, 2 * DURATION_ms, HOLD_ms)
    inputs = [_waves_pA(t) for t in times]
    step_us, compartments = _step_us(inputs)
    error = np.abs(_trajectory(DT_ms, inputs) - _trajectory(FINEST_ms, inputs))
    return {
        "realtime_factor": DT_ms * 1e3 / step_us,
        "compartments": compartments,
        "step_us": step_us,
        "max_error_mV": float(error.max()),
        "rms_error_mV": float(np.sqrt((error**2).mean())),
        "ns_per_compartment_step": 1e3 * step_us / compartments,
        **_against_neuron(step_us),
    }


def convergence() -> dict[str, dict[str, float]]:
    """Return errors in mV over 160 ms, and from 16 ms on, when the start has been forgotten."""
    inputs = [_waves_pA(t) for t in np.arange(0.0, 2 * DURATION_ms, HOLD_ms)]
    exact = _trajectory(FINEST_ms, inputs)
    finest = _trajectory(0.25, inputs, FINEST_lambda)
    table = {
        f"dt {dt_ms} ms": _errors(_trajectory(dt_ms, inputs) - exact)
        for dt_ms in (0.1, 0.25, 0.5, 1.0)
    }
    for resolution in ("fine", "default", "coarse"):
        error = _trajectory(0.25, inputs, resolution) - finest
        compartments = float(_nervous(0.25, resolution).n_compartments)
        table[resolution] = {"compartments": compartments, **_errors(error)}
    return table


def _errors(error: Array) -> dict[str, float]:
    late = error[4:]
    return {
        "max_mV": float(np.abs(error).max()),
        "rms_mV": float(np.sqrt((error**2).mean())),
        "late_max_mV": float(np.abs(late).max()),
        "late_rms_mV": float(np.sqrt((late**2).mean())),
    }


def _against_neuron(step_us: float) -> dict[str, float]:
    """Return the comparison with NEURON, empty where NEURON or a compiler is missing."""
    if importlib.util.find_spec("neuron") is None or not (
        shutil.which("make") and shutil.which("g++")
    ):
        return {}
    inputs = [_steps_pA(t) for t in np.arange(0.0, DURATION_ms, HOLD_ms)]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        truth, _ = _run_neuron(folder, 0.0, 1e-7)
        ours = float(np.abs(_trajectory(DT_ms, inputs) - truth).max())
        at_our_step, us_per_ms = _run_neuron(folder, DT_ms)
        return {
            "max_difference_to_neuron_mV": ours,
            "neuron_max_error_mV": float(np.abs(at_our_step - truth).max()),
            "neuron_ratio_equal_step": us_per_ms * DT_ms / step_us,
            "neuron_ratio_equal_accuracy": _neuron_at_error(folder, truth, ours) * DT_ms / step_us,
        }


def _neuron_at_error(folder: Path, truth: Array, error_mV: float) -> float:
    """Return µs per ms of NEURON's fastest solver whose largest error is no greater than that."""
    fastest = np.inf
    for ladder in (NEURON_STEPS_ms, NEURON_TOLERANCES):
        for setting in ladder:
            variable = ladder is NEURON_TOLERANCES
            found, us = _run_neuron(folder, *((0.0, setting) if variable else (setting, 0.0)))
            if np.abs(found - truth).max() <= error_mV:
                fastest = min(fastest, us)
                break
    return float(fastest)


def _run_neuron(folder: Path, dt_ms: float, tolerance: float = 0.0) -> tuple[Array, float]:
    """Return NEURON's soma potentials (times, 302) in mV and µs per ms; dt 0 is variable."""
    task: dict[str, Any] = {
        "mechanisms": str(folder),
        "neurons": [],
        "inputs": STEPS,
        "dt_ms": dt_ms,
        "tolerance": tolerance,
        "sample_ms": HOLD_ms,
        "samples": round(DURATION_ms / HOLD_ms),
    }
    task_file, result_file = folder / "task.json", folder / "result.npz"
    task_file.write_text(json.dumps(task))
    here = Path(__file__).resolve().parent
    subprocess.run(
        [sys.executable, str(here / "neuron_circuit.py"), str(task_file), str(result_file)],
        env={**os.environ, "PYTHONPATH": str(here.parent)},
        capture_output=True,
        check=True,
    )
    with np.load(result_file) as stored:
        return np.asarray(stored["soma_mV"]), float(stored["us_per_ms"])


if __name__ == "__main__":
    asked = convergence() if sys.argv[1:] == ["convergence"] else measure()
    json.dump(asked, sys.stdout, indent=2)
    sys.stdout.write("\n")
