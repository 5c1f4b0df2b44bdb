"""Being touched, and getting away from it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from env.task import Progress, Task

if TYPE_CHECKING:
    from env.simulation import Simulation

__all__ = ["TouchEscape"]

HEAD, TAIL = 0.15, 0.85  # body positions: over ALM and over PLM
STREAM = 3  # the simulation itself draws from the children 0..2 of its seed


@dataclass(kw_only=True)
class TouchEscape(Task):
    """Back away from a touch at the head, run from one at the tail.

    Attributes:
        escape_weight: of the reward.
        interval_s: shortest and longest time between touches.
        window_s: how long after a touch moving away from it is rewarded.
        force_uN: of the hair.
        duration_s: of a touch.
    """

    name: ClassVar[str] = "touch_escape"
    arena: ClassVar[str] = "open"
    observations: ClassVar[tuple[str, ...]] = (
        "proprioception",
        "angular_velocity",
        "touch",
        "muscle",
    )
    escape_weight: float = 1.0
    interval_s: tuple[float, float] = (8.0, 12.0)
    window_s: float = 3.0
    force_uN: float = 10.0
    duration_s: float = 0.2

    def reset(self, sim: "Simulation") -> None:
        """Draw when the first touch comes, from the seed of the simulation."""
        self._rng = np.random.default_rng(np.random.SeedSequence(sim.seed, spawn_key=(STREAM,)))
        self._progress = Progress(sim)
        self._away = 0.0
        self._touched_s = -np.inf
        self._touches = 0
        self._next_s = float(self._rng.uniform(*self.interval_s))

    def before_step(self, sim: "Simulation") -> None:
        """Touch head or tail when the time has come."""
        if sim.time_s < self._next_s:
            return
        at_head = bool(self._rng.random() < 0.5)
        sim.touch(HEAD if at_head else TAIL, "dorsal", self.force_uN, self.duration_s)
        self._away = -1.0 if at_head else 1.0
        self._touched_s = sim.time_s
        self._touches += 1
        self._next_s = sim.time_s + float(self._rng.uniform(*self.interval_s))

    def rewards(self, sim: "Simulation") -> dict[str, float]:
        """Return "escape" (1 at 0.2 mm/s away from a recent touch) and "energy" (a cost)."""
        speed = self._progress.speed()
        recent = sim.time_s - self._touched_s <= self.window_s
        escape = self.escape_weight * self._away * speed if recent else 0.0
        return {"escape": escape, "energy": self._energy(sim)}

    def info(self, sim: "Simulation") -> dict[str, Any]:  # noqa: ARG002
        """Return "touches", how many there were so far."""
        return {"touches": self._touches}
