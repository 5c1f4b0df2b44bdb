"""The worm turns to its ventral side while an attractant fades, and only if it can sense it.

The concentration changes by 6 % in a second, the same everywhere, so that where the worm goes does
not change what it feels. The slow drive of AVA is off, so that no reversal intervenes.
"""

from __future__ import annotations

import numpy as np
import pytest

from agents.evolve.steering import ATTRACTANTS, CHANGE_per_s, Drift
from env.arena import Arena
from env.assays.kinematics import gait
from env.assays.session import Session, Setup
from worm.parameters import Parameters

SEEDS = (1, 2)
SETTLE_s, LAST_s = 6.0, 16.0
SENSED_BY = {"isoamyl_alcohol": "AWC", "salt": "ASE"}
LEAST_rad_s, MOST_DEAF_rad_s = 0.08, 0.02


def turning_rad_s(chemical: str, rate_per_s: float, killed: str) -> float:
    field = Drift(ATTRACTANTS[chemical], rate_per_s=rate_per_s)
    setup = Setup(
        arena=Arena(name="drift", about="The same everywhere.", chemicals={chemical: field}),
        parameters=Parameters.load().with_values({"noise.command": 0.0}),
        ablate=killed,
    )
    turned = []
    for seed in SEEDS:
        with Session(setup, seed) as session:
            session.run(LAST_s)
            turned.append(gait(session.track.between(SETTLE_s)).turn_rate_rad_s)
    return float(np.mean(turned))


def steering_rad_s(chemical: str, killed: str = "") -> float:
    """How much more the worm turns to its ventral (negative) side while a chemical fades."""
    rising, falling = (turning_rad_s(chemical, s * CHANGE_per_s, killed) for s in (1.0, -1.0))
    return rising - falling


@pytest.mark.slow
@pytest.mark.parametrize("chemical", SENSED_BY)
def test_it_turns_while_an_attractant_fades(chemical: str) -> None:
    assert steering_rad_s(chemical) > LEAST_rad_s


@pytest.mark.slow
@pytest.mark.parametrize("chemical", SENSED_BY)
def test_it_does_not_without_the_neurons_that_sense_it(chemical: str) -> None:
    assert abs(steering_rad_s(chemical, killed=SENSED_BY[chemical])) < MOST_DEAF_rad_s
