"""The wiring diagram as the engine sees it."""

from __future__ import annotations

import numpy as np
import pytest

from worm.connectome import Connectome, load_connectome


@pytest.fixture(scope="module")
def connectome() -> Connectome:
    return load_connectome()


def test_there_are_302_neurons_and_95_muscles(connectome: Connectome) -> None:
    assert len(connectome.names) == len(set(connectome.names)) == 302
    assert len(connectome.muscle_names) == len(set(connectome.muscle_names)) == 95
    assert connectome.body_position.shape == (302,)
    assert ((connectome.body_position >= 0) & (connectome.body_position <= 1)).all()


def test_arrays_cannot_be_written_to(connectome: Connectome) -> None:
    for array in (
        connectome.body_position,
        connectome.chemical.pre,
        connectome.chemical.sections,
        connectome.gaps.sections,
        connectome.neuromuscular.sign,
        connectome.muscle_row,
    ):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1


def test_connections_join_existing_cells_and_never_a_cell_to_itself(
    connectome: Connectome,
) -> None:
    chemical, gaps, nmj = connectome.chemical, connectome.gaps, connectome.neuromuscular
    assert (chemical.pre != chemical.post).all()
    assert (gaps.a != gaps.b).all()
    for cells in (chemical.pre, chemical.post, gaps.a, gaps.b, nmj.neuron):
        assert cells.min() >= 0
        assert cells.max() < 302
    assert nmj.muscle.max() == 94
    assert (chemical.sections > 0).all()
    assert (gaps.sections > 0).all()
    assert (nmj.junctions > 0).all()


def test_no_pair_is_listed_twice(connectome: Connectome) -> None:
    chemical, gaps, nmj = connectome.chemical, connectome.gaps, connectome.neuromuscular
    assert len(set(zip(chemical.pre, chemical.post, strict=True))) == len(chemical.pre)
    pairs = {frozenset(pair) for pair in zip(gaps.a.tolist(), gaps.b.tolist(), strict=True)}
    assert len(pairs) == len(gaps.a)
    assert len(set(zip(nmj.neuron, nmj.muscle, strict=True))) == len(nmj.neuron)


def test_motor_neurons_signs_follow_their_transmitter(connectome: Connectome) -> None:
    nmj = connectome.neuromuscular
    for cls, sign in (("DB", 1), ("VB", 1), ("DA", 1), ("VA", 1), ("DD", -1), ("VD", -1)):
        mine = connectome.is_class((cls,))[nmj.neuron]
        assert set(nmj.sign[mine].tolist()) == {sign}, cls


def test_dorsality_is_the_side_of_the_muscles(connectome: Connectome) -> None:
    for cls, side in (("DB", 1.0), ("DA", 1.0), ("VB", -1.0), ("VA", -1.0)):
        assert (connectome.dorsality[connectome.is_class((cls,))] * side > 0.5).all(), cls
    assert connectome.dorsality[connectome.index_of["AVAL"]] == 0.0
    assert np.abs(connectome.dorsality).max() <= 1.0


def test_motor_neurons_act_in_the_order_of_their_numbers(connectome: Connectome) -> None:
    db = [connectome.index_of[f"DB{i}"] for i in range(3, 8)]
    assert (np.diff(connectome.motor_position[db]) > 0).all()


def test_names_classes_and_groups_expand(connectome: Connectome) -> None:
    names = connectome.names
    assert [names[i] for i in connectome.members("AVA")] == ["AVAL", "AVAR"]
    assert [names[i] for i in connectome.members("AVAL")] == ["AVAL"]
    assert len(connectome.members("DB")) == 7
    assert set(connectome.members("B")) == set(connectome.members("DB") + connectome.members("VB"))
    assert connectome.indices("AVA, AVB") == connectome.indices(["AVB", "AVA", "AVAL"])


@pytest.mark.parametrize("bad", ["VA08", "AVAX", "ava"])
def test_unknown_names_are_refused_with_a_hint(connectome: Connectome, bad: str) -> None:
    with pytest.raises(KeyError, match=r"unknown neuron or class .*unpadded"):
        connectome.members(bad)
