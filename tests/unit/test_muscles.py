"""Muscles: what they hear, how fast they follow, and which way they bend the body."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from worm.body import BodyPlan
from worm.connectome import load_connectome
from worm.muscles import Muscles, junction_weights, pools
from worm.parameters import Parameters

CONNECTOME, PARAMETERS, PLAN = load_connectome(), Parameters.load(), BodyPlan()
NMJ = CONNECTOME.neuromuscular


# As shipped, the junctions of the neck let a muscle rest only while its neurons release.
GENTLE = PARAMETERS.with_values({"neuromuscular.RMD": 1.0, "neuromuscular.RIV": 1.0})


@pytest.fixture
def muscles() -> Muscles:
    return Muscles(CONNECTOME, GENTLE)


def activation(*prefixes: str) -> NDArray[np.float64]:
    """Return (95,) full activation of the muscles whose names start so."""
    return np.array([float(name.startswith(prefixes)) for name in CONNECTOME.muscle_names])


class TestJunctions:
    def test_junctions_of_a_pool_on_a_muscle_share_its_gain(self) -> None:
        weight = junction_weights(CONNECTOME, PARAMETERS)
        pool = pools(CONNECTOME)
        for muscle in (5, 40, 70):
            for name, key in (("B", "AB"), ("A", "AB"), ("D", "D")):
                mine = (NMJ.muscle == muscle) & (pool == name)
                if mine.any():
                    total = np.abs(weight[mine]).sum()
                    assert total == pytest.approx(PARAMETERS[f"neuromuscular.{key}"])

    def test_weights_carry_the_sign_of_the_table(self) -> None:
        weight = junction_weights(CONNECTOME, PARAMETERS)
        np.testing.assert_array_equal(np.sign(weight), NMJ.sign)

    def test_every_body_wall_muscle_is_reached(self) -> None:
        weight = junction_weights(CONNECTOME, PARAMETERS)
        reached = set(NMJ.muscle[weight != 0].tolist())
        assert reached == set(range(95))


class TestActivation:
    def test_it_starts_where_its_first_drive_puts_it(self, muscles: Muscles) -> None:
        muscles.step(0.004, np.zeros(95))
        first = muscles.activation.copy()
        muscles.step(10.0, np.zeros(95))
        np.testing.assert_allclose(muscles.activation, first)

    def test_it_follows_a_step_with_its_time_constant(self, muscles: Muscles) -> None:
        muscles.step(0.004, np.zeros(95))
        start = muscles.activation.copy()
        drive = np.full(95, 1.0)
        muscles.step(PARAMETERS["muscle.tau"], drive)
        after_tau = muscles.activation.copy()
        muscles.step(100.0, drive)
        end = muscles.activation
        expected = np.full(95, 1.0 - math.exp(-1.0))
        np.testing.assert_allclose((after_tau - start) / (end - start), expected)

    def test_two_half_steps_are_one_step(self, muscles: Muscles) -> None:
        other = Muscles(CONNECTOME, GENTLE)
        drive = np.linspace(-3.0, 3.0, 95)
        for both in (muscles, other):
            both.step(0.004, np.zeros(95))
        muscles.step(0.02, drive)
        other.step(0.01, drive)
        other.step(0.01, drive)
        np.testing.assert_allclose(muscles.activation, other.activation, rtol=1e-12)

    @pytest.mark.parametrize("extreme", [-1e6, 1e6])
    def test_it_stays_between_0_and_1(self, muscles: Muscles, extreme: float) -> None:
        muscles.step(0.004, np.zeros(95))
        for _ in range(3):
            muscles.step(5.0, np.full(95, extreme))
            assert (muscles.activation >= 0.0).all()
            assert (muscles.activation <= 1.0).all()

    def test_more_drive_is_more_activation(self, muscles: Muscles) -> None:
        found = []
        for drive in (-2.0, 0.0, 2.0):
            muscles.reset()
            muscles.step(0.004, np.full(95, drive))
            found.append(muscles.activation)
        assert (found[0] < found[1]).all()
        assert (found[1] < found[2]).all()

    def test_a_restored_state_continues_exactly(self, muscles: Muscles) -> None:
        drive = np.linspace(-2.0, 2.0, 95)
        muscles.step(0.01, drive)
        saved = muscles.state()
        muscles.step(0.03, -drive)
        expected = muscles.activation.copy()
        muscles.step(0.3, drive)
        muscles.set_state(saved)
        muscles.step(0.03, -drive)
        np.testing.assert_array_equal(muscles.activation, expected)


class TestTorque:
    def test_relaxed_muscles_exert_none(self, muscles: Muscles) -> None:
        assert (muscles.torque(np.zeros(95), PLAN) == 0.0).all()

    def test_even_contraction_of_all_sides_cancels(self, muscles: Muscles) -> None:
        torque = muscles.torque(np.full(95, 0.7), PLAN)
        assert np.abs(torque).max() < 1e-12 * np.abs(PLAN.joint_stiffness_uN_mm).max()

    def test_dorsal_muscles_bend_dorsally_and_nowhere_else(self, muscles: Muscles) -> None:
        torque = muscles.torque(activation("MD"), PLAN)
        assert (torque[0::2] > 0).all()
        assert np.abs(torque[1::2]).max() < 1e-12
        np.testing.assert_allclose(muscles.torque(activation("MV"), PLAN), -torque)

    def test_left_muscles_bend_against_the_right_ones(self, muscles: Muscles) -> None:
        left = muscles.torque(activation("MDL", "MVL"), PLAN)
        right = muscles.torque(activation("MDR", "MVR"), PLAN)
        assert (left[1:44:2] != 0).all()
        # the last row has no MVL24, whose partner serves both sides
        np.testing.assert_allclose(left[:44], -right[:44] * np.tile([-1.0, 1.0], 22), atol=1e-15)

    def test_full_dorsal_contraction_holds_the_curvature_it_is_named_for(
        self, muscles: Muscles
    ) -> None:
        torque = muscles.torque(activation("MD"), PLAN)[0::2]
        angle = torque / PLAN.joint_stiffness_uN_mm[0::2]
        curvature_L = angle / PLAN.segment_length_mm * PLAN.length_mm
        at = np.arange(1, 24) / 24
        reach = PARAMETERS["muscle.curvature_max"] * (1 - PARAMETERS["muscle.curvature_taper"] * at)
        np.testing.assert_allclose(curvature_L, reach, rtol=1e-9)

    def test_one_muscle_bends_only_its_neighbourhood(self, muscles: Muscles) -> None:
        for name, joints in (("MDL01", [0]), ("MDR12", [10, 11]), ("MVL23", [21, 22])):
            one = np.array([float(muscle == name) for muscle in CONNECTOME.muscle_names])
            assert one.sum() == 1.0
            assert np.flatnonzero(muscles.torque(one, PLAN)[0::2]).tolist() == joints
