"""Convergence of the nervous system in time and space, measured and drawn for docs/engine.md.

All 302 neurons receive the currents of one second of crawling, held for 4 ms as in the closed loop,
noise off. Errors in time are against a step forty times finer than the default, errors in space
against compartments four times finer.

    python -m benchmarks.neural                  prints the figures, writes docs/images/engine-*.png
    python -m benchmarks.neural calm.json        with other parameters: {key: value}
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from worm.connectome import load_connectome
from worm.morphology import RESOLUTIONS
from worm.nervous_system import NervousSystem
from worm.parameters import Parameters
from wormlife.bench_neural import HOLD_ms, Inputs, closed_loop_inputs

Array = NDArray[np.float64]

STEPS_ms, EXACT_ms = (0.05, 0.1, 0.25, 0.5, 1.0), 0.0125
RESOLUTION_STEP_ms, FINEST = 0.25, RESOLUTIONS["default"] / 4
IMAGES = Path(__file__).resolve().parents[1] / "docs" / "images"


def potentials(
    parameters: Parameters, inputs: Inputs, dt_ms: float, resolution: str | float = "default"
) -> tuple[Array, Array, int]:
    """Return potentials (times, ...) of somata and at synapses, both sides, and compartments."""
    nervous = NervousSystem(load_connectome(), parameters, resolution=resolution, dt_ms=dt_ms)
    links = nervous._chemical
    wired = slice(links.n_synapses)  # tyramine reaches more compartments the finer they are
    sites = np.concatenate([links.pre_compartment[wired], links.post_compartment[wired]])
    somata, synapses = [], []
    for soma_pA, spread_pA in inputs:
        nervous.step(round(HOLD_ms / dt_ms), soma_pA, spread_pA)
        somata.append(nervous.soma_mV)
        synapses.append(nervous.state()["v"][sites])
    return np.array(somata), np.array(synapses), nervous.n_compartments


def _size(error: Array) -> dict[str, float]:
    """Return maximum and rms, and both without the first 100 ms, when the start is forgotten."""
    late = error[round(100.0 / HOLD_ms) :]
    return {
        "max_mV": float(np.abs(error).max()),
        "rms_mV": float(np.sqrt((error**2).mean())),
        "late_max_mV": float(np.abs(late).max()),
        "late_rms_mV": float(np.sqrt((late**2).mean())),
    }


def in_time(parameters: Parameters, inputs: Inputs) -> dict[float, dict[str, float]]:
    """Return the errors of all somata by time step in ms."""
    exact = potentials(parameters, inputs, EXACT_ms)[0]
    return {dt: _size(potentials(parameters, inputs, dt)[0] - exact) for dt in STEPS_ms}


def in_space(parameters: Parameters, inputs: Inputs) -> dict[str, dict[str, Any]]:
    """Return the errors of somata and synapses by resolution."""
    exact = potentials(parameters, inputs, RESOLUTION_STEP_ms, FINEST)
    table = {}
    for name in RESOLUTIONS:
        found = potentials(parameters, inputs, RESOLUTION_STEP_ms, name)
        table[name] = {
            "compartments": found[2],
            "somata": _size(found[0] - exact[0]),
            "synapses": _size(found[1] - exact[1]),
        }
    return table


def draw(time: dict[float, dict[str, float]], space: dict[str, dict[str, Any]]) -> None:
    """Write both figures."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(figsize=(4.6, 3.4), layout="constrained")
    for key, label in (("max_mV", "largest"), ("late_max_mV", "largest, after 100 ms")):
        axes.loglog(list(time), [row[key] for row in time.values()], "o-", label=label)
    rms = [row["rms_mV"] for row in time.values()]
    axes.loglog(list(time), rms, "s-", label="rms")
    axes.loglog(list(time), [rms[-1] * dt**2 for dt in time], "k:", label="second order")
    axes.axvline(0.5, color="0.8", zorder=0)
    axes.set(xlabel="time step, ms (default 0.5)", ylabel="error of the soma potential, mV")
    axes.legend(frameon=False, fontsize=8)
    figure.savefig(IMAGES / "engine-time.png", dpi=110)
    figure, axes = plt.subplots(figsize=(4.6, 3.4), layout="constrained")
    size = [row["compartments"] for row in space.values()]
    for where, mark in (("somata", "o-"), ("synapses", "s-")):
        axes.loglog(size, [row[where]["rms_mV"] for row in space.values()], mark, label=where)
    axes.set_xticks(size, [f"{n}\n{name}" for n, name in zip(size, space, strict=True)])
    axes.minorticks_off()
    axes.set(xlabel="compartments", ylabel="rms error, mV")
    axes.legend(frameon=False, fontsize=8)
    figure.savefig(IMAGES / "engine-space.png", dpi=110)


def main() -> None:
    """Measure, print as JSON, and draw where the parameters are the shipped ones."""
    parameters = Parameters.load().with_values({"noise.voltage": 0.0, "noise.command": 0.0})
    inputs = closed_loop_inputs(1.0)
    if sys.argv[1:]:
        values = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
        parameters = parameters.with_values({k: v for k, v in values.items() if k in parameters})
    time, space = in_time(parameters, inputs), in_space(parameters, inputs)
    print(json.dumps({"time": time, "space": space}, indent=1))
    if not sys.argv[1:]:
        draw(time, space)


if __name__ == "__main__":
    main()
