"""The last seconds of a life, for plots: traces, rasters and kymographs that scroll."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from viewer import palette
from viewer.renderer_styles import neuron_colours
from viewer.snapshot import Moment
from worm.connectome import load_connectome

Array = NDArray[np.float64]

#: The plots show this much, in columns of a frame of a recording.
PLOTTED_S, COLUMN_S = 12.0, 0.04
N_COLUMNS = round(PLOTTED_S / COLUMN_S)
#: A living worm gives a moment every 20 ms at most.
_N_MOMENTS = 2 * N_COLUMNS
_SPEED_WINDOW_S = 0.6
_SHORTEST_S = 0.1
#: Slower than this the worm is called still.
_STILL_MM_S = 0.02
_CURVATURE_L = 8.0


class History:
    """A ring of the last moments.

    Attributes:
        count: moments seen since the last clearing.
        time_s: (n,) of the ring, in no order; see :meth:`order`.
    """

    def __init__(self) -> None:
        self.count = 0
        self.time_s = np.zeros(_N_MOMENTS)
        self.voltages_mV = np.zeros((_N_MOMENTS, 302))
        self._place_mm = np.zeros((_N_MOMENTS, 3))
        self.speed_mm_s = np.zeros(_N_MOMENTS)

    def push(self, moment: Moment) -> None:
        """Add a moment; one that is not later than the last begins anew."""
        frame = moment.frame
        if self.count and frame.time_s <= self.time_s[(self.count - 1) % _N_MOMENTS]:
            self.count = 0
        column = self.count % _N_MOMENTS
        self.time_s[column] = frame.time_s
        self.voltages_mV[column] = frame.voltages_mV
        self._place_mm[column] = frame.centreline_mm.mean(axis=0)
        self.count += 1
        self.speed_mm_s[column] = self._speed(frame.centreline_mm)

    def order(self) -> NDArray[np.int64]:
        """Return the columns of the ring, oldest first."""
        n = min(self.count, _N_MOMENTS)
        return np.arange(self.count - n, self.count) % _N_MOMENTS

    def _speed(self, line_mm: Array) -> float:
        """Return the speed along the body over the last while, negative backward, in mm/s."""
        order = self.order()
        times = self.time_s[order]
        first = order[int(np.searchsorted(times, times[-1] - _SPEED_WINDOW_S))]
        elapsed_s = times[-1] - self.time_s[first]
        if elapsed_s <= 0.0:
            return 0.0
        moved = self._place_mm[order[-1]] - self._place_mm[first]
        forward = line_mm[0] - line_mm[-1]
        sign = 1.0 if float(moved @ forward) >= 0.0 else -1.0
        return sign * float(np.linalg.norm(moved)) / float(elapsed_s)

    @property
    def span_s(self) -> float:
        """How much of the past can be plotted."""
        if self.count < 2:
            return _SHORTEST_S
        order = self.order()
        lived_s = float(self.time_s[order[-1]] - self.time_s[order[0]])
        return min(max(lived_s, _SHORTEST_S), PLOTTED_S)

    def direction(self) -> str:
        """Return "forward", "backward" or "still"."""
        speed = float(self.speed_mm_s[(self.count - 1) % _N_MOMENTS]) if self.count else 0.0
        if abs(speed) < _STILL_MM_S:
            return "still"
        return "forward" if speed > 0.0 else "backward"

    def traces(self, neurons: Sequence[int]) -> tuple[Array, Array]:
        """Return (n,) seconds before now and (len(neurons), n) potentials in mV, oldest first."""
        order = self.order()
        now_s = self.time_s[order[-1]] if len(order) else 0.0
        chosen = self.voltages_mV[order][:, list(neurons)].T
        return self.time_s[order] - now_s, np.ascontiguousarray(chosen)


def raster_order() -> NDArray[np.int64]:
    """Return the neurons by type, and within a type from head to tail."""
    connectome = load_connectome()
    kinds = ("sensory", "inter", "motor", "pharyngeal", "unknown")
    rank = np.array([kinds.index(kind) for kind in connectome.types])
    return np.lexsort((connectome.body_position, rank))


def muscle_order() -> NDArray[np.int64]:
    """Return the muscles quadrant by quadrant (DL, DR, VR, VL), head to tail in each."""
    names = load_connectome().muscle_names
    quadrants = ("DL", "DR", "VR", "VL")
    rows = [(quadrants.index(name[1:3]), int(name[3:]), i) for i, name in enumerate(names)]
    return np.array([i for _, _, i in sorted(rows)])


def columns_of(kind: str, moments: Sequence[Moment]) -> NDArray[np.uint8]:
    """Return the (rows, n, 4) colours of n moments in one of the scrolling images.

    Args:
        kind: "neurons" (302 rows), "curvature" (23) or "muscles" (95).
        moments: what to show; at least one.
    """
    if kind == "neurons":
        voltages_mV = np.stack([moment.frame.voltages_mV for moment in moments])
        rgb = np.sqrt(neuron_colours(voltages_mV[:, _RASTER])[..., :3]) * 255.0
    elif kind == "muscles":
        activation = np.stack([moment.frame.activation for moment in moments])
        rgb = palette.muscle_colours(activation[:, _MUSCLES]).astype(np.float64)
    else:
        # Dorsal bends blue, ventral bends orange, straight dark.
        curvature_L = np.stack([moment.curvature_L for moment in moments])
        level = np.clip(curvature_L / _CURVATURE_L, -1.0, 1.0)[..., None]
        dorsal, ventral = np.array((70.0, 160.0, 255.0)), np.array((255.0, 150.0, 50.0))
        rgb = 16.0 + np.maximum(level, 0.0) * dorsal + np.maximum(-level, 0.0) * ventral
    alpha = np.full((*rgb.shape[:2], 1), 255.0)
    colours = np.clip(np.concatenate([rgb, alpha], axis=-1), 0, 255).astype(np.uint8)
    return np.ascontiguousarray(np.moveaxis(colours, 0, 1))


_RASTER, _MUSCLES = raster_order(), muscle_order()
