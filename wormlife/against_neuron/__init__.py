"""The same circuit in the NEURON simulator: its error and its time beside ours.

NEURON's variable-step solver at a tolerance of 1e-7 stands for the exact solution. Both simulators
receive current steps into six cells, noise off.
"""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from worm.connectome import load_connectome

__all__ = ["STEPS", "SAMPLE_ms", "available", "compare", "run_neuron", "steps_pA"]

Array = NDArray[np.float64]

DURATION_ms, SAMPLE_ms, TRUTH_TOLERANCE = 80.0, 4.0, 1e-7
LARGEST_ERROR_mV = 0.5  # what "equal accuracy" means
# Fixed steps of both, coarse to fine, and tolerances of NEURON's variable-step solver.
STEPS_ms = (1.0, 0.5, 0.25, 0.1, 0.05, 0.025, 0.0125)
TOLERANCES = (1e-2, 3e-3, 1e-3, 3e-4, 1e-4, 3e-5, 1e-5)
# neuron, from, until (ms, multiples of SAMPLE_ms), pA
STEPS: tuple[tuple[str, float, float, float], ...] = (
    ("AVAL", 12.0, 60.0, 20.0),
    ("AVBL", 32.0, 80.0, -10.0),
    ("RIML", 20.0, 72.0, 5.0),
    ("DB3", 20.0, 60.0, 15.0),
    ("VD5", 20.0, 60.0, 10.0),
    ("AWCL", 12.0, 60.0, 3.0),
)


def available() -> bool:
    """Return whether NEURON is installed and can compile mechanisms."""
    tools = shutil.which("make") and shutil.which("g++")
    return bool(tools) and importlib.util.find_spec("neuron") is not None


def steps_pA() -> list[Array]:
    """Return (302,) currents for each SAMPLE_ms."""
    index, found = load_connectome().index_of, []
    for t_ms in np.arange(0.0, DURATION_ms, SAMPLE_ms):
        current = np.zeros(len(index))
        for name, start, stop, pA in STEPS:
            if start <= t_ms < stop:
                current[index[name]] += pA
        found.append(current)
    return found


def run_neuron(
    folder: Path,
    *,
    dt_ms: float = 0.0,
    tolerance: float = TRUTH_TOLERANCE,
    neurons: tuple[str, ...] = (),
    duration_ms: float = DURATION_ms,
) -> tuple[Array, float]:
    """Return NEURON's soma potentials (times, neurons) in mV and its CPU time in µs per ms.

    Args:
        folder: for files, and for the mechanisms, which the first run compiles there.
        dt_ms: fixed step; 0 for the variable-step solver.
        tolerance: of the variable-step solver, for mV and states.
        neurons: names; none stands for all 302.
        duration_ms: a multiple of SAMPLE_ms, at which potentials are read.

    Raises:
        RuntimeError: NEURON failed.
    """
    task: dict[str, Any] = {
        "mechanisms": str(folder),
        "neurons": neurons,
        "inputs": [step for step in STEPS if not neurons or step[0] in neurons],
        "dt_ms": dt_ms,
        "tolerance": tolerance,
        "sample_ms": SAMPLE_ms,
        "samples": round(duration_ms / SAMPLE_ms),
    }
    task_file, result_file = folder / "task.json", folder / "result.npz"
    task_file.write_text(json.dumps(task))
    root = str(Path(__file__).resolve().parents[2])
    done = subprocess.run(
        [sys.executable, "-m", "wormlife.against_neuron.circuit", str(task_file), str(result_file)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, [root, *sys.path]))},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise RuntimeError(f"NEURON failed: {done.stderr[-2000:]}")
    with np.load(result_file) as stored:
        return np.asarray(stored["soma_mV"]), float(stored["us_per_ms"])


def compare(ours: dict[float, tuple[Array, float]]) -> dict[str, float]:
    """Return NEURON's time over ours, at an equal step and at an equal largest error.

    Args:
        ours: by time step in ms: soma potentials under ``steps_pA``, and CPU µs per ms.

    Returns:
        ``neuron_ratio_equal_step`` at 0.5 ms. ``neuron_ratio_equal_accuracy``: of the largest step
        of each whose largest error stays below LARGEST_ERROR_mV; ``neuron_ratio_variable_step``: of
        that step of ours and the coarsest such tolerance of NEURON's variable-step solver. The
        settings and errors behind them. What a simulator does not reach is missing.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        truth, _ = run_neuron(folder)
        at_step, us_at_step = run_neuron(folder, dt_ms=0.5)
        fixed = _first_within(folder, truth, [(dt_ms, TRUTH_TOLERANCE) for dt_ms in STEPS_ms])
        variable = _first_within(folder, truth, [(0.0, tolerance) for tolerance in TOLERANCES])
    errors = {dt_ms: float(np.abs(v - truth).max()) for dt_ms, (v, _) in ours.items()}
    within = [dt_ms for dt_ms in sorted(ours, reverse=True) if errors[dt_ms] < LARGEST_ERROR_mV]
    found = {
        "neuron_ratio_equal_step": us_at_step / ours[0.5][1],
        "neuron_max_error_mV": float(np.abs(at_step - truth).max()),
        "max_difference_to_neuron_mV": errors[0.5],
    }
    if not within:
        return found
    found["equal_accuracy_dt_ms"] = within[0]
    if fixed:
        found["neuron_equal_accuracy_dt_ms"] = fixed[0]
        found["neuron_ratio_equal_accuracy"] = fixed[2] / ours[within[0]][1]
    if variable:
        found["neuron_equal_accuracy_tolerance"] = variable[1]
        found["neuron_ratio_variable_step"] = variable[2] / ours[within[0]][1]
    return found


def _first_within(
    folder: Path, truth: Array, settings: list[tuple[float, float]]
) -> tuple[float, float, float] | None:
    """Return the first step and tolerance below LARGEST_ERROR_mV, and NEURON's µs per ms."""
    for dt_ms, tolerance in settings:
        found, us = run_neuron(folder, dt_ms=dt_ms, tolerance=tolerance)
        if np.abs(found - truth).max() < LARGEST_ERROR_mV:
            return dt_ms, tolerance, us
    return None
