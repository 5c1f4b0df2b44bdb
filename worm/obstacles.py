"""Vertical obstacles: posts, walls and the rim of a dish. They push, they never pull or rub."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import astuple, dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Post:
    """A vertical cylinder of ``radius_mm`` centred at (``x_mm``, ``y_mm``)."""

    x_mm: float
    y_mm: float
    radius_mm: float

    def __post_init__(self) -> None:
        _require_finite(self)
        _require_positive(self, self.radius_mm)


@dataclass(frozen=True)
class Wall:
    """A straight vertical wall between two points, with rounded ends.

    ``radius_mm`` is half its thickness.
    """

    x0_mm: float
    y0_mm: float
    x1_mm: float
    y1_mm: float
    radius_mm: float

    def __post_init__(self) -> None:
        _require_finite(self)
        _require_positive(self, self.radius_mm)


@dataclass(frozen=True)
class Dish:
    """The inside of a rim of ``radius_mm`` centred at the origin: the worm cannot leave it."""

    radius_mm: float

    def __post_init__(self) -> None:
        _require_finite(self)
        _require_positive(self, self.radius_mm)


Obstacle = Post | Wall | Dish


def _require_finite(obstacle: Obstacle) -> None:
    if not all(math.isfinite(value) for value in astuple(obstacle)):
        raise ValueError(f"{obstacle} has a number that is not finite; give finite lengths in mm")


def _require_positive(obstacle: Obstacle, radius_mm: float) -> None:
    if radius_mm <= 0.0:
        raise ValueError(f"{obstacle} has radius {radius_mm!r} mm; give a positive radius")


def obstacle_table(
    obstacles: Sequence[Obstacle],
) -> tuple[NDArray[np.float64], float]:
    """Return posts and walls as (n, 5) rows ``x0 y0 x1 y1 radius`` in mm, and the dish radius.

    Without a dish its radius is infinite; of several the smallest holds. A post is a wall of no
    length.

    Raises:
        TypeError: an entry is no obstacle.
    """
    rows: list[tuple[float, float, float, float, float]] = []
    dish_mm = math.inf
    for obstacle in obstacles:
        match obstacle:
            case Post(x, y, radius):
                rows.append((x, y, x, y, radius))
            case Wall(x0, y0, x1, y1, radius):
                rows.append((x0, y0, x1, y1, radius))
            case Dish(radius):
                dish_mm = min(dish_mm, radius)
            case _:
                raise TypeError(
                    f"obstacle {obstacle!r} is of an unknown kind; give Post, Wall or Dish"
                )
    return np.array(rows, dtype=np.float64).reshape(-1, 5), dish_mm
