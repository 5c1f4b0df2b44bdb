"""Halving the time step or the compartments changes voltages by no more than is stated here.

Sensory neurons receive sinusoids, AVA and AVB steps; both are held for 4 ms, as in the closed loop.
Noise is off. Errors are against a step twenty times finer than the default.

The step is strong enough that AVA flips to its upper state at every resolution, and the largest
errors are those of the moment at which it does.
"""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from worm.connectome import load_connectome
from worm.nervous_system import NervousSystem
from worm.parameters import Parameters
from wormlife.bench_neural import closed_loop_inputs
from wormlife.bench_neural import trajectory as crawling

Array = NDArray[np.float64]

CONNECTOME = load_connectome()
QUIET = Parameters.load().with_values({"noise.voltage": 0.0, "noise.command": 0.0})
HOLD_ms, FINEST_ms = 4.0, 0.025
COMMAND_pA = 120.0
SENSORY = np.flatnonzero([kind == "sensory" for kind in CONNECTOME.types])
_rng = np.random.default_rng(1)
FREQUENCY_Hz = _rng.uniform(0.5, 10.0, len(SENSORY))
PHASE = _rng.uniform(0.0, 2 * np.pi, len(SENSORY))
AMPLITUDE_pA = _rng.uniform(1.0, 5.0, len(SENSORY))


def input_pA(t_ms: float) -> Array:
    """Return (302,) the current that is held from ``t_ms`` on."""
    current = np.zeros(302)
    wave = 2e-3 * np.pi * FREQUENCY_Hz * (t_ms + HOLD_ms / 2) + PHASE
    current[SENSORY] = AMPLITUDE_pA * np.sin(wave)
    for name, start, stop in (("AVA", 20.0, 80.0), ("AVB", 60.0, 120.0)):
        if start <= t_ms < stop:
            current[CONNECTOME.members(name)] = COMMAND_pA
    return current


def trajectory(
    dt_ms: float,
    *,
    alone: tuple[str, ...] = (),
    resolution: str | float = "default",
    duration_ms: float = 160.0,
) -> tuple[Array, Array]:
    """Return soma potentials (times, neurons) in mV and calcium in uM, every 4 ms."""
    nervous = NervousSystem(CONNECTOME, QUIET, resolution=resolution, dt_ms=dt_ms)
    cells = CONNECTOME.indices(alone) or list(range(302))
    nervous.ablate(np.setdiff1d(np.arange(302), cells).tolist())
    voltage, calcium = [], []
    for k in range(round(duration_ms / HOLD_ms)):
        nervous.step(round(HOLD_ms / dt_ms), input_pA(k * HOLD_ms), np.zeros(302))
        voltage.append(nervous.soma_mV[cells])
        calcium.append(nervous.calcium_uM[cells])
    return np.array(voltage), np.array(calcium)


def rms(error: Array) -> float:
    return float(np.sqrt(np.mean(error**2)))


class TestTime:
    @pytest.mark.parametrize(
        ("alone", "calcium_uM"),
        [
            (("AVAL",), 0.2),
            (("ASEL",), 3e-3),
            (("AVA", "AVB", "RIM", "DB", "VB", "VD", "ASE", "AWC"), 0.05),
            ((), 0.06),
        ],
        ids=["a command neuron", "a sensory neuron", "a circuit", "all"],
    )
    def test_the_step_is_of_second_order(self, alone: tuple[str, ...], calcium_uM: float) -> None:
        """Between steps below the default, which is too long to show it where AVA flips."""
        exact, exact_calcium = trajectory(FINEST_ms, alone=alone)
        assert np.ptp(exact, axis=0).max() > 10.0, "the input moves the cells"
        errors, calcium_errors = [], []
        for dt_ms in (0.25, 0.125):
            voltage, calcium = trajectory(dt_ms, alone=alone)
            errors.append(rms(voltage - exact))
            calcium_errors.append(rms(calcium - exact_calcium))
        assert np.log2(errors[0] / errors[1]) > 1.8
        assert calcium_errors[1] < 0.6 * calcium_errors[0]
        assert calcium_errors[0] < calcium_uM

    def test_errors_of_the_whole_network_stay_below_what_is_documented(self) -> None:
        exact, _ = trajectory(FINEST_ms)
        for dt_ms, largest_mV, typical_mV in ((0.5, 10.0, 0.2), (0.25, 2.0, 0.04)):
            error = np.abs(trajectory(dt_ms)[0] - exact)
            assert error.max() < largest_mV
            assert rms(error) < typical_mV

    def test_how_often_the_input_is_renewed_does_not_matter(self) -> None:
        """The same constant current, in calls of one step or of many."""
        ends = []
        for steps in (1, 8, 80):
            nervous = NervousSystem(CONNECTOME, QUIET, resolution="coarse")
            current = input_pA(40.0)
            for _ in range(80 // steps):
                nervous.step(steps, current, np.zeros(302))
            ends.append(nervous.soma_mV)
        np.testing.assert_array_equal(ends[0], ends[1])
        np.testing.assert_array_equal(ends[0], ends[2])

    def test_a_jump_of_the_input_is_not_felt_late(self) -> None:
        """A jump half a step late would leave an error of I dt / 2 C, here more than 1 mV."""
        cell, pA = CONNECTOME.index_of["VD5"], 20.0
        ends = []
        for dt_ms in (1.0, 0.01):
            nervous = NervousSystem(CONNECTOME, QUIET, resolution="coarse", dt_ms=dt_ms)
            nervous.ablate([i for i in range(302) if i != cell])
            current = np.zeros(302)
            for value, duration_ms in ((0.0, 40.0), (pA, 4.0)):
                current[cell] = value
                nervous.step(round(duration_ms / dt_ms), np.zeros(302), current)
            ends.append(nervous.soma_mV[cell])
        assert ends[0] == pytest.approx(ends[1], abs=0.2)


class TestSpace:
    def test_AVA_flips_at_every_resolution_that_is_meant_for_behaviour(self) -> None:
        cell, at = CONNECTOME.index_of["AVAL"], 19  # 80 ms, the end of the current
        for resolution in ("default", "fine"):
            voltage, _ = trajectory(0.25, resolution=resolution, duration_ms=80.0)
            assert voltage[0, cell] < -55.0, resolution
            assert voltage[at, cell] > 0.0, resolution

    def test_four_times_the_compartments_give_the_same_voltages(self) -> None:
        finest, _ = trajectory(0.25, resolution=0.0375)
        error = {r: rms(trajectory(0.25, resolution=r)[0] - finest) for r in ("fine", "default")}
        assert error["fine"] < 1.0
        assert error["default"] < 5.0
        assert error["fine"] < 0.4 * error["default"]

    def test_a_crawling_worm_is_within_half_a_millivolt(self) -> None:
        inputs = closed_loop_inputs(1.0)
        finest = crawling(0.25, inputs, resolution=0.0375)
        assert rms(crawling(0.25, inputs, resolution="default") - finest) < 0.3
        assert rms(crawling(0.25, inputs, resolution="fine") - finest) < 0.05

    def test_the_leak_of_a_cell_and_its_rest_are_the_same_at_every_resolution(self) -> None:
        leak, drift = {}, {}
        for resolution in ("default", "fine", 0.0375):
            nervous = NervousSystem(CONNECTOME, QUIET, resolution=resolution)
            cell = nervous.compartments.neuron
            leak[resolution] = np.bincount(cell, nervous._tonic_nS)
            share, reference = nervous.reference.forward_share, nervous.reference
            v = share * reference.forward_mV + (1 - share) * reference.backward_mV
            in_one_state = np.isin(share, (0.0, 1.0))[cell]
            needed = (
                share[cell] * nervous._inflow(reference.forward_mV)
                + (1 - share[cell]) * nervous._inflow(reference.backward_mV)
                + nervous._tonic_pA
                - nervous._tonic_nS * v[cell]
            )
            drift[resolution] = np.abs(needed[in_one_state]).max()
        for resolution in ("fine", 0.0375):
            np.testing.assert_allclose(leak[resolution], leak["default"], rtol=1e-9)
            assert drift[resolution] < 1e-9, "pA into any compartment at rest"
