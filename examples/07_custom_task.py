"""A task of one's own: stand as still as possible, as an environment for any agent."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from env.simulation import Simulation
from env.tasks import Task
from env.worm_env import WormEnv


@dataclass(kw_only=True)
class KeepStill(Task):
    """Minus the speed of the body's middle, in units of 0.2 mm/s."""

    name: ClassVar[str] = "keep_still"
    arena: ClassVar[str] = "open"
    observations: ClassVar[tuple[str, ...]] = ("proprioception", "angular_velocity")

    def reset(self, sim: Simulation) -> None:
        """Remember the place."""
        self._before = sim.position_mm

    def rewards(self, sim: Simulation) -> dict[str, float]:
        """Return "still" and "energy"."""
        way_mm = float(np.linalg.norm(sim.position_mm - self._before))
        self.reset(sim)
        return {"still": -way_mm / sim.clock.control_s / 0.2, "energy": self._energy(sim)}


def main(steps: int = 50) -> float:
    """Return the reward of a limp worm over some steps; random muscles earn less."""
    env = WormEnv(KeepStill(), action_mode="muscles", body="free")
    totals = {}
    for name, scale in (("limp", 0.0), ("random", 1.0)):
        env.action_space.seed(0)
        env.reset(seed=0, options={"posture": "straight"})
        actions = [scale * env.action_space.sample() for _ in range(steps)]
        totals[name] = sum(env.step(action)[1] for action in actions)
        print(f"{name:7} {totals[name]:.3f}")
    env.close()
    return totals["limp"] - totals["random"]


if __name__ == "__main__":
    main()
