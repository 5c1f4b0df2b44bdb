"""Lawns of bacteria, and how much of them is left."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Food", "Lawn"]

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Lawn:
    """A round lawn at the start.

    Attributes:
        centre_mm: where.
        radius_mm: how large.
        density: food per mm², in units of a fresh lawn (1).
        intake_per_s: share of the food under the mouth that is swallowed per second (assumed).
    """

    centre_mm: tuple[float, float]
    radius_mm: float
    density: float = 1.0
    intake_per_s: float = 0.5

    def __post_init__(self) -> None:
        if not all(math.isfinite(c) for c in self.centre_mm):
            raise ValueError(f"centre_mm is {self.centre_mm!r}; give two finite numbers")
        for name in ("radius_mm", "density", "intake_per_s"):
            value = getattr(self, name)
            if not 0.0 < value < math.inf:
                raise ValueError(f"{name} is {value!r}; give a positive finite number")


class Food:
    """What is left of some lawns; eaten in patches of a square grid.

    Args:
        lawns: as they are at the start.
        patch_mm: side of a patch, about the reach of a mouth that sweeps with the head.
    """

    def __init__(self, lawns: Sequence[Lawn], patch_mm: float = 0.1) -> None:
        if not 0.0 < patch_mm < math.inf:
            raise ValueError(f"patch_mm is {patch_mm!r}; give a positive length")
        self.lawns = tuple(lawns)
        self.patch_mm = float(patch_mm)
        self.reset()

    def reset(self) -> None:
        """Grow all lawns back."""
        self._left = [_patches(lawn, self.patch_mm) for lawn in self.lawns]

    @property
    def amount(self) -> Array:
        """(n_lawns,) food left in each lawn."""
        return np.array([float(left.sum()) for left in self._left])

    def eat(self, x_mm: float, y_mm: float, dt_s: float) -> float:
        """Take away what a mouth at a place swallows in ``dt_s``, and return how much that is.

        Raises:
            ValueError: the place or the time is not finite, or the time is negative.
        """
        if not (math.isfinite(x_mm + y_mm) and 0.0 <= dt_s < math.inf):
            raise ValueError(
                f"cannot eat at ({x_mm!r}, {y_mm!r}) mm for {dt_s!r} s; give finite numbers and "
                "a time of zero or more"
            )
        eaten = 0.0
        for lawn, left in zip(self.lawns, self._left, strict=True):
            row = math.floor((y_mm - lawn.centre_mm[1] + lawn.radius_mm) / self.patch_mm)
            column = math.floor((x_mm - lawn.centre_mm[0] + lawn.radius_mm) / self.patch_mm)
            if 0 <= row < left.shape[0] and 0 <= column < left.shape[1]:
                # Exact for a mouth that stays, so the meal does not depend on the time step.
                bite = -math.expm1(-lawn.intake_per_s * dt_s) * float(left[row, column])
                left[row, column] -= bite
                eaten += bite
        return eaten

    def state(self) -> dict[str, Array]:
        """Return a copy of what is left in every patch."""
        return {f"lawn_{i}": left.copy() for i, left in enumerate(self._left)}

    def set_state(self, state: Mapping[str, Array]) -> None:
        """Go back to a state returned by :meth:`state`.

        Raises:
            KeyError: a lawn is missing.
            ValueError: a lawn has another shape.
        """
        patches = [np.array(state[f"lawn_{i}"], dtype=np.float64) for i in range(len(self.lawns))]
        for i, (new, mine) in enumerate(zip(patches, self._left, strict=True)):
            if new.shape != mine.shape:
                raise ValueError(f"lawn_{i} has shape {new.shape}; give {mine.shape}")
        self._left = patches


def _patches(lawn: Lawn, patch_mm: float) -> Array:
    """Return the food in each patch (row along y, column along x) of the square about a lawn."""
    n = max(math.ceil(2.0 * lawn.radius_mm / patch_mm), 1)
    offset = (np.arange(n) + 0.5) * patch_mm - lawn.radius_mm
    inside = offset[:, None] ** 2 + offset[None, :] ** 2 <= lawn.radius_mm**2
    return np.where(inside, lawn.density * patch_mm**2, 0.0)
