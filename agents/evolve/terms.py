"""The terms of the objectives. Every term is zero or more, and a cost of 0 is a perfect worm.

Targets are those of the adult on agar: 0.2 mm/s forward and 0.17 mm/s backward, 0.42 Hz, a wave of
0.65 body lengths, a curvature of 7.5 per body length in mid-body, 11 at most in the head and 6 in
the tail. Weights and tolerances are assumed.
"""

from __future__ import annotations

from math import log, sqrt

import numpy as np
from numpy.typing import NDArray

from agents.evolve.lean import Seen
from env.assays.kinematics import Gait, Track, gait
from worm.connectome import Connectome
from worm.wiring import A, B

__all__ = ["DEAD", "SILENT", "Terms", "gait_terms", "head_terms", "total", "voltage_term"]

Array = NDArray[np.float64]
Terms = dict[str, float]

DEAD = 40.0  # of a worm that does not bend: more than any that does
SETTLE = 0.35  # share of a trial that is not scored
SPEED_mm_s, BACK_mm_s, SPEED_TOLERANCE_mm_s = 0.2, 0.17, 0.08
FREQUENCY_Hz, SLOWEST_Hz = 0.42, 0.25
WAVES, WAVES_TOLERANCE = 1.54, 0.5  # wavelengths on the body, head to tail positive
CURVATURE_L, HEAD_MOST_L, TAIL_MOST_L, TAIL_L = 7.5, 11.0, 10.0, 6.0
HEAD_ALONE_L = 8.0
HEAD, TAIL, NECK = slice(1, 5), slice(18, 22), slice(2, 7)  # joints
SILENT = 0.08  # mean release that the idle motor pool may keep
HIGHEST_mV, LOWEST_mV = 35.0, -95.0


def total(terms: Terms) -> float:
    """Return the sum of the terms."""
    return float(sum(terms.values()))


def scored(seen: Seen) -> Track:
    """Return the part of a trial that is scored."""
    track = seen.track
    return track.between(SETTLE * len(track) * track.dt_s)


def gait_terms(seen: Seen, connectome: Connectome, sign: int) -> Terms:
    """Return the cost of a gait.

    Args:
        seen: a trial.
        connectome: who is who.
        sign: +1 if the worm should crawl forward, -1 if backward.
    """
    if not seen.alive:
        return {"dead": DEAD}
    track = scored(seen)
    found = gait(track)
    if not found.frequency_hz > 0.0:
        return {"dead": DEAD}
    idle = A if sign > 0 else B
    return {
        **_wave_terms(found, sign),
        **_amplitude_terms(track.curvature_L),
        "idle_pool": 6.0 * max(0.0, _release_of(seen, connectome, idle) - SILENT),
        "voltage": voltage_term(seen),
    }


def _wave_terms(found: Gait, sign: int) -> Terms:
    waves = found.wave_direction * sign / found.wavelength_l
    slow = max(0.0, SLOWEST_Hz - found.frequency_hz)
    wanted_mm_s = SPEED_mm_s if sign > 0 else BACK_mm_s
    return {
        "wave": 0.7 * min(((waves - WAVES) / WAVES_TOLERANCE) ** 2, 12.0),
        "speed": 0.6 * ((sign * found.speed_mm_s - wanted_mm_s) / SPEED_TOLERANCE_mm_s) ** 2,
        "frequency": 2.0 * log(found.frequency_hz / FREQUENCY_Hz) ** 2 + 20.0 * slow,
        "coherence": 3.0 * (1.0 - found.coherence),
        "turning": 4.0 * min(abs(found.turn_rate_rad_s), 2.0),
    }


def _amplitude_terms(curvature_L: Array) -> Terms:
    swing = curvature_L - curvature_L.mean(axis=0)
    middle = max(_amplitude(swing[:, 4:20]), 0.3)
    head, tail = max(_amplitude(swing[:, HEAD]), 0.1), max(_amplitude(swing[:, TAIL]), 0.3)
    return {
        "curvature": 2.0 * log(middle / CURVATURE_L) ** 2,
        "head": 0.7 * max(0.0, log(head / HEAD_MOST_L)) ** 2,
        "tail": 0.7 * (max(0.0, log(tail / TAIL_MOST_L)) ** 2 + log(tail / TAIL_L) ** 2),
        "bias": 0.25 * float(np.abs(curvature_L.mean(axis=0)).mean()),
    }


def _amplitude(swing: Array) -> float:
    return float(swing.std() * sqrt(2.0))


def _release_of(seen: Seen, connectome: Connectome, classes: tuple[str, ...]) -> float:
    late = round(SETTLE * len(seen.release))
    return float(seen.release[late:, connectome.is_class(classes)].mean())


def voltage_term(seen: Seen) -> float:
    """Return the cost of voltages beyond what a neuron of the worm reaches."""
    late = seen.voltage_mV[round(SETTLE * len(seen.voltage_mV)) :]
    above = max(0.0, float(late.max()) - HIGHEST_mV)
    return 0.05 * (above + max(0.0, LOWEST_mV - float(late.min())))


def head_terms(seen: Seen) -> Terms:
    """Return the cost of the rhythm of the head alone: frequency, amplitude, no resting bend."""
    if not seen.alive:
        return {"dead": DEAD}
    track = scored(seen)
    bend = track.curvature_L[:, NECK].mean(axis=1)
    swing = bend - bend.mean()
    power = np.abs(np.fft.rfft(swing * np.hanning(len(swing)), 4 * len(swing))) ** 2
    hertz = np.fft.rfftfreq(4 * len(swing), track.dt_s)
    power[hertz < 0.1] = 0.0
    frequency = max(float(hertz[power.argmax()]), 0.05)
    return {
        "frequency": 3.0 * log(frequency / FREQUENCY_Hz) ** 2,
        "head": 3.0 * log(max(_amplitude(swing), 0.05) / HEAD_ALONE_L) ** 2,
        "bias": 0.15 * abs(float(bend.mean())),
        "voltage": voltage_term(seen),
    }
