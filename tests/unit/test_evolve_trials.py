"""What the stages ask of worms that are driven backward or that smell something change."""

from argparse import ArgumentParser
from collections.abc import Callable, Mapping
from dataclasses import replace
from math import exp
from pathlib import Path

import numpy as np
import pytest

from agents.evolve import STAGES
from agents.evolve.escape import driven_trials
from agents.evolve.lean import Lean, Seen
from agents.evolve.steering import ATTRACTANTS, Drift, falling_terms, rising_terms, steering_trials
from agents.evolve.terms import DEAD, gait_terms, total
from env.assays.kinematics import Track
from env.fields import Field
from worm.connectome import load_connectome
from worm.parameters import Parameters
from wormlife.cli.evolve import add_arguments

DT_s = 0.04
CONNECTOME = load_connectome()


@pytest.fixture(scope="module")
def lean() -> Lean:
    return Lean(Parameters.load())


def crawl(seconds: float, speed: Callable[[float], float], turn_rad_s: float = 0.0) -> Seen:
    """A textbook worm whose wave runs against its motion, at a speed (mm/s) that may change."""
    time_s = np.arange(round(seconds / DT_s)) * DT_s
    along = np.array([speed(t) for t in time_s])
    heading = turn_rad_s * time_s
    axis = np.stack([np.cos(heading), np.sin(heading), 0.0 * heading], axis=1)
    place = np.cumsum(along[:, None] * axis * DT_s, axis=0)
    line = place[:, None, :] + np.linspace(1.0, 0.0, 25)[:, None] * axis[:, None, :]
    joint = np.arange(1, 24) / 24.0
    amplitude = np.where(joint > 0.75, 6.0, 7.5)
    phase = 2.0 * np.pi * (0.42 * time_s[:, None] - 1.54 * np.sign(along)[:, None] * joint)
    return Seen(
        track=Track(dt_s=DT_s, centreline_mm=line, curvature_L=amplitude * np.sin(phase)),
        release=np.zeros((len(time_s), 302)),
        voltage_mV=np.full((len(time_s), 302), -40.0),
        alive=True,
    )


class Puppet:
    """Stands in for ``Lean``: it crawls as it is told, and turns while what it smells falls."""

    connectome = CONNECTOME

    def __init__(self, speed: Callable[[float], float], turn_rad_s: float = 0.0) -> None:
        self.speed, self.turn_rad_s = speed, turn_rad_s
        self.injected: list[tuple[float, Mapping[str, float]]] = []
        self.now_s = 0.0

    def inject(self, current_pA: Mapping[str, float]) -> None:
        self.injected.append((self.now_s, current_pA))

    def press(self, push: object) -> None:
        pass

    def run(self, seconds, seed, actions=(), chemicals: Mapping[str, Field] = {}) -> Seen:
        for self.now_s, action in actions:  # partials of the methods of Lean
            getattr(self, action.func.__name__)(**action.keywords)
        falls = any(
            c.concentration_mM(0.0, 0.0, 1.0) < 0.95 * c.level_mM for c in chemicals.values()
        )
        return crawl(seconds, self.speed, self.turn_rad_s if falls else 0.0)


def forward(_time_s: float) -> float:
    return 0.2


class TestDriven:
    def cost(self, speed: Callable[[float], float]) -> float:
        return total(driven_trials(Puppet(speed), 1)["driven"])

    def test_both_ava_are_driven_from_then_on(self):
        puppet = Puppet(forward)
        driven_trials(puppet, 1)
        assert puppet.injected == [(5.0, {"AVA": 150.0})]

    def test_a_worm_that_backs_to_the_end_costs_almost_nothing(self):
        assert self.cost(lambda t: -0.17 if t > 6.5 else 0.2) < 0.1

    def test_one_that_goes_on_forward_or_turns_round_again_costs_much(self):
        assert self.cost(forward) > 10.0
        assert self.cost(lambda t: -0.17 if 5.0 < t < 13.0 else 0.2) > 3.0

    def test_backing_is_asked_to_be_slower_than_crawling(self):
        def cost(speed_mm_s: float, sign: int) -> float:
            seen = crawl(12.0, lambda _: sign * speed_mm_s)
            return gait_terms(seen, CONNECTOME, sign)["speed"]

        assert cost(0.17, -1) == pytest.approx(0.0, abs=1e-9)
        assert cost(0.2, 1) == pytest.approx(0.0, abs=1e-9)
        assert cost(0.2, -1) == pytest.approx(cost(0.17, 1))
        assert cost(0.2, -1) > 0.05

    def test_a_part_of_a_trial_keeps_its_arrays_together(self):
        seen = crawl(2.0, forward)
        seen.voltage_mV[:] = seen.release[:] = np.arange(50)[:, None]
        part = seen.since(1.2)
        assert len(part.track) == len(part.release) == len(part.voltage_mV) == 20
        assert part.release[0, 0] == part.voltage_mV[0, 0] == 30.0
        assert np.array_equal(part.track.centreline_mm, seen.track.centreline_mm[30:])


class TestSteering:
    straight = crawl(16.0, forward)

    def falling(self, turn_rad_s: float, speed: float = 0.2) -> dict[str, float]:
        return falling_terms(crawl(16.0, lambda _: speed, turn_rad_s), self.straight)

    def test_turning_ventrally_while_it_falls_costs_nothing(self):
        assert total(self.falling(-0.25)) == 0.0

    def test_what_is_missing_costs_in_proportion_and_dorsally_more(self):
        assert self.falling(-0.1)["steer"] == pytest.approx(2.0, abs=0.05)
        assert self.falling(0.0)["steer"] == pytest.approx(4.0, abs=0.05)
        assert self.falling(0.25)["steer"] == pytest.approx(9.0, abs=0.05)

    def test_it_is_the_difference_that_steers(self):
        turning = crawl(16.0, forward, -0.25)
        assert falling_terms(turning, turning)["steer"] == pytest.approx(4.0, abs=0.05)

    def test_slowing_down_costs(self):
        assert self.falling(-0.25, 0.19)["slower"] == 0.0
        assert self.falling(-0.25, 0.1)["slower"] == pytest.approx(8.0, abs=0.1)

    def test_turning_to_either_side_while_it_rises_costs(self):
        assert total(rising_terms(crawl(16.0, forward, 0.04))) == 0.0
        for turn_rad_s in (-0.15, 0.15):
            found = rising_terms(crawl(16.0, forward, turn_rad_s))
            assert found["straight"] == pytest.approx(2.0, abs=0.05)

    def test_the_start_is_not_scored(self):
        late = crawl(16.0, forward)
        late.track.centreline_mm[:140, :, :2] = late.track.centreline_mm[:140, :, 1::-1]
        assert total(rising_terms(late)) == 0.0

    def test_a_dead_worm_is_dead_in_both(self):
        dead = replace(self.straight, alive=False)
        assert falling_terms(self.straight, dead) == {"dead": DEAD}
        assert falling_terms(dead, self.straight) == rising_terms(dead) == {"dead": DEAD}

    def test_each_trial_gets_its_own_change_of_smell(self):
        steers = steering_trials(Puppet(forward, turn_rad_s=-0.25), 1)
        assert {name: total(terms) for name, terms in steers.items()} == {
            "isoamyl_alcohol falling": 0.0,
            "isoamyl_alcohol rising": 0.0,
            "salt falling": 0.0,
            "salt rising": 0.0,
        }
        blind = steering_trials(Puppet(forward), 1)
        for name in ("isoamyl_alcohol falling", "salt falling"):
            assert total(blind[name]) == pytest.approx(4.0, abs=0.05)


class TestSmell:
    def test_a_drift_is_the_same_everywhere_and_exponential_in_time(self):
        field = Drift(0.01, rate_per_s=-0.06)
        assert field.concentration_mM(3.0, -7.0, 10.0) == pytest.approx(0.01 * exp(-0.6))
        places = np.zeros((2, 3))
        assert field.concentration_mM(places, places).tolist() == [[0.01] * 3] * 2

    @pytest.mark.parametrize(("name", "cell"), [("isoamyl_alcohol", "AWC"), ("salt", "ASER")])
    def test_an_attractant_is_felt_in_its_own_trial_alone(self, lean: Lean, name: str, cell: str):
        cells = lean.connectome.members(cell)

        def last_mV(chemicals: Mapping[str, Field]) -> float:
            return float(lean.run(0.6, 1, chemicals=chemicals).voltage_mV[-1, cells].mean())

        without = last_mV({})
        falls, rises = (
            last_mV({name: Drift(ATTRACTANTS[name], rate_per_s=rate)}) for rate in (-0.5, 0.5)
        )
        assert rises + 0.5 < without < falls - 0.5
        assert last_mV({}) == without


class TestStages:
    def test_the_page_lists_the_trials_of_every_stage(self):
        page = (Path(__file__).parents[2] / "docs" / "evolve.md").read_text(encoding="utf-8")
        rows = [row.strip("| ").split(" | ") for row in page.splitlines() if row.startswith("| ")]
        listed = {name: trials.split(", ") for name, trials in rows[1:]}
        puppet = Puppet(forward)
        assert listed == {name: list(one.trials(puppet, 1)) for name, one in STAGES.items()}

    def test_the_command_line_lists_every_stage(self):
        parser = ArgumentParser()
        add_arguments(parser)
        assert all(name in parser.format_help() for name in STAGES)
