"""Agents: policies act within bounds, files hold data alone, baselines are what they are called."""

import json
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
import pytest

from agents.agent import Agent, AgentError, load_agent, save_agent
from agents.catalogue import find_agent, shipped_agents
from agents.evaluation import evaluate, interval
from agents.policies import Mlp, Wave, build_policy, mlp_shapes
from wormlife.cli import main

SEEN = np.zeros(4, np.float32)
MLP = {"hidden": "tanh", "output": "clip"}


def arrays(seed: int = 0, hidden: tuple[int, ...] = (3,)) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    return {name: rng.normal(size=shape) for name, shape in mlp_shapes(4, hidden, 2).items()}


def agent(**changes: Any) -> Agent:
    given: dict[str, Any] = {
        "name": "small",
        "about": "A test.",
        "env_id": "Worm/Crawl-v0",
        "env": {"action_mode": "muscles", "body": "free"},
        "policy": "wave",
        "settings": {"frequency_hz": 0.5, "wavelength_l": 0.65, "amplitude": 1.0},
    }
    return Agent(**{**given, **changes})


class TestPolicies:
    def test_a_network_computes_what_its_layers_say(self) -> None:
        learnt = arrays()
        seen = np.array([0.1, -0.2, 0.3, 0.4], np.float32)
        hidden = np.tanh(seen @ learnt["weight0"] + learnt["bias0"])
        expected = np.clip(hidden @ learnt["weight1"] + learnt["bias1"], -1.0, 1.0)
        action = Mlp(2, learnt, MLP).act(seen)
        assert action.dtype == np.float32
        assert action == pytest.approx(expected, abs=1e-6)

    def test_actions_stay_within_bounds(self) -> None:
        loud = {name: 50.0 * array for name, array in arrays(1).items()}
        for output in ("clip", "tanh"):
            action = Mlp(2, loud, {"hidden": "relu", "output": output}).act(SEEN + 1.0)
            assert np.abs(action).max() == pytest.approx(1.0)

    def test_the_wave_travels_from_head_to_tail(self) -> None:
        settings = {"frequency_hz": 0.5, "wavelength_l": 0.5, "amplitude": 0.8}
        wave = Wave(24, {}, settings)
        rows = np.stack([wave.act(SEEN) for _ in range(50)])
        assert np.abs(rows).max() == pytest.approx(0.8, abs=0.01)
        # 3 rows, a quarter wavelength, further back all comes 12.5 steps, a quarter period, later
        early, late = rows[:37, 2], (rows[12:49, 5] + rows[13:50, 5]) / 2.0
        assert late == pytest.approx(early, abs=0.01)

    def test_random_is_even_and_follows_from_the_seed(self) -> None:
        policy = build_policy("random", 1000, {}, {})
        policy.reset(3)
        first = policy.act(SEEN)
        policy.reset(3)
        assert np.array_equal(first, policy.act(SEEN))
        assert not np.array_equal(first, policy.act(SEEN))
        assert abs(float(first.mean())) < 0.06
        assert float(first.std()) == pytest.approx(1 / np.sqrt(3), abs=0.03)

    @pytest.mark.parametrize(
        ("kind", "learnt", "settings", "message"),
        [
            ("lstm", {}, {}, "unknown policy 'lstm'; choose one of random"),
            ("brain", {}, {"a": 1}, "policy 'brain' has nothing to set, got a"),
            ("wave", {}, {"frequency_hz": 1, "wavelength_l": 1, "amplitude": 2}, "amplitude 0..1"),
            ("mlp", arrays(), {"hidden": "tanh"}, "lacks 'output'"),
            ("mlp", {}, MLP, "needs weight0"),
            ("mlp", {**arrays(), "bias1": np.zeros(3)}, MLP, "the next one needs 2 inputs"),
        ],
    )
    def test_a_wrong_description_is_refused(
        self, kind: str, learnt: Any, settings: Any, message: str
    ) -> None:
        with pytest.raises(ValueError, match=message):
            build_policy(kind, 2, learnt, settings)


class TestFiles:
    def test_an_agent_comes_back(self, tmp_path: Path) -> None:
        before = agent(
            policy="mlp", settings=MLP, arrays=arrays(), curve=((10, 1.5, 1.0, 2.0),), seed=0
        )
        save_agent(before, tmp_path / "a.npz")
        after = load_agent(tmp_path / "a.npz")
        for name in ("name", "env_id", "env", "policy", "settings", "curve", "seed"):
            assert getattr(after, name) == getattr(before, name)
        for name, array in before.arrays.items():
            assert after.arrays[name] == pytest.approx(array, rel=1e-6)

    def test_the_file_holds_no_objects(self, tmp_path: Path) -> None:
        save_agent(agent(policy="mlp", settings=MLP, arrays=arrays()), tmp_path / "a.npz")
        with np.load(tmp_path / "a.npz", allow_pickle=False) as file:
            assert all(file[name].dtype.kind in "fU" for name in file.files)
            assert json.loads(str(file["description"]))["format"] == "wormlife-agent"

    @pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"\x80\x04K\x00."])
    def test_a_foreign_file_is_refused(self, tmp_path: Path, content: bytes) -> None:
        (tmp_path / "bad.npz").write_bytes(content)
        with pytest.raises(AgentError, match="does not hold an agent"):
            load_agent(tmp_path / "bad.npz")

    def test_a_file_with_objects_or_bad_numbers_is_refused(self, tmp_path: Path) -> None:
        np.savez(tmp_path / "o.npz", description=np.array({"a": 1}, dtype=object))
        save_agent(agent(arrays={"weight0": np.array([np.nan])}), tmp_path / "n.npz")
        for name, message in (("o.npz", "does not hold an agent"), ("n.npz", "not finite")):
            with pytest.raises(AgentError, match=message):
                load_agent(tmp_path / name)

    def test_what_is_not_there_is_said(self, tmp_path: Path) -> None:
        with pytest.raises(AgentError, match=r"no agent .*worm list agents"):
            load_agent(tmp_path / "none.npz")
        with pytest.raises(AgentError, match="did you mean 'crawl-wave'"):
            find_agent("crawl-wav")


class TestEvaluation:
    def test_the_interval_covers_the_mean_and_narrows(self) -> None:
        values = np.random.default_rng(0).normal(5.0, 1.0, 400).tolist()
        low, high = interval(values)
        assert low < 5.0 < high
        assert high - low == pytest.approx(2 * 1.96 / 20, rel=0.1)
        few = interval(values[:25])
        assert few[1] - few[0] > high - low

    def test_the_same_seed_gives_the_same_score_and_another_another(self) -> None:
        scores = [
            evaluate(agent(policy="random", settings={}), episodes=2, seed=s, max_episode_steps=10)
            for s in (1, 1, 2)
        ]
        assert scores[0] == scores[1]
        assert scores[0].mean != scores[2].mean
        assert scores[0].ends == {"time": 2}
        assert scores[0].steps == 20

    def test_the_wave_crawls_forward_and_random_does_not(self) -> None:
        limit = {"max_episode_steps": 125, "body": "free"}
        wave, random = (
            evaluate(find_agent(name), episodes=2, seed=0, **limit)
            for name in ("crawl-wave", "crawl-random")
        )
        assert wave.low > 50.0  # 0.4 times the speed of a real worm
        assert abs(random.mean) < 25.0

    def test_an_agent_that_does_not_fit_is_refused(self) -> None:
        misfit = agent(policy="mlp", settings=MLP, arrays=arrays())
        with pytest.raises(AgentError, match=r"not usable.*needs 24 inputs"):
            evaluate(misfit)
        right = {k: np.zeros(s) for k, s in mlp_shapes(4, (3,), 24).items()}
        with pytest.raises(AgentError, match=r"sees 4 numbers but the environment shows \(141,\)"):
            evaluate(agent(policy="mlp", settings=MLP, arrays=right))
        with pytest.raises(ValueError, match="episodes=0"):
            evaluate(agent(), episodes=0)


class TestCatalogue:
    def test_every_environment_has_its_baselines(self) -> None:
        found = shipped_agents()
        for env_id in (name for name in gymnasium.registry if name.startswith("Worm/")):
            kinds = {a.policy for a in found.values() if a.env_id == env_id}
            assert {"random", "wave", "brain"} <= kinds

    def test_every_trained_agent_says_how_it_came_to_be_and_is_small(self) -> None:
        trained = [a for a in shipped_agents().values() if a.policy == "mlp"]
        assert trained
        for one in trained:
            assert one.command.startswith("worm train ")
            assert one.curve
            assert one.score["low"] <= one.score["mean"] <= one.score["high"]
        folder = Path(__file__).parents[2] / "agents" / "trained"
        assert max(path.stat().st_size for path in folder.glob("*.npz")) < 300_000


class TestCommands:
    def test_list_agents_names_them(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["list", "agents", "--json"]) == 0
        assert set(json.loads(capsys.readouterr().out)["agents"]) == set(shipped_agents())

    def test_play_reports_and_records(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        out = tmp_path / "{odd}.h5"
        words = ["play", "crawl-wave", "--max-steps", "5", "--episodes", "2", "--body", "free"]
        assert main([*words, "--out", str(out), "--json"]) == 0
        result = json.loads(capsys.readouterr().out)
        assert [one["steps"] for one in result["episodes"]] == [5, 5]
        assert sorted(path.name for path in tmp_path.iterdir()) == ["{odd}.h5", "{odd}.npz"]
        assert main([*words, "--out", str(out)]) == 1
        assert "exists already" in capsys.readouterr().err

    def test_an_unknown_agent_is_one_sentence(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["play", "nobody"]) == 1
        assert "unknown agent 'nobody'" in capsys.readouterr().err
