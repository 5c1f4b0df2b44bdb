"""Concentrations on the plate as functions of place and time, in mM.

All fields are immutable, two-dimensional (the worm's nose is on the plate) and take single places
or arrays of places. Lengths are mm, times s; 1 nmol/mm³ is 1 mM.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from typing import Any, Self, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "ConeField",
    "DiffusingSpot",
    "Field",
    "GaussianField",
    "LawnField",
    "SumField",
    "UniformField",
]

Array = NDArray[np.float64]
Place = TypeVar("Place", float, Array)

NACL_DIFFUSION_MM2_S = 1.0e-3
"""Salt in agar, about that in water: 1e-5 cm²/s (textbook value)."""


class Field(ABC):
    """One chemical's concentration; fields of one chemical add with ``+``."""

    centre_mm: tuple[float, float]

    @abstractmethod
    def concentration_mM(self, x_mm: Place, y_mm: Place, time_s: float = 0.0) -> Place:
        """Return the concentration at a place or at each of several; shape as the places."""

    @abstractmethod
    def gradient_mM_mm(self, x_mm: Place, y_mm: Place, time_s: float = 0.0) -> tuple[Place, Place]:
        """Return the derivatives of the concentration along x and y, in mM/mm."""

    @abstractmethod
    def moved_to(self, centre_mm: tuple[float, float]) -> Field:
        """Return the same field about another centre."""

    def __add__(self, other: Field) -> SumField:
        return SumField((*_parts(self), *_parts(other)))


def _parts(field: Field) -> tuple[Field, ...]:
    return field.parts if isinstance(field, SumField) else (field,)


@dataclass(frozen=True)
class SumField(Field):
    """Several sources of one chemical."""

    parts: tuple[Field, ...]

    def __post_init__(self) -> None:
        if not self.parts:
            raise ValueError("SumField has no parts; give at least one field")

    @property
    def centre_mm(self) -> tuple[float, float]:  # type: ignore[override]
        """Centre of the first part."""
        return self.parts[0].centre_mm

    def concentration_mM(self, x_mm: Place, y_mm: Place, time_s: float = 0.0) -> Place:
        """Return the sum over the parts."""
        return cast(Place, sum(p.concentration_mM(x_mm, y_mm, time_s) for p in self.parts))

    def gradient_mM_mm(self, x_mm: Place, y_mm: Place, time_s: float = 0.0) -> tuple[Place, Place]:
        """Return the sum over the parts."""
        gradients = [p.gradient_mM_mm(x_mm, y_mm, time_s) for p in self.parts]
        return cast(Place, sum(g[0] for g in gradients)), cast(Place, sum(g[1] for g in gradients))

    def moved_to(self, centre_mm: tuple[float, float]) -> SumField:
        """Return all parts shifted together, the first one to ``centre_mm``."""
        x0, y0 = self.centre_mm
        x, y = centre_mm
        return SumField(
            tuple(
                p.moved_to((p.centre_mm[0] - x0 + x, p.centre_mm[1] - y0 + y)) for p in self.parts
            )
        )


class _RadialField(Field):
    """A field that depends on the distance from its centre; subclasses are frozen dataclasses."""

    @abstractmethod
    def _profile(self, r2: Any, time_s: float) -> Any:
        """Concentration at squared distance ``r2``, mM."""

    @abstractmethod
    def _slope(self, r2: Any, time_s: float) -> Any:
        """Its derivative by the squared distance, mM/mm²: finite at the centre of smooth fields."""

    def __post_init__(self) -> None:
        _require_finite("centre_mm", *self.centre_mm)

    def _offset(self, x_mm: Place, y_mm: Place) -> tuple[Place, Place, Place]:
        dx, dy = x_mm - self.centre_mm[0], y_mm - self.centre_mm[1]
        return dx, dy, dx * dx + dy * dy

    def concentration_mM(self, x_mm: Place, y_mm: Place, time_s: float = 0.0) -> Place:
        """Return the concentration at a place or at each of several."""
        return cast(Place, self._profile(self._offset(x_mm, y_mm)[2], time_s))

    def gradient_mM_mm(self, x_mm: Place, y_mm: Place, time_s: float = 0.0) -> tuple[Place, Place]:
        """Return the derivatives along x and y; zero at the tip of a cone."""
        dx, dy, r2 = self._offset(x_mm, y_mm)
        slope = self._slope(r2, time_s)
        return 2.0 * dx * slope, 2.0 * dy * slope

    def moved_to(self, centre_mm: tuple[float, float]) -> Self:
        """Return the same field about another centre."""
        x, y = centre_mm
        return cast(Self, replace(cast(Any, self), centre_mm=(float(x), float(y))))


@dataclass(frozen=True)
class UniformField(_RadialField):
    """The same concentration everywhere."""

    level_mM: float
    centre_mm: tuple[float, float] = (0.0, 0.0)

    def __post_init__(self) -> None:
        super().__post_init__()
        _require_not_negative("level_mM", self.level_mM)

    def _profile(self, r2: Any, _time_s: float) -> Any:
        return self.level_mM + 0.0 * r2

    def _slope(self, r2: Any, _time_s: float) -> Any:
        return 0.0 * r2


@dataclass(frozen=True)
class GaussianField(_RadialField):
    """``base + peak · exp(-r² / 2 sigma²)``; ``peak_mM`` is the height above the base."""

    peak_mM: float
    sigma_mm: float
    centre_mm: tuple[float, float] = (0.0, 0.0)
    base_mM: float = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        _require_not_negative("peak_mM", self.peak_mM)
        _require_positive("sigma_mm", self.sigma_mm)
        _require_not_negative("base_mM", self.base_mM)

    def _profile(self, r2: Any, _time_s: float) -> Any:
        return self.base_mM + self.peak_mM * np.exp(r2 * (-0.5 / self.sigma_mm**2))

    def _slope(self, r2: Any, _time_s: float) -> Any:
        rate = -0.5 / self.sigma_mm**2
        return self.peak_mM * rate * np.exp(r2 * rate)


@dataclass(frozen=True)
class ConeField(_RadialField):
    """``peak - slope · r``, and zero where that is negative."""

    peak_mM: float
    slope_mM_mm: float
    centre_mm: tuple[float, float] = (0.0, 0.0)

    def __post_init__(self) -> None:
        super().__post_init__()
        _require_positive("peak_mM", self.peak_mM)
        _require_positive("slope_mM_mm", self.slope_mM_mm)

    def _profile(self, r2: Any, _time_s: float) -> Any:
        return np.maximum(self.peak_mM - self.slope_mM_mm * np.sqrt(r2), 0.0)

    def _slope(self, r2: Any, _time_s: float) -> Any:
        r = np.sqrt(r2)
        inside = r * self.slope_mM_mm < self.peak_mM
        return np.where(inside, -0.5 * self.slope_mM_mm / np.maximum(r, 1e-12), 0.0)


@dataclass(frozen=True)
class DiffusingSpot(_RadialField):
    """A drop that spreads in a thin plate of agar: ``N / (4π d D t) · exp(-r² / 4 D t)``.

    The solution of the diffusion equation in two dimensions for a point source in an unbounded
    plate; the plate is thin enough to be mixed through its depth.

    Attributes:
        amount_nmol: N, what was put on the plate.
        depth_mm: d, thickness of the agar.
        centre_mm: where.
        age_s: how long before time 0 the drop was set; t is the age plus the time.
        diffusion_mm2_s: D.
    """

    amount_nmol: float
    depth_mm: float
    centre_mm: tuple[float, float] = (0.0, 0.0)
    age_s: float = 3600.0
    diffusion_mm2_s: float = NACL_DIFFUSION_MM2_S

    def __post_init__(self) -> None:
        super().__post_init__()
        _require_not_negative("amount_nmol", self.amount_nmol)
        _require_positive("depth_mm", self.depth_mm)
        _require_positive("age_s", self.age_s)
        _require_positive("diffusion_mm2_s", self.diffusion_mm2_s)

    def _spread_mm2(self, time_s: float) -> float:
        if not self.age_s + time_s > 0.0:
            raise ValueError(
                f"time {time_s!r} s is before the drop was set; give more than {-self.age_s!r} s"
            )
        return 4.0 * self.diffusion_mm2_s * (self.age_s + time_s)

    def _profile(self, r2: Any, time_s: float) -> Any:
        spread = self._spread_mm2(time_s)
        peak_mM = self.amount_nmol / (math.pi * self.depth_mm * spread)
        return peak_mM * np.exp(-r2 / spread)

    def _slope(self, r2: Any, time_s: float) -> Any:
        return -self._profile(r2, time_s) / self._spread_mm2(time_s)


@dataclass(frozen=True)
class LawnField(_RadialField):
    """The odour of a lawn: level over the lawn, falling off as a Gaussian beyond its rim.

    It does not follow what is eaten: within minutes the odour in the agar stays (assumed).
    """

    level_mM: float
    radius_mm: float
    decay_mm: float
    centre_mm: tuple[float, float] = (0.0, 0.0)

    def __post_init__(self) -> None:
        super().__post_init__()
        _require_not_negative("level_mM", self.level_mM)
        _require_positive("radius_mm", self.radius_mm)
        _require_positive("decay_mm", self.decay_mm)

    def _profile(self, r2: Any, _time_s: float) -> Any:
        beyond = np.maximum(np.sqrt(r2) - self.radius_mm, 0.0)
        return self.level_mM * np.exp(-0.5 * (beyond / self.decay_mm) ** 2)

    def _slope(self, r2: Any, time_s: float) -> Any:
        r = np.sqrt(r2)
        beyond = np.maximum(r - self.radius_mm, 0.0)
        by_r = -self._profile(r2, time_s) * beyond / self.decay_mm**2
        return 0.5 * by_r / np.maximum(r, self.radius_mm)


def _require_finite(name: str, *values: float) -> None:
    if not all(math.isfinite(value) for value in values):
        raise ValueError(f"{name} is {values!r}; give finite numbers")


def _require_positive(name: str, value: float) -> None:
    if not 0.0 < value < math.inf:
        raise ValueError(f"{name} is {value!r}; give a positive finite number")


def _require_not_negative(name: str, value: float) -> None:
    if not 0.0 <= value < math.inf:
        raise ValueError(f"{name} is {value!r}; give a finite number of zero or more")
