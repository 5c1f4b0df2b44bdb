"""Wrappers that make the senses of an agent slow or noisy, to find out what it relies on."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Any

import gymnasium
import numpy as np

__all__ = ["SensorDelay", "SensorNoise"]

STREAM = 4  # the simulation and the tasks draw from the children 0..3 of their seed


class SensorDelay(gymnasium.Wrapper[Any, Any, Any, Any], gymnasium.utils.RecordConstructorArgs):
    """Shows what was there some control steps ago; before that, what was there at the start.

    Args:
        env: an environment with flat observations or observations by name.
        steps: control steps (of 40 ms) of delay; 0 changes nothing.

    Raises:
        ValueError: the delay is negative.
    """

    def __init__(self, env: gymnasium.Env[Any, Any], steps: int) -> None:
        gymnasium.utils.RecordConstructorArgs.__init__(self, steps=steps)
        super().__init__(env)
        if steps < 0:
            raise ValueError(f"steps={steps} must be at least 0 control steps of delay")
        self._seen: deque[Any] = deque(maxlen=steps + 1)

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Any, dict[str, Any]]:
        """Begin an episode; its first observation is also what was there before."""
        observation, info = self.env.reset(seed=seed, options=options)
        self._seen.extend([observation] * (self._seen.maxlen or 1))
        return _copied(self._seen[0]), info

    def step(self, action: Any) -> tuple[Any, Any, bool, bool, dict[str, Any]]:
        """Act now, and see what was there some steps ago."""
        observation, reward, terminated, truncated, info = self.env.step(action)
        self._seen.append(observation)
        return _copied(self._seen[0]), reward, terminated, truncated, info


class SensorNoise(gymnasium.Wrapper[Any, Any, Any, Any], gymnasium.utils.RecordConstructorArgs):
    """Adds normal noise to every number that is observed, and clips the sum to -1..1.

    The noise follows from the seed given to ``reset`` and is drawn from a stream of its own: the
    worm lives as it would without it.

    Args:
        env: an environment with flat observations or observations by name, scaled to -1..1.
        sd: standard deviation, in units of the scaled observation; for observations by name also
            one per name (a name that is left out has none).

    Raises:
        KeyError: a name is not one of the observation's.
        ValueError: a standard deviation is negative or not finite, or names are given for a flat
            observation.
    """

    def __init__(self, env: gymnasium.Env[Any, Any], sd: float | Mapping[str, float]) -> None:
        plain = dict(sd) if isinstance(sd, Mapping) else sd
        gymnasium.utils.RecordConstructorArgs.__init__(self, sd=plain)
        super().__init__(env)
        space = env.observation_space
        names = list(space) if isinstance(space, gymnasium.spaces.Dict) else [""]
        self._sd = plain if isinstance(plain, dict) else dict.fromkeys(names, plain)
        if names == [""] and isinstance(plain, dict):
            raise ValueError("the observation is flat and has no names; give one number as sd")
        for name, value in self._sd.items():
            if name not in names:
                raise KeyError(f"no observation is named {name!r}; choose from {', '.join(names)}")
            if not (np.isfinite(value) and value >= 0.0):
                raise ValueError(f"sd={value} must be a finite number of at least 0")
        self._rng = np.random.default_rng(np.random.SeedSequence(0, spawn_key=(STREAM,)))

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Any, dict[str, Any]]:
        """Begin an episode; a seed is that of the noise, too."""
        if seed is not None:
            self._rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(STREAM,)))
        observation, info = self.env.reset(seed=seed, options=options)
        return self._noisy(observation), info

    def step(self, action: Any) -> tuple[Any, Any, bool, bool, dict[str, Any]]:
        """Act, and see what comes of it through noise."""
        observation, reward, terminated, truncated, info = self.env.step(action)
        return self._noisy(observation), reward, terminated, truncated, info

    def _noisy(self, observation: Any) -> Any:
        if isinstance(observation, dict):
            return {
                name: self._blurred(seen, self._sd.get(name, 0.0))
                for name, seen in observation.items()
            }
        return self._blurred(observation, self._sd[""])

    def _blurred(self, seen: Any, sd: float) -> Any:
        if sd == 0.0:
            return seen
        noise = sd * self._rng.standard_normal(seen.shape)
        return np.clip(seen + noise, -1.0, 1.0).astype(np.float32)


def _copied(observation: Any) -> Any:
    if isinstance(observation, dict):
        return {name: seen.copy() for name, seen in observation.items()}
    return observation.copy()
