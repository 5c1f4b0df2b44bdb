"""Finding lawns of bacteria and eating them."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from env.task import Task
from worm.chemosensation import NOXIOUS

if TYPE_CHECKING:
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
        self._look(sim)
        self._start_mm2 = float(self._left_mm2.sum())

    def _look(self, sim: "Simulation") -> None:
        self._left_mm2 = sim.food.amount
        present_mM = sim.concentration_mM
        self._repellent_mM = float(sum(present_mM.get(name, 0.0) for name in NOXIOUS))

    def rewards(self, sim: "Simulation") -> dict[str, float]:
        """Return "food" (1 at 0.005 mm²/s), "repellent" and "energy" (costs)."""
        before_mm2 = self._left_mm2
        self._look(sim)
        intake_mm2_s = float((before_mm2 - self._left_mm2).sum()) / sim.clock.control_s
        repellent = self._repellent_mM / REFERENCE_REPELLENT_mM
        return {
            "food": self.food_weight * intake_mm2_s / REFERENCE_INTAKE_MM2_S,
            "repellent": -self.repellent_weight * repellent,
            "energy": self._energy(sim),
        }

    def ended(self, sim: "Simulation") -> str | None:
        """Return "eaten", "left_arena" or None."""
        if self._left_mm2.sum() <= self.satiety * self._start_mm2:
            return "eaten"
        return super().ended(sim)

    def info(self, sim: "Simulation") -> dict[str, Any]:  # noqa: ARG002
        """Return "food_left_mm2", (n_lawns,) of fresh lawn, and "repellent_mM" at the nose."""
        return {"food_left_mm2": self._left_mm2.copy(), "repellent_mM": self._repellent_mM}
