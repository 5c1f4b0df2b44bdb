"""A worm lives for some seconds on agar; nothing tells it what to do."""

import numpy as np

import wormlife


def main(seconds: float = 10.0) -> float:
    """Return the way of the body's middle, in mm."""
    with wormlife.Simulation(seed=0, medium="agar") as sim:
        start = sim.position_mm
        sim.run(seconds)
        way_mm = float(np.linalg.norm(sim.position_mm - start))
        print(f"after {sim.time_s:.1f} s the worm is {way_mm:.3f} mm from its start")
        print(f"AVBL {sim.voltage_mV('AVBL'):.1f} mV, strongest muscle {sim.activation.max():.2f}")
    return way_mm


if __name__ == "__main__":
    main()
