"""The benchmark of the nervous system: what it reports, and that it needs no NEURON."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.neural import potentials
from worm.parameters import Parameters
from wormlife import against_neuron, bench_neural


@pytest.fixture
def brief(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench_neural, "N_WINDOWS", 1)
    monkeypatch.setattr(bench_neural, "N_WORMS", 2)
    monkeypatch.setattr(against_neuron, "available", lambda: False)


@pytest.mark.usefixtures("brief")
def test_speed_and_error_are_measured_and_a_missing_neuron_is_said() -> None:
    result = bench_neural.measure_neural(seconds=0.08)
    neural = result["neural"]
    assert neural["compartments"] > 2000
    assert neural["realtime_factor"] > 0
    assert neural["ns_per_compartment_step"] > 0
    assert 0 < neural["rms_error_mV"] < neural["max_error_mV"] < 1.0
    assert "package neuron" in neural["neuron"]
    assert result["batch"]["worm_s_per_cpu_s"] > 0


def test_the_input_is_that_of_a_closed_loop() -> None:
    inputs = bench_neural.closed_loop_inputs(0.08)
    assert len(inputs) == 20
    assert all(np.isfinite(pA).all() for pair in inputs for pA in pair)
    assert np.ptp([spread_pA for _, spread_pA in inputs], axis=0).max() > 0, "stretch changes"


def test_equal_accuracy_compares_the_coarsest_steps_that_are_good_enough(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    truth = np.zeros((20, 302))

    def run_neuron(folder: object, *, dt_ms: float = 0.0, tolerance: float = 1e-7) -> object:
        return truth + 8.0 * dt_ms + 100.0 * tolerance, 1000.0 / (dt_ms or 0.001)

    monkeypatch.setattr(against_neuron, "run_neuron", run_neuron)
    ours = {dt_ms: (truth + dt_ms**2, 10.0 / dt_ms) for dt_ms in (1.0, 0.5, 0.25)}
    found = against_neuron.compare(ours)
    assert found["neuron_ratio_equal_step"] == pytest.approx(2000.0 / 20.0)
    assert found["equal_accuracy_dt_ms"] == 0.5  # 1 ms is 1 mV off
    assert found["neuron_equal_accuracy_dt_ms"] == 0.05
    assert found["neuron_ratio_equal_accuracy"] == pytest.approx(20000.0 / 20.0)
    assert found["neuron_equal_accuracy_tolerance"] == 3e-3
    assert found["neuron_ratio_variable_step"] == pytest.approx(1e6 / 20.0)


def test_synapses_can_be_compared_between_resolutions() -> None:
    """Tyramine, which reaches more compartments the finer they are, is left out."""
    still = [(np.zeros(302), np.zeros(302))]
    coarse, default = (
        potentials(Parameters.load(), still, 0.5, resolution)[1]
        for resolution in ("coarse", "default")
    )
    assert coarse.shape == default.shape
