"""The outline of a worm from its centreline: smooth axis, local frame, radius."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from env.frame import Frame

Array = NDArray[np.float64]

#: Largest radius of an adult 1 mm long (Boyle, Berri and Cohen 2012, doi:10.3389/fncom.2012.00010).
MAX_RADIUS_MM = 0.04
#: Points along the drawn body.
N_POINTS = 97


@dataclass(frozen=True)
class BodyShape:
    """A body in the plane, sampled at ``N_POINTS`` equal steps from nose to tail.

    Attributes:
        s: (n,) position along the body, 0 nose .. 1 tail.
        axis_mm: (n, 2) centre line.
        across: (n, 2) unit vectors across the body, on the dorsal side.
        radius_mm: (n,) half the width.
    """

    s: Array
    axis_mm: Array
    across: Array
    radius_mm: Array

    def at(self, u: float) -> Array:
        """Return (n, 2) the line at ``u`` radii from the axis: -1 ventral edge, 1 dorsal edge."""
        line: Array = self.axis_mm + u * self.radius_mm[:, None] * self.across
        return line


def radius_mm(s: Array) -> Array:
    """Return the radius at body positions ``s``: round nose, even middle, tapered tail."""
    nose = np.sqrt(np.clip(1.0 - (1.0 - np.minimum(s / 0.035, 1.0)) ** 2, 0.0, 1.0))
    head = 0.5 + 0.5 * np.sin(0.5 * np.pi * np.clip(s / 0.3, 0.0, 1.0))
    tail = 1.0 - (1.0 - np.clip((1.0 - s) / 0.42, 0.0, 1.0)) ** 2.2
    profile: Array = MAX_RADIUS_MM * nose * head * tail
    return np.maximum(profile, 0.03 * MAX_RADIUS_MM)


def body_shape(frame: Frame) -> BodyShape:
    """Return the smooth outline of the worm of a frame, seen from above."""
    s = np.linspace(0.0, 1.0, N_POINTS)
    axis = smooth_curve(frame.centreline_mm[:, :2], s)
    tangent = np.gradient(axis, axis=0)
    tangent /= np.maximum(np.linalg.norm(tangent, axis=1, keepdims=True), 1e-9)
    left_of_travel = np.stack([tangent[:, 1], -tangent[:, 0]], axis=1)
    middles = (np.arange(len(frame.dorsal)) + 0.5) / len(frame.dorsal)
    dorsal = np.stack([np.interp(s, middles, frame.dorsal[:, k]) for k in (0, 1)], axis=1)
    # One side for the whole body: near a vertical dorsal direction the sign would flicker.
    side = 1.0 if np.sum(dorsal * left_of_travel) >= 0.0 else -1.0
    return BodyShape(s, axis, side * left_of_travel, radius_mm(s))


def smooth_curve(points: Array, s: Array) -> Array:
    """Return a Catmull-Rom curve through evenly spaced ``points``, at positions ``s`` (0..1)."""
    ends = np.concatenate([2 * points[:1] - points[1:2], points, 2 * points[-1:] - points[-2:-1]])
    where = s * (len(points) - 1)
    k = np.minimum(where.astype(int), len(points) - 2)
    t = (where - k)[:, None]
    a, b, c, d = (ends[k + offset] for offset in range(4))
    curve: Array = 0.5 * (
        2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3
    )
    return curve
