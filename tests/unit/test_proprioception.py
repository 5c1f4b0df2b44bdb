"""Stretch reception: who feels which part of the body, and with which sign."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from worm.connectome import load_connectome
from worm.parameters import Parameters
from worm.proprioception import N_JOINTS, Proprioception

CONNECTOME = load_connectome()
PARAMETERS = Parameters.load()
INPUT_nS = np.random.default_rng(0).uniform(0.1, 1.0, 302)
joint_at = np.arange(1, N_JOINTS + 1) / 24
LONG_s = 1e3
SOON_s = 0.5  # before A and B cells have adapted


@pytest.fixture
def sense() -> Proprioception:
    return Proprioception(CONNECTOME, PARAMETERS, INPUT_nS)


def bend(start: float, end: float, curvature_L: float = 6.0) -> NDArray[np.float64]:
    """Return (23,) curvature, dorsal positive, over a stretch of the body (0 nose, 1 tail)."""
    return np.where((joint_at >= start) & (joint_at <= end), curvature_L, 0.0)


def fresh(sense: Proprioception, curvature_L: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the current of a bend that is felt in full, but not yet grown used to."""
    sense.update(LONG_s, curvature_L)
    sense.usual[:] = 0.0
    return sense.update(1e-9, curvature_L)


def test_a_straight_body_is_silent(sense: Proprioception) -> None:
    assert (sense.update(LONG_s, np.zeros(N_JOINTS)) == 0.0).all()


@pytest.mark.parametrize(("cell", "key"), [("DA4", "saturation_A"), ("DB4", "saturation")])
def test_A_cells_saturate_at_smaller_bends(sense: Proprioception, cell: str, key: str) -> None:
    at_L = PARAMETERS[f"proprioception.{key}"]
    at, full = (fresh(sense, np.full(N_JOINTS, k))[CONNECTOME.index_of[cell]] for k in (at_L, 3e3))
    assert at / full == pytest.approx(math.tanh(1.0))


def test_only_A_B_SMD_and_RMD_feel_stretch(sense: Proprioception) -> None:
    felt = np.flatnonzero(sense.update(SOON_s, np.full(N_JOINTS, 5.0)))
    classes = {CONNECTOME.classes[i] for i in felt}
    assert classes == {"DA", "VA", "DB", "VB", "SMD", "RMD"}


@pytest.mark.parametrize("direction", [1.0, -1.0])
def test_a_bend_in_front_excites_B_of_its_own_side(sense: Proprioception, direction: float) -> None:
    db, vb = CONNECTOME.index_of["DB4"], CONNECTOME.index_of["VB6"]
    for cell, side in ((db, 1.0), (vb, -1.0)):
        x = CONNECTOME.motor_position[cell]
        sense.reset()
        pA = sense.update(SOON_s, bend(x - 0.3, x - 0.02, direction * 6.0))
        assert pA[cell] * side * direction > 0.1


def test_B_feels_the_front_and_A_the_back(sense: Proprioception) -> None:
    cells = {name: CONNECTOME.index_of[name] for name in ("DB4", "VB6", "DA4", "VA6")}
    for name, cell in cells.items():
        x = CONNECTOME.motor_position[cell]
        in_front, behind = bend(0.0, x - 0.01), bend(x + 0.05, 1.0)
        felt = []
        for shape in (in_front, behind):
            sense.reset()
            felt.append(abs(sense.update(SOON_s, shape)[cell]))
        front, back = (bool(pA > 0.0) for pA in felt)
        assert (front, back) == (name[1] == "B", name[1] == "A"), name


def test_the_field_has_the_position_and_length_of_the_parameters(sense: Proprioception) -> None:
    cell = CONNECTOME.index_of["DB4"]
    end = CONNECTOME.motor_position[cell] - PARAMETERS["proprioception.offset"]
    start = end - PARAMETERS["proprioception.length_B"]
    felt = []
    for joint in range(N_JOINTS):
        sense.reset()
        felt.append(sense.update(SOON_s, np.where(np.arange(N_JOINTS) == joint, 3.0, 0.0))[cell])
    heard = joint_at[np.flatnonzero(felt)]
    assert heard.min() >= start
    assert heard.max() <= end
    assert len(heard) == np.sum((joint_at >= start) & (joint_at <= end))


def test_shifting_the_field_shifts_what_is_felt() -> None:
    cell, heard = CONNECTOME.index_of["VB6"], []
    for offset in (0.0, 0.1):
        moved = PARAMETERS.with_values({"proprioception.offset": offset})
        sense = Proprioception(CONNECTOME, moved, INPUT_nS)
        found = []
        for joint in range(N_JOINTS):
            sense.reset()
            found.append(
                abs(sense.update(SOON_s, np.where(np.arange(N_JOINTS) == joint, 3.0, 0.0))[cell])
            )
        heard.append(np.average(joint_at, weights=found))
    assert heard[0] - heard[1] == pytest.approx(0.1, abs=1 / 24)


def test_head_motor_neurons_feel_the_neck_with_the_opposite_sign(sense: Proprioception) -> None:
    pA = sense.update(LONG_s, bend(0.0, 0.3))
    head = CONNECTOME.is_class(("SMD", "RMD")) & (np.abs(CONNECTOME.dorsality) > 0.5)
    assert head.sum() >= 6
    assert (pA[head] * CONNECTOME.dorsality[head] < 0).all()
    sense.reset()
    assert (sense.update(LONG_s, bend(0.6, 1.0))[head] == 0.0).all()


def test_current_is_odd_saturates_and_scales_with_the_input_conductance(
    sense: Proprioception,
) -> None:
    found = {}
    for curvature in (-3.0, 3.0, 300.0, 3000.0):
        sense.reset()
        found[curvature] = sense.update(SOON_s, np.full(N_JOINTS, curvature))
    np.testing.assert_allclose(found[-3.0], -found[3.0])
    np.testing.assert_allclose(found[300.0], found[3000.0])
    cell = CONNECTOME.index_of["DB4"]
    full = fresh(sense, np.full(N_JOINTS, 3000.0))
    limit = PARAMETERS["proprioception.gain_B"] * INPUT_nS[cell] * CONNECTOME.dorsality[cell]
    assert full[cell] == pytest.approx(limit)


def test_it_follows_with_its_time_constant(sense: Proprioception) -> None:
    cell, shape = CONNECTOME.index_of["SMDDL"], np.full(N_JOINTS, 4.0)
    after_tau = sense.update(PARAMETERS["proprioception.tau"], shape)[cell]
    settled = sense.update(LONG_s, shape)[cell]
    assert after_tau / settled == pytest.approx(1 - np.exp(-1.0))


def test_a_lasting_bend_is_no_longer_felt_by_motor_neurons_of_the_cord(
    sense: Proprioception,
) -> None:
    cord = CONNECTOME.members("A") + CONNECTOME.members("B")
    head = CONNECTOME.index_of["SMDDL"]
    shape, tau = np.full(N_JOINTS, 4.0), PARAMETERS["proprioception.tau_adaptation"]
    at_first = fresh(sense, shape)
    later = sense.update(tau, shape)
    np.testing.assert_allclose(later[cord], at_first[cord] * math.exp(-1.0), rtol=1e-6)
    assert later[head] == pytest.approx(at_first[head])


def test_cells_are_switched_off_and_on_again(sense: Proprioception) -> None:
    shape, b = np.full(N_JOINTS, 4.0), CONNECTOME.members("B")
    before = fresh(sense, shape)
    sense.switch_off(b)
    silent = fresh(sense, shape)
    assert (silent[b] == 0.0).all()
    others = np.setdiff1d(np.arange(302), b)
    np.testing.assert_array_equal(silent[others], before[others])
    sense.switch_off([])
    np.testing.assert_allclose(fresh(sense, shape), before)


def test_a_restored_state_continues_exactly(sense: Proprioception) -> None:
    sense.update(0.1, np.full(N_JOINTS, 4.0))
    saved = sense.state()
    expected = sense.update(0.1, bend(0.2, 0.5))
    sense.update(2.0, bend(0.5, 0.8))
    sense.set_state(saved)
    np.testing.assert_array_equal(sense.update(0.1, bend(0.2, 0.5)), expected)
