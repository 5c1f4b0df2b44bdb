import numpy as np
import pytest

from worm.body import BodyPlan, Dish, FreeBody, Obstacle, Post, Wall
from worm.media import Medium

PLAN = BodyPlan()
AGAR = Medium.named("agar")


def pushed(obstacle: Obstacle, direction: tuple[float, float], force_uN: float) -> FreeBody:
    """Push a straight worm at the origin for 20 s, the same force on every segment."""
    body = FreeBody(PLAN, AGAR, obstacles=[obstacle])
    force = np.zeros((24, 3))
    force[:, :2] = np.array(direction) * force_uN / 24
    for _ in range(5000):
        body.step(np.zeros(46), force)
    return body


def test_a_wall_bears_the_whole_force_and_stops_the_nose() -> None:
    body = pushed(Wall(0.9, -2.0, 0.9, 2.0, 0.1), (1.0, 0.0), 2.0)
    force = body.contact_force_uN
    np.testing.assert_allclose(force.sum(axis=0), (-2.0, 0.0, 0.0), atol=2e-3)
    assert (force[1:] == 0.0).all()
    nose_radius_mm = PLAN.radius_mm[0]
    expected = 0.8 - nose_radius_mm + 2.0 / PLAN.contact_stiffness_uN_mm
    assert body.centreline_mm[0, 0] == pytest.approx(expected, abs=1e-4)


def test_a_wall_from_the_side_stops_every_segment() -> None:
    body = pushed(Wall(-2.0, 0.5, 2.0, 0.5, 0.1), (0.0, 1.0), 5.0)
    assert body.contact_force_uN[:, 1].sum() == pytest.approx(-5.0, rel=1e-2)
    skin_mm = body.segment_centre_mm[:, 1] + PLAN.radius_mm
    assert skin_mm.max() < 0.4 + 0.01


def test_a_dish_keeps_the_worm_inside() -> None:
    body = pushed(Dish(1.0), (0.0, 1.0), 20.0)
    reach_mm = np.linalg.norm(body.centreline_mm[:, :2], axis=1)
    assert reach_mm.max() < 1.0
    assert body.contact_force_uN[:, 1].sum() == pytest.approx(-20.0, rel=1e-2)


def test_a_post_is_gone_round_not_through() -> None:
    post = Post(0.0, 0.3, 0.1)
    body = pushed(post, (0.0, 1.0), 2.0)
    gap = np.linalg.norm(body.segment_centre_mm[:, :2] - (0.0, 0.3), axis=1) - 0.1 - PLAN.radius_mm
    assert gap.min() > -0.01
    assert body.contact_force_uN[:, 1].sum() < -0.5


def test_a_post_never_pulls() -> None:
    body = FreeBody(PLAN, AGAR, obstacles=[Post(0.0, 0.13, 0.1)])  # overlaps the middle by 9 µm
    away = np.zeros((24, 3))
    away[:, 1] = -50.0 / 24
    body.step(np.zeros(46), away)
    free = FreeBody(PLAN, AGAR)
    free.step(np.zeros(46), away)
    assert (body.contact_force_uN[:, 1] <= 0.0).all()
    # pressed out of the overlap or not held at all, but never slower than without the post
    assert body.segment_centre_mm[:, 1].mean() <= free.segment_centre_mm[:, 1].mean() + 1e-12


def test_far_obstacles_change_nothing() -> None:
    posts = [Post(3.0 * np.cos(a), 3.0 * np.sin(a), 0.2) for a in np.linspace(0, 6, 50)]
    near, far = FreeBody(PLAN, AGAR), FreeBody(PLAN, AGAR, obstacles=posts)
    torque = np.random.default_rng(0).normal(0.0, 0.1, 46)
    for body in (near, far):
        for _ in range(50):
            body.step(torque)
    np.testing.assert_array_equal(near.state()["state"], far.state()["state"])
    np.testing.assert_array_equal(far.contact_force_uN, 0.0)


def test_the_force_turns_with_the_world() -> None:
    angle = 0.9
    c, s = np.cos(angle), np.sin(angle)
    plain = pushed(Wall(0.7, -1.0, 0.8, 1.0, 0.1), (1.0, 0.2), 3.0)
    turn = np.array([[c, -s], [s, c]])
    (x0, y0), (x1, y1) = (turn @ [0.7, -1.0]).tolist(), (turn @ [0.8, 1.0]).tolist()
    body = FreeBody(PLAN, AGAR, obstacles=[Wall(x0, y0, x1, y1, 0.1)])
    body.reset(heading_rad=angle)
    force = np.zeros((24, 3))
    force[:, :2] = turn @ [1.0, 0.2] * 3.0 / 24
    for _ in range(5000):
        body.step(np.zeros(46), force)
    np.testing.assert_allclose(body.curvature_L, plain.curvature_L, atol=1e-6)
    np.testing.assert_allclose(
        body.contact_force_uN[:, :2], plain.contact_force_uN[:, :2] @ turn.T, atol=1e-6
    )


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Post(0.0, 0.0, 0.0), "positive radius"),
        (lambda: Wall(0.0, 0.0, np.inf, 0.0, 0.1), "finite"),
        (lambda: Dish(-1.0), "positive radius"),
    ],
)
def test_impossible_obstacles_are_refused(make: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()  # type: ignore[operator]


def test_what_is_no_obstacle_is_refused() -> None:
    with pytest.raises(TypeError, match="Post, Wall or Dish"):
        FreeBody(PLAN, AGAR, obstacles=["post"])  # type: ignore[list-item]
