"""A world of one's own: a peak of salt between two posts."""

import wormlife
from env.arena import Arena
from env.fields import GaussianField
from worm.obstacles import Post

GATE = Arena(
    name="gate",
    about="A peak of salt between two posts.",
    chemicals={"salt": GaussianField(peak_mM=50.0, sigma_mm=2.0)},
    obstacles=(Post(0.0, 0.8, 0.3), Post(0.0, -0.8, 0.3)),
    goal_mm=(0.0, 0.0),
    start_distance_mm=(3.0, 3.0),
)


def main(seconds: float = 5.0) -> float:
    """Return the concentration of salt at the nose at the end, in mM."""
    with wormlife.Simulation(arena=GATE) as sim:
        sim.reset(seed=0, position_mm=(-1.5, 0.0), heading_rad=0.0)
        sim.run(seconds)
        salt_mM = sim.concentration_mM["salt"]
        print(f"salt at the nose: {salt_mM:.2f} mM; events: {[e['kind'] for e in sim.events]}")
    return salt_mM


if __name__ == "__main__":
    main()
