"""What a worm is asked to do: the world it lives in, its reward, and when an episode ends."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from difflib import get_close_matches
from math import hypot
from typing import TYPE_CHECKING, ClassVar

import numpy as np

if TYPE_CHECKING:
    from env.simulation import Simulation

__all__ = ["TASKS", "Chemotaxis", "Crawl", "Task", "build_task"]

REFERENCE_SPEED_MM_S = 0.2  # a crawling worm's; a step at this speed earns a reward of 1
MARGIN_MM = 0.5  # nearer than this to the rim of the dish the worm has left the arena


@dataclass(kw_only=True)
class Task(ABC):
    """Reward and end of an episode; ``reset`` and ``after_step`` are called once each per event.

    Attributes:
        name: what an environment is asked for.
        arena: name of the world.
        observations: groups that an agent sees unless it asks for others.
        energy_weight: cost of the mean squared muscle activation.
        reach_mm: without a rim, the distance from the start at which the arena is left.
    """

    name: ClassVar[str]
    arena: ClassVar[str]
    observations: ClassVar[tuple[str, ...]]
    energy_weight: float = 0.1
    reach_mm: float = 25.0

    @abstractmethod
    def reset(self, sim: "Simulation") -> None:
        """Remember where the episode begins."""

    @abstractmethod
    def rewards(self, sim: "Simulation") -> dict[str, float]:
        """Return the terms of the reward of the last control step; their sum is the reward."""

    def ended(self, sim: "Simulation") -> str | None:
        """Return why the episode ends now ("left_arena", "reached"), or None."""
        limit_mm = min(self.reach_mm, sim.arena.radius_mm - MARGIN_MM)
        return "left_arena" if hypot(*sim.position_mm[:2].tolist()) > limit_mm else None

    def _energy(self, sim: "Simulation") -> float:
        return -self.energy_weight * float(np.mean(sim.activation**2))


@dataclass(kw_only=True)
class Crawl(Task):
    """Crawl forward: the way of the body's middle along the direction from tail to head."""

    name: ClassVar[str] = "crawl"
    arena: ClassVar[str] = "plate"
    observations: ClassVar[tuple[str, ...]] = ("proprioception", "angular_velocity", "muscle")
    forward_weight: float = 1.0

    def reset(self, sim: "Simulation") -> None:
        """Remember place and heading."""
        self._before = sim.position_mm[:2]
        self._heading_rad = sim.heading_rad

    def rewards(self, sim: "Simulation") -> dict[str, float]:
        """Return "forward" (1 at 0.2 mm/s) and "energy" (a cost)."""
        now, heading = sim.position_mm[:2], self._heading_rad
        way_mm = float((now - self._before) @ (np.cos(heading), np.sin(heading)))
        self.reset(sim)
        forward = way_mm / sim.clock.control_s / REFERENCE_SPEED_MM_S
        return {"forward": self.forward_weight * forward, "energy": self._energy(sim)}


@dataclass(kw_only=True)
class Chemotaxis(Task):
    """Reach the peak of an attractant with the nose."""

    name: ClassVar[str] = "chemotaxis"
    arena: ClassVar[str] = "chemotaxis"
    observations: ClassVar[tuple[str, ...]] = (
        "proprioception",
        "angular_velocity",
        "chemo",
        "chemo_change",
        "muscle",
    )
    approach_weight: float = 1.0
    food_weight: float = 100.0
    goal_radius_mm: float = 0.5

    def reset(self, sim: "Simulation") -> None:
        """Remember the distance to the peak."""
        self._before_mm = self._distance_mm(sim)

    def rewards(self, sim: "Simulation") -> dict[str, float]:
        """Return "approach" (1 at 0.2 mm/s), "food" (once, on arrival) and "energy" (a cost)."""
        now_mm = self._distance_mm(sim)
        speed_mm_s = (self._before_mm - now_mm) / sim.clock.control_s
        self._before_mm = now_mm
        arrived = now_mm < self.goal_radius_mm
        return {
            "approach": self.approach_weight * speed_mm_s / REFERENCE_SPEED_MM_S,
            "food": self.food_weight * arrived,
            "energy": self._energy(sim),
        }

    def ended(self, sim: "Simulation") -> str | None:
        """Return "reached", "left_arena" or None."""
        return "reached" if self._distance_mm(sim) < self.goal_radius_mm else super().ended(sim)

    def _distance_mm(self, sim: "Simulation") -> float:
        goal = sim.arena.goal_mm
        if goal is None:
            raise ValueError(f"arena {sim.arena.name!r} has no goal; choose one with an attractant")
        nose = sim.centreline_mm[0]
        return hypot(float(nose[0]) - goal[0], float(nose[1]) - goal[1])


TASKS: dict[str, type[Task]] = {task.name: task for task in (Crawl, Chemotaxis)}


def build_task(task: str | Task) -> Task:
    """Return a task by name, or the task given.

    Raises:
        ValueError: the name is unknown.
    """
    if isinstance(task, Task):
        return task
    if task not in TASKS:
        close = get_close_matches(str(task), TASKS, 1)
        hint = f"; did you mean {close[0]!r}?" if close else ";"
        raise ValueError(f"unknown task {task!r}{hint} choose one of {', '.join(TASKS)}")
    return TASKS[task]()
