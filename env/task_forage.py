"""Finding lawns of bacteria and eating them."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from env.task import Task
from worm.chemosensation import NOXIOUS

if TYPE_CHECKING:
    from env.food import Food
    from env.simulation import Simulation

__all__ = ["Forage"]

REFERENCE_INTAKE_MM2_S = 0.005  # about what a worm crawling over a fresh lawn swallows
REFERENCE_REPELLENT_mM = 10.0


@dataclass(kw_only=True)
class Forage(Task):
    """Eat as much of several lawns as possible, and keep out of repellents where there are any.

    Attributes:
        food_weight, repellent_weight: of the terms of the reward.
        satiety: the episode ends when no more than this share of the food is left.
    """

    name: ClassVar[str] = "forage"
    arena: ClassVar[str] = "foraging"
    observations: ClassVar[tuple[str, ...]] = (
        "proprioception",
        "angular_velocity",
        "chemicals",
        "chemicals_change",
        "muscle",
    )
    food_weight: float = 1.0
    repellent_weight: float = 1.0
    satiety: float = 0.05

    def reset(self, sim: "Simulation") -> None:
        """Remember how much food there is.

        Raises:
            ValueError: there is none in this arena.
        """
        if not sim.arena.lawns:
            raise ValueError(
                f"arena {sim.arena.name!r} has no lawn to forage on; choose one with food, "
                "as 'foraging'"
            )
        self._left_mm2 = self._start_mm2 = _left_mm2(sim)

    def rewards(self, sim: "Simulation") -> dict[str, float]:
        """Return "food" (1 at 0.005 mm²/s), "repellent" and "energy" (costs)."""
        left_mm2 = _left_mm2(sim)
        intake_mm2_s = (self._left_mm2 - left_mm2) / sim.clock.control_s
        self._left_mm2 = left_mm2
        repellent_mM = sum(sim.concentration_mM.get(name, 0.0) for name in NOXIOUS)
        return {
            "food": self.food_weight * intake_mm2_s / REFERENCE_INTAKE_MM2_S,
            "repellent": -self.repellent_weight * repellent_mM / REFERENCE_REPELLENT_mM,
            "energy": self._energy(sim),
        }

    def ended(self, sim: "Simulation") -> str | None:
        """Return "eaten", "left_arena" or None."""
        if self._left_mm2 <= self.satiety * self._start_mm2:
            return "eaten"
        return super().ended(sim)


def _left_mm2(sim: "Simulation") -> float:
    food: Food = sim._loop.food  # the same room's: the plate belongs to the loop
    return float(np.sum(food.amount))
