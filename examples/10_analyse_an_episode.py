"""Plot the curvature of the body over time beside two neurons; needs wormlife[plot]."""

from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt

import wormlife


def main(path: Path = Path("episode.h5"), seconds: float = 10.0) -> Path:
    """Return the path of the picture."""
    with wormlife.Simulation(seed=0) as sim, sim.record(path, overwrite=True):
        sim.run(seconds)
    episode = wormlife.load(path)
    figure, (above, below) = plt.subplots(2, sharex=True, layout="constrained")
    extent = (0.0, seconds, 1.0, 0.0)
    above.imshow(episode.curvature_L.T, aspect="auto", cmap="coolwarm", extent=extent)
    above.set_ylabel("body position (0 nose)")
    for name in ("AVAL", "AVBL"):
        below.plot(episode.time_s, episode[name], label=name)
    below.set(xlabel="time (s)", ylabel="voltage (mV)")
    below.legend()
    picture = path.with_suffix(".png")
    figure.savefig(picture)
    plt.close(figure)
    print(f"picture: {picture}")
    return picture


if __name__ == "__main__":
    main()
