"""What the stage of steering scores: turning while an attractant fades, none while it grows.

A worm that curves round while it crawls down a gradient, until it crawls up again, needs no sense
of direction. In these trials the concentration changes by a fixed share in every second, the same
everywhere, so that turning does not change what is felt.

Curving: Iino & Yoshida 2009, doi:10.1523/JNEUROSCI.3633-08.2009. That falls turn to the ventral
side follows from RIV, which drives ventral muscles: Gray et al. 2005, doi:10.1073/pnas.0409009101.
Targets, weights and tolerances are assumed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import exp

from agents.evolve.lean import Lean, Seen
from agents.evolve.terms import DEAD, Terms, voltage_term
from env.assays.kinematics import Gait, gait
from env.fields import Place, UniformField

__all__ = ["Drift", "steering_trials"]

LAST_s, SETTLE_s = 16.0, 6.0  # end of a trial; from when turning is scored
# At the start, in mM: ten times the concentration above which changes count relatively. One for AWC
# and one for ASE, which reach the same interneurons.
ATTRACTANTS = {"isoamyl_alcohol": 0.01, "salt": 10.0}
# The shipped peaks have 0.4 per mm on their flanks, which the worm crosses at 0.15 mm/s.
CHANGE_per_s = 0.06
STEER_rad_s = 0.2  # towards the ventral side, while it falls more than while it rises, at least
STRAIGHT_rad_s = 0.05  # while it rises, at most
PER_rad_s = 20.0  # weight of turning that is missing or too much
KEPT = 0.9  # of the speed while it rises, at least, while it falls


@dataclass(frozen=True)
class Drift(UniformField):
    """A concentration that is the same everywhere and changes exponentially in time.

    Attributes:
        rate_per_s: relative change, negative for a fall.
    """

    rate_per_s: float = 0.0

    def concentration_mM(self, x_mm: Place, y_mm: Place, time_s: float = 0.0) -> Place:
        """Return the concentration at a place or at each of several."""
        return super().concentration_mM(x_mm, y_mm) * exp(self.rate_per_s * time_s)


def steering_trials(lean: Lean, seed: int) -> Mapping[str, Terms]:
    """Return the terms of two trials for each attractant, in which it fades or grows."""
    trials: dict[str, Terms] = {}
    for name, level_mM in ATTRACTANTS.items():
        falling, rising = (
            lean.run(LAST_s, seed, chemicals={name: Drift(level_mM, rate_per_s=rate)})
            for rate in (-CHANGE_per_s, CHANGE_per_s)
        )
        trials[f"{name} falling"] = falling_terms(falling, rising)
        trials[f"{name} rising"] = rising_terms(rising)
    return trials


def falling_terms(falling: Seen, rising: Seen) -> Terms:
    """Return the cost of a trial that should turn more to the ventral side than another.

    Args:
        falling: the trial in which the concentration fell.
        rising: the same animal with the same seed, while it rose.
    """
    if not (falling.alive and rising.alive):
        return {"dead": DEAD}
    down, up = _gait(falling), _gait(rising)
    ventral_rad_s = up.turn_rate_rad_s - down.turn_rate_rad_s  # dorsal is to the left
    return {
        "steer": _weighed(STEER_rad_s - ventral_rad_s),
        "slower": 20.0 * max(0.0, KEPT - down.speed_mm_s / max(up.speed_mm_s, 0.05)),
        "voltage": voltage_term(falling),
    }


def rising_terms(rising: Seen) -> Terms:
    """Return the cost of a trial in which the worm should go straight."""
    if not rising.alive:
        return {"dead": DEAD}
    return {
        "straight": _weighed(abs(_gait(rising).turn_rate_rad_s) - STRAIGHT_rad_s),
        "voltage": voltage_term(rising),
    }


def _gait(seen: Seen) -> Gait:
    return gait(seen.track.between(SETTLE_s))


def _weighed(excess_rad_s: float) -> float:
    return PER_rad_s * min(max(0.0, excess_rad_s), 1.0)
