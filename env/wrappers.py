"""Wrappers around the environments: recording what happens in them; see also ``env.sensors``."""

from __future__ import annotations

from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gymnasium
import numpy as np

from env.transitions import Transitions, beside, save_transitions
from env.worm_env import WormEnv

if TYPE_CHECKING:
    from env.recording import Recorder

__all__ = ["RecordEpisode"]


class RecordEpisode(gymnasium.Wrapper[Any, Any, Any, Any], gymnasium.utils.RecordConstructorArgs):
    """Records every n-th episode: the animal as HDF5, what the agent saw and did beside it.

    The files are ``episode-0000.h5`` (see ``wormlife.load``) and ``episode-0000.npz`` (see
    ``env.transitions``), numbered by episode. They are complete when the episode ends, the next one
    begins, or the environment is closed; a kill leaves the .h5 of the running episode readable.

    Args:
        env: a worm's environment, with or without other wrappers.
        folder: where to; made if it is not there.
        every: record episodes 0, ``every``, 2 ``every`` and so on.
        name: of the files, without suffix; braces hold the number of the episode.
        overwrite: replace files of an earlier run instead of refusing.

    Raises:
        TypeError: it is not the environment of a worm.
        ValueError: ``every`` is not positive.
        RecordingError: on reset, a file exists already or cannot be written.
    """

    def __init__(
        self,
        env: gymnasium.Env[Any, Any],
        folder: str | PathLike[str],
        *,
        every: int = 1,
        name: str = "episode-{:04d}",
        overwrite: bool = False,
    ) -> None:
        gymnasium.utils.RecordConstructorArgs.__init__(
            self, folder=str(folder), every=every, name=name, overwrite=overwrite
        )
        super().__init__(env)
        if not isinstance(env.unwrapped, WormEnv):
            raise TypeError(
                f"RecordEpisode records worms, not {type(env.unwrapped).__name__}; "
                "wrap an environment such as Worm/Crawl-v0"
            )
        if every < 1:
            raise ValueError(f"every={every} must be at least 1")
        self.folder = Path(folder)
        self.episodes = 0
        self._every, self._name, self._overwrite = every, name, overwrite
        self._recorder: Recorder | None = None
        self._observations: list[Any] = []
        self._steps: list[tuple[Any, float, bool, bool]] = []

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Any, dict[str, Any]]:
        """Begin an episode, and its recording if its turn has come."""
        self._finish()
        observation, info = self.env.reset(seed=seed, options=options)
        if self.episodes % self._every == 0:
            self.folder.mkdir(parents=True, exist_ok=True)
            path = self.folder / f"{self._name.format(self.episodes)}.h5"
            worm: Any = self.env.unwrapped
            self._recorder = worm.sim.record(path, overwrite=self._overwrite)
            self._seed = seed
            self._observations = [observation]
            self._steps = []
        self.episodes += 1
        return observation, info

    def step(self, action: Any) -> tuple[Any, Any, bool, bool, dict[str, Any]]:
        """Act, and keep what comes of it."""
        observation, reward, terminated, truncated, info = self.env.step(action)
        if self._recorder is not None:
            self._observations.append(observation)
            taken = np.array(action, dtype=np.float32)
            self._steps.append((taken, float(reward), bool(terminated), bool(truncated)))
            if terminated or truncated:
                self._finish()
        return observation, reward, terminated, truncated, info

    def close(self) -> None:
        """Complete the recording and close the environment."""
        self._finish()
        self.env.close()

    def _finish(self) -> None:
        if self._recorder is None:
            return
        recorder, self._recorder = self._recorder, None
        recorder.close()
        if not self._steps:
            return  # an agent that did nothing has no transitions
        actions, rewards, terminated, truncated = zip(*self._steps, strict=True)
        save_transitions(
            Transitions(
                observations=_stacked(self._observations),
                actions=np.stack(actions),
                rewards=np.array(rewards),
                terminated=np.array(terminated),
                truncated=np.array(truncated),
                spec=self.env.spec.to_json() if self.env.spec else "",
                seed=self._seed,
            ),
            beside(recorder.path),
        )


def _stacked(observations: list[Any]) -> Any:
    if isinstance(observations[0], dict):
        return {name: np.stack([seen[name] for seen in observations]) for name in observations[0]}
    return np.stack(observations)
