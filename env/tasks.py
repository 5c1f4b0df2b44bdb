"""The tasks by name: crawl, swim, find salt, escape from touch, forage."""

from dataclasses import dataclass
from difflib import get_close_matches
from math import hypot
from typing import TYPE_CHECKING, Any, ClassVar

from env.task import REFERENCE_SPEED_MM_S, Progress, Task
from env.task_escape import TouchEscape
from env.task_forage import Forage

if TYPE_CHECKING:
    from env.simulation import Simulation

__all__ = ["TASKS", "Chemotaxis", "Crawl", "Forage", "Swim", "Task", "TouchEscape", "build_task"]


@dataclass(kw_only=True)
class Crawl(Task):
    """Crawl forward: the way of the body's middle along the direction from tail to head."""

    name: ClassVar[str] = "crawl"
    arena: ClassVar[str] = "plate"
    observations: ClassVar[tuple[str, ...]] = ("proprioception", "angular_velocity", "muscle")
    forward_weight: float = 1.0

    def reset(self, sim: "Simulation") -> None:
        """Remember place and heading."""
        self._progress = Progress(sim)

    def rewards(self, sim: "Simulation") -> dict[str, float]:
        """Return "forward" (1 at 0.2 mm/s) and "energy" (a cost)."""
        forward = self.forward_weight * self._progress.speed()
        return {"forward": forward, "energy": self._energy(sim)}


@dataclass(kw_only=True)
class Swim(Crawl):
    """Swim forward in water, where nothing bounds the world."""

    name: ClassVar[str] = "swim"
    arena: ClassVar[str] = "open"
    medium: ClassVar[str] = "water"


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

    def info(self, sim: "Simulation") -> dict[str, Any]:
        """Return "distance_mm", of the nose from the peak."""
        return {"distance_mm": self._distance_mm(sim)}

    def _distance_mm(self, sim: "Simulation") -> float:
        goal = sim.arena.goal_mm
        if goal is None:
            raise ValueError(f"arena {sim.arena.name!r} has no goal; choose one with an attractant")
        nose = sim.centreline_mm[0]
        return hypot(float(nose[0]) - goal[0], float(nose[1]) - goal[1])


TASKS: dict[str, type[Task]] = {
    task.name: task for task in (Crawl, Swim, Chemotaxis, TouchEscape, Forage)
}


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
