"""Worms side by side do what each would do alone."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from worm.batch import NervousBatch
from worm.connectome import load_connectome
from worm.nervous_system import NervousSystem
from worm.parameters import Parameters

Array = NDArray[np.float64]

CONNECTOME, PARAMETERS = load_connectome(), Parameters.load()
SEEDS = range(11)  # more than one group, the second not full


def varied(seed: int) -> Parameters:
    """Return parameters of which every one with a range is up to a fifth larger or smaller."""
    rng, values = np.random.default_rng(seed), {}
    for key, entry in PARAMETERS.entries.items():
        if entry.range is not None:
            low, high = entry.range
            values[key] = float(np.clip(entry.value * rng.uniform(0.8, 1.2), low, high))
    return PARAMETERS.with_values(values)


def worms(resolution: str | float = "coarse") -> list[NervousSystem]:
    found = [NervousSystem(CONNECTOME, varied(s), resolution=resolution) for s in SEEDS]
    found[2].ablate(CONNECTOME.members("AVA"))
    found[9].cut("gap", CONNECTOME.members("AVB"), CONNECTOME.members("B"))
    found[10].block_transmitter("GABA")
    return found


def inputs(calls: int) -> tuple[Array, Array]:
    """Return currents (calls, worms, 302) in pA: drawn anew every 20 calls."""
    rng = np.random.default_rng(3)
    shape = (-(-calls // 20), len(SEEDS), 302)
    soma, spread = rng.uniform(-4.0, 4.0, shape), rng.uniform(0.0, 20.0, shape)
    return soma.repeat(20, axis=0)[:calls], spread.repeat(20, axis=0)[:calls]


def generators() -> list[np.random.Generator]:
    return [np.random.default_rng(seed) for seed in SEEDS]


class TestIdentity:
    @pytest.mark.parametrize(("resolution", "calls"), [("coarse", 260), ("default", 30)])
    def test_a_batch_gives_what_its_worms_give_alone(self, resolution: str, calls: int) -> None:
        alone, (soma_pA, spread_pA) = worms(resolution), inputs(calls)
        batch = NervousBatch(worms(resolution))
        batch.reset(generators())
        for k in range(calls):
            batch.step(8, soma_pA[k], spread_pA[k])
        for i, worm in enumerate(alone):
            worm.reset(np.random.default_rng(i))
            for k in range(calls):
                worm.step(8, soma_pA[k, i], spread_pA[k, i])
            assert np.abs(batch.soma_mV[i] - worm.soma_mV).max() < 1e-6
            np.testing.assert_allclose(batch.calcium_uM[i], worm.calcium_uM, rtol=1e-9)
            np.testing.assert_allclose(batch.muscle_drive[i], worm.muscle_drive, atol=1e-9)
        assert np.ptp(batch.soma_mV, axis=0).max() > 10.0, "the worms differ"

    def test_a_batch_goes_on_from_the_states_of_its_worms(self) -> None:
        soma_pA, spread_pA = inputs(20)
        alone, begun = worms(), worms()
        for group in (alone, begun):
            for i, worm in enumerate(group):
                worm.reset(np.random.default_rng(i))
                worm.step(5, soma_pA[0, i], spread_pA[0, i])  # still in the first, divided steps
        batch = NervousBatch(begun)
        for k in range(20):
            batch.step(3, soma_pA[k], spread_pA[k])
            for i, worm in enumerate(alone):
                worm.step(3, soma_pA[k, i], spread_pA[k, i])
        assert np.abs(batch.soma_mV - [worm.soma_mV for worm in alone]).max() < 1e-6

    def test_a_worm_does_not_feel_its_neighbours(self) -> None:
        soma_pA, spread_pA = inputs(20)
        batch, again = NervousBatch(worms()), NervousBatch(worms())
        disturbed = soma_pA.copy()
        disturbed[:, 4] += 1000.0
        for each, current_pA in ((batch, soma_pA), (again, disturbed)):
            each.reset(generators())
            for k in range(20):
                each.step(8, current_pA[k], spread_pA[k])
        others = [i for i in SEEDS if i != 4]
        np.testing.assert_array_equal(batch.soma_mV[others], again.soma_mV[others])
        assert np.abs(batch.soma_mV[4] - again.soma_mV[4]).max() > 10.0


class TestMistakes:
    def test_worms_that_do_not_go_together_are_refused(self) -> None:
        one = NervousSystem(CONNECTOME, PARAMETERS, resolution="coarse")
        other = NervousSystem(CONNECTOME, PARAMETERS, resolution="coarse", dt_ms=0.25)
        with pytest.raises(ValueError, match="one resolution, one dt_ms and one beginning"):
            NervousBatch([one, other])
        with pytest.raises(ValueError, match="worms is empty"):
            NervousBatch([])

    def test_currents_must_be_worms_by_neurons_and_finite(self) -> None:
        batch = NervousBatch([NervousSystem(CONNECTOME, PARAMETERS, resolution="coarse")])
        zero = np.zeros((1, 302))
        with pytest.raises(ValueError, match=r"current_pA has shape \(302,\).*\(1, 302\)"):
            batch.step(1, np.zeros(302), zero)
        with pytest.raises(ValueError, match=r"spread_pA has shape .* sum nan"):
            batch.step(1, zero, np.full((1, 302), np.nan))
        with pytest.raises(ValueError, match="2 generators for 1 worms"):
            batch.reset(generators()[:2])
