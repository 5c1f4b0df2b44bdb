"""Gentle touch in front flips AVA and AVB, and the worm backs up; through which cells.

Ablations as in Chalfie et al. 1985, doi:10.1523/JNEUROSCI.05-04-00956.1985.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from env.assays.kinematics import Track
from env.assays.touch import ANTERIOR, GENTLE_s, GENTLE_uN, response
from env.simulation import Simulation

SEEDS = (1, 2, 3, 4, 5, 6)
RUN_s, SETTLE_s = 9.0, 1.0  # free run, and the time between an ablation and the touch
WATCHED_s = 2.0  # a reversal begins within 1 s of the touch, and lasts 0.5 s to be one
UP_mV, DOWN_mV = -20.0, -45.0
CONDITIONS = {  # force in uN, cells that are killed
    "touch": (GENTLE_uN, ""),
    "sham": (0.0, ""),
    "no receptors": (GENTLE_uN, "ALM,AVM"),
    "no AVA": (GENTLE_uN, "AVA"),
}


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a worm did: AVA of its lower cell at most, AVB of its higher cell at least."""

    ava_mV: float
    avb_mV: float
    reversed: bool


class Watched:
    """A simulation and what was seen of it since the last restoration."""

    def __init__(self, sim: Simulation) -> None:
        self.sim = sim
        self.forget()

    def forget(self) -> None:
        self.line = [self.sim.centreline_mm]
        self.curvature = [self.sim.curvature_L]
        self.v_mV = [self.sim.voltages_mV]

    def run(self, seconds: float) -> None:
        for _ in range(self.sim.clock.control_steps(seconds)):
            self.sim.step()
            self.line.append(self.sim.centreline_mm)
            self.curvature.append(self.sim.curvature_L)
            self.v_mV.append(self.sim.voltages_mV)

    def track(self) -> Track:
        return Track(
            dt_s=self.sim.clock.control_s,
            centreline_mm=np.array(self.line),
            curvature_L=np.array(self.curvature),
        )

    def voltages_mV(self, cells: str) -> NDArray[np.float64]:
        return np.array(self.v_mV)[:, self.sim.connectome.members(cells)]


def answer(watched: Watched, start: dict[str, Any], force_uN: float, killed: str) -> Answer:
    sim = watched.sim
    sim.restore(start)
    if killed:
        sim.ablate(killed)
    watched.forget()
    watched.run(SETTLE_s)
    sim.touch(ANTERIOR, "dorsal", force_uN, GENTLE_s)
    watched.run(WATCHED_s)
    at = sim.clock.control_steps(SETTLE_s)
    return Answer(
        ava_mV=float(watched.voltages_mV("AVA")[at:].max(axis=0).min()),
        avb_mV=float(watched.voltages_mV("AVB")[at:].min(axis=0).max()),
        reversed=response(watched.track(), SETTLE_s).reversed,
    )


@pytest.fixture(scope="module")
def answers() -> dict[str, list[Answer]]:
    found: dict[str, list[Answer]] = {name: [] for name in CONDITIONS}
    with Simulation(arena="open", body="free") as sim:
        watched = Watched(sim)
        for seed in SEEDS:
            sim.clear_perturbations()
            sim.reset(seed=seed)
            sim.run(RUN_s)
            start = sim.snapshot()
            for name, (force_uN, killed) in CONDITIONS.items():
                found[name].append(answer(watched, start, force_uN, killed))
    return found


class TestAnteriorTouch:
    def test_it_flips_the_command_neurons(self, answers: dict[str, list[Answer]]) -> None:
        assert all(a.ava_mV > UP_mV for a in answers["touch"])
        assert all(a.avb_mV < DOWN_mV for a in answers["touch"])

    def test_most_worms_back_up(self, answers: dict[str, list[Answer]]) -> None:
        assert sum(a.reversed for a in answers["touch"]) >= 4

    def test_a_hair_that_does_not_press_does_nothing(
        self, answers: dict[str, list[Answer]]
    ) -> None:
        # A worm reverses once or twice a minute by itself: one of six may do so just then.
        assert sum(a.reversed for a in answers["sham"]) <= 1
        assert sum(a.ava_mV < DOWN_mV for a in answers["sham"]) >= len(SEEDS) - 1
        assert sum(a.avb_mV > DOWN_mV for a in answers["sham"]) >= len(SEEDS) - 1

    def test_without_its_receptors_nothing_is_felt(self, answers: dict[str, list[Answer]]) -> None:
        assert not any(a.reversed for a in answers["no receptors"])
        assert all(a.ava_mV < DOWN_mV for a in answers["no receptors"])

    def test_without_AVA_no_worm_backs_up(self, answers: dict[str, list[Answer]]) -> None:
        assert not any(a.reversed for a in answers["no AVA"])
