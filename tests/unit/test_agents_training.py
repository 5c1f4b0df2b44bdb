"""Training learns, repeats itself, and goes on after a kill."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from agents.agent import load_agent
from agents.es import EvolutionTrainer, Evolver, signed_ranks
from agents.settings import Settings, unused_folder
from agents.training import CheckpointError, train
from wormlife.cli import main

SHORT: dict[str, Any] = {
    "env_id": "Worm/Crawl-v0",
    "env": {
        "action_mode": "muscles",
        "observations": ["proprioception"],
        "max_episode_steps": 5,
    },
    "hidden": (4,),
    "evaluate_every": 40,
    "evaluate_episodes": 1,
    "options": {"pairs": 2.0},
}


class TestEvolver:
    def test_ranks_do_not_care_for_size_and_share_ties(self) -> None:
        assert signed_ranks(np.array([3.0, -9.0, 1e9, 4.0])).tolist() == [0.25, -0.75, 1.0, 0.5]
        assert signed_ranks(np.array([1.0, -1.0])).tolist() == [0.75, -0.75]
        assert signed_ranks(np.zeros(4)).tolist() == [0.0] * 4

    def test_it_climbs_a_hill_that_it_cannot_see(self) -> None:
        top = np.linspace(-1.0, 1.0, 20)
        evolver = Evolver(np.zeros(20), 0, pairs=10, sigma=0.1, learning_rate=0.05, decay=0.0)
        for _ in range(150):
            evolver.tell([-float(np.sum((one - top) ** 2)) for one in evolver.ask()])
        assert np.abs(evolver.mean - top).max() < 0.15

    def test_samples_are_mirrored(self) -> None:
        evolver = Evolver(np.ones(3), 1, pairs=4, sigma=0.1, learning_rate=0.1, decay=0.0)
        asked = evolver.ask()
        assert asked.shape == (8, 3)
        assert asked[:4] + asked[4:] == pytest.approx(2.0)

    def test_equal_values_leave_it_where_it_is(self) -> None:
        evolver = Evolver(np.ones(3), 1, pairs=4, sigma=0.1, learning_rate=0.1, decay=0.0)
        evolver.ask()
        evolver.tell([7.0] * 8)
        assert evolver.mean.tolist() == [1.0] * 3

    def test_wrong_numbers_are_refused(self) -> None:
        with pytest.raises(ValueError, match="pairs >= 1"):
            Evolver(np.ones(3), 1, pairs=0, sigma=0.1, learning_rate=0.1, decay=0.0)


class TestTraining:
    def test_a_training_repeats_itself_and_another_seed_does_not(self, tmp_path: Path) -> None:
        agents = [
            train(Settings(**SHORT, steps=40, seed=seed), tmp_path / str(i))
            for i, seed in enumerate((0, 0, 1))
        ]
        first, again, other = (agent.arrays["weight0"] for agent in agents)
        assert np.array_equal(first, again)
        assert not np.array_equal(first, other)
        kept = load_agent(tmp_path / "0" / "agent.npz")
        assert kept.score == agents[0].score
        assert kept.curve == agents[0].curve
        assert kept.seed == 0

    def test_a_stopped_training_goes_on_as_if_it_had_not_been(self, tmp_path: Path) -> None:
        whole = train(Settings(**SHORT, steps=80), tmp_path / "whole")
        stopped: list[int] = []

        def stop(done: int, _: Any) -> None:
            stopped.append(done)
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            train(Settings(**SHORT, steps=80), tmp_path / "part", progress=stop)
        assert stopped == [40]
        part = train(Settings(**SHORT, steps=80), tmp_path / "part", resume=True)
        assert part.curve == whole.curve
        assert all(np.array_equal(part.arrays[k], whole.arrays[k]) for k in whole.arrays)

    def test_two_processes_give_what_one_gives(self) -> None:
        learnt = []
        for workers in (1, 2):
            trainer = EvolutionTrainer(Settings(**SHORT, steps=20, workers=workers))
            trainer.advance(20)
            learnt.append(trainer.learnt().arrays["weight0"])
            trainer.close()
        assert np.array_equal(*learnt)

    def test_every_second_evaluation_is_recorded(self, tmp_path: Path) -> None:
        train(Settings(**SHORT, steps=120, record_every=2), tmp_path)
        folders = sorted(path.name for path in (tmp_path / "episodes").iterdir())
        assert folders == ["evaluation-0000", "evaluation-0002"]
        assert (tmp_path / "episodes" / "evaluation-0002" / "episode-0000.h5").is_file()

    def test_a_folder_with_another_training_is_left_alone(self, tmp_path: Path) -> None:
        train(Settings(**SHORT, steps=20), tmp_path)
        with pytest.raises(CheckpointError, match="holds a training already"):
            train(Settings(**SHORT, steps=20), tmp_path)
        with pytest.raises(CheckpointError, match="with seed=0, not 1"):
            train(Settings(**SHORT, steps=20, seed=1), tmp_path, resume=True)
        with pytest.raises(CheckpointError, match="no checkpoint"):
            train(Settings(**SHORT), tmp_path / "none", resume=True)
        (tmp_path / "checkpoint.npz").write_bytes(b"PK\x03\x04")
        with pytest.raises(CheckpointError, match="damaged"):
            train(Settings(**SHORT), tmp_path, resume=True)

    @pytest.mark.parametrize(
        ("changes", "message"),
        [
            ({"algorithm": "dqn"}, "unknown algorithm 'dqn'; choose one of es, ppo, sac"),
            ({"steps": 0}, "steps=0 must be at least 1"),
            ({"seed": -1}, "seed and record_every must be at least 0"),
        ],
    )
    def test_wrong_settings_are_refused(self, changes: dict[str, Any], message: str) -> None:
        with pytest.raises(ValueError, match=message):
            Settings(env_id="Worm/Crawl-v0", **changes)

    def test_an_unknown_option_is_refused(self) -> None:
        with pytest.raises(ValueError, match="unknown option 'sigmoid' of es; choose from pairs"):
            EvolutionTrainer(Settings(env_id="Worm/Crawl-v0", options={"sigmoid": 1.0}))

    def test_a_free_folder_is_found(self, tmp_path: Path) -> None:
        settings = Settings(env_id="Worm/Crawl-v0", seed=3)
        assert unused_folder(settings, tmp_path).name == "crawl-es-seed3"
        (tmp_path / "crawl-es-seed3").mkdir()
        assert unused_folder(settings, tmp_path).name == "crawl-es-seed3-2"


class TestStableBaselines:
    """Needs the extra wormlife[rl]."""

    def build(self, algorithm: Any, **options: float) -> Any:
        pytest.importorskip("stable_baselines3", reason="needs the extra wormlife[rl]")
        from agents.stable_baselines import StableTrainer

        short = {**SHORT, "options": options}
        return StableTrainer(Settings(**short, steps=64, algorithm=algorithm))

    @pytest.mark.parametrize(
        ("algorithm", "options"),
        [("ppo", {"n_steps": 16, "batch_size": 32}), ("sac", {"learning_starts": 8})],
    )
    def test_the_exported_policy_acts_as_the_trained_one(
        self, algorithm: str, options: dict[str, float]
    ) -> None:
        from agents.policies import build_policy

        trainer = self.build(algorithm, **options)
        trainer.advance(64)
        assert trainer.steps_done == 64
        learnt = trainer.learnt()
        policy = build_policy(learnt.policy, 24, learnt.arrays, learnt.settings)
        for seen in np.random.default_rng(0).uniform(-1, 1, (5, 23)).astype(np.float32):
            theirs, _ = trainer._model.predict(seen, deterministic=True)
            assert policy.act(seen) == pytest.approx(theirs, abs=1e-5)
        resumed = self.build(algorithm, **options)
        resumed.set_state(trainer.state())
        assert resumed.steps_done == 64
        for name, array in resumed.learnt().arrays.items():
            assert np.array_equal(array, learnt.arrays[name])
        for name, array in trainer.state().items():
            assert np.array_equal(array, resumed.state()[name])
        resumed.advance(64)
        assert resumed.steps_done == 128
        trainer.close()
        resumed.close()

    def test_an_unknown_option_is_refused(self) -> None:
        with pytest.raises(ValueError, match="unknown option 'pairs' of ppo"):
            self.build("ppo", pairs=2.0)


class TestCommand:
    WORDS = (
        "train Worm/Crawl-v0 --steps 16 --episode-steps 2 --observations proprioception "
        "--hidden 4 --option pairs=2 --evaluate-episodes 1"
    )

    @pytest.fixture(autouse=True)
    def short_final_judgement(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("agents.training.FINAL_EPISODES", 1)

    def test_it_trains_and_says_what_the_agent_is_worth(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        words = [*self.WORDS.split(), "--out", str(tmp_path / "run"), "--name", "small", "--json"]
        assert main(words) == 0
        result = json.loads(capsys.readouterr().out)
        agent = load_agent(result["agent"])
        assert agent.name == "small"
        assert agent.score == result["score"]
        assert agent.command.startswith("worm train Worm/Crawl-v0 --agent es --steps 16")
        assert "--evaluate-episodes 1" in agent.command
        assert main(words) == 1
        assert "go on with it (--resume)" in capsys.readouterr().err

    def test_it_goes_on_after_a_kill_as_if_there_had_been_none(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        words = [*self.WORDS.split(), "--steps", "48", "--evaluate-every", "8", "--json"]
        words += ["--evaluate-steps", "2"]
        assert main([*words, "--out", str(tmp_path / "whole")]) == 0
        part = [*words, "--out", str(tmp_path / "part")]
        program = "import sys; from wormlife.cli import main; sys.exit(main(sys.argv[1:]))"
        child = subprocess.Popen(
            [sys.executable, "-c", program, *part],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        while not (tmp_path / "part" / "checkpoint.npz").exists():
            assert child.poll() is None
            time.sleep(0.005)
        child.send_signal(signal.SIGKILL)
        child.wait()
        assert not (tmp_path / "part" / "agent.npz").exists()
        assert main([*part, "--resume"]) == 0
        whole, resumed = (load_agent(tmp_path / name / "agent.npz") for name in ("whole", "part"))
        assert resumed.curve == whole.curve
        assert all(np.array_equal(a, resumed.arrays[k]) for k, a in whole.arrays.items())
        capsys.readouterr()

    def test_a_killed_training_leaves_no_process_behind(
        self, tmp_path: Path, is_running: Callable[[int], bool]
    ) -> None:
        words = [*self.WORDS.split(), "--steps", "100000", "--workers", "2"]
        words += ["--evaluate-every", "8", "--evaluate-steps", "2", "--out", str(tmp_path / "t")]
        program = "import sys; from wormlife.cli import main; sys.exit(main(sys.argv[1:]))"
        with subprocess.Popen(
            [sys.executable, "-c", program, *words],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as training:
            while not (tmp_path / "t" / "checkpoint.npz").exists():
                assert training.poll() is None
                time.sleep(0.05)
            children = Path(f"/proc/{training.pid}/task/{training.pid}/children").read_text()
            training.kill()
        pids = [int(pid) for pid in children.split()]
        assert len(pids) >= 3  # two workers, and what tracks their resources
        deadline = time.monotonic() + 60.0
        while any(map(is_running, pids)) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert not any(map(is_running, pids))

    @pytest.mark.parametrize(
        ("extra", "message"),
        [
            ("--hidden two", "--hidden two is not a list of sizes"),
            ("--option pairs", "--option pairs is not NAME=VALUE"),
            ("--tensorboard", "only ppo and sac write logs for tensorboard"),
            ("--policy ncp --agent ppo", "policy 'ncp' cannot be trained by ppo"),
            ("--policy ncp", "a policy of 19 neurons has no room for 24 outputs"),
        ],
    )
    def test_wrong_words_are_one_sentence(
        self, extra: str, message: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert main([*self.WORDS.split(), *extra.split()]) == 1
        assert message in capsys.readouterr().err
