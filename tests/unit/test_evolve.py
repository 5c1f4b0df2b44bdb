"""The search: its cube, its memory, its files, and what its objectives ask for."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from agents.evolve import STAGES, Evolution, Plan, evolution, score, stage
from agents.evolve.escape import faster_terms, no_reversal_terms
from agents.evolve.files import load_checkpoint, save_checkpoint, write_overrides
from agents.evolve.lean import Lean, Seen
from agents.evolve.search import History, Search
from agents.evolve.space import Space, keys_of_stages
from agents.evolve.terms import DEAD, gait_terms, head_terms, total
from env.assays.kinematics import Track
from worm.connectome import load_connectome
from worm.parameters import Parameters

SHIPPED = Parameters.load()


@pytest.fixture(scope="module")
def lean() -> Lean:
    return Lean(SHIPPED)


def bowl(points: np.ndarray) -> np.ndarray:
    return ((points - 0.3) ** 2).sum(axis=1)


class TestSpace:
    keys = keys_of_stages(SHIPPED, None)

    def test_stages_free_fitted_parameters_with_a_range_alone(self):
        assert self.keys
        for key in self.keys:
            assert SHIPPED.entry(key).origin == "fitted"
            assert SHIPPED.entry(key).range is not None

    def test_a_stage_frees_its_own(self):
        head = keys_of_stages(SHIPPED, ("head",))
        assert head == tuple(k for k in self.keys if SHIPPED.entry(k).stage == "head")

    def test_patterns_free_more(self):
        assert "body.bending_stiffness" in keys_of_stages(SHIPPED, ("head",), ("body.*",))

    def test_a_pattern_without_a_match_is_refused(self):
        with pytest.raises(KeyError, match=r"no parameter with a range matches 'bod\.\*'"):
            keys_of_stages(SHIPPED, None, ("bod.*",))

    def test_a_stage_without_parameters_is_refused(self):
        with pytest.raises(ValueError, match="no fitted parameter has the stage nothing"):
            keys_of_stages(SHIPPED, ("nothing",))

    def test_values_come_back_from_the_cube(self):
        space = Space(SHIPPED, self.keys)
        back = space.values(space.point(SHIPPED))
        assert back == pytest.approx({key: SHIPPED[key] for key in self.keys}, rel=1e-9)

    def test_faces_of_the_cube_are_the_limits(self):
        space = Space(SHIPPED, self.keys)
        for corner, side in ((np.zeros(len(self.keys)), 0), (np.ones(len(self.keys)), 1)):
            limits = [SHIPPED.entry(key).range[side] for key in self.keys]
            assert list(space.values(corner).values()) == pytest.approx(limits, rel=1e-12)
            space.at(corner)  # rounding does not leave the range

    def test_the_middle_of_a_log_range_is_its_geometric_mean(self):
        key = next(k for k in self.keys if SHIPPED.entry(k).scale == "log")
        low, high = SHIPPED.entry(key).range
        assert Space(SHIPPED, (key,)).values(np.array([0.5]))[key] == pytest.approx(
            np.sqrt(low * high)
        )


class TestSearch:
    def search(self, history: History | None = None, seed: int = 4) -> Search:
        return Search(np.full(5, 0.8), 0.2, 8, seed, history)

    def test_finds_the_bottom_of_a_bowl(self):
        search = self.search()
        search.run(bowl, 600, lambda _: None)
        point, cost = search.history.best
        assert point == pytest.approx(np.full(5, 0.3), abs=1e-2)
        assert cost < 1e-4

    def test_never_ends_worse_than_it_began(self):
        search = Search(np.full(5, 0.3), 0.2, 8, 4)
        search.run(bowl, 8, lambda _: None)
        assert search.history.best[1] == pytest.approx(0.0, abs=1e-20)

    def test_goes_on_after_a_stop_as_if_there_had_been_none(self):
        whole, first = self.search(), self.search()
        whole.run(bowl, 80, lambda _: None)
        first.run(bowl, 40, lambda _: None)
        second = self.search(first.history)
        second.run(bowl, 80, lambda _: None)
        assert len(second.history.points) == 10
        assert np.array_equal(whole.history.points, second.history.points)

    def test_does_not_touch_the_global_generator(self):
        np.random.seed(1)  # noqa: NPY002  (that very generator)
        self.search().ask()
        after = np.random.random()  # noqa: NPY002
        np.random.seed(1)  # noqa: NPY002
        assert after == np.random.random()  # noqa: NPY002

    def test_a_history_of_another_search_is_refused(self):
        search = self.search()
        search.run(bowl, 8, lambda _: None)
        with pytest.raises(ValueError, match="does not continue with these settings"):
            self.search(search.history, seed=5)

    def test_a_point_outside_the_cube_costs_more(self):
        """The optimiser is pushed back; the best point reported lies inside."""
        search = Search(np.full(2, 0.9), 0.3, 8, 1)
        search.run(lambda points: -np.clip(points, 0, 1).sum(axis=1), 400, lambda _: None)
        point, _ = search.history.best
        assert (point <= 1.0).all()
        assert search.ask().max() < 1.5

    def test_nothing_evaluated_has_no_best(self):
        with pytest.raises(ValueError, match="no generation has been evaluated"):
            _ = History().best


class TestFiles:
    def test_a_checkpoint_comes_back(self, tmp_path: Path):
        history = History(points=[np.ones((4, 2)), np.zeros((4, 2))], costs=[np.ones(4)] * 2)
        save_checkpoint(tmp_path / "a.npz", {"stage": "head", "sigma": 0.1}, history)
        settings, back = load_checkpoint(tmp_path / "a.npz")
        assert settings == {"stage": "head", "sigma": 0.1}
        assert np.array_equal(back.points, history.points)
        assert np.array_equal(back.costs, history.costs)
        assert [path.name for path in tmp_path.iterdir()] == ["a.npz"]

    @pytest.mark.parametrize("content", [b"", b"PK\x03\x04 broken", b"not a file of numpy"])
    def test_another_file_is_no_checkpoint(self, tmp_path: Path, content: bytes):
        path = tmp_path / "a.npz"
        path.write_bytes(content)
        with pytest.raises(ValueError, match="is not a checkpoint of `worm evolve`"):
            load_checkpoint(path)

    def test_another_version_is_refused(self, tmp_path: Path):
        save_checkpoint(tmp_path / "a.npz", {"version": 0}, History())
        with pytest.raises(ValueError, match="checkpoint of another version"):
            load_checkpoint(tmp_path / "a.npz")

    def test_what_was_found_can_be_loaded_as_parameters(self, tmp_path: Path):
        values = {"gap.AVB_B": 3.25, "release.shift.D": -2.0}
        write_overrides(
            tmp_path / "a.toml", SHIPPED, values, {"command": "worm\nevolve", "seed": 3}
        )
        loaded = Parameters.load(tmp_path / "a.toml")
        assert loaded.digest == SHIPPED.with_values(values).digest
        assert "# command: worm evolve\n# seed: 3\n" in (tmp_path / "a.toml").read_text()


class TestEvolution:
    plan = Plan(stage="head", start=SHIPPED, population=4)

    @pytest.fixture(autouse=True)
    def cheap(self, monkeypatch: pytest.MonkeyPatch):
        """A score without worms: the sum of two parameters."""
        monkeypatch.setattr(evolution, "score", lambda name, p, seeds: _Cheap(p))

    def test_writes_parameters_and_checkpoint_after_each_generation(self, tmp_path: Path):
        told = []
        one = Evolution(self.plan, tmp_path / "head.toml", "worm evolve head")
        one.run(12, each=told.append)
        assert [generation.evaluations for generation in told] == [4, 8, 12]
        assert told[-1].best == min(generation.cost for generation in told)
        parameters, _, cost = one.best()
        assert Parameters.load(tmp_path / "head.toml").digest == parameters.digest
        assert cost == pytest.approx(_Cheap(parameters).cost)
        text = (tmp_path / "head.toml").read_text()
        assert "# stage: head" in text
        assert "# command: worm evolve head" in text

    def test_resumes_where_it_stopped(self, tmp_path: Path):
        whole = Evolution(self.plan, tmp_path / "whole.toml")
        whole.run(12, each=lambda _: None)
        Evolution(self.plan, tmp_path / "half.toml").run(8, each=lambda _: None)
        resumed = Evolution(self.plan, tmp_path / "half.toml", resume=True)
        assert resumed.search.history.evaluations == 8
        resumed.run(12, each=lambda _: None)
        assert np.array_equal(whole.search.history.points, resumed.search.history.points)

    def test_another_plan_is_not_resumed(self, tmp_path: Path):
        Evolution(self.plan, tmp_path / "a.toml").run(4, each=lambda _: None)
        with pytest.raises(ValueError, match=r"was made with sigma=0\.12, not 0\.3"):
            Evolution(replace(self.plan, sigma=0.3), tmp_path / "a.toml", resume=True)

    def test_an_unknown_stage_is_refused(self, tmp_path: Path):
        with pytest.raises(KeyError, match="unknown stage 'haed'; did you mean 'head'"):
            Evolution(replace(self.plan, stage="haed"), tmp_path / "a.toml")


class _Cheap:
    def __init__(self, parameters: Parameters) -> None:
        self.cost = parameters["channel.SMD.EGL_2"] + parameters["gap.head_head"]


class TestObjectives:
    def seen(self, *, sign: int = 1, speed: float = 0.2, waves: float = 1.54) -> Seen:
        """A textbook worm: a wave of 7.5 per length in mid-body, 6 in the tail."""
        time_s = np.arange(300) * 0.04
        joint = np.arange(1, 24) / 24.0
        amplitude = np.where(joint > 0.75, 6.0, 7.5)
        phase = 2.0 * np.pi * (0.42 * time_s[:, None] - sign * waves * joint)
        line = np.zeros((300, 25, 3))
        line[:, :, 0] = (speed * time_s)[:, None] + np.linspace(1.0, 0.0, 25)
        track = Track(dt_s=0.04, centreline_mm=line, curvature_L=amplitude * np.sin(phase))
        return Seen(
            track=track,
            release=np.zeros((300, 302)),
            voltage_mV=np.full((300, 302), -40.0),
            alive=True,
        )

    def test_the_worm_that_was_asked_for_costs_almost_nothing(self):
        connectome = load_connectome()
        assert total(gait_terms(self.seen(), connectome, 1)) < 0.1
        backward = self.seen(sign=-1, speed=-0.17)
        assert total(gait_terms(backward, connectome, -1)) < 0.1

    def test_each_fault_has_its_term(self):
        connectome, good = load_connectome(), self.seen()

        def grown(other: Seen) -> set[str]:
            costs, base = gait_terms(other, connectome, 1), gait_terms(good, connectome, 1)
            return {name for name in base if costs[name] > base[name] + 0.2}

        bent = replace(good.track, curvature_L=good.track.curvature_L + 4.0)
        awake = np.zeros((300, 302))
        awake[:, connectome.members("A")] = 0.5
        assert grown(self.seen(speed=0.05)) == {"speed"}
        assert grown(self.seen(waves=0.8)) == {"wave"}
        assert grown(self.seen(sign=-1)) == {"wave"}
        assert grown(replace(good, track=bent)) == {"bias"}
        assert grown(replace(good, release=awake)) == {"idle_pool"}
        assert grown(replace(good, voltage_mV=np.full((300, 302), 60.0))) == {"voltage"}

    def test_a_dead_worm_costs_more_than_any_living_one(self):
        dead = replace(self.seen(), alive=False)
        assert total(gait_terms(dead, load_connectome(), 1)) == DEAD
        assert total(head_terms(dead)) == DEAD

    def test_backing_where_nothing_was_done_costs(self):
        assert total(no_reversal_terms(self.seen())) == 0.0
        assert total(no_reversal_terms(self.seen(speed=-0.2))) > 3.0

    def test_a_steady_worm_has_not_become_faster(self):
        assert faster_terms(self.seen())["faster"] == pytest.approx(0.8, abs=0.01)


class TestLeanTrial:
    def test_the_same_seed_gives_the_same_trial(self, lean: Lean):
        first, second, third = (lean.run(1.0, seed).track.curvature_L for seed in (1, 1, 2))
        assert np.array_equal(first, second)
        assert not np.array_equal(first, third)

    def test_actions_are_taken_at_their_time_and_forgotten(self, lean: Lean):
        avd = lean.connectome.members("AVD")
        free = lean.run(0.8, 1).voltage_mV[:, avd].mean(axis=1)
        pushed = lean.run(0.8, 1, [(0.4, lambda worm: worm.inject({"AVD": 60.0}))])
        risen = pushed.voltage_mV[:, avd].mean(axis=1) - free
        assert risen[:10] == pytest.approx(0.0, abs=1e-12)
        assert risen[-1] > 5.0
        again = lean.run(0.8, 1).voltage_mV[:, avd].mean(axis=1)
        assert np.array_equal(again, free)

    def test_a_worm_that_bends_too_little_is_given_up_early(
        self, lean: Lean, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setattr("agents.evolve.lean.LIVELY_L", 100.0)
        seen = lean.run(12.0, 1)
        assert not seen.alive
        assert len(seen.track) * 0.04 < 7.0

    def test_the_shipped_set_scores_well_forward(self):
        """A stale or broken default set costs tens; the set that was found costs about one."""
        assert score("forward", SHIPPED, [1]).cost < 5.0

    def test_every_stage_names_itself(self):
        assert [stage(name).name for name in STAGES] == list(STAGES)
