"""The painter: every part of the picture answers to what it shows."""

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from env.arena import arena
from env.frame import Frame
from env.simulation import Simulation
from viewer import palette
from viewer.body_shape import MAX_RADIUS_MM, body_shape
from viewer.neuron_panel import layout
from viewer.painter import Painter
from viewer.world_view import Camera, muscle_level
from worm.connectome import load_connectome


def crawling(time_s=0.0, shift_mm=0.0, **changes):
    """Return a worm with its head at +x, dorsal side to its left (+y)."""
    x = np.linspace(0.5, -0.5, 25) + shift_mm
    frame = Frame(
        time_s=time_s,
        centreline_mm=np.stack([x, np.zeros(25), np.zeros(25)], axis=1),
        dorsal=np.tile([0.0, 1.0, 0.0], (24, 1)),
        voltages_mV=np.full(302, -60.0),
        activation=np.zeros(95),
        medium="agar",
        arena=None,
    )
    return replace(frame, **changes)


def redness(picture):
    return picture[..., 0].astype(float) - picture[..., 2]


@pytest.fixture
def painter():
    return Painter(480, 320)


@pytest.mark.parametrize("size", [(480, 320), (161, 333), (960, 640)])
def test_a_picture_has_the_size_asked_for_and_is_not_blank(size):
    picture = Painter(*size).draw(crawling())
    assert picture.shape == (size[1], size[0], 3)
    assert picture.dtype == np.uint8
    assert picture.std() > 5


def test_too_small_a_picture_is_refused():
    with pytest.raises(ValueError, match="too small"):
        Painter(100, 400)


def test_the_same_frames_give_the_same_picture():
    first, second = Painter(480, 320), Painter(480, 320)
    for time_s in (0.0, 0.04, 0.08):
        a, b = (p.draw(crawling(time_s, time_s)) for p in (first, second))
    np.testing.assert_array_equal(a, b)


def test_the_body_is_drawn_where_it_is(painter):
    with_body = painter.draw(crawling()).astype(int)
    centre = with_body[95:110, 200:280]
    corner = with_body[180:200, 420:470]
    assert centre.mean() > corner.mean() + 40


@pytest.mark.parametrize(("side", "rows"), [(1, slice(90, 99)), (-1, slice(106, 115))])
def test_active_muscles_colour_their_own_side(side, rows):
    dorsal = load_connectome().muscle_dorsal
    # The worm lies in the middle of the view: 100 pixels from the top, about 14 wide.
    active = crawling(activation=np.where(dorsal == side, 1.0, 0.0))
    here = redness(Painter(480, 320).draw(active))[rows, 200:280].max()
    opposite = crawling(activation=np.where(dorsal == -side, 1.0, 0.0))
    there = redness(Painter(480, 320).draw(opposite))[rows, 200:280].max()
    assert here > there + 50


def test_muscle_level_follows_the_row_of_the_muscle():
    connectome = load_connectome()
    only = np.where(connectome.muscle_row == 5, 1.0, 0.0)
    level = muscle_level(only, (np.arange(24) + 0.5) / 24.0)
    np.testing.assert_array_equal(level.argmax(axis=1), [4, 4])
    assert level[:, 4] == pytest.approx(1.0)
    assert level.sum() == pytest.approx(2.0)


def test_a_neuron_that_fires_lights_up_its_own_dot(painter):
    index = load_connectome().index_of["AVAL"]
    rest = painter.draw(crawling()).astype(int)
    voltages = np.full(302, -60.0)
    voltages[index] = 0.0
    fires = painter.draw(crawling(voltages_mV=voltages)).astype(int)
    changed = np.argwhere(np.abs(fires - rest).sum(axis=2) > 60)
    assert 4 < len(changed) < 150
    assert np.ptp(changed, axis=0).max() < 16
    assert changed[:, 0].min() > 205


def test_somata_in_the_strip_keep_their_distance_and_order():
    places = layout(800, 110, 9.0)
    gap = np.linalg.norm(places[:, None] - places[None], axis=2) + 1e9 * np.eye(302)
    assert np.quantile(gap.min(axis=1), 0.05) > 4.5
    position = load_connectome().body_position
    assert np.corrcoef(np.argsort(np.argsort(position)), places[:, 0])[0, 1] > 0.9


def test_voltage_colours_rise_in_brightness():
    brightness = palette.voltage_colours(np.linspace(-80, 0, 9)).astype(int).sum(axis=1)
    assert (np.diff(brightness) > 0).all()
    np.testing.assert_array_equal(
        palette.voltage_colours([-200.0, 90.0]), palette.voltage_colours([-80.0, 0.0])
    )


def test_speed_is_measured_along_the_head(painter):
    for step in range(30):
        frame = crawling(step * 0.04, -0.3 * step * 0.04)
        painter.draw(frame)
    assert painter.speed_mm_s(frame) == pytest.approx(-0.3, rel=1e-6)


def test_the_view_follows_a_worm_that_leaves(painter):
    for step in range(20):
        frame = crawling(0.1 * step, 0.5 * step)
        picture = painter.draw(frame).astype(int)
    view = picture[:200].sum(axis=2)
    columns = np.argwhere((view > 450).sum(axis=0) > 2)
    assert columns.size > 40
    assert columns.min() > 10


def test_an_odour_and_obstacles_show():
    bare = Painter(480, 320).draw(crawling(arena=arena("plate"))).astype(int)
    for name in ("chemotaxis", "posts"):
        other = Painter(480, 320).draw(crawling(arena=arena(name))).astype(int)
        assert (np.abs(other - bare).sum(axis=2) > 20).mean() > 0.01


@pytest.mark.parametrize("turn", [0.0, 1.0, 2.5])
def test_the_outline_is_as_wide_as_the_animal_whichever_way_it_lies(turn):
    frame = crawling()
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    points = np.c_[frame.centreline_mm[:, :2] @ rotation.T, np.zeros(25)]
    dorsal = np.c_[frame.dorsal[:, :2] @ rotation.T, np.zeros(24)]
    shape = body_shape(replace(frame, centreline_mm=points, dorsal=dorsal))
    width = np.linalg.norm(shape.at(1.0) - shape.at(-1.0), axis=1)
    assert width.max() == pytest.approx(2 * MAX_RADIUS_MM, rel=0.05)
    assert width[0] < 0.2 * width.max()
    assert width[-1] < 0.2 * width.max()
    towards = np.sum((shape.at(1.0) - shape.axis_mm) * (rotation @ [0.0, 1.0]), axis=1)
    assert (towards[5:-5] > 0).all()


def test_a_simulation_is_drawn_as_it_is_now(painter):
    with Simulation(body="free", arena="chemotaxis") as sim:
        first = painter.draw(sim).astype(int)
        sim.run(1.0)
        second = painter.draw(sim).astype(int)
    assert (np.abs(second - first).sum(axis=2) > 30).any()


def test_camera_puts_points_where_its_pixels_are():
    camera = Camera((1.0, 2.0), 100.0, 40, 20)
    x, y = camera.grid_mm()
    (px, py) = camera.to_px(np.array([[x[3, 7], y[3, 7]]]))[0]
    assert (px, py) == (pytest.approx(7.5), pytest.approx(3.5))


def test_painting_needs_no_graphics_library():
    code = (
        "import sys; sys.modules.update(pyglet=None, matplotlib=None, av=None, pybullet=None)\n"
        "import viewer.painter; viewer.painter.Painter()"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
