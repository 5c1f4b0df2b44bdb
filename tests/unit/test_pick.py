"""Picking: a click on the drawn body gives the place on the body that was clicked."""

import numpy as np
import pytest

from env.food import Lawn
from env.frame import Frame
from viewer.anatomy import load_anatomy
from viewer.camera import Camera
from viewer.pick import pick, pick_neuron
from viewer.renderer_spine import Spine
from worm.obstacles import Dish, Post, Wall

SIZE = (640, 480)


def frame(wave=0.06):
    x = np.linspace(0.5, -0.5, 25)
    return Frame(
        time_s=0.0,
        centreline_mm=np.stack([x, wave * np.sin(7 * x), np.full(25, 0.04)], axis=1),
        dorsal=np.tile([0.0, 1.0, 0.0], (24, 1)),
        voltages_mV=np.full(302, -60.0),
        activation=np.zeros(95),
        medium="agar",
        arena=None,
    )


@pytest.fixture
def spine():
    return Spine.of(frame())


@pytest.mark.parametrize("azimuth", [-1.5, 0.4, 2.6])
@pytest.mark.parametrize("u", [0.03, 0.2, 0.5, 0.8, 0.96])
def test_a_click_on_the_body_returns_where_along_it(spine, u, azimuth):
    camera = Camera(azimuth_rad=azimuth)
    axis = spine.place(np.array([(u, 0.0, 0.0)]))
    hit = pick(*camera.ray(*camera.pixels(axis, *SIZE)[0], *SIZE), spine)
    assert hit.kind == "body"
    assert hit.position == pytest.approx(u, abs=0.02)


@pytest.mark.parametrize(("theta", "side"), [(0.5, "dorsal"), (2.6, "ventral"), (1.57, "right")])
def test_the_side_is_the_one_that_was_seen(spine, theta, side):
    camera = Camera(elevation_rad=1.5)
    skin = spine.place(np.array([(0.45, theta, 0.98)]))
    hit = pick(*camera.ray(*camera.pixels(skin, *SIZE)[0], *SIZE), spine)
    assert (hit.kind, hit.side) == ("body", side)


def test_beside_the_body_lie_lawns_obstacles_and_ground(spine):
    camera = Camera(distance_mm=8.0)
    lawns = (Lawn((0.0, 1.0), 0.4), Lawn((1.5, 0.0), 0.4))
    obstacles = (Dish(20.0), Post(-1.0, 0.6, 0.2), Wall(-1.5, -1.0, -0.5, -1.0, 0.1))

    def at(x, y):
        pixel = camera.pixels([(x, y, 0.0)], *SIZE)[0]
        return pick(*camera.ray(*pixel, *SIZE), spine, lawns, obstacles)

    assert (at(1.5, 0.1).kind, at(1.5, 0.1).index) == ("lawn", 1)
    assert (at(-1.0, 0.7).kind, at(-1.0, 0.7).index) == ("obstacle", 1)
    assert at(-1.1, -1.05).index == 2
    ground = at(0.7, -0.9)
    assert ground.kind == "ground"
    assert ground.place_mm == pytest.approx((0.7, -0.9), abs=1e-6)


def test_a_ray_to_the_sky_meets_nothing(spine):
    assert pick(np.array([0.0, 5.0, 1.0]), np.array([0.0, 0.0, 1.0]), spine).kind == "nothing"


def test_a_soma_is_picked_by_its_pixel_and_nothing_far_away(spine):
    camera = Camera()
    places = spine.place(load_anatomy().somata[:, :3])
    x, y = camera.pixels(places[100:101], *SIZE)[0]
    assert pick_neuron(x, y, camera, SIZE, places, 6.0) == 100
    assert pick_neuron(5.0, 5.0, camera, SIZE, places, 6.0) is None
