"""Print how fast the closed loop runs, alone and recorded: python -m benchmarks.closed_loop."""

from __future__ import annotations

import tempfile
from pathlib import Path

from env.simulation import Simulation
from wormlife.bench import closed_loop, cpu_s


def recorded(seconds: float = 1.0) -> float:
    """Return the realtime factor of the closed loop while it is recorded."""
    with (
        tempfile.TemporaryDirectory() as folder,
        Simulation() as sim,
        sim.record(Path(folder) / "run.h5"),
    ):
        return seconds / cpu_s(lambda: sim.run(seconds))


if __name__ == "__main__":
    print(f"closed loop            {closed_loop()['realtime_factor']:.2f} x real time (CPU)")
    print(f"closed loop, recorded  {recorded():.2f} x real time (CPU)")
