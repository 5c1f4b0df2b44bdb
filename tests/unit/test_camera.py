"""The orbit camera: what is projected comes back as the same ray, and moves do what they say."""

import math

import numpy as np
import pytest

from viewer.camera import Camera

SIZE = (640, 400)


def test_the_target_is_in_the_middle_of_the_picture():
    camera = Camera(target_mm=np.array([3.0, -2.0, 0.1]))
    assert camera.pixels([camera.target_mm], *SIZE)[0] == pytest.approx((320, 200))


def test_the_ray_of_a_pixel_passes_through_what_is_seen_there():
    camera = Camera(azimuth_rad=0.7, elevation_rad=0.5)
    point = np.array([0.2, -0.1, 0.05])
    x, y = camera.pixels([point], *SIZE)[0]
    start, direction = camera.ray(x, y, *SIZE)
    along = (point - start) @ direction
    assert start + along * direction == pytest.approx(point, abs=1e-9)


def test_what_lies_behind_the_eye_has_no_pixel():
    camera = Camera()
    behind = 2.0 * camera.eye_mm - camera.target_mm
    assert np.isnan(camera.pixels([behind], *SIZE)).all()


def test_following_does_not_depend_on_the_frame_rate():
    coarse, fine = Camera(), Camera()
    coarse.follow((1.0, 0.0, 0.0), 0.4)
    for _ in range(100):
        fine.follow((1.0, 0.0, 0.0), 0.004)
    assert fine.target_mm == pytest.approx(coarse.target_mm)


def test_panning_moves_the_picture_as_far_as_the_hand():
    camera = Camera(elevation_rad=1.5)
    before = camera.pixels([(0.0, 0.0, 0.03)], *SIZE)[0]
    camera.pan(0.1, 0.0)
    moved = camera.pixels([(0.0, 0.0, 0.03)], *SIZE)[0] - before
    assert moved == pytest.approx((-0.1 * SIZE[1], 0.0), abs=0.5)


@pytest.mark.parametrize("steps", [-1000.0, 1000.0])
def test_zoom_stays_within_reach(steps):
    camera = Camera()
    camera.zoom(steps)
    assert 0.1 < camera.distance_mm < 100.0


def test_the_eye_stays_above_the_plate():
    camera = Camera()
    camera.orbit(9.0, -50.0)
    assert camera.eye_mm[2] > camera.target_mm[2]
    camera.orbit(0.0, 50.0)
    assert camera.elevation_rad < math.pi / 2
    assert np.isfinite(camera.view_projection(1.5)).all()
