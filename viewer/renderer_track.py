"""The groove that the tail of a worm leaves in the agar."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from env.frame import Frame

#: Points nearer to each other than this are one.
_STEP_MM = 0.008
_MOST_POINTS = 1500
_HALF_WIDTH_MM = 0.008
#: A jump this long is a new worm, not a movement.
_JUMP_MM = 0.8


class Track:
    """Where the tail has been, newest first; a step back in time begins anew."""

    def __init__(self) -> None:
        self._points: list[tuple[float, float]] = []
        self._time_s = -np.inf

    def follow(self, frame: Frame) -> None:
        """Extend the groove to the tail of a frame."""
        x, y = (float(v) for v in np.asarray(frame.centreline_mm)[-1, :2])
        if frame.time_s < self._time_s or (self._points and self._away(x, y) > _JUMP_MM):
            self._points.clear()
        self._time_s = frame.time_s
        if not self._points or self._away(x, y) >= _STEP_MM:
            self._points.append((x, y))
            del self._points[:-_MOST_POINTS]

    def _away(self, x: float, y: float) -> float:
        last = self._points[-1]
        return float(np.hypot(x - last[0], y - last[1]))

    def ribbon(self, most: int) -> NDArray[np.float32]:
        """Return (2 n, 4) vertices of a strip, x, y (mm), age 0..1, side; n is at most ``most``."""
        points = np.array(self._points[-most:][::-1])
        if len(points) < 3:
            return np.zeros((0, 4), np.float32)
        way = np.gradient(points, axis=0)
        way /= np.maximum(np.linalg.norm(way, axis=1, keepdims=True), 1e-9)
        side = np.stack([-way[:, 1], way[:, 0]], 1) * _HALF_WIDTH_MM
        age = np.linspace(0.0, 1.0, len(points))
        ribbon = np.empty((len(points), 2, 4), np.float32)
        ribbon[:, 0, :2], ribbon[:, 1, :2] = points + side, points - side
        ribbon[:, :, 2] = age[:, None]
        ribbon[:, :, 3] = (1.0, -1.0)
        return ribbon.reshape(-1, 4)
