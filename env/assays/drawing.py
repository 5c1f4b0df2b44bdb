"""Parts of the figures of assays; matplotlib is the extra [plot]."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["kymograph", "paths", "points", "traces"]

Array = NDArray[np.float64]

CONTROL_s = 0.04  # between samples
CURVATURE_LIMIT_L = 12.0


def kymograph(axes: Axes, curvature_L: Array, dt_s: float = CONTROL_s) -> None:
    """Draw (n, 23) curvature times body length over time, head on top."""
    image = axes.imshow(
        curvature_L.T,
        aspect="auto",
        cmap="RdBu_r",
        vmin=-CURVATURE_LIMIT_L,
        vmax=CURVATURE_LIMIT_L,
        extent=(0.0, len(curvature_L) * dt_s, 1.0, 0.0),
    )
    axes.set(xlabel="time (s)", ylabel="body position (0 nose, 1 tail)")
    if axes.figure is not None:
        axes.figure.colorbar(image, ax=axes, label="curvature × length")


def paths(axes: Axes, lines_mm: Sequence[Array]) -> None:
    """Draw (n, 2 or 3) paths on the plate, each from its dot on."""
    for line in lines_mm:
        (drawn,) = axes.plot(line[:, 0], line[:, 1], linewidth=0.8)
        axes.plot(line[0, 0], line[0, 1], "o", markersize=4, color=drawn.get_color())
    axes.set(xlabel="x (mm)", ylabel="y (mm)", aspect="equal")
    axes.margins(0.1)


def points(axes: Axes, x: Sequence[float], y: Sequence[float]) -> None:
    """Draw every trial as a dot and the means at equal x as a line."""
    across, values = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    axes.plot(across, values, "o", color="0.6", markersize=4)
    known = np.isfinite(values)
    at = np.unique(across[known])
    axes.plot(at, [values[known & (across == place)].mean() for place in at], "-k")


def traces(axes: Axes, series: Sequence[Array], dt_s: float, start_s: float, label: str) -> None:
    """Draw time courses in grey and their mean in black, as far as all of them last."""
    shortest = min((len(one) for one in series), default=0)
    time_s = start_s + np.arange(shortest) * dt_s
    for one in series:
        axes.plot(time_s, one[:shortest], color="0.8", linewidth=0.6)
    if shortest:
        axes.plot(time_s, np.mean([one[:shortest] for one in series], axis=0), "k", linewidth=1.5)
    axes.set(xlabel="time (s)", ylabel=label)
