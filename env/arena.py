"""Worlds by name: what there is to smell, to eat and to bump into, and where the worm begins."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from env.fields import Field, GaussianField, LawnField
from env.food import Lawn
from worm.obstacles import Dish, Obstacle, Post
from worm.parameters.reading import suggestion
from worm.senses import CHEMICALS

__all__ = ["Arena", "arena", "names"]

PLATE_RADIUS_MM = 27.0  # inside of a 6 cm plate


@dataclass(frozen=True, kw_only=True)
class Arena:
    """One world. Lengths in mm; the worm starts anywhere on a ring, facing anywhere in a range.

    Attributes:
        name: what it is called.
        about: one sentence.
        chemicals: chemical (one of ``worm.senses.CHEMICALS``) to its field.
        lawns: food.
        obstacles: posts, walls and the rim of a dish.
        goal_mm: the place where an attractant peaks, or None.
        start_centre_mm: centre of the ring of starting places (of the middle of the body).
        start_distance_mm: inner and outer radius of the ring.
        start_heading_rad: smallest and largest direction from tail to head, from +x towards +y.
    """

    name: str
    about: str
    chemicals: Mapping[str, Field] = field(default_factory=dict)
    lawns: tuple[Lawn, ...] = ()
    obstacles: tuple[Obstacle, ...] = ()
    goal_mm: tuple[float, float] | None = None
    start_centre_mm: tuple[float, float] = (0.0, 0.0)
    start_distance_mm: tuple[float, float] = (0.0, 0.0)
    start_heading_rad: tuple[float, float] = (-math.pi, math.pi)

    def __post_init__(self) -> None:
        for name in self.chemicals:
            if name not in CHEMICALS:
                raise KeyError(
                    f"arena {self.name!r} has the chemical {name!r}, to which no neuron of the "
                    f"model responds{suggestion(name, CHEMICALS)}; allowed: {', '.join(CHEMICALS)}"
                )
        near, far = self.start_distance_mm
        if not 0.0 <= near <= far < self.radius_mm - math.hypot(*self.start_centre_mm):
            raise ValueError(
                f"arena {self.name!r} starts {near!r} to {far!r} mm from {self.start_centre_mm}; "
                f"give 0 <= near <= far, inside the dish of {self.radius_mm!r} mm"
            )
        low, high = self.start_heading_rad
        if not -math.inf < low <= high < math.inf:
            raise ValueError(
                f"arena {self.name!r} has headings {low!r} to {high!r} rad; give low <= high"
            )

    @property
    def radius_mm(self) -> float:
        """Radius of the dish; infinite without one."""
        return min((o.radius_mm for o in self.obstacles if isinstance(o, Dish)), default=math.inf)

    def start(self, rng: np.random.Generator) -> tuple[tuple[float, float], float]:
        """Draw the place (mm) of the middle of the body and its heading (rad).

        Places are uniform over the area of the ring. Three numbers are drawn, whatever the arena.
        """
        u, turn, w = rng.random(3).tolist()
        near, far = self.start_distance_mm
        r = math.sqrt(near**2 + u * (far**2 - near**2))
        angle = 2.0 * math.pi * turn
        low, high = self.start_heading_rad
        place = (
            self.start_centre_mm[0] + r * math.cos(angle),
            self.start_centre_mm[1] + r * math.sin(angle),
        )
        return place, low + w * (high - low)


def _open() -> Arena:
    return Arena(name="open", about="An endless plate with nothing on it.")


def _plate() -> Arena:
    return Arena(
        name="plate",
        about="A 6 cm plate with nothing on it but its rim.",
        obstacles=(Dish(PLATE_RADIUS_MM),),
    )


def _chemotaxis() -> Arena:
    return Arena(
        name="chemotaxis",
        about="A plate with a peak of salt in the middle; the worm starts 10 mm away.",
        chemicals={"salt": GaussianField(peak_mM=50.0, sigma_mm=4.0)},
        obstacles=(Dish(PLATE_RADIUS_MM),),
        goal_mm=(0.0, 0.0),
        start_distance_mm=(10.0, 10.0),
    )


def _odour() -> Arena:
    return Arena(
        name="odour",
        about="A plate with a peak of diacetyl in the middle; the worm starts 10 mm away.",
        chemicals={"diacetyl": GaussianField(peak_mM=0.05, sigma_mm=4.0)},
        obstacles=(Dish(PLATE_RADIUS_MM),),
        goal_mm=(0.0, 0.0),
        start_distance_mm=(10.0, 10.0),
    )


def _repellent() -> Arena:
    return Arena(
        name="repellent",
        about="A plate with copper in the middle; the worm starts 6 mm away.",
        chemicals={"copper": GaussianField(peak_mM=10.0, sigma_mm=2.0)},
        obstacles=(Dish(PLATE_RADIUS_MM),),
        start_distance_mm=(6.0, 6.0),
    )


def _foraging() -> Arena:
    radius_mm, from_middle_mm = 1.5, 6.0
    angles = [math.pi / 2.0 + 2.0 * math.pi * k / 3.0 for k in range(3)]
    centres = [(from_middle_mm * math.cos(a), from_middle_mm * math.sin(a)) for a in angles]
    # Copper guards the way to the first lawn: too little at the start to be noticed (assumed).
    chemicals: dict[str, Field] = {
        "copper": GaussianField(peak_mM=10.0, sigma_mm=0.8, centre_mm=(0.0, 3.0))
    }
    # Two of the odours that bacteria give off, smelt by AWC and AWA; the levels are assumed.
    for name, level_mM in (("isoamyl_alcohol", 0.05), ("diacetyl", 0.02)):
        first, *others = [LawnField(level_mM, radius_mm, 3.0, centre) for centre in centres]
        total: Field = first
        for other in others:
            total = total + other
        chemicals[name] = total
    return Arena(
        name="foraging",
        about="A plate with three lawns of bacteria to smell and to eat, one behind copper.",
        chemicals=chemicals,
        lawns=tuple(Lawn(centre, radius_mm) for centre in centres),
        obstacles=(Dish(PLATE_RADIUS_MM),),
        start_distance_mm=(0.0, 1.0),
    )


def _posts() -> Arena:
    spacing_mm, radius_mm, n, clear_mm = 0.8, 0.15, 4, 0.75
    grid = [spacing_mm * k for k in range(-n, n + 1)]
    posts = [Post(x, y, radius_mm) for x in grid for y in grid if math.hypot(x, y) > clear_mm]
    return Arena(
        name="posts",
        about="A forest of posts 0.8 mm apart, with a clearing where the worm starts.",
        obstacles=(*posts, Dish(PLATE_RADIUS_MM)),
    )


_ARENAS: dict[str, Callable[[], Arena]] = {
    "chemotaxis": _chemotaxis,
    "foraging": _foraging,
    "odour": _odour,
    "open": _open,
    "plate": _plate,
    "posts": _posts,
    "repellent": _repellent,
}


def arena(name: str) -> Arena:
    """Return the world of this name.

    Raises:
        KeyError: there is none; the message suggests one.
        TypeError: the name is no text.
    """
    if not isinstance(name, str):
        raise TypeError(
            f"an arena is given by name or as an Arena, got {type(name).__name__}; "
            f"choose one of {', '.join(_ARENAS)}"
        )
    if name not in _ARENAS:
        raise KeyError(
            f"unknown arena {name!r}{suggestion(name, _ARENAS)}; choose one of {', '.join(_ARENAS)}"
        )
    return _ARENAS[name]()


def names() -> tuple[str, ...]:
    """Return the names of all worlds, sorted."""
    return tuple(_ARENAS)
