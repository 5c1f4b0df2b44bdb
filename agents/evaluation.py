"""Episodes of an agent, and what they are worth: mean return with its interval."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np

from agents.agent import Agent
from agents.policies import Policy
from env.wrappers import RecordEpisode

__all__ = ["Score", "evaluate", "interval", "play"]

RESAMPLES = 2000


@dataclass(frozen=True, kw_only=True)
class Score:
    """What some episodes were worth.

    Attributes:
        mean: return of an episode.
        low, high: 95 % bootstrap interval of that mean.
        n: episodes.
        seed: of the first episode; the others follow.
        steps: of all episodes together.
        returns: of the episodes, in order.
        ends: why they ended, "time" where the time limit did it, and how often.
    """

    mean: float
    low: float
    high: float
    n: int
    seed: int
    steps: int
    returns: list[float]
    ends: dict[str, int]

    @property
    def values(self) -> dict[str, Any]:
        """The score as plain values."""
        return asdict(self)


def interval(values: Sequence[float], seed: int = 0) -> tuple[float, float]:
    """Return the 95 % percentile bootstrap interval of the mean of some values."""
    array = np.asarray(values, dtype=np.float64)
    rng = np.random.default_rng(seed)
    means = array[rng.integers(len(array), size=(RESAMPLES, len(array)))].mean(axis=1)
    low, high = np.percentile(means, (2.5, 97.5))
    return float(low), float(high)


def play(
    env: gymnasium.Env[Any, Any],
    policy: Policy,
    seed: int,
    *,
    after: Callable[[], object] | None = None,
) -> tuple[float, int, str]:
    """Live one episode.

    Args:
        env: flat observations.
        policy: what acts.
        seed: of the episode and the policy.
        after: called after each step.

    Returns:
        The return, the number of steps and why the episode ended ("time" for the time limit).
    """
    observation, info = env.reset(seed=seed)
    policy.reset(seed)
    total, steps, over = 0.0, 0, False
    while not over:
        observation, reward, terminated, truncated, info = env.step(policy.act(observation))
        total += float(reward)
        steps += 1
        over = terminated or truncated
        if after is not None:
            after()
    return total, steps, str(info["termination_reason"] or "time")


def evaluate(
    agent: Agent,
    *,
    episodes: int = 10,
    seed: int = 1000,
    record: Path | None = None,
    **changes: Any,
) -> Score:
    """Let an agent live some episodes.

    Args:
        agent: who.
        episodes: how many.
        seed: of the first; the next is one more.
        record: folder for a recording of the first episode.
        **changes: of the arguments of its environment.

    Raises:
        AgentError: the agent does not fit its environment.
        ValueError: no episode is asked for.
    """
    if episodes < 1:
        raise ValueError(f"episodes={episodes} must be at least 1")
    env = agent.make_env(**changes)
    if record is not None:
        env = RecordEpisode(env, record, every=episodes, overwrite=True)
    policy = agent.build(env)
    try:
        lived = [play(env, policy, seed + i) for i in range(episodes)]
    finally:
        env.close()
    returns = [total for total, _, _ in lived]
    low, high = interval(returns)
    ends = [end for _, _, end in lived]
    return Score(
        mean=float(np.mean(returns)),
        low=low,
        high=high,
        n=episodes,
        seed=seed,
        steps=sum(steps for _, steps, _ in lived),
        returns=returns,
        ends={end: ends.count(end) for end in sorted(set(ends))},
    )
