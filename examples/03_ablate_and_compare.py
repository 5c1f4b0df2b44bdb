"""Kill AVB, the command neurons of forward crawling, and compare with an intact worm."""

import numpy as np

import wormlife


def speed_mm_s(ablate: str, seconds: float, seed: int) -> float:
    """Return the mean speed of the body's middle, start to end, in mm/s."""
    with wormlife.Simulation(seed=seed, ablate=ablate) as sim:
        start = sim.position_mm
        sim.run(seconds)
        return float(np.linalg.norm(sim.position_mm - start)) / seconds


def main(seconds: float = 10.0, seeds: int = 3) -> dict[str, float]:
    """Return the mean speed of each group, in mm/s."""
    groups = {"intact": "", "without AVB": "AVB"}
    means = {}
    for name, ablate in groups.items():
        speeds = [speed_mm_s(ablate, seconds, seed) for seed in range(seeds)]
        means[name] = float(np.mean(speeds))
        print(f"{name:12} {means[name]:.4f} mm/s ({seeds} worms)")
    return means


if __name__ == "__main__":
    main()
