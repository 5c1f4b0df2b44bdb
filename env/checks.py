"""What a user gives to a simulation is checked here, so that a mistake is told in one sentence."""

from collections.abc import Iterable
from os import PathLike

import numpy as np
from numpy.typing import ArrayLike, NDArray

from worm.parameters import Parameters

__all__ = [
    "checked_cells",
    "checked_heading",
    "checked_parameters",
    "checked_place",
    "checked_seed",
]

Array = NDArray[np.float64]


def checked_cells(ablate: str | Iterable[str]) -> str | tuple[str, ...]:
    """Return names of neurons as text or a tuple of texts.

    Raises:
        TypeError: they are neither.
    """
    if isinstance(ablate, str):
        return ablate
    names = tuple(ablate) if isinstance(ablate, Iterable) else (ablate,)
    if not all(isinstance(name, str) for name in names):
        raise TypeError(
            f"ablate={ablate!r} must be names of neurons or classes, as 'AVA,AVBL' or "
            "('AVA', 'AVBL')"
        )
    return names


def checked_parameters(parameters: str | PathLike[str] | Parameters) -> Parameters:
    """Return the parameters that are given or named.

    Raises:
        KeyError, TypeError, ValueError: it is none of these, or the file is not usable.
    """
    if isinstance(parameters, Parameters):
        return parameters
    if not isinstance(parameters, (str, PathLike)):
        raise TypeError(
            f"parameters={parameters!r} must be 'default', the path of a TOML file or Parameters"
        )
    return Parameters.load(parameters)


def checked_seed(seed: int) -> int:
    """Return a seed.

    Raises:
        TypeError: it is not an integer.
        ValueError: it is negative.
    """
    if isinstance(seed, bool) or not isinstance(seed, (int, np.integer)):
        raise TypeError(f"seed={seed!r} must be an integer of at least 0")
    if seed < 0:
        raise ValueError(f"seed={seed} must be at least 0")
    return int(seed)


def checked_place(position_mm: ArrayLike) -> Array:
    """Return a place, (2,) in mm.

    Raises:
        ValueError: it is not two finite numbers.
    """
    try:
        place = np.array(position_mm, dtype=np.float64)
    except (TypeError, ValueError):
        place = np.empty(0)  # text, or ragged: refused below
    if place.shape != (2,) or not np.isfinite(place).all():
        raise ValueError(f"position_mm={position_mm!r} must be two finite coordinates (x, y) in mm")
    return place


def checked_heading(heading_rad: float) -> float:
    """Return an angle in rad.

    Raises:
        TypeError: it is not a number.
        ValueError: it is not finite.
    """
    if isinstance(heading_rad, bool) or not isinstance(heading_rad, (int, float, np.number)):
        raise TypeError(f"heading_rad={heading_rad!r} must be an angle in rad")
    if not np.isfinite(heading_rad):
        raise ValueError(f"heading_rad={heading_rad} must be a finite angle")
    return float(heading_rad)
