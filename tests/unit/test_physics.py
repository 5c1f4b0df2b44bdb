import hashlib
import subprocess
import sys

import numpy as np
import pytest
from numpy.typing import NDArray

import env.physics
from env.physics import PybulletWorld
from worm.body import Body, BodyPlan, Dish, FreeBody, Post
from worm.media import Medium

Array = NDArray[np.float64]
PLAN = BodyPlan(internal_viscosity_s=0.02)
AGAR, WATER = Medium.named("agar"), Medium.named("water")
JOINTS = np.arange(1, 24) / 24
POSTS = (Post(0.7, 0.1, 0.15), Post(0.6, -0.4, 0.1), Dish(2.0))


def wave_torque(step: int, frequency_Hz: float = 0.4, wavelength_L: float = 0.65) -> Array:
    torque = np.zeros(46)
    wave = np.sin(2 * np.pi * (JOINTS / wavelength_L - frequency_Hz * step * 4e-3))
    torque[::2] = 0.8 * PLAN.joint_taper * wave
    return torque


def travel(body: Body, steps: int, first: int = 0) -> Body:
    for step in range(first, first + steps):
        body.step(wave_torque(step))
    return body


def digest(body: Body) -> str:
    state = body.state()
    return hashlib.sha256(
        state["state"].tobytes() + state["contact_force_uN"].tobytes()
    ).hexdigest()


@pytest.mark.parametrize("medium", [AGAR, WATER, Medium.named(1.0)])
@pytest.mark.parametrize("seed", range(3))
def test_pybullet_reaches_the_rates_of_the_kernel(medium: Medium, seed: int) -> None:
    rng = np.random.default_rng(seed)
    turn = rng.normal(size=4)
    state = np.concatenate(
        (rng.normal(size=3), turn / np.linalg.norm(turn), rng.normal(0.0, 0.2, 46))
    )
    # near balance: pybullet lets no base turn by more than an eighth of a circle in one step
    state = np.concatenate((state, rng.normal(0.0, 0.5, 52)))
    state[2] *= 0.01
    torque = PLAN.joint_stiffness_uN_mm * state[7:53] + rng.normal(0.0, 0.01, 46)
    force = rng.normal(0.0, 1e-4, (24, 3))
    bodies: list[Body] = [FreeBody(PLAN, medium), PybulletWorld(PLAN, medium)]
    for body in bodies:
        body.set_state({"state": state, "contact_force_uN": np.zeros((24, 3))})
        body.step(torque, force)
    free, bullet = (body.state()["state"] for body in bodies)
    assert np.abs(free[53:]).max() > 0.1
    np.testing.assert_allclose(bullet[53:], free[53:], rtol=0.0, atol=1e-9)
    np.testing.assert_allclose(
        bodies[1].centreline_mm, bodies[0].centreline_mm, rtol=0.0, atol=1e-9
    )
    bodies[1].close()


@pytest.mark.parametrize(
    ("medium", "frequency_Hz", "wavelength_L"), [(AGAR, 0.4, 0.65), (WATER, 1.8, 1.5)]
)
def test_both_bodies_move_alike(medium: Medium, frequency_Hz: float, wavelength_L: float) -> None:
    speeds, bends = [], []
    for body in (FreeBody(PLAN, medium), PybulletWorld(PLAN, medium)):
        start, peak = body.segment_centre_mm.mean(axis=0), 0.0
        for step in range(1500):
            ramp = min(1.0, step / 100)  # muscles do not act at once
            body.step(ramp * wave_torque(step, frequency_Hz, wavelength_L))
            peak = max(peak, float(np.abs(body.curvature_L).max()))
        speeds.append(float(np.linalg.norm(body.segment_centre_mm.mean(axis=0) - start) / 6.0))
        bends.append(peak)
        body.close()
    assert speeds[0] > 0.02
    assert speeds[1] == pytest.approx(speeds[0], rel=1e-2)
    assert bends[1] == pytest.approx(bends[0], rel=1e-2)


def test_neither_movement_nor_touch_depends_on_the_mass_in_pybullet() -> None:
    touched, ends = [], []
    for mass_g in (0.005, 0.5):
        world = PybulletWorld(PLAN, AGAR, obstacles=POSTS, bullet_mass_g=mass_g)
        total = 0.0
        for step in range(1500):
            world.step(wave_torque(step))
            total += float(np.linalg.norm(world.contact_force_uN, axis=1).sum())
        touched.append(total / 1500)
        ends.append(world.segment_centre_mm)
        world.close()
    assert touched[0] > 0.1
    assert touched[0] == pytest.approx(touched[1], rel=1e-6)
    np.testing.assert_allclose(ends[0], ends[1], atol=1e-6)


class TestDeterminism:
    def test_same_torques_same_bits_in_another_process(self) -> None:
        world = travel(PybulletWorld(PLAN, AGAR, obstacles=POSTS), 400)
        here = digest(world)
        world.close()
        code = (
            "import runpy, sys\n"
            "names = runpy.run_path(sys.argv[1])\n"
            "world = names['PybulletWorld'](names['PLAN'], names['AGAR'], "
            "obstacles=names['POSTS'])\n"
            "print(names['digest'](names['travel'](world, 400)))\n"
        )
        there = subprocess.run(
            [sys.executable, "-c", code, __file__], capture_output=True, text=True, check=True
        )
        assert there.stdout.split() == [here]
        assert there.stderr == ""  # and pybullet's banner is not seen

    def test_reset_forgets_everything(self) -> None:
        world = PybulletWorld(PLAN, AGAR, obstacles=POSTS)
        digests = []
        for _ in range(2):
            world.reset((0.1, 0.2), 0.3)
            digests.append(digest(travel(world, 200)))
        world.close()
        assert digests[0] == digests[1]

    @pytest.mark.parametrize("medium", [AGAR, WATER])
    def test_a_restored_state_goes_on_to_the_last_bit(self, medium: Medium) -> None:
        world = travel(PybulletWorld(PLAN, medium, obstacles=POSTS), 500)
        kept = world.state()
        through = digest(travel(world, 200, first=500))
        world.set_state(kept)
        again = digest(travel(world, 200, first=500))
        world.close()
        fresh = PybulletWorld(PLAN, medium, obstacles=POSTS)
        fresh.set_state(kept)
        elsewhere = digest(travel(fresh, 200, first=500))
        fresh.close()
        assert through == again == elsewhere

    def test_worlds_do_not_disturb_each_other(self) -> None:
        alone = travel(PybulletWorld(PLAN, AGAR), 100)
        expected = digest(alone)
        alone.close()
        pair = [PybulletWorld(PLAN, AGAR), PybulletWorld(PLAN, AGAR)]
        for step in range(100):
            for world in pair:
                world.step(wave_torque(step))
        assert [digest(world) for world in pair] == [expected, expected]
        for world in pair:
            world.close()


class TestLifeCycle:
    def test_too_many_worlds_are_refused_and_closing_makes_room(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(env.physics, "MAX_WORLDS", env.physics._open_worlds + 1)
        first, second = PybulletWorld(PLAN, AGAR), PybulletWorld(PLAN, AGAR)
        first.step(np.zeros(46))
        with pytest.raises(RuntimeError, match="close some"):
            second.step(np.zeros(46))
        first.close()
        first.close()
        second.step(np.zeros(46))
        second.close()

    def test_a_closed_world_says_so(self) -> None:
        world = PybulletWorld(PLAN, AGAR)
        world.close()
        with pytest.raises(RuntimeError, match="closed"):
            world.step(np.zeros(46))

    def test_a_bad_torque_leaves_the_world_as_it_was(self) -> None:
        world = travel(PybulletWorld(PLAN, AGAR), 10)
        before = digest(world)
        with pytest.raises(ValueError, match="finite"):
            world.step(np.full(46, np.nan))
        assert digest(world) == before
        after = travel(world, 10, first=10).state()["state"]
        undisturbed = travel(PybulletWorld(PLAN, AGAR), 20)
        np.testing.assert_array_equal(after, undisturbed.state()["state"])
        world.close()
        undisturbed.close()
