"""Verdicts on published experiments: that they can come out right, and wrong."""

import json
from dataclasses import replace
from math import nan

import numpy as np
import pytest

from env.assays import Setup
from env.assays.base import Trial
from env.assays.perturbation_table import CONTROLS, INTACT, ROWS, SEEN
from env.assays.perturbations import PERTURBATIONS, judge, verdicts

LEAN = Setup(body="free", resolution="coarse", dt_neuron_ms=1.0)


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)


class TestPerturbations:
    falls = next(row for row in ROWS if row.expected == "falls" and row.figure == "speed_mm_s")

    def judged(self, row, intact, changed, seed=0):
        pairs = np.stack([np.array(intact), np.array(changed)], axis=1)
        return judge(row, pairs, np.random.default_rng(seed))["verdict"]

    def test_a_clear_fall_is_right_and_less_is_wrong(self):
        intact = np.linspace(0.18, 0.22, 10)
        assert self.judged(replace(self.falls, effect=0.4), intact, 0.3 * intact) == "right"
        assert self.judged(replace(self.falls, effect=0.4), intact, 0.8 * intact) == "wrong"
        assert self.judged(replace(self.falls, effect=0.4), intact, 1.5 * intact) == "wrong"

    def test_a_fall_that_chance_explains_is_wrong(self):
        intact = np.full(4, 0.2)
        assert (
            self.judged(replace(self.falls, effect=0.25), intact, [-0.9, 0.4, 0.4, 0.4]) == "wrong"
        )

    def test_rises_kept_and_reaches(self):
        intact = np.linspace(0.18, 0.22, 10)
        rises, kept = (replace(self.falls, expected=e, effect=0.25) for e in ("rises", "kept"))
        assert self.judged(rises, intact, 1.5 * intact) == "right"
        assert self.judged(rises, intact, 1.1 * intact) == "wrong"
        assert self.judged(kept, intact, 1.1 * intact) == "right"
        assert self.judged(kept, intact, 0.6 * intact) == "wrong"
        reaches = replace(self.falls, expected="reaches", effect=0.8)
        assert self.judged(reaches, np.zeros(10), [1.0] * 9 + [0.0]) == "right"
        assert self.judged(reaches, np.zeros(10), [1.0] * 7 + [0.0] * 3) == "wrong"

    def test_losing_what_the_intact_worm_does_not_do_is_wrong(self):
        row = replace(self.falls, figure="index", effect=0.5)
        assert self.judged(row, np.full(10, 0.1), np.zeros(10)) == "wrong"
        assert self.judged(row, np.full(10, 0.6), np.zeros(10)) == "right"

    def test_what_was_not_measured_is_wrong(self):
        assert self.judged(self.falls, [nan] * 10, [0.1] * 10) == "wrong"

    def test_a_verdict_can_be_written_as_json(self, rng: np.random.Generator):
        assert json.loads(json.dumps(judge(self.falls, np.full((3, 2), 0.1), rng)))["shown"] is True

    def test_names_are_unique_and_every_row_has_a_source(self):
        rows = (*ROWS, *CONTROLS)
        assert len({row.name for row in rows}) == len(rows)
        assert all("doi:10." in row.source for row in ROWS)
        assert all(0.0 < row.effect <= 1.0 for row in rows)
        assert {row.name for row in ROWS} >= SEEN

    def test_every_row_can_be_built(self):
        """Each treatment is understood by the simulation; a lean one, built and closed."""
        for condition in {row.treatment: row for row in ROWS}.values():
            setup = replace(
                LEAN,
                ablate=condition.ablate,
                perturb=condition.perturb,
                medium=condition.medium or "agar",
            )
            setup.build(0).close()

    def test_verdicts_come_from_the_trials_of_the_row(self, rng: np.random.Generator):
        """A made-up animal whose gait stops with whatever is done to it."""
        trials = [
            Trial(seed=seed, condition=condition, figures=_Figures(condition.endswith(INTACT)))
            for seed in range(4)
            for condition in PERTURBATIONS.conditions
        ]
        found = {row["row"]: row["verdict"] for row in verdicts(trials, rng)}
        assert found["AVB: crawl"] == "right"
        assert found["PVC: crawl"] == "wrong"
        assert found["RIM: reversals"] == "wrong"
        assert found["AVA driven"] == "right"


class _Figures(dict[str, float]):
    """Every figure is 1 in the intact worm and 0 in a treated one."""

    def __init__(self, intact: bool) -> None:
        super().__init__()
        self.intact = intact

    def __missing__(self, name: str) -> float:
        return 1.0 if self.intact else 0.0
