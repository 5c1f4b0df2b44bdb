"""The noise currents: how strong, how long they last, where they go, and that they come back."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from worm.connectome import load_connectome
from worm.nervous_system import NervousSystem
from worm.noise import Noise
from worm.parameters import Parameters

Array = NDArray[np.float64]

CONNECTOME, SHIPPED = load_connectome(), Parameters.load()
DRIVEN = sorted(CONNECTOME.members("AVA"))
OTHERS = np.setdiff1d(np.arange(302), DRIVEN)
INPUT_nS = np.linspace(0.1, 3.0, 302)
CAPACITANCE_pF = np.linspace(1.0, 12.0, 302)
TAU_s = 0.5


def noise(**of_noise: float) -> Noise:
    """Return noise with some of its parameters set, the slow drive's correlation 0.5 s."""
    values = {"noise.command_tau": TAU_s} | {f"noise.{k}": v for k, v in of_noise.items()}
    return Noise(CONNECTOME, SHIPPED.with_values(values), INPUT_nS, CAPACITANCE_pF)


def draws(source: Noise, n: int, duration_ms: float, seed: int = 0) -> Array:
    """Return slow currents (n, 302) in pA, one after another; the fast ones must be none."""
    rng = np.random.default_rng(seed)
    slow, fast = zip(*(source.draw(rng, duration_ms) for _ in range(n)), strict=True)
    assert not np.any(fast)
    return np.array(slow)


def correlation(series: Array, lag: int) -> float:
    """Return the mean correlation of columns with themselves ``lag`` rows later."""
    a, b = series[:-lag], series[lag:]
    return float(np.mean((a * b).mean(axis=0) / (series**2).mean(axis=0)))


class TestSlow:
    @pytest.mark.parametrize("duration_ms", [4.0, 40.0])
    def test_it_has_the_rms_that_is_asked_for_at_any_step(self, duration_ms: float) -> None:
        n = round(800.0 * 1e3 * TAU_s / duration_ms)  # 800 correlation times
        slow_pA = draws(noise(voltage=0.0, command=6.0), n, duration_ms)[:, DRIVEN]
        rms_mV = slow_pA.std(axis=0) / INPUT_nS[DRIVEN]
        # 2 cells of 800 correlation times: the mean is known to 3 %, each cell to 4 %.
        assert rms_mV.mean() == pytest.approx(6.0, rel=0.09)
        assert rms_mV == pytest.approx(np.full(len(DRIVEN), 6.0), rel=0.15)

    def test_it_is_forgotten_over_its_correlation_time(self) -> None:
        slow = draws(noise(voltage=0.0, command=6.0), 20_000, 20.0)[:, DRIVEN]
        for times in (0.5, 1.0, 2.0):
            lag = round(times * 1e3 * TAU_s / 20.0)
            assert correlation(slow, lag) == pytest.approx(np.exp(-times), abs=0.06)

    def test_each_cell_has_its_own(self) -> None:
        slow = draws(noise(voltage=0.0, command=6.0), 20_000, 20.0)[:, DRIVEN]
        between = np.asarray(np.corrcoef(slow.T))[np.triu_indices(len(DRIVEN), 1)]
        assert np.abs(between).max() < 0.15

    def test_only_AVA_has_it(self) -> None:
        assert len(DRIVEN) == 2
        current = draws(noise(voltage=0.0, command=6.0), 50, 4.0)
        assert not current[:, OTHERS].any()
        assert current[:, DRIVEN].all()

    def test_none_is_none(self) -> None:
        assert not draws(noise(voltage=0.0, command=0.0), 50, 4.0).any()

    def test_it_begins_at_zero_again_after_a_reset(self) -> None:
        source = noise(voltage=0.0, command=6.0)
        first = draws(source, 30, 4.0)
        assert source.slow.all()
        source.reset()
        assert not source.slow.any()
        np.testing.assert_array_equal(draws(source, 30, 4.0), first)


class TestFast:
    @pytest.mark.parametrize("duration_ms", [0.5, 4.0])
    def test_a_passive_cell_fluctuates_by_the_rms_that_is_asked_for(
        self, duration_ms: float
    ) -> None:
        """C V' = -G V + I, integrated exactly while I is held."""
        source = noise(voltage=0.4, command=0.0)
        decay = np.exp(-duration_ms * INPUT_nS / CAPACITANCE_pF)
        v, squares = np.zeros(302), np.zeros(302)
        rng, n = np.random.default_rng(1), 4000
        for _ in range(n):
            slow, fast = source.draw(rng, duration_ms)
            assert not slow.any()
            v = decay * v + (1.0 - decay) * fast / INPUT_nS
            squares += v * v
        assert np.sqrt(squares / n).mean() == pytest.approx(0.4, rel=0.08)


class TestNervousSystem:
    @staticmethod
    def build(command: float) -> NervousSystem:
        quiet = SHIPPED.with_values({"noise.voltage": 0.0, "noise.command": command})
        return NervousSystem(CONNECTOME, quiet, resolution="coarse")

    @staticmethod
    def run(nervous: NervousSystem, calls: int, seeds: Sequence[int] = (3,)) -> list[bytes]:
        ends = []
        for seed in seeds:
            nervous.reset(np.random.default_rng(seed))
            for _ in range(calls):
                nervous.step(8, np.zeros(302), np.zeros(302))
            ends.append(nervous.soma_mV.tobytes())
        return ends

    def test_without_noise_the_seed_does_not_matter(self) -> None:
        one, other = self.run(self.build(0.0), 10, (3, 4))
        assert one == other
        one, other = self.run(self.build(8.0), 10, (3, 4))
        assert one != other

    def test_the_slow_drive_enters_the_soma(self) -> None:
        """As the same current from outside into the somata of a worm without noise."""
        driven, quiet, nothing = self.build(8.0), self.build(0.0), np.zeros(302)
        slow_pA, _ = driven.noise.draw(np.random.default_rng(3), 8 * driven.dt_ms)
        for nervous, soma_pA in ((driven, nothing), (quiet, slow_pA)):
            nervous.reset(np.random.default_rng(3))
            nervous.step(8, soma_pA, nothing)
        np.testing.assert_array_equal(driven.soma_mV, quiet.soma_mV)

    def test_a_state_restores_the_slow_drive_exactly(self) -> None:
        nervous = self.build(8.0)
        self.run(nervous, 20)
        saved, at = nervous.state(), nervous.rng.bit_generator.state
        assert saved["noise"].all()
        ends = []
        for _ in range(2):
            nervous.set_state(saved)
            nervous.rng.bit_generator.state = at
            for _ in range(20):
                nervous.step(8, np.zeros(302), np.zeros(302))
            ends.append((nervous.soma_mV, nervous.noise.slow))
        np.testing.assert_array_equal(ends[0][0], ends[1][0])
        np.testing.assert_array_equal(ends[0][1], ends[1][1])
        assert not np.array_equal(ends[0][1], saved["noise"])

    def test_a_saved_state_is_a_copy(self) -> None:
        nervous = self.build(8.0)
        self.run(nervous, 5)
        saved = nervous.state()
        kept = saved["noise"].copy()
        nervous.step(8, np.zeros(302), np.zeros(302))
        nervous.noise.slow[:] = 7.0
        np.testing.assert_array_equal(saved["noise"], kept)
