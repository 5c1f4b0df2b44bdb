"""What lies under the mouse: a place on the body, a neuron, a lawn, an obstacle or bare ground."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from env.food import Lawn
from viewer.camera import Camera
from viewer.renderer_spine import SPINE_U, Spine
from worm.obstacles import Dish, Obstacle, Post

Array = NDArray[np.float64]

#: A thin body stays easy to hit from far away: this share of the distance is added to its radius.
_REACH_PER_MM = 0.004


@dataclass(frozen=True)
class Hit:
    """What a ray meets first.

    Attributes:
        kind: "body", "lawn", "obstacle", "ground" or "nothing".
        place_mm: (2,) where on the plate; of a body, the point of its axis.
        position: along the body, 0 nose .. 1 tail (bodies only).
        side: "dorsal", "ventral", "left" or "right" (bodies only).
        index: of the lawn or the obstacle.
    """

    kind: str
    place_mm: tuple[float, float] = (0.0, 0.0)
    position: float = 0.0
    side: str = ""
    index: int = -1


def pick(
    start_mm: Array,
    direction: Array,
    spine: Spine,
    lawns: Sequence[Lawn] = (),
    obstacles: Sequence[Obstacle] = (),
) -> Hit:
    """Return what a ray meets.

    Args:
        start_mm: (3,) where the ray begins.
        direction: (3,) unit vector.
        spine: the body.
        lawns: food on the plate.
        obstacles: posts and walls; a dish is passed over.
    """
    body = _body_hit(start_mm, direction, spine)
    if body is not None:
        return body
    if direction[2] >= -1e-9:
        return Hit("nothing")
    ground = start_mm - start_mm[2] / direction[2] * direction
    place = (float(ground[0]), float(ground[1]))
    for index, obstacle in enumerate(obstacles):
        if not isinstance(obstacle, Dish) and _distance(place, obstacle) < obstacle.radius_mm:
            return Hit("obstacle", place, index=index)
    for index, lawn in enumerate(lawns):
        if np.hypot(place[0] - lawn.centre_mm[0], place[1] - lawn.centre_mm[1]) < lawn.radius_mm:
            return Hit("lawn", place, index=index)
    return Hit("ground", place)


def pick_neuron(
    x: float, y: float, camera: Camera, size: tuple[int, int], places_mm: Array, within_px: float
) -> int | None:
    """Return the soma nearest to a pixel, or None if none is within ``within_px`` of it.

    Args:
        x: pixel, to the right.
        y: pixel, downwards.
        camera: the view.
        size: width and height of the picture.
        places_mm: (302, 3) somata.
        within_px: how far off one may click.
    """
    away = np.linalg.norm(camera.pixels(places_mm, *size) - (x, y), axis=1)
    away = np.where(np.isnan(away), np.inf, away)
    nearest = int(np.argmin(away))
    return nearest if away[nearest] <= within_px else None


def _body_hit(start_mm: Array, direction: Array, spine: Spine) -> Hit | None:
    """Find the closest approach of the ray and each capsule of the chain."""
    a, edge = spine.centre_mm[:-1], np.diff(spine.centre_mm, axis=0)
    w = start_mm - a
    b, c = edge @ direction, (edge * edge).sum(axis=1)
    d, e = w @ direction, (edge * w).sum(axis=1)
    slanted = c - b * b
    parallel = slanted <= 1e-12
    along = np.where(parallel, 0.0, (e - b * d) / np.where(parallel, 1.0, slanted))
    along = np.clip(along, 0.0, 1.0)
    depth = along * b - d
    axis = a + along[:, None] * edge
    gap = np.linalg.norm(start_mm + depth[:, None] * direction - axis, axis=1)
    radius = spine.radius_mm[:-1] * (1.0 - along) + spine.radius_mm[1:] * along
    hits = gap < radius + _REACH_PER_MM * depth
    if not hits.any():
        return None
    # The nearest coil first, then where the ray passes closest to the axis: the smallest depth
    # alone would favour the end that points at the eye.
    near = hits & (depth < depth[hits].min() + 4.0 * spine.radius_mm.max())
    i = int(np.argmin(np.where(near, gap, np.inf)))
    u = SPINE_U[i] + along[i] * (SPINE_U[i + 1] - SPINE_U[i])
    outward = (
        start_mm
        + depth[i] * direction
        - direction * np.sqrt(max(radius[i] ** 2 - gap[i] ** 2, 0.0))
    )
    place = (float(axis[i, 0]), float(axis[i, 1]))
    return Hit("body", place, float(u), _side(outward - axis[i], spine, i))


def _side(outward: Array, spine: Spine, i: int) -> str:
    dorsal = float(outward @ spine.dorsal[i])
    right = float(outward @ np.cross(spine.dorsal[i], spine.tangent[i]))
    if abs(dorsal) >= abs(right):
        return "dorsal" if dorsal >= 0.0 else "ventral"
    return "right" if right >= 0.0 else "left"


def _distance(place: tuple[float, float], obstacle: Obstacle) -> float:
    """Return the distance from a place to the middle line of a post or a wall, in mm."""
    if isinstance(obstacle, Dish):
        return np.inf
    if isinstance(obstacle, Post):
        return float(np.hypot(place[0] - obstacle.x_mm, place[1] - obstacle.y_mm))
    a = np.array([obstacle.x0_mm, obstacle.y0_mm])
    edge = np.array([obstacle.x1_mm, obstacle.y1_mm]) - a
    along = float(np.clip((np.array(place) - a) @ edge / max(float(edge @ edge), 1e-12), 0, 1))
    return float(np.linalg.norm(np.array(place) - a - along * edge))
