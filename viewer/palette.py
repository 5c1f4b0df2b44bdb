"""Colours of the pictures, and the scales that turn numbers into colours."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Rgb = tuple[int, int, int]
Colours = NDArray[np.uint8]

INK: Rgb = (214, 222, 228)
FAINT_INK: Rgb = (120, 134, 146)
PANEL: Rgb = (13, 17, 22)
EDGE: Rgb = (44, 54, 64)
AGAR: Rgb = (26, 32, 36)
WATER: Rgb = (16, 30, 46)
ODOUR: Rgb = (40, 132, 128)
REPELLENT: Rgb = (168, 48, 60)
LAWN: Rgb = (150, 140, 84)
POST: Rgb = (92, 104, 116)
TRACK: Rgb = (126, 168, 196)
BODY: Rgb = (196, 190, 172)
GUT: Rgb = (104, 86, 62)
PHARYNX: Rgb = (226, 214, 190)
MUSCLE: Rgb = (255, 74, 62)

#: The scale of voltages spans what graded neurons of C. elegans are seen to do.
VOLTAGE_RANGE_mV = (-80.0, 0.0)

_VOLTAGE_STOPS = np.array(
    [(32, 38, 92), (38, 92, 152), (44, 150, 148), (150, 196, 92), (252, 206, 74), (255, 250, 226)],
    dtype=np.float64,
)
_MUSCLE_STOPS = np.array([(30, 34, 40), (116, 44, 58), MUSCLE, (255, 216, 150)], dtype=np.float64)


def _ramp(stops: NDArray[np.float64], level: NDArray[np.float64]) -> Colours:
    where = np.clip(np.nan_to_num(level), 0.0, 1.0) * (len(stops) - 1)
    lower = np.minimum(where.astype(int), len(stops) - 2)
    share = (where - lower)[..., None]
    mixed: Colours = (stops[lower] * (1 - share) + stops[lower + 1] * share).astype(np.uint8)
    return mixed


def voltage_colours(voltages_mV: ArrayLike) -> Colours:
    """Return (..., 3) colours of potentials: dark blue hyperpolarised, white depolarised."""
    low, high = VOLTAGE_RANGE_mV
    return _ramp(_VOLTAGE_STOPS, (np.asarray(voltages_mV, np.float64) - low) / (high - low))


def muscle_colours(activation: ArrayLike) -> Colours:
    """Return (..., 3) colours of muscle activation 0..1: dark at rest, bright red to yellow."""
    return _ramp(_MUSCLE_STOPS, np.asarray(activation, np.float64))


def blend(under: ArrayLike, over: ArrayLike, share: ArrayLike) -> NDArray[np.float64]:
    """Return ``under`` covered by ``over`` to ``share`` (0..1), channel by channel."""
    base = np.asarray(under, np.float64)
    mixed: NDArray[np.float64] = base + (np.asarray(over, np.float64) - base) * np.asarray(share)
    return mixed
