"""RecordEpisode keeps what happened, and what it keeps can be read and lived again."""

from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
import pytest

import wormlife
from env.recording_format import RecordingError
from env.replay import verify
from env.transitions import beside, load_transitions, save_transitions
from env.wrappers import RecordEpisode

N_STEPS = 8


def recorded(folder: Path, *, episodes: int = 1, **arguments: Any) -> list[list[Any]]:
    """Live some episodes with a recorder around them; return the rewards of each."""
    env = gymnasium.make(
        "Worm/Crawl-v0", action_mode="muscles", max_episode_steps=N_STEPS, **arguments
    )
    env = RecordEpisode(env, folder, every=2)
    env.action_space.seed(0)
    rewards = []
    for episode in range(episodes):
        env.reset(seed=episode)
        rewards.append([env.step(env.action_space.sample())[1] for _ in range(N_STEPS)])
    env.close()
    return rewards


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("episodes")
    recorded(folder, episodes=3)
    return folder


def test_every_second_episode_is_kept(folder: Path) -> None:
    assert sorted(path.name for path in folder.iterdir()) == [
        "episode-0000.h5",
        "episode-0000.npz",
        "episode-0002.h5",
        "episode-0002.npz",
    ]


def test_the_recording_is_complete_and_lives_again_bit_by_bit(folder: Path) -> None:
    episode = wormlife.load(folder / "episode-0002.h5")
    assert episode.complete
    assert len(episode) == N_STEPS + 1
    assert verify(episode) is None


def test_transitions_are_what_the_agent_saw_did_and_got(tmp_path: Path) -> None:
    (rewards,) = recorded(tmp_path)
    kept = load_transitions(tmp_path / "episode-0000.npz")
    assert kept.rewards.tolist() == rewards
    assert kept.truncated.tolist() == [False] * (N_STEPS - 1) + [True]
    assert not kept.terminated.any()
    assert kept.seed == 0
    assert kept.env_spec is not None
    env = gymnasium.make(kept.env_spec)
    assert env.observation_space == kept.observation_space
    assert env.action_space == kept.action_space
    assert np.array_equal(env.reset(seed=0)[0], kept.observations[0])
    for i, action in enumerate(kept.actions):
        assert np.array_equal(env.step(action)[0], kept.observations[i + 1])
    env.close()


def test_observations_by_name_are_kept_by_name(tmp_path: Path) -> None:
    recorded(tmp_path, flat=False)
    kept = load_transitions(tmp_path / "episode-0000.npz")
    assert isinstance(kept.observations, dict)
    assert set(kept.observations) == {"proprioception", "angular_velocity", "muscle"}
    assert kept.observations["muscle"].shape == (N_STEPS + 1, 95)
    again = tmp_path / "again.npz"
    save_transitions(kept, again)
    assert np.array_equal(
        load_transitions(again).observations["muscle"], kept.observations["muscle"]
    )


def test_an_episode_cut_short_by_a_reset_is_kept(tmp_path: Path) -> None:
    env = RecordEpisode(gymnasium.make("Worm/Crawl-v0", action_mode="muscles"), tmp_path)
    env.reset(seed=0)
    env.step(np.zeros(24, np.float32))
    env.reset()
    env.close()
    assert len(load_transitions(tmp_path / "episode-0000.npz")) == 1
    assert wormlife.load(tmp_path / "episode-0001.h5").complete
    assert not beside(tmp_path / "episode-0001.h5").exists()


def test_wrong_use_is_refused(tmp_path: Path, folder: Path) -> None:
    with pytest.raises(TypeError, match="records worms, not CartPoleEnv"):
        RecordEpisode(gymnasium.make("CartPole-v1"), tmp_path)
    env = gymnasium.make("Worm/Crawl-v0", action_mode="muscles")
    with pytest.raises(ValueError, match="every=0 must be at least 1"):
        RecordEpisode(env, tmp_path, every=0)
    with pytest.raises(RecordingError, match="exists already"):
        RecordEpisode(env, folder).reset(seed=0)
    env.close()


def test_foreign_and_missing_transitions_are_refused(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match=r"no transitions .*RecordEpisode"):
        load_transitions(tmp_path / "none.npz")
    for content in (b"", b"PK\x03\x04 nonsense", b"text"):
        (tmp_path / "bad.npz").write_bytes(content)
        with pytest.raises(RecordingError, match="does not hold the transitions"):
            load_transitions(tmp_path / "bad.npz")
    np.savez(tmp_path / "other.npz", a=np.zeros(2))
    with pytest.raises(RecordingError, match="does not hold the transitions"):
        load_transitions(tmp_path / "other.npz")
