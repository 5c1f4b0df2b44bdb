"""Lawns as a worm leaves them, reckoned from the path of its nose, and how that is drawn."""

from dataclasses import replace

import numpy as np
import pytest

from env.arena import Arena, arena
from env.food import Lawn
from env.frame import Frame
from env.recording import Recorder, load
from env.simulation import Simulation
from viewer.grazing import Grazing
from viewer.renderer_ground import features, field_levels, left_share
from viewer.replay import Replay

WORLD = Arena(name="one lawn", about="", lawns=(Lawn((0.5, 0.0), 1.0), Lawn((8.0, 0.0), 0.5)))


def moment(time_s, x_mm=0.5, y_mm=0.0, world=WORLD):
    """Return a worm whose nose is at a place."""
    return Frame(
        time_s=time_s,
        centreline_mm=np.linspace((x_mm, y_mm, 0.0), (x_mm - 1.0, y_mm, 0.0), 25),
        dorsal=np.tile([0.0, 1.0, 0.0], (24, 1)),
        voltages_mV=np.full(302, -60.0),
        activation=np.zeros(95),
        medium="agar",
        arena=world,
    )


def fed(seconds, **place):
    grazing = Grazing()
    for time_s in np.arange(0.0, seconds + 1e-9, 0.04):
        grazing.follow(moment(float(time_s), **place))
    return grazing


def test_a_mouth_that_stays_leaves_what_the_rule_says():
    left = fed(4.0).left(0)
    assert left.min() == pytest.approx(np.exp(-0.5 * 4.0))
    assert (left < 1.0).sum() == 1


def test_only_the_lawn_under_the_mouth_is_eaten():
    eaten = fed(4.0).eaten
    assert eaten[0] > 0.0
    assert eaten[1] == 0.0


def test_a_step_back_in_time_grows_it_back_and_a_move_keeps_it():
    grazing = fed(4.0)
    before = grazing.left(0)
    moved = replace(WORLD, lawns=(replace(WORLD.lawns[0], centre_mm=(3.0, 0.0)), WORLD.lawns[1]))
    grazing.follow(moment(4.04, -5.0, world=moved))
    np.testing.assert_array_equal(grazing.left(0), before)
    grazing.follow(moment(0.0, world=moved))
    assert (grazing.left(0) == 1.0).all()


def test_the_eaten_place_is_thin_where_the_mouth_was():
    share = left_share(fed(10.0), (0.0, 0.0, 4.0, 4.0), 80)
    row, column = np.unravel_index(share.argmin(), share.shape)
    assert (column + 0.5) / 80 * 4.0 - 2.0 == pytest.approx(0.5, abs=0.1)
    assert (row + 0.5) / 80 * 4.0 - 2.0 == pytest.approx(0.0, abs=0.1)
    assert (left_share(None, (0.0, 0.0, 4.0, 4.0), 8) == 1.0).all()


def test_it_agrees_with_the_simulation(tmp_path):
    path = tmp_path / "a.h5"
    lawn = arena("foraging").lawns[0]
    with Simulation(body="free", arena="foraging") as sim:
        sim.reset(position_mm=lawn.centre_mm)
        grazing = Grazing()
        with Recorder(sim, path):
            for _ in range(50):
                grazing.follow(Frame.of(sim))
                sim.step()
            grazing.follow(Frame.of(sim))
        truth = sim.food.amount
    sown = np.array([patches.sum() for patches in grazing._sown.values()])
    assert truth[0] < sown[0]
    assert grazing._food.amount == pytest.approx(truth, rel=2e-3)
    again = Grazing()
    again.catch_up(load(path), 50)
    assert again._food.amount == pytest.approx(grazing._food.amount, rel=1e-4)


def test_a_replay_that_jumps_has_eaten_all_before(tmp_path):
    path = tmp_path / "a.h5"
    with Simulation(body="free", arena="foraging") as sim:
        sim.reset(position_mm=arena("foraging").lawns[0].centre_mm)
        with Recorder(sim, path):
            sim.run(1.0)
    played, jumped = Replay(path), Replay(path)
    played.clock.loop = jumped.clock.loop = False
    for _ in range(30):
        played.moments(0.04)
    jumped.clock.seek(1.0)
    jumped.moments(0.0)
    np.testing.assert_allclose(jumped.grazing.left(0), played.grazing.left(0))
    assert played.grazing.eaten[0] > 0.0


def test_attractants_and_repellents_are_told_apart():
    window = (0.0, 0.0, 4.0, 4.0)
    attracts = field_levels(arena("chemotaxis"), 0.0, window, 8)
    repels = field_levels(arena("repellent"), 0.0, window, 8)
    assert attracts[..., 0].max() > 0.0 > attracts[..., 1].max()
    assert repels[..., 1].max() > 0.0 > repels[..., 0].max()
    assert features(arena("repellent")) == ("REPELLENT", "DISH")
    assert features(arena("open")) == features(None) == ()
