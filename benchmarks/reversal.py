"""Draw one touch of one worm for docs/validation.md: speed, curvature, and all 302 neurons.

    python -m benchmarks.reversal                 writes docs/images/reversal.png

The worm of a seed is touched in front after AT_s; everything shown is read from its recording.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from env.assays.kinematics import Track, smoothed_speed
from env.assays.touch import ANTERIOR, GENTLE_s, GENTLE_uN
from env.episode import Episode
from env.recording import load
from env.simulation import Simulation
from worm.connectome import Connectome, load_connectome

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Array = NDArray[np.float64]

SEED, AT_s, LENGTH_s = 1, 10.0, 20.0
SHOWN_s = (4.0, LENGTH_s)
IMAGE = Path(__file__).resolve().parents[1] / "docs" / "images" / "reversal.png"
# Rows of the raster, top to bottom; whatever is in none of these is an "interneuron".
GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("touch", ("ALM", "AVM", "PLM", "PVM")),
    ("AVA AVD AVE", ("AVA", "AVD", "AVE")),
    ("AVB PVC", ("AVB", "PVC")),
    ("head motor", ("SMD", "RMD", "SMB", "RME", "RIV", "RIM", "SIA", "SIB", "URA", "SAA")),
    ("A", ("DA", "VA")),
    ("B", ("DB", "VB")),
    ("D", ("DD", "VD")),
    ("AS, VC", ("AS", "VC")),
)


def touched(seed: int) -> Episode:
    """Return the recording of a crawling worm that is touched in front."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "touched.h5"
        with Simulation(seed=seed) as sim, sim.record(path):
            sim.run(AT_s)
            sim.touch(ANTERIOR, "dorsal", GENTLE_uN, GENTLE_s)
            sim.run(LENGTH_s - AT_s)
        return load(path)


def rows_of(connectome: Connectome) -> list[tuple[str, list[int]]]:
    """Return the groups of the raster with the neurons of each, head to tail; every one is once."""
    groups = [(name, connectome.indices(classes)) for name, classes in GROUPS]
    named = {i for _, members in groups for i in members}
    left = [i for i in range(len(connectome.names)) if i not in named]
    kinds = (("sensory", "sensory"), ("pharynx", "pharyngeal"))
    groups += [(name, [i for i in left if connectome.types[i] == kind]) for name, kind in kinds]
    seen = {i for _, members in groups for i in members}
    groups.append(("interneurons\nand others", [i for i in left if i not in seen]))
    place = connectome.body_position
    return [(name, sorted(members, key=lambda i: float(place[i]))) for name, members in groups]


def draw_raster(axes: Axes, time_s: Array, voltages_mV: Array, connectome: Connectome) -> None:
    """Draw the potential of every neuron, less its mean before the touch."""
    groups = rows_of(connectome)
    order = [i for _, members in groups for i in members]
    change = voltages_mV - voltages_mV[(time_s >= SHOWN_s[0]) & (time_s < AT_s)].mean(axis=0)
    extent = (float(time_s[0]), float(time_s[-1]), float(len(order)), 0.0)
    image = axes.imshow(
        change[:, order].T, aspect="auto", cmap="RdBu_r", vmin=-25.0, vmax=25.0, extent=extent,
        interpolation="nearest",
    )  # fmt: skip
    edges = np.cumsum([0, *(len(members) for _, members in groups)])
    axes.set_yticks((edges[1:] + edges[:-1]) / 2, [name for name, _ in groups], fontsize=8)
    axes.tick_params(axis="y", length=0)
    for edge in edges[1:-1]:
        axes.axhline(edge, color="0.6", linewidth=0.5)
    axes.figure.colorbar(image, ax=axes, label="mV above its mean before", pad=0.01, aspect=40)


def draw(episode: Episode, path: Path) -> None:
    """Write the picture."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    seen = episode.channels
    time_s, curvature = np.asarray(seen["time_s"]), np.asarray(seen["curvature_L"])
    track = Track(
        dt_s=float(time_s[1] - time_s[0]),
        centreline_mm=np.asarray(seen["centreline_mm"]),
        curvature_L=curvature,
    )
    figure, (speed, bends, raster) = plt.subplots(
        3, 1, figsize=(8.0, 10.0), sharex=True, layout="constrained", height_ratios=(1, 1.4, 6)
    )
    speed.plot(time_s[1:], smoothed_speed(track), color="black")
    speed.axhline(0.0, color="0.6", linewidth=0.5)
    speed.set(ylabel="speed, mm/s", title="A touch in front: the worm backs off, and crawls on")
    image = bends.imshow(
        curvature.T, aspect="auto", cmap="PuOr_r", vmin=-8.0, vmax=8.0,
        extent=(float(time_s[0]), float(time_s[-1]), 1.0, 0.0),
    )  # fmt: skip
    bends.set(ylabel="place, head at 0")
    figure.colorbar(image, ax=bends, label="curvature × length", pad=0.01, aspect=10)
    draw_raster(raster, time_s, np.asarray(seen["voltages_mV"]), load_connectome())
    raster.set(xlabel="time, s", xlim=SHOWN_s)
    for axes in (speed, bends, raster):
        axes.axvspan(AT_s, AT_s + GENTLE_s, color="tab:red", alpha=0.25, linewidth=0)
    figure.savefig(path, dpi=90)


if __name__ == "__main__":
    draw(touched(SEED), IMAGE)
