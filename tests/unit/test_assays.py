"""Assays: what they measure, what they report, and that their verdicts can fail."""

import argparse
import json
from dataclasses import replace
from math import isnan, nan
from pathlib import Path

import numpy as np
import pytest

from env.arena import arena as arena_named
from env.assays import Current, Session, Setup, assay, chemotaxis, names, run_assay, spontaneous
from env.assays.base import Trial, of_condition, summary_of_means
from env.assays.chemotaxis import FeltField, chemotaxis_summary
from env.assays.kinematics import Track
from env.assays.locomotion import VISCOSITIES_Pa_s
from env.assays.navigation import curving_sums, slope, turns
from env.assays.statistics import interval, mean_interval
from env.assays.touch import response, touch_summary
from env.fields import GaussianField
from wormlife.cli import assay as command

LEAN = Setup(body="free", resolution="coarse", dt_neuron_ms=1.0)
SHORT_s = {"locomotion.SETTLE_s": 0.2, "locomotion.WATCH_s": 1.0}


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Trials of about a second."""
    for name, value in {
        **SHORT_s,
        "spontaneous.SETTLE_s": 0.2,
        "spontaneous.FREE_s": 1.0,
        "spontaneous.POSTURE_s": 1.0,
        "touch.FIRST_s": 0.2,
        "touch.SPREAD_s": 0.2,
        "touch.PATIENCE_s": 0.2,
        "touch.AFTER_s": 4.0,
        "chemotaxis.LONGEST_s": 1.0,
    }.items():
        monkeypatch.setattr(f"env.assays.{name}", value)


class TestStatistics:
    def test_the_interval_holds_the_mean_as_often_as_it_says(self):
        """100 samples of 20 normal numbers; a 95 % bootstrap interval misses 0 some 7 times."""
        rng = np.random.default_rng(2)
        found = [mean_interval(rng.standard_normal(20).tolist(), rng) for _ in range(100)]
        missed = sum(not one["low"] <= 0.0 <= one["high"] for one in found)
        assert 1 <= missed <= 15

    def test_what_does_not_exist_does_not_count(self, rng: np.random.Generator):
        found = mean_interval([1.0, nan, 3.0, None], rng)
        assert (found["mean"], found["n"]) == (2.0, 2)

    def test_nothing_has_no_mean(self, rng: np.random.Generator):
        found = mean_interval([nan], rng)
        assert found["n"] == 0
        assert isnan(found["mean"])

    def test_the_same_seed_gives_the_same_interval(self):
        rows = np.arange(12.0)[:, None]
        one, two = (
            interval(rows, lambda r: float(r.mean()), np.random.default_rng(3)) for _ in "ab"
        )
        assert one == two


class TestSession:
    def test_currents_flow_at_their_time(self):
        setup = replace(
            LEAN, inject=(Current(cells="AVA", current_pA=20.0, start_s=0.2, end_s=0.4),)
        )
        flowing = []
        with Session(setup, 1) as session:
            while session.sim.time_s < 0.6:
                session.step()
                ava = session.sim.connectome.members("AVA")
                flowing.append((session.sim.time_s, session.sim.injected_current_pA[ava[0]]))
        on = [round(time_s, 2) for time_s, current_pA in flowing if current_pA == 20.0]
        assert on == [0.24, 0.28, 0.32, 0.36, 0.4]

    def test_sees_the_start_and_every_step(self):
        with Session(LEAN, 1) as session:
            session.run(0.4)
            assert len(session.track) == 11
            assert len(session.last(0.2)) == 6
            assert np.array_equal(session.track.curvature_L[-1], session.sim.curvature_L)

    def test_the_setup_is_built_as_told(self):
        setup = replace(LEAN, medium="water", perturb=("cut gap AVA A",), ablate="AVB")
        with setup.build(3) as sim:
            assert sim.medium.name == "water"
            assert sim.perturbations == ("ablate AVB", "cut gap AVA A")
            assert sim.seed == 3


def sliding(speed_mm_s: np.ndarray) -> Track:
    """A straight worm that slides along +x with these speeds, 40 ms apart."""
    x = np.cumsum(speed_mm_s) * 0.04
    line = np.zeros((len(x), 25, 3))
    line[:, :, 0] = x[:, None] + np.linspace(0.5, -0.5, 25)
    return Track(dt_s=0.04, centreline_mm=line, curvature_L=np.zeros((len(x), 23)))


def stimulated(*spans: tuple[float, float]) -> Track:
    """A worm with speeds over spans of time, touched at 5 s."""
    return sliding(np.concatenate([np.full(round(s / 0.04), v) for s, v in spans]))


class TestResponse:
    def test_backing_at_once_is_a_reversal(self):
        found = response(stimulated((5.4, 0.2), (2.0, -0.2), (4.0, 0.2)), 5.0)
        assert found.reversed
        assert found.latency_s == pytest.approx(0.5, abs=0.2)
        assert found.distance_mm == pytest.approx(0.4, abs=0.05)
        assert not found.accelerated

    def test_backing_later_is_none(self):
        assert not response(stimulated((6.6, 0.2), (2.0, -0.2), (4.0, 0.2)), 5.0).reversed

    def test_a_longer_window_takes_later_answers(self):
        assert response(stimulated((6.6, 0.2), (2.0, -0.2), (4.0, 0.2)), 5.0, 2.0).reversed

    def test_backing_already_is_no_answer(self):
        assert not response(stimulated((4.0, 0.2), (3.0, -0.2), (5.0, 0.2)), 5.0).reversed

    def test_an_answer_without_delay_did_not_begin_before(self):
        found = response(stimulated((5.0, 0.2), (2.0, -1.0), (5.0, 0.2)), 5.0)
        assert found.reversed
        assert found.latency_s == 0.0

    def test_faster_is_an_acceleration(self):
        found = response(stimulated((5.0, 0.2), (7.0, 0.26)), 5.0)
        assert found.accelerated
        assert found.speed_ratio == pytest.approx(1.3, abs=0.01)

    @pytest.mark.parametrize("after", [0.2, 0.22])
    def test_hardly_faster_is_none(self, after: float):
        assert not response(stimulated((5.0, 0.2), (7.0, after)), 5.0).accelerated

    def test_a_worm_that_stood_still_did_not_accelerate(self):
        found = response(stimulated((5.0, -0.005), (7.0, 0.2)), 5.0)
        assert not found.accelerated
        assert isnan(found.speed_ratio)


class TestNavigation:
    peak = GaussianField(peak_mM=50.0, sigma_mm=4.0)

    def test_reversals_are_counted_by_what_came_before(self):
        track = stimulated((10.0, 0.2), (2.0, -0.2), (10.0, 0.2), (2.0, -0.2), (4.0, 0.2))
        time_s = np.arange(len(track)) * track.dt_s
        rising_then_falling = 12.0 - np.abs(time_s - 12.0)
        found = turns(track, rising_then_falling)
        assert (found.up, found.down) == (1, 1)
        assert found.up_s == pytest.approx(12.0 + 1.25 - 2.5, abs=0.1)

    @pytest.mark.parametrize("sign", [1.0, -1.0])
    def test_curving_towards_the_peak_is_positive(self, sign: float):
        """A path whose curvature is proportional to the normal gradient, integrated by Euler."""
        dt_s, v, gain = 0.04, 0.2, 0.05 * sign
        place, heading, centres, headings = np.array([-9.0, 3.0]), 0.3, [], []
        for _ in range(4000):
            gx, gy = self.peak.gradient_mM_mm(*place)
            heading += gain * (-np.sin(heading) * gx + np.cos(heading) * gy) * v * dt_s
            place = place + v * dt_s * np.array([np.cos(heading), np.sin(heading)])
            centres.append(place)
            headings.append(heading)
        along = np.stack([np.cos(headings), np.sin(headings), np.zeros(4000)], axis=1)
        centre = np.concatenate([np.array(centres), np.zeros((4000, 1))], axis=1)
        body = centre[:, None] + np.linspace(0.5, -0.5, 25)[None, :, None] * along[:, None]
        found = slope(
            curving_sums(
                Track(dt_s=dt_s, centreline_mm=body, curvature_L=np.zeros((4000, 23))), self.peak
            )[None]
        )
        assert found == pytest.approx(gain, rel=0.1)

    def test_a_path_too_short_to_curve_has_no_slope(self):
        assert isnan(slope(curving_sums(sliding(np.full(100, 0.2)), self.peak)[None]))


class TestChemotaxis:
    def test_a_felt_field_depends_on_time_alone(self):
        field = FeltField((1.0, 2.0, 4.0), 0.5)
        assert [field.concentration_mM(9.0, -3.0, t) for t in (0.0, 0.25, 1.0, 7.0)] == [
            1.0,
            1.5,
            4.0,
            4.0,
        ]
        assert field.gradient_mM_mm(1.0, 2.0) == (0.0, 0.0)

    @pytest.mark.usefixtures("short")
    def test_controls_change_what_is_felt_and_nothing_else(self):
        setup = replace(LEAN, arena="chemotaxis")
        felt = {
            condition: chemotaxis._as_felt(setup, arena_named("chemotaxis"), 1, condition)
            for condition in chemotaxis.CHEMOTAXIS.conditions
        }
        assert felt["plain"] == setup
        assert felt["ablated"] == replace(setup, ablate="ASEL,ASER")
        with setup.build(1) as sim:
            start = sim.position_mm[:2]
            true = sim.concentration_mM["salt"]
        assert felt["mirrored"].arena.chemicals["salt"].centre_mm == pytest.approx(2.0 * start)
        shuffled = felt["shuffled"].arena.chemicals["salt"]
        assert len(shuffled.values_mM) == 25
        assert shuffled.values_mM[0] != pytest.approx(true, rel=1e-3)

    def test_reaching_the_peak_ends_the_trial(self, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr(chemotaxis, "LONGEST_s", 0.4)
        near = replace(arena_named("chemotaxis"), start_distance_mm=(0.1, 0.1))
        trial = chemotaxis.seek(replace(LEAN, arena=near), 1, "plain")
        assert trial.figures["reached"] == 1.0
        assert trial.figures["time_to_food_s"] == pytest.approx(0.04)
        far = chemotaxis.seek(replace(LEAN, arena="chemotaxis"), 1, "plain")
        assert far.figures["reached"] == 0.0
        assert isnan(far.figures["time_to_food_s"])

    def test_an_arena_without_a_peak_is_refused(self):
        with pytest.raises(ValueError, match="arena 'open' has no peak to find"):
            chemotaxis.seek(replace(LEAN, arena="open"), 1, "plain")

    def test_rates_are_pooled_over_worms(self, rng: np.random.Generator):
        figures = {"reached": 1.0, "index": 0.9, "time_to_food_s": 100.0, "turns_up": 2.0}
        figures |= {"turns_down": 6.0, "up_s": 60.0, "down_s": 60.0}
        figures |= dict.fromkeys(chemotaxis.SUMS, 0.0)
        trials = [
            Trial(seed=seed, condition=condition, figures=figures)
            for seed in range(3)
            for condition in chemotaxis.CHEMOTAXIS.conditions
        ]
        found = chemotaxis_summary(trials, rng)
        assert found["turn_rate_ratio"]["mean"] == 3.0
        assert found["turns_per_min"]["mean"] == 4.0
        assert found["control_mirrored_index"]["mean"] == pytest.approx(0.9)


@pytest.mark.usefixtures("short")
class TestRunning:
    def test_every_seed_and_condition_is_run_and_told(self):
        told: list[Trial] = []
        outcome = run_assay("crawl", LEAN, trials=2, seed=5, done=told.append)
        assert [trial.seed for trial in outcome.trials] == [5, 6]
        assert len(told) == 2
        plain = outcome.plain()
        assert {"assay", "trials", "summary", "parameters", "seed"} <= set(plain)
        asked = "speed_mm_s frequency_hz wavelength_l peak_curvature_l straightness wave_direction"
        assert set(asked.split()) <= set(plain["summary"])
        for name, figure in plain["summary"].items():
            assert set(figure) == {"mean", "low", "high", "n"}, name
        assert plain["parameters"]["digest"]

    def test_the_same_seed_gives_the_same_outcome(self):
        one, two, other = (run_assay("crawl", LEAN, trials=1, seed=s).plain() for s in (1, 1, 2))
        assert json.dumps(one) == json.dumps(two)
        assert json.dumps(one["trials"]) != json.dumps(other["trials"])

    def test_reversal_has_its_figures(self):
        found = run_assay("reversal", LEAN, trials=1).summary
        assert {"rate_per_min", "duration_s", "distance_mm"} <= set(found)

    def test_posture_has_its_figure(self):
        found = run_assay("posture", LEAN, trials=1).summary
        assert 0.0 < found["variance_4_modes"]["mean"] <= 1.0

    def test_touch_has_its_figures_and_a_sham_that_does_nothing(self):
        outcome = run_assay("touch", LEAN, trials=1)
        asked = "anterior_reversal_p posterior_acceleration_p nose_reversal_p sham_p latency_s"
        assert set(asked.split()) | {"reversal_mm"} <= set(outcome.summary)
        speeds_of = {t.condition: t.series["speed_mm_s"] for t in outcome.trials}
        before = {c: tuple(v[:5]) for c, v in speeds_of.items()}
        assert len(set(before.values())) == 1, "all conditions begin with the same worm"
        assert not np.array_equal(speeds_of["AVA"], speeds_of["sham"])

    def test_backing_worms_have_current_in_ava(self):
        crawl, backward = (run_assay(n, LEAN, trials=1).trials[0] for n in ("crawl", "backward"))
        assert crawl.figures["speed_mm_s"] != backward.figures["speed_mm_s"]
        assert backward.figures["backing_mm_s"] == -backward.figures["speed_mm_s"]

    def test_viscosity_is_swept(self, rng: np.random.Generator):
        trials = [
            Trial(seed=0, condition=v, figures={"frequency_hz": 1.0 / float(v)})
            for v in VISCOSITIES_Pa_s
        ]
        found = assay("viscosity").summarise(trials, rng)
        assert found["frequency_hz_at_0.01"]["mean"] == 100.0
        assert assay("viscosity").trial(LEAN, 0, "0.01").condition == "0.01"

    @pytest.mark.parametrize("name", sorted(names()))
    def test_every_assay_draws_its_figure(
        self, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ):
        matplotlib = pytest.importorskip("matplotlib.figure")
        figure = matplotlib.Figure()
        assay(name).draw(_trials_to_draw(name), figure)
        figure.savefig(tmp_path / "a.png")
        assert (tmp_path / "a.png").stat().st_size > 5000

    def test_an_unknown_assay_is_refused(self):
        with pytest.raises(KeyError, match="unknown assay 'crwl'; did you mean 'crawl'"):
            run_assay("crwl", LEAN, trials=1)

    def test_no_trial_is_refused(self):
        with pytest.raises(ValueError, match="trials=0 must be at least 1"):
            run_assay("crawl", LEAN, trials=0)


class _Figures(dict[str, float]):
    """Every figure is 1 in the intact worm and 0 in a treated one."""

    def __init__(self, intact: bool) -> None:
        super().__init__()
        self.intact = intact

    def __missing__(self, name: str) -> float:
        return 1.0 if self.intact else 0.0


def _trials_to_draw(name: str) -> list[Trial]:
    """Trials of an assay, with series of the right shapes and made-up numbers."""
    rng = np.random.default_rng(1)
    series = {
        "curvature_L": rng.standard_normal((50, 23)),
        "path_mm": rng.standard_normal((50, 2)),
        "goal_mm": np.zeros(2),
        "speed_mm_s": rng.standard_normal(100),
        "bouts": np.array([[1.0, 3.0, 0.4], [7.0, 8.0, 0.2]]),
        "variance_shares": np.linspace(0.5, 0.0, 24),
        "distance_mm": rng.random(10),
    }
    return [
        Trial(seed=seed, condition=condition, figures=_Figures(seed == 0), series=series)
        for seed in range(2)
        for condition in assay(name).conditions
    ]


def parsed(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    return parser.parse_args(words)


LEAN_WORDS = ("--body", "free", "--resolution", "coarse", "--dt-neuron-ms", "1", "--workers", "1")


@pytest.mark.usefixtures("short")
class TestCommand:
    def test_prints_one_json_object_and_draws(self, capfd: pytest.CaptureFixture, tmp_path: Path):
        plot = tmp_path / "a.svg"
        words = (
            "crawl",
            "--trials",
            "1",
            "--seed",
            "4",
            *LEAN_WORDS,
            "--json",
            "--plot",
            str(plot),
        )
        assert command.execute(parsed(*words)) == 0
        printed = json.loads(capfd.readouterr().out)
        assert printed["assay"] == "crawl"
        assert printed["seed"] == 4
        assert printed["setup"]["body"] == "free"
        assert plot.read_text().lstrip().startswith("<?xml")

    def test_prints_a_line_for_each_figure(self, capfd: pytest.CaptureFixture):
        assert command.execute(parsed("crawl", "--trials", "1", *LEAN_WORDS)) == 0
        assert "speed_mm_s" in capfd.readouterr().out

    def test_medium_and_arena_are_those_of_the_assay_unless_told(self):
        swim = assay("swim")
        assert command.setup_of(parsed("swim", *LEAN_WORDS), swim).medium == "water"
        told = command.setup_of(parsed("swim", "--medium", "agar", *LEAN_WORDS), swim)
        assert told.medium == "agar"

    def test_the_animal_is_changed_as_told(self):
        words = ("--ablate", "AVB", "--perturb", "block GABA", "--inject", "AVA:20@1-2")
        setup = command.setup_of(parsed("crawl", *words, *LEAN_WORDS), assay("crawl"))
        assert setup.ablate == "AVB"
        assert setup.perturb == ("block GABA",)
        assert setup.inject == (Current(cells="AVA", current_pA=20.0, start_s=1.0, end_s=2.0),)

    @pytest.mark.parametrize(
        ("words", "error", "message"),
        [
            (("crawl", "--ablate", "AVX"), KeyError, "unknown neuron"),
            (("crawl", "--inject", "AVX:2"), KeyError, "unknown neuron"),
            (("crawl", "--perturb", "frob"), ValueError, "not understood"),
            (("crawl", "--plot", "a.xyz"), ValueError, "unknown ending"),
            (("crawl", "--plot", "nowhere/a.png"), FileNotFoundError, "No such folder"),
        ],
    )
    def test_mistakes_are_found_before_the_work(self, words, error, message):
        with pytest.raises(error, match=message):
            command.execute(parsed(*words, *LEAN_WORDS))

    @pytest.mark.parametrize("words", [("crawl", "--trials", "0"), ("crawl", "--workers", "x")])
    def test_counts_are_whole_numbers_above_zero(self, words, capfd: pytest.CaptureFixture):
        with pytest.raises(SystemExit):
            parsed(*words)
        assert "is not a whole number above 0" in capfd.readouterr().err


def test_means_and_groups(rng: np.random.Generator):
    trials = [
        Trial(seed=s, condition="sham" if s else "nose", figures={"x": float(s)}) for s in range(3)
    ]
    assert summary_of_means(trials, rng)["x"]["mean"] == 1.0
    assert [trial.seed for trial in of_condition(trials, "sham")] == [1, 2]
    assert spontaneous.REVERSAL.name in names()
    assert touch_summary([], rng) == {}
