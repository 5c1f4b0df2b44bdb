"""The engine against the NEURON simulator, with mechanisms written a second time in its language.

NEURON's variable-step solver at a tolerance of 1e-7 stands for the exact solution. Agreement covers
channels, calcium, cable, synapses and gap junctions: their equations and the way they are solved.

AVA reaches its upper state by a slow passage of its threshold, which magnifies whatever differs:
nearly all of what is left there is the interpolation of gates every 0.05 mV. It shrinks by the
square of that spacing, and not with the step.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from worm.connectome import load_connectome
from worm.nervous_system import NervousSystem
from worm.parameters import Parameters
from wormlife import against_neuron
from wormlife.against_neuron import STEPS, SAMPLE_ms, available, run_neuron

Array = NDArray[np.float64]

CONNECTOME = load_connectome()
Steps = tuple[tuple[str, float, float, float], ...]
FLIP: Steps = (("AVAL", 12.0, 60.0, 200.0), *STEPS[1:])  # takes AVA to its upper state
CIRCUIT = ("AVAL", "AVAR", "AVBL", "AVBR", "RIML", "DB3", "VB5", "VD5", "AIYL", "AWCL")

pytestmark = pytest.mark.skipif(
    not available(), reason="needs the package neuron, which compiles mechanisms with make and g++"
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("mechanisms")


def by_neuron(folder: Path, neurons: tuple[str, ...], samples: int, dt_ms: float = 0.0) -> Array:
    """Return NEURON's soma potentials (samples, neurons)."""
    duration_ms = samples * SAMPLE_ms
    return run_neuron(folder, dt_ms=dt_ms, neurons=neurons, duration_ms=duration_ms)[0]


def by_us(neurons: tuple[str, ...], samples: int, dt_ms: float, steps: Steps = STEPS) -> Array:
    """Return our soma potentials (samples, neurons)."""
    quiet = Parameters.load().with_values({"noise.voltage": 0.0, "noise.command": 0.0})
    nervous = NervousSystem(CONNECTOME, quiet, dt_ms=dt_ms)
    cells = [CONNECTOME.index_of[name] for name in neurons] or list(range(302))
    nervous.ablate(np.setdiff1d(np.arange(302), cells).tolist())
    found = []
    for k in range(samples):
        current = np.zeros(302)
        for name, start, stop, pA in steps:
            if start <= k * SAMPLE_ms < stop:
                current[CONNECTOME.index_of[name]] += pA
        nervous.step(round(SAMPLE_ms / dt_ms), current, np.zeros(302))
        found.append(nervous.soma_mV[cells])
    return np.array(found)


def test_ten_branched_cells_with_all_mechanisms_agree(folder: Path) -> None:
    theirs = by_neuron(folder, CIRCUIT, samples=30)
    assert np.ptp(theirs, axis=0).max() > 15.0, "the circuit is driven hard enough to matter"
    assert np.abs(by_us(CIRCUIT, samples=30, dt_ms=0.025) - theirs).max() < 0.002


def test_ten_branched_cells_agree_while_AVA_flips(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(against_neuron, "STEPS", FLIP)
    theirs = by_neuron(folder, CIRCUIT, samples=30)
    assert np.ptp(theirs, axis=0).max() > 80.0
    error = np.abs(by_us(CIRCUIT, samples=30, dt_ms=0.0125, steps=FLIP) - theirs)
    assert error.max() < 0.01
    steep = np.abs(np.gradient(theirs, axis=0)).max(axis=1) > 5.0  # mV in 4 ms
    assert 0 < steep.sum() < 15
    assert error[~steep].max() < 0.002


def test_single_cells_agree(folder: Path) -> None:
    for name, largest_mV in (("AVAL", 0.015), ("RIML", 0.002), ("VD5", 0.002), ("AWCL", 0.002)):
        theirs = by_neuron(folder, (name,), samples=20)
        assert np.abs(by_us((name,), samples=20, dt_ms=0.025) - theirs).max() < largest_mV, name


@pytest.mark.slow
def test_all_302_neurons_agree_and_our_default_step_is_the_more_accurate_one(
    folder: Path,
) -> None:
    truth = by_neuron(folder, (), samples=20)
    # What is left is our step and the interpolation of tables, grown by the gain of the network.
    left = by_us((), samples=20, dt_ms=0.025) - truth
    assert np.abs(left).max() < 0.01
    assert np.sqrt(np.mean(left**2)) < 0.0005
    theirs = np.abs(by_neuron(folder, (), samples=20, dt_ms=0.5) - truth)
    ours = np.abs(by_us((), samples=20, dt_ms=0.5) - truth)
    assert ours.max() < 0.1
    assert ours.max() < 0.1 * theirs.max()
