"""Wiring rewired at random: what it keeps, what it changes, and that it can be undone."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from numpy.typing import NDArray

from worm.batch import NervousBatch
from worm.connectome import load_connectome
from worm.nervous_system import Kind, NervousSystem
from worm.parameters import Parameters

Array = NDArray[np.float64]
Ends = tuple[NDArray[np.int64], NDArray[np.int64]]

CONNECTOME = load_connectome()
QUIET = Parameters.load().with_values({"noise.voltage": 0.0, "noise.command": 0.0})
KINDS: tuple[Kind, ...] = ("chemical", "gap", "neuromuscular")


@pytest.fixture(scope="module")
def shared() -> NervousSystem:
    return NervousSystem(CONNECTOME, QUIET, resolution="coarse")


@pytest.fixture
def nervous(shared: NervousSystem) -> Iterator[NervousSystem]:
    shared.clear_perturbations()
    shared.reset(np.random.default_rng(0))
    yield shared
    shared.clear_perturbations()


def ends(nervous: NervousSystem, kind: Kind) -> Ends:
    """Return both ends of every connection of a kind; the second of a junction is a muscle."""
    cell = nervous.compartments.neuron
    if kind == "chemical":
        contacts = nervous._contacts
        return cell[nervous._site_compartment[contacts.site]], cell[contacts.post]
    if kind == "gap":
        return cell[nervous._gap_arrays.a], cell[nervous._gap_arrays.b]
    kept = nervous._junction_active
    site = nervous._site_compartment[nervous.junction_sites]
    return cell[site][kept], CONNECTOME.neuromuscular.muscle[kept]


def wiring(nervous: NervousSystem, kind: Kind) -> list[tuple[int, int]]:
    return sorted(zip(*(end.tolist() for end in ends(nervous, kind)), strict=True))


def shuffle(nervous: NervousSystem, kind: Kind, seed: int) -> None:
    nervous.shuffle(kind, np.random.default_rng(seed))


def after(nervous: NervousSystem, calls: int = 25) -> Array:
    """Return (302,) somata after some steps from the reference state, in mV."""
    nervous.reset(np.random.default_rng(0))
    current = np.zeros(302)
    current[CONNECTOME.members("ALM")] = 10.0
    for _ in range(calls):
        nervous.step(8, current, np.zeros(302))
    return nervous.soma_mV


class TestWhatItKeeps:
    @pytest.mark.parametrize("kind", KINDS)
    def test_every_cell_and_muscle_keeps_its_number_of_connections(
        self, nervous: NervousSystem, kind: Kind
    ) -> None:
        before = ends(nervous, kind)
        shuffle(nervous, kind, 1)
        found = ends(nervous, kind)
        if kind == "gap":  # a gap junction has no direction
            before, found = ((np.concatenate(pair),) * 2 for pair in (before, found))
        for old, new in zip(before, found, strict=True):
            np.testing.assert_array_equal(np.bincount(new), np.bincount(old))

    @pytest.mark.parametrize("kind", KINDS)
    def test_the_other_kinds_stay_as_they_were(self, nervous: NervousSystem, kind: Kind) -> None:
        before = {other: wiring(nervous, other) for other in KINDS}
        shuffle(nervous, kind, 1)
        assert {other for other in KINDS if wiring(nervous, other) != before[other]} == {kind}

    def test_most_pairs_are_new(self, nervous: NervousSystem) -> None:
        for kind in KINDS:
            before = wiring(nervous, kind)
            shuffle(nervous, kind, 1)
            pairs = wiring(nervous, kind)
            assert len(pairs) == len(before)
            assert len(set(pairs) & set(before)) < 0.3 * len(set(before)), kind

    def test_a_synapse_keeps_its_strength_in_leaks_of_the_receiving_cell(
        self, nervous: NervousSystem
    ) -> None:
        leak, links = nervous._membrane.cell_leak_nS, nervous._chemical
        relative, sign = links.g_nS / leak[links.post], links.sign
        shuffle(nervous, "chemical", 1)
        links = nervous._chemical
        np.testing.assert_allclose(links.g_nS / leak[links.post], relative, rtol=1e-12)
        np.testing.assert_array_equal(links.sign, sign)

    @pytest.mark.parametrize("kind", ["chemical", "gap"])
    def test_cells_are_brought_to_their_operating_points_again(self, kind: Kind) -> None:
        brief = NervousSystem(CONNECTOME, QUIET, resolution="coarse", dt_ms=0.001)
        shuffle(brief, kind, 1)
        brief.reset(np.random.default_rng(0))
        held, before = brief.reference.forward_share == 1.0, brief.soma_mV
        brief.step(1, np.zeros(302), np.zeros(302))
        moved = np.abs(brief.soma_mV - before)
        assert held.sum() > 10
        # Gap junctions are solved to 5e-4 mV; cells that are not balanced move as far as any.
        assert moved[held].max() < 1e-2 * moved.max()


class TestRepetition:
    @pytest.mark.parametrize("kind", KINDS)
    def test_the_seed_decides(self, nervous: NervousSystem, kind: Kind) -> None:
        found = []
        for seed in (1, 1, 2):
            nervous.clear_perturbations()
            shuffle(nervous, kind, seed)
            found.append(wiring(nervous, kind))
        assert found[0] == found[1]
        assert found[0] != found[2]

    def test_clearing_brings_the_connectome_back(self, nervous: NervousSystem) -> None:
        before = {kind: wiring(nervous, kind) for kind in KINDS}
        moved, drive = after(nervous), nervous.muscle_drive
        for kind in KINDS:
            shuffle(nervous, kind, 1)
        assert nervous.shuffled == KINDS
        assert np.abs(after(nervous) - moved).max() > 1.0
        nervous.clear_perturbations()
        assert nervous.shuffled == ()
        assert {kind: wiring(nervous, kind) for kind in KINDS} == before
        np.testing.assert_array_equal(after(nervous), moved)
        np.testing.assert_array_equal(nervous.muscle_drive, drive)


class TestMistakes:
    def test_an_unknown_kind_is_refused_and_nothing_changes(self, nervous: NervousSystem) -> None:
        before = wiring(nervous, "chemical")
        with pytest.raises(ValueError, match="kind='electric' is not one of chemical, gap"):
            shuffle(nervous, "electric", 1)  # type: ignore[arg-type]
        assert nervous.shuffled == ()
        assert wiring(nervous, "chemical") == before

    @pytest.mark.parametrize("kind", KINDS)
    def test_a_batch_takes_no_shuffled_worm(self, nervous: NervousSystem, kind: Kind) -> None:
        other = NervousSystem(CONNECTOME, QUIET, resolution="coarse")
        shuffle(nervous, kind, 1)
        with pytest.raises(ValueError, match="shares one wiring; advance shuffled worms one by"):
            NervousBatch([other, nervous])
        nervous.clear_perturbations()
        nervous.reset(np.random.default_rng(0))
        assert len(NervousBatch([other, nervous])) == 2
