"""Both bodies against an independent solution of resistive-force theory.

A travelling wave of joint angles is prescribed; how fast does it carry the body along? The
reference is a planar chain whose heading and position follow from zero net force and torque (Gray
and Hancock 1955, doi:10.1242/jeb.32.4.802), integrated by Runge and Kutta's method at 200 steps per
period. It shares the segments and the drag law with the body, so it checks numerics, not biology.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray

from env.physics import PybulletWorld
from worm.body import Body, BodyPlan, FreeBody
from worm.media import Medium

Array = NDArray[np.float64]
N = 24
SEGMENT_MM = 1.0 / N
PLAN = BodyPlan(bending_stiffness=1e4)  # so stiff that the joints stand where they are told to


@dataclass(frozen=True)
class Wave:
    peak_curvature_L: float
    wavelength_L: float
    frequency_Hz: float

    def angles(self, time_s: float) -> tuple[Array, Array]:
        """Return the joint angles (23,) in rad and their rates in rad/s."""
        s = np.arange(1, N) / N
        phase = 2 * np.pi * (s / self.wavelength_L - self.frequency_Hz * time_s)
        size = self.peak_curvature_L * SEGMENT_MM
        return size * np.sin(phase), -2 * np.pi * self.frequency_Hz * size * np.cos(phase)


CRAWL = Wave(9.0, 0.65, 0.5)
SWIM = Wave(6.0, 1.5, 2.0)
AGAR, WATER = Medium.named("agar"), Medium.named("water")


def of_ratio(ratio: float) -> Medium:
    return Medium(name="test", drag_tangential=3.2, drag_normal=3.2 * ratio, film=False)


def _velocity(medium: Medium, wave: Wave, pose: Array, time_s: float) -> Array:
    """Return the rates (x', y', heading') of the head segment's centre that balance all drag."""
    bend, bend_rate = wave.angles(time_s)
    # a dorsally concave joint turns the part behind it clockwise
    angle = pose[2] - np.concatenate(([0.0], np.cumsum(bend)))
    own_turn = -np.concatenate(([0.0], np.cumsum(bend_rate)))
    tangent = np.column_stack((np.cos(angle), np.sin(angle)))
    normal = np.column_stack((-np.sin(angle), np.cos(angle)))
    steps = -0.5 * SEGMENT_MM * (tangent[:-1] + tangent[1:])
    lever = np.vstack(([0.0, 0.0], np.cumsum(steps, axis=0)))
    sweep = own_turn[:, None] * normal
    own_steps = -0.5 * SEGMENT_MM * (sweep[:-1] + sweep[1:])
    own_velocity = np.vstack(([0.0, 0.0], np.cumsum(own_steps, axis=0)))
    along, across = medium.drag_tangential / N, medium.drag_normal / N
    turning = across * SEGMENT_MM**2 / 12
    resist, push = np.zeros((3, 3)), np.zeros(3)
    for k in range(N):
        drag = along * np.outer(tangent[k], tangent[k]) + across * np.outer(normal[k], normal[k])
        rigid = np.array([[1.0, 0.0, -lever[k, 1]], [0.0, 1.0, lever[k, 0]]])
        resist += rigid.T @ drag @ rigid
        resist[2, 2] += turning
        push -= rigid.T @ drag @ own_velocity[k]
        push[2] -= turning * own_turn[k]
    return np.asarray(np.linalg.solve(resist, push), dtype=np.float64)


def _centroid(wave: Wave, pose: Array, time_s: float) -> Array:
    angle = pose[2] - np.concatenate(([0.0], np.cumsum(wave.angles(time_s)[0])))
    tangent = np.column_stack((np.cos(angle), np.sin(angle)))
    steps = -0.5 * SEGMENT_MM * (tangent[:-1] + tangent[1:])
    lever = np.vstack(([0.0, 0.0], np.cumsum(steps, axis=0)))
    return np.asarray(pose[:2] + lever.mean(axis=0))


@cache
def reference_speed(medium: Medium, wave: Wave) -> float:
    """Return the net speed over two periods in mm/s."""
    dt = 1.0 / wave.frequency_Hz / 200
    pose = np.zeros(3)
    start = _centroid(wave, pose, 0.0)
    for i in range(400):
        t = i * dt
        a = _velocity(medium, wave, pose, t)
        b = _velocity(medium, wave, pose + 0.5 * dt * a, t + 0.5 * dt)
        c = _velocity(medium, wave, pose + 0.5 * dt * b, t + 0.5 * dt)
        d = _velocity(medium, wave, pose + dt * c, t + dt)
        pose = pose + dt / 6 * (a + 2 * b + 2 * c + d)
    travelled = _centroid(wave, pose, 400 * dt) - start
    return float(np.hypot(*travelled) / (400 * dt))


def wave_velocity(
    make: Callable[..., Body], medium: Medium, wave: Wave, dt_s: float = 4e-3
) -> Array:
    """Return the net velocity (3,) in mm/s over two periods of the prescribed wave, after one."""
    body = make(PLAN, medium, dt_s)
    posture, torque = np.zeros(PLAN.n_joints), np.zeros(PLAN.n_joints)
    posture[::2] = wave.angles(0.0)[0]
    body.reset(joint_angle_rad=posture)
    period = round(1.0 / wave.frequency_Hz / dt_s)
    for i in range(3 * period):
        if i == period:
            start = body.segment_centre_mm.mean(axis=0)
        torque[::2] = wave.angles((i + 1) * dt_s)[0] * PLAN.joint_stiffness_uN_mm[::2]
        body.step(torque)
    end = body.segment_centre_mm.mean(axis=0)
    body.close()
    return np.asarray((end - start) / (2 * period * dt_s))


def speed(make: Callable[..., Body], medium: Medium, wave: Wave, dt_s: float = 4e-3) -> float:
    return float(np.linalg.norm(wave_velocity(make, medium, wave, dt_s)))


BODIES = pytest.mark.parametrize("make", [FreeBody, PybulletWorld])


@BODIES
@pytest.mark.parametrize(("medium", "wave"), [(AGAR, CRAWL), (WATER, SWIM)])
def test_speed_agrees_with_the_reference(
    make: Callable[..., Body], medium: Medium, wave: Wave
) -> None:
    assert speed(make, medium, wave) == pytest.approx(reference_speed(medium, wave), rel=2e-3)


@BODIES
def test_a_wave_from_head_to_tail_moves_the_worm_head_first(make: Callable[..., Body]) -> None:
    velocity = wave_velocity(make, AGAR, CRAWL)
    assert velocity[0] > 0.2
    assert abs(velocity[1]) < 0.1 * velocity[0]
    assert abs(velocity[2]) < 1e-9


@BODIES
def test_without_anisotropy_there_is_no_thrust(make: Callable[..., Body]) -> None:
    assert speed(make, of_ratio(1.0), CRAWL) < 0.1 * reference_speed(AGAR, CRAWL)


def test_the_wrong_medium_is_noticed() -> None:
    wrong = speed(FreeBody, WATER, CRAWL)
    assert abs(wrong / reference_speed(AGAR, CRAWL) - 1.0) > 0.2


def test_speed_grows_with_the_drag_ratio() -> None:
    speeds = [speed(FreeBody, of_ratio(ratio), CRAWL) for ratio in (1.5, 5, 10, 20, 40, 100)]
    assert (np.diff(speeds) > 0.0).all()
    assert speeds[0] < 0.2 * speeds[-1]


@BODIES
@pytest.mark.parametrize(("medium", "wave"), [(AGAR, CRAWL), (WATER, SWIM)])
def test_halving_the_step_changes_the_speed_by_less_than_one_percent(
    make: Callable[..., Body], medium: Medium, wave: Wave
) -> None:
    assert speed(make, medium, wave, 4e-3) == pytest.approx(
        speed(make, medium, wave, 2e-3), rel=1e-2
    )


def test_the_error_falls_with_the_square_of_the_step() -> None:
    exact = reference_speed(AGAR, CRAWL)
    coarse, fine = (abs(speed(FreeBody, AGAR, CRAWL, dt_s) - exact) for dt_s in (20e-3, 10e-3))
    assert fine < 0.4 * coarse
