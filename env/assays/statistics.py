"""Means with bootstrap intervals."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import nan
from typing import TypedDict

import numpy as np
from numpy.typing import NDArray

__all__ = ["Interval", "interval", "mean_interval"]

Array = NDArray[np.float64]
RESAMPLES = 2000
CONFIDENCE = 0.95


class Interval(TypedDict):
    """A mean, its 95 % bootstrap interval, and the number of trials behind it."""

    mean: float
    low: float
    high: float
    n: int


def mean_interval(values: Sequence[float | None], rng: np.random.Generator) -> Interval:
    """Return the mean of the values that exist (neither None nor NaN), with its interval."""
    present = np.array([v for v in values if v is not None and v == v], dtype=np.float64)
    return interval(present[:, None], _mean_of_column, rng)


def interval(
    rows: Array, statistic: Callable[[Array], float], rng: np.random.Generator
) -> Interval:
    """Return a statistic of trials with its percentile bootstrap interval.

    Args:
        rows: (n, m) one row per trial; rows are drawn again with replacement.
        statistic: of such an array; resamples where it is not finite are left out.
        rng: of the resamples.
    """
    n = len(rows)
    if n == 0:
        return Interval(mean=nan, low=nan, high=nan, n=0)
    drawn = rng.integers(0, n, (RESAMPLES, n))
    found = np.array([statistic(rows[i]) for i in drawn])
    found = found[np.isfinite(found)]
    tail = 50.0 * (1.0 - CONFIDENCE)
    low, high = np.percentile(found, [tail, 100.0 - tail]) if found.size else (nan, nan)
    return Interval(mean=float(statistic(rows)), low=float(low), high=float(high), n=n)


def _mean_of_column(rows: Array) -> float:
    return float(rows[:, 0].mean())
