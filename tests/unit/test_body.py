from itertools import product

import numpy as np
import pytest
from numpy.typing import NDArray

from worm.body import BodyPlan, FreeBody
from worm.media import Medium

Array = NDArray[np.float64]
PLAN = BodyPlan()
AGAR, WATER = Medium.named("agar"), Medium.named("water")
JOINTS = np.arange(1, 24) / 24


def crawl_torque(step: int, dt_s: float) -> Array:
    torque = np.zeros(46)
    wave = np.sin(2 * np.pi * (JOINTS / 0.65 - 0.4 * step * dt_s))
    torque[::2] = 0.8 * PLAN.joint_taper * wave
    return torque


def random_body(medium: Medium, seed: int = 0) -> FreeBody:
    rng = np.random.default_rng(seed)
    body = FreeBody(PLAN, medium)
    body.reset((0.3, -0.2), 0.7, rng.normal(0.0, 0.15, 46))
    return body


class TestMedium:
    def test_agar_holds_the_worm_flat_and_is_anisotropic(self) -> None:
        assert AGAR.film
        assert AGAR.drag_normal / AGAR.drag_tangential == pytest.approx(40.0)

    def test_a_viscosity_scales_water(self) -> None:
        for thick in (Medium.named(0.01), Medium.named("0.01")):
            assert thick.drag_normal == pytest.approx(10 * WATER.drag_normal)
            assert thick.drag_tangential == pytest.approx(10 * WATER.drag_tangential)
            assert not thick.film

    @pytest.mark.parametrize("name", ["mud", "", "nan", -1.0, 0.0, "inf"])
    def test_anything_else_is_refused_with_what_is_allowed(self, name: str | float) -> None:
        with pytest.raises(ValueError, match="'agar', 'water' or a viscosity"):
            Medium.named(name)

    def test_negative_drag_is_refused(self) -> None:
        with pytest.raises(ValueError, match="drag_normal"):
            Medium(name="odd", drag_tangential=1.0, drag_normal=-1.0, film=False)


class TestPlan:
    def test_middle_joint_has_the_stiffness_of_a_beam(self) -> None:
        middle = PLAN.joint_stiffness_uN_mm[22]
        assert middle == pytest.approx(0.1 * 24, rel=0.01)  # EI over segment length

    def test_ends_are_thinner_and_softer(self) -> None:
        assert PLAN.radius_mm[0] == pytest.approx(0.35 * 0.04)
        assert PLAN.radius_mm.max() == pytest.approx(0.04, rel=0.01)
        assert PLAN.joint_stiffness_uN_mm[0] < 0.3 * PLAN.joint_stiffness_uN_mm[22]

    def test_damping_is_stiffness_times_viscosity(self) -> None:
        plan = BodyPlan(internal_viscosity_s=0.05)
        np.testing.assert_allclose(
            plan.joint_damping_uN_mm_s, 0.05 * plan.joint_stiffness_uN_mm, rtol=1e-15
        )

    @pytest.mark.parametrize(
        ("name", "value"),
        [("bending_stiffness", 0.0), ("internal_viscosity_s", -1.0), ("n_segments", 1)],
    )
    def test_impossible_numbers_are_refused(self, name: str, value: float) -> None:
        with pytest.raises(ValueError, match=name):
            BodyPlan(**{name: value})  # type: ignore[arg-type]


class TestPose:
    @pytest.mark.parametrize("heading", [0.0, 2.0, -3.0])
    def test_reset_puts_centroid_heading_and_height(self, heading: float) -> None:
        body = random_body(AGAR)
        posture = body.joint_angle_rad
        posture[1::2] = 0.0
        body.reset((1.5, -2.0), heading, posture)
        np.testing.assert_allclose(
            body.segment_centre_mm.mean(axis=0), (1.5, -2.0, 0.04), atol=1e-12
        )
        line = body.centreline_mm
        direction = line[0] - line[-1]
        assert np.cos(np.arctan2(direction[1], direction[0]) - heading) == pytest.approx(1.0)
        np.testing.assert_array_equal(body.joint_angle_rad, posture)
        np.testing.assert_array_equal(body.joint_rate_rad_s, 0.0)

    def test_centreline_is_a_chain_of_equal_links(self) -> None:
        line = random_body(WATER).centreline_mm
        assert line.shape == (25, 3)
        np.testing.assert_allclose(
            np.linalg.norm(np.diff(line, axis=0), axis=1), 1 / 24, rtol=1e-12
        )

    def test_rotations_are_proper_and_point_to_the_head(self) -> None:
        body = random_body(WATER)
        rotation = body.segment_rotation
        np.testing.assert_allclose(
            rotation @ rotation.transpose(0, 2, 1), np.tile(np.eye(3), (24, 1, 1)), atol=1e-12
        )
        np.testing.assert_allclose(np.linalg.det(rotation), 1.0, rtol=1e-12)
        line = body.centreline_mm
        np.testing.assert_allclose(rotation[:, :, 0] / 24, line[:-1] - line[1:], atol=1e-12)

    def test_positive_curvature_is_concave_on_the_dorsal_side(self) -> None:
        body = FreeBody(PLAN, AGAR)
        angle = np.zeros(46)
        angle[::2] = 0.05
        body.reset(joint_angle_rad=angle)
        middle, ends = body.centreline_mm[12], body.centreline_mm[[0, -1]].mean(axis=0)
        dorsal = body.segment_rotation[12, :, 1]
        assert (ends - middle) @ dorsal > 0.05
        np.testing.assert_allclose(body.curvature_L, 0.05 * 24)
        np.testing.assert_array_equal(body.lateral_curvature_L, 0.0)

    def test_positive_lateral_curvature_is_concave_on_the_left_side(self) -> None:
        body = FreeBody(PLAN, WATER)
        angle = np.zeros(46)
        angle[1::2] = 0.05
        body.reset(joint_angle_rad=angle)
        middle, ends = body.centreline_mm[12], body.centreline_mm[[0, -1]].mean(axis=0)
        right = body.segment_rotation[12, :, 2]
        assert (ends - middle) @ right < -0.05
        np.testing.assert_allclose(body.lateral_curvature_L, 0.05 * 24)

    def test_dorsal_lies_left_of_the_heading_on_a_plate(self) -> None:
        body = FreeBody(PLAN, AGAR)
        np.testing.assert_allclose(body.segment_rotation[5], np.eye(3), atol=1e-15)


class TestForces:
    @pytest.mark.parametrize(("medium", "index"), list(product((AGAR, WATER), (0, 1, 22, 45))))
    def test_a_positive_torque_raises_its_own_curvature(self, medium: Medium, index: int) -> None:
        body = FreeBody(PLAN, medium)
        torque = np.zeros(46)
        torque[index] = 0.1
        body.step(torque)
        rates = body.joint_rate_rad_s
        assert rates[index] > 0.0
        assert rates.argmax() == index
        curvature = body.lateral_curvature_L if index % 2 else body.curvature_L
        assert curvature[index // 2] > 0.0

    @pytest.mark.parametrize("medium", [WATER, Medium.named(25.0)])
    def test_muscles_cannot_push_the_whole_body(self, medium: Medium) -> None:
        # drag of every segment from the movement of its centre alone, with no term of the kernel
        body = random_body(medium)
        before, tangent = body.segment_centre_mm, body.segment_rotation[:, :, 0]
        dt_s = 1e-12 * medium.drag_normal  # so short that nothing turns by more than 1e-6 rad
        fine = FreeBody(PLAN, medium, dt_s=dt_s)
        fine.set_state(body.state())
        fine.step(np.random.default_rng(1).normal(0.0, 0.1, 46))
        velocity = (fine.segment_centre_mm - before) / dt_s
        along = (velocity * tangent).sum(axis=1, keepdims=True) * tangent
        drag = medium.drag_tangential / 24 * along + medium.drag_normal / 24 * (velocity - along)
        size = np.abs(drag).sum()
        assert size > 0.0
        assert np.linalg.norm(drag.sum(axis=0)) < 1e-5 * size

    def test_muscle_power_is_what_drag_and_elasticity_take(self) -> None:
        medium = Medium.named(25.0)
        body = random_body(medium)
        angle, rotation, before = (
            body.joint_angle_rad,
            body.segment_rotation,
            body.segment_centre_mm,
        )
        dt_s = 1e-9
        fine = FreeBody(PLAN, medium, dt_s=dt_s)
        fine.set_state(body.state())
        torque = np.random.default_rng(1).normal(0.0, 0.1, 46)
        fine.step(torque)
        tangent = rotation[:, :, 0]
        velocity = (fine.segment_centre_mm - before) / dt_s
        spin = np.einsum("nij,nkj->nik", fine.segment_rotation, rotation)
        turn = np.stack(
            [
                spin[:, 2, 1] - spin[:, 1, 2],
                spin[:, 0, 2] - spin[:, 2, 0],
                spin[:, 1, 0] - spin[:, 0, 1],
            ],
            axis=1,
        ) / (2 * dt_s)
        table = PLAN.drag_table(medium)
        slide, roll = (velocity * tangent).sum(axis=1), (turn * tangent).sum(axis=1)
        lost = table[:, 0] * slide**2 + table[:, 1] * ((velocity**2).sum(axis=1) - slide**2)
        lost += table[:, 2] * roll**2 + table[:, 3] * ((turn**2).sum(axis=1) - roll**2)
        net = (torque - PLAN.joint_stiffness_uN_mm * angle) @ fine.joint_rate_rad_s
        assert net > 0.0
        assert lost.sum() == pytest.approx(net, rel=1e-4)

    def test_a_pulled_straight_worm_drifts_as_its_drag_says(self) -> None:
        force = np.zeros((24, 3))
        for axis, drag in ((0, AGAR.drag_tangential), (1, AGAR.drag_normal)):
            body = FreeBody(PLAN, AGAR)
            force[:] = 0.0
            force[:, axis] = 1.0 / 24
            body.step(np.zeros(46), force)
            moved = body.segment_centre_mm.mean(axis=0)[axis]
            assert moved / body.dt_s == pytest.approx(1.0 / drag, rel=1e-9)

    def test_released_it_straightens(self) -> None:
        body = random_body(AGAR)
        first = np.abs(body.curvature_L).max()
        for _ in range(1000):
            body.step(np.zeros(46))
        assert np.abs(body.curvature_L).max() < 0.1 * first

    @pytest.mark.parametrize("roll_rad", [0.5, 1.4])
    def test_film_flattens_a_rolled_worm(self, roll_rad: float) -> None:
        body = FreeBody(PLAN, AGAR)
        state = body.state()
        state["state"][3:7] = np.sin(roll_rad / 2), 0.0, 0.0, np.cos(roll_rad / 2)
        body.set_state(state)
        for step in range(2500):
            body.step(crawl_torque(step, body.dt_s))
        assert np.abs(body.segment_centre_mm[:, 2] - 0.04).max() < 4e-3
        assert np.abs(body.segment_rotation[:, 2, 1]).max() < 0.05  # dorsal in the plane

    def test_in_water_nothing_holds_it_flat(self) -> None:
        body = FreeBody(PLAN, WATER)
        push = np.zeros((24, 3))
        push[:, 2] = 1e-3 / 24
        for _ in range(250):
            body.step(np.zeros(46), push)
        assert body.segment_centre_mm[:, 2].mean() == pytest.approx(0.04 + 1e-3 / 5.2e-3)

    def test_medium_takes_effect_at_once(self) -> None:
        body = FreeBody(PLAN, AGAR)
        force = np.zeros((24, 3))
        force[:, 0] = 1e-3
        body.step(np.zeros(46), force)
        slow = body.segment_centre_mm[0, 0] - FreeBody(PLAN, AGAR).segment_centre_mm[0, 0]
        body.medium = WATER
        before = body.segment_centre_mm[0, 0]
        body.step(np.zeros(46), force)
        assert body.segment_centre_mm[0, 0] - before > 100 * slow


class TestState:
    def test_restoring_goes_on_to_the_last_bit(self) -> None:
        body = random_body(AGAR)
        for step in range(100):
            body.step(crawl_torque(step, body.dt_s))
        kept = body.state()
        ends = []
        for _ in range(2):
            for step in range(100, 200):
                body.step(crawl_torque(step, body.dt_s))
            ends.append(body.state()["state"].tobytes())
            body.set_state(kept)
        assert ends[0] == ends[1]

    def test_a_state_is_a_copy(self) -> None:
        body = random_body(AGAR)
        kept = body.state()["state"]
        before = kept.copy()
        body.step(crawl_torque(0, body.dt_s))
        np.testing.assert_array_equal(kept, before)


class TestErrors:
    def test_shapes_are_checked(self) -> None:
        body = FreeBody(PLAN, AGAR)
        with pytest.raises(ValueError, match=r"torque has shape \(23,\); give \(46,\)"):
            body.step(np.zeros(23))
        with pytest.raises(ValueError, match="external_force_uN"):
            body.step(np.zeros(46), np.zeros(24))
        with pytest.raises(ValueError, match="joint_angle_rad"):
            body.reset(joint_angle_rad=np.zeros(23))
        with pytest.raises(ValueError, match="position_mm"):
            body.reset((0.0, np.nan))
        with pytest.raises(KeyError, match="contact_force_uN"):
            body.set_state({"state": np.zeros(105)})

    def test_a_torque_that_is_no_number_leaves_the_body_as_it_was(self) -> None:
        body = random_body(AGAR)
        before = body.state()["state"]
        torque = np.zeros(46)
        torque[7] = np.nan
        with pytest.raises(ValueError, match="finite"):
            body.step(torque)
        np.testing.assert_array_equal(body.state()["state"], before)

    def test_a_step_of_no_length_is_refused(self) -> None:
        with pytest.raises(ValueError, match="dt_s"):
            FreeBody(PLAN, AGAR, 0.0)
