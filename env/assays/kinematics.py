"""Gait from posture: speed, frequency, wavelength, wave direction, curvature, turning, reversals.

Everything is computed from what a camera would see: the centreline and its curvature at equal
time steps. Analysed spans should hold at least three undulations; shorter ones blur frequency.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from itertools import pairwise
from math import nan

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "Bout",
    "Gait",
    "Track",
    "gait",
    "longest_stretch",
    "reversals",
    "speed_along_body",
    "variance_shares",
]

Array = NDArray[np.float64]

TRUNK = slice(3, 21)  # joints between head and tail, where the wave is regular
MID_BODY = slice(4, 20)
HEAD = slice(1, 5)
LOWEST_Hz = 0.1  # slower bends are turns, not undulations
STILL_L = 0.05  # rms curvature times body length below which nothing undulates
PADDING = 8  # zero-padded length over the length of the record

# A reversal, from the speed of the centroid along the body, smoothed over SMOOTH_s: it begins when
# the worm moves backward faster than BEGIN, ends when slower than END, and lasts at least SHORTEST.
SMOOTH_s = 0.4
BEGIN_mm_s, END_mm_s = -0.04, -0.01
SHORTEST_s = 0.5


@dataclass(frozen=True, kw_only=True)
class Track:
    """What was seen of a worm at equal time steps.

    Attributes:
        dt_s: time between samples.
        centreline_mm: (n, 25, 3) body axis, head first.
        curvature_L: (n, 23) dorsoventral curvature times body length, head first.
    """

    dt_s: float
    centreline_mm: Array
    curvature_L: Array

    def __post_init__(self) -> None:
        n = len(self.curvature_L)
        if self.centreline_mm.shape != (n, 25, 3) or self.curvature_L.shape != (n, 23):
            raise ValueError(
                f"centreline_mm {self.centreline_mm.shape} and curvature_L "
                f"{self.curvature_L.shape} must be (n, 25, 3) and (n, 23) for the same n"
            )

    def __len__(self) -> int:
        return len(self.curvature_L)

    def between(self, start_s: float, end_s: float | None = None) -> Track:
        """Return the samples from ``start_s`` until before ``end_s`` (None: the end)."""
        last = None if end_s is None else round(end_s / self.dt_s)
        span = slice(round(start_s / self.dt_s), last)
        return Track(
            dt_s=self.dt_s,
            centreline_mm=self.centreline_mm[span],
            curvature_L=self.curvature_L[span],
        )

    @property
    def centroid_mm(self) -> Array:
        """(n, 3) mean of the centreline."""
        return np.asarray(self.centreline_mm.mean(axis=1))

    @property
    def axis(self) -> Array:
        """(n, 3) unit vector from the middle of the hind half to that of the front half."""
        line = self.centreline_mm
        along = line[:, :12].mean(axis=1) - line[:, 13:].mean(axis=1)
        return np.asarray(along / np.maximum(np.linalg.norm(along, axis=1, keepdims=True), 1e-12))

    @property
    def heading_rad(self) -> Array:
        """(n,) direction of the axis on the plate from +x towards +y, without jumps."""
        axis = self.axis
        return np.asarray(np.unwrap(np.arctan2(axis[:, 1], axis[:, 0])))


@dataclass(frozen=True, kw_only=True)
class Gait:
    """One number per quantity; NaN (direction: 0) where nothing undulates.

    Attributes:
        speed_mm_s: mean speed of the centroid along the body, over whole undulations; backward is
            negative.
        frequency_hz: of the strongest undulation of the trunk above 0.1 Hz.
        wavelength_l: in body lengths, from the slope of the phase along the trunk.
        wave_direction: +1 where the wave runs from head to tail, -1 the other way.
        peak_curvature_l: amplitude of the curvature of the mid-body times body length: the root
            mean square about the mean of each joint, times the square root of two.
        head_curvature_l: the same of the head.
        straightness: net displacement over length of the path of the centroid, smoothed over one
            undulation; 1 is straight.
        turn_rate_rad_s: mean rate of change of the heading, left positive.
        coherence: 0..1, how alike the phase lags of neighbouring joints are; 1 is a perfect wave.
    """

    speed_mm_s: float
    frequency_hz: float
    wavelength_l: float
    wave_direction: float
    peak_curvature_l: float
    head_curvature_l: float
    straightness: float
    turn_rate_rad_s: float
    coherence: float

    def figures(self) -> dict[str, float]:
        """Return the quantities by name."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


def gait(track: Track) -> Gait:
    """Return the gait of a track.

    On synthetic travelling waves of at least four undulations, with noise of a tenth of the
    amplitude, frequency and wavelength are exact to 3 % and the speed to 2 % of the wave's; tests
    hold this.

    Raises:
        ValueError: the track has fewer than 20 samples or is not finite.
    """
    if len(track) < 20 or not np.isfinite(track.curvature_L).all():
        raise ValueError(
            f"a gait needs at least 20 finite samples, got {len(track)}; run for longer"
        )
    swing = track.curvature_L - track.curvature_L.mean(axis=0)
    frequency = _frequency(swing[:, TRUNK], track.dt_s)
    slope, coherence = _phase_slope(swing[:, TRUNK], track.dt_s, frequency)
    period_s = 1.0 / frequency if frequency > 0.0 else nan
    n = _whole_cycles(len(track), track.dt_s, period_s)
    time = np.arange(len(track)) * track.dt_s
    return Gait(
        speed_mm_s=float(speed_along_body(track)[: n - 1].mean()),
        frequency_hz=frequency,
        wavelength_l=float(2.0 * np.pi / max(abs(slope), 0.1)) if slope == slope else nan,
        wave_direction=float(-np.sign(slope)) if slope == slope else 0.0,
        peak_curvature_l=float(swing[:, MID_BODY].std() * np.sqrt(2.0)),
        head_curvature_l=float(swing[:, HEAD].std() * np.sqrt(2.0)),
        straightness=_straightness(track, period_s),
        turn_rate_rad_s=float(np.polyfit(time, track.heading_rad, 1)[0]),
        coherence=coherence,
    )


def speed_along_body(track: Track) -> Array:
    """Return (n - 1,) the speed of the centroid along the axis between samples, in mm/s."""
    velocity = np.diff(track.centroid_mm, axis=0) / track.dt_s
    axis = track.axis
    middle = 0.5 * (axis[1:] + axis[:-1])
    return np.asarray((velocity * middle).sum(axis=1))


def _frequency(swing: Array, dt_s: float) -> float:
    """Return the peak of the summed spectrum in Hz; NaN for a worm that keeps still."""
    n = len(swing)
    if np.sqrt((swing**2).mean()) < STILL_L:
        return nan
    window = np.hanning(n)[:, None]
    power = (np.abs(np.fft.rfft(swing * window, PADDING * n, axis=0)) ** 2).sum(axis=1)
    hertz = np.fft.rfftfreq(PADDING * n, dt_s)
    power[hertz < LOWEST_Hz] = 0.0
    return float(hertz[power.argmax()])


def _phase_slope(swing: Array, dt_s: float, frequency_Hz: float) -> tuple[float, float]:
    """Return phase gained per body length (rad, negative: head to tail) and its coherence."""
    if not frequency_Hz > 0.0:
        return nan, 0.0
    n = len(swing)
    turning = np.exp(-2j * np.pi * frequency_Hz * np.arange(n) * dt_s)
    wave = (swing * (np.hanning(n) * turning)[:, None]).sum(axis=0)
    step = wave[1:] * np.conj(wave[:-1])
    joints_per_length = swing.shape[1] * 24 / (TRUNK.stop - TRUNK.start)
    slope = float(np.angle(step.sum()) * joints_per_length)
    return slope, float(abs(step.sum()) / max(np.abs(step).sum(), 1e-12))


def _whole_cycles(n: int, dt_s: float, period_s: float) -> int:
    """Return the number of samples of the whole undulations in a record; all without any."""
    cycles = int((n - 1) * dt_s / period_s) if period_s == period_s else 0
    return round(cycles * period_s / dt_s) + 1 if cycles else n


def _straightness(track: Track, period_s: float) -> float:
    span = round(period_s / track.dt_s) if period_s == period_s else 1
    span = min(max(span, 1), len(track) // 2)
    kernel = np.ones(span) / span
    smooth = np.stack([np.convolve(c, kernel, "valid") for c in track.centroid_mm.T], axis=1)
    path = np.linalg.norm(np.diff(smooth, axis=0), axis=1).sum()
    return float(np.linalg.norm(smooth[-1] - smooth[0]) / path) if path > 0.0 else nan


@dataclass(frozen=True, kw_only=True)
class Bout:
    """One reversal: from when until when in s, and how far along the body in mm (positive)."""

    start_s: float
    end_s: float
    distance_mm: float

    @property
    def duration_s(self) -> float:
        """Time from start to end in s."""
        return self.end_s - self.start_s


def reversals(track: Track) -> list[Bout]:
    """Return the reversals of a track, oldest first.

    One that is under way at the end counts as far as it was seen.
    """
    speed, smoothed = speed_along_body(track), smoothed_speed(track)
    return [
        Bout(
            start_s=first * track.dt_s,
            end_s=last * track.dt_s,
            distance_mm=float(-speed[first:last].sum() * track.dt_s),
        )
        for first, last in _backward_spans(smoothed)
        if (last - first) * track.dt_s >= SHORTEST_s
    ]


def longest_stretch(track: Track) -> Track:
    """Return the longest span of a track in which no reversal begins or ends."""
    ends_s = [t for bout in reversals(track) for t in (bout.start_s, bout.end_s)]
    edges_s = [0.0, *ends_s, len(track) * track.dt_s]
    return track.between(*max(pairwise(edges_s), key=lambda span: span[1] - span[0]))


def smoothed_speed(track: Track) -> Array:
    """Return (n - 1,) the speed along the body in mm/s, smoothed over ``SMOOTH_s``."""
    speed = speed_along_body(track)
    width = max(1, round(SMOOTH_s / track.dt_s)) | 1  # odd, so that nothing is shifted
    padded = np.pad(speed, width // 2, mode="edge")
    return np.asarray(np.convolve(padded, np.ones(width) / width, "valid"))


def _backward_spans(speed: Array) -> Iterator[tuple[int, int]]:
    first: int | None = None
    for i, v in enumerate(speed):
        if first is None and v < BEGIN_mm_s:
            first = i
        elif first is not None and v > END_mm_s:
            yield first, i
            first = None
    if first is not None:
        yield first, len(speed)


def variance_shares(track: Track) -> Array:
    """Return (24,) shares of the variance of posture in its principal components, largest first.

    Posture is the direction of the 24 segments on the plate, less its mean along the body, as in
    Stephens et al. 2008, doi:10.1371/journal.pcbi.1000028.
    """
    segment = np.diff(track.centreline_mm[:, :, :2], axis=1)
    angle = np.unwrap(np.arctan2(segment[:, :, 1], segment[:, :, 0]), axis=1)
    angle -= angle.mean(axis=1, keepdims=True)
    variance = np.linalg.eigvalsh(np.cov(angle.T))[::-1]
    total = variance.sum()
    return np.asarray(variance / total if total > 0.0 else np.full(24, nan))
