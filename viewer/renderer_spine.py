"""The moving part of a picture: from a frame to the 4.6 KB that place the whole body."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from env.frame import Frame
from viewer.body_shape import radius_mm, smooth_curve

Array = NDArray[np.float64]

#: Samples along the body; a uniform block of 16 KB holds at most 341.
N_SPINE = 96
#: Steepest change of radius along the body that a sample stores; at the very nose it is infinite.
_STEEPEST = 25.0
_PHASE = np.arange(N_SPINE) / (N_SPINE - 1.0)
#: (N_SPINE,) body positions of the samples: dense at both ends, where the body is round.
SPINE_U: Array = 0.5 * (1.0 - np.cos(np.pi * _PHASE))


@dataclass(frozen=True)
class Spine:
    """A body, sampled at ``SPINE_U``.

    Attributes:
        centre_mm: (n, 3) axis.
        radius_mm: (n,) radius.
        dorsal: (n, 3) unit vectors to the dorsal side, across the axis.
        slope: (n,) change of radius per length, from head to tail.
        tangent: (n, 3) unit vectors from head to tail.
    """

    centre_mm: Array
    radius_mm: Array
    dorsal: Array
    slope: Array
    tangent: Array

    @classmethod
    def of(cls, frame: Frame) -> Spine:
        """Return the body of a frame; the frame's axis and dorsal directions are made smooth."""
        centre = smooth_curve(np.asarray(frame.centreline_mm, np.float64), SPINE_U)
        tangent = _unit(np.gradient(centre, SPINE_U, axis=0))
        middles = (np.arange(len(frame.dorsal)) + 0.5) / len(frame.dorsal)
        dorsal = np.stack([np.interp(SPINE_U, middles, frame.dorsal[:, k]) for k in range(3)], 1)
        dorsal = dorsal - (dorsal * tangent).sum(axis=1, keepdims=True) * tangent
        length_mm = float(np.linalg.norm(np.diff(centre, axis=0), axis=1).sum())
        return cls(centre, _RADIUS_MM, _unit(dorsal), _SLOPE_MM / max(length_mm, 1e-6), tangent)

    def block(self) -> NDArray[np.float32]:
        """Return the uniform block ``Spine``: (3 n, 4) float32, as ``common.glsl`` declares it."""
        rows = (
            np.column_stack([self.centre_mm, self.radius_mm]),
            np.column_stack([self.dorsal, self.slope]),
            np.column_stack([self.tangent, np.zeros(N_SPINE)]),
        )
        return np.concatenate(rows).astype(np.float32)

    def place(self, body: Array) -> Array:
        """Return (n, 3) world positions in mm of (n, 3) body coordinates u, theta, rho."""
        u, theta, rho = np.asarray(body, np.float64).T
        at = np.arccos(1.0 - 2.0 * np.clip(u, 0.0, 1.0)) / np.pi * (N_SPINE - 1)
        i = np.minimum(at.astype(int), N_SPINE - 2)
        a = (at - i)[:, None]
        centre, dorsal, tangent = (
            (1.0 - a) * rows[i] + a * rows[i + 1]
            for rows in (self.centre_mm, self.dorsal, self.tangent)
        )
        radius = (1.0 - a[:, 0]) * self.radius_mm[i] + a[:, 0] * self.radius_mm[i + 1]
        dorsal, tangent = _unit(dorsal), _unit(tangent)
        right = np.cross(dorsal, tangent)
        outward = np.cos(theta)[:, None] * dorsal + np.sin(theta)[:, None] * right
        placed: Array = centre + (radius * rho)[:, None] * outward
        return placed


def _unit(rows: Array) -> Array:
    unit: Array = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)
    return unit


def _closed_radius_mm() -> Array:
    """Return the radius at the samples, brought to a point at both ends so that nothing gapes."""
    radius = radius_mm(SPINE_U)
    radius[0] = radius[-1] = 0.0
    return radius


_RADIUS_MM = _closed_radius_mm()
#: Change of radius (mm) per body length.
_SLOPE_MM = np.clip(np.gradient(_RADIUS_MM, SPINE_U), -_STEEPEST, _STEEPEST)
