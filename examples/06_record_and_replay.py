"""Record an episode, read it back, and live it again bit by bit."""

from pathlib import Path

import wormlife
from env.replay import verify


def main(path: Path = Path("touched.h5"), seconds: float = 4.0) -> bool:
    """Return whether the replay is the same to the last bit."""
    with wormlife.Simulation(seed=1) as sim, sim.record(path, overwrite=True):
        sim.run(seconds / 2)
        sim.touch(position=0.1, side="dorsal", force_uN=10.0, duration_s=0.2)
        sim.run(seconds / 2)
    episode = wormlife.load(path)
    print(
        f"{len(episode)} frames, {episode.voltages_mV.shape[1]} neurons, AVM {episode['AVM'][-1]}"
    )
    difference = verify(episode)
    print("identical" if difference is None else difference)
    return difference is None


if __name__ == "__main__":
    main()
