"""What every task has: the world it lives in, its reward, and when an episode ends."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from math import hypot
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

if TYPE_CHECKING:
    from env.simulation import Simulation

__all__ = ["MARGIN_MM", "REFERENCE_SPEED_MM_S", "Task"]

REFERENCE_SPEED_MM_S = 0.2  # a crawling worm's; a step at this speed earns a reward of 1
MARGIN_MM = 0.5  # nearer than this to the rim of the dish the worm has left the arena


@dataclass(kw_only=True)
class Task(ABC):
    """Reward and end of an episode.

    ``reset`` is called once per episode; ``before_step``, ``rewards`` and ``ended`` once per
    control step, in this order; then, as after ``reset``, ``info``.

    Attributes:
        name: what an environment is asked for.
        arena: name of the world.
        medium: what the worm moves in, as for ``Simulation``.
        observations: groups that an agent sees unless it asks for others.
        energy_weight: cost of the mean squared muscle activation.
        reach_mm: without a rim, the distance from the start at which the arena is left.
    """

    name: ClassVar[str]
    arena: ClassVar[str]
    medium: ClassVar[str] = "agar"
    observations: ClassVar[tuple[str, ...]]
    energy_weight: float = 0.1
    reach_mm: float = 25.0

    @abstractmethod
    def reset(self, sim: "Simulation") -> None:
        """Remember where the episode begins."""

    def before_step(self, sim: "Simulation") -> None:  # noqa: B027  (doing nothing is the rule)
        """Do to the worm what is due now; most tasks do nothing."""

    @abstractmethod
    def rewards(self, sim: "Simulation") -> dict[str, float]:
        """Return the terms of the reward of the last control step; their sum is the reward."""

    def ended(self, sim: "Simulation") -> str | None:
        """Return why the episode ends now ("left_arena", "reached", "eaten"), or None."""
        limit_mm = min(self.reach_mm, sim.arena.radius_mm - MARGIN_MM)
        return "left_arena" if hypot(*sim.position_mm[:2].tolist()) > limit_mm else None

    def info(self, sim: "Simulation") -> dict[str, Any]:  # noqa: ARG002
        """Return what ``info`` shows of the task now, besides what it shows of every task."""
        return {}

    def _energy(self, sim: "Simulation") -> float:
        return -self.energy_weight * float(np.mean(sim.activation**2))


class Progress:
    """The way of the body's middle along the direction from tail to head, step by step."""

    def __init__(self, sim: "Simulation") -> None:
        self._sim = sim
        self._remember()

    def _remember(self) -> None:
        self._place_mm = self._sim.position_mm[:2]
        self._heading_rad = self._sim.heading_rad

    def speed(self) -> float:
        """Return the forward speed since the last call, in units of the reference speed."""
        heading = np.array([np.cos(self._heading_rad), np.sin(self._heading_rad)])
        way_mm = float((self._sim.position_mm[:2] - self._place_mm) @ heading)
        self._remember()
        return way_mm / self._sim.clock.control_s / REFERENCE_SPEED_MM_S
