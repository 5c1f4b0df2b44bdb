"""What a training is: plain values that decide its outcome, and where it is kept."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

__all__ = ["ALGORITHMS", "POLICIES", "Algorithm", "PolicyKind", "Settings"]

Algorithm = Literal["es", "ppo", "sac"]
ALGORITHMS: tuple[Algorithm, ...] = get_args(Algorithm)
PolicyKind = Literal["mlp", "ncp"]
POLICIES: tuple[PolicyKind, ...] = get_args(PolicyKind)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """One training; equal settings give the same agent (see ``agents.training`` for the limits).

    Attributes:
        env_id: what is trained on.
        env: arguments of the environment that the finished agent lives in.
        algorithm: "es" (evolution strategies, no torch), "ppo" or "sac" (stable-baselines3).
        steps: of the environment, altogether.
        seed: of everything that is drawn.
        policy: "mlp" (layers), or "ncp" (a neural circuit of 19 neurons; by "es" only).
        hidden: sizes of the hidden layers of an "mlp"; none for a linear policy.
        episode_steps: time limit of episodes in training; None keeps that of the environment.
        body: of the worm in training; "free" is faster and moves alike. Judged in pybullet.
        evaluate_every: steps between evaluations, each of which ends in a checkpoint.
        evaluate_episodes: per evaluation.
        evaluate_steps: time limit of these episodes; None keeps that of the environment.
        record_every: evaluations between recorded ones; 0 records none.
        workers: processes that live episodes.
        options: of the algorithm, beyond its defaults.
    """

    env_id: str
    env: dict[str, Any] = field(default_factory=dict)
    algorithm: Algorithm = "es"
    steps: int = 200_000
    seed: int = 0
    policy: PolicyKind = "mlp"
    hidden: tuple[int, ...] = (32,)
    episode_steps: int | None = None
    body: str = "free"
    evaluate_every: int = 50_000
    evaluate_episodes: int = 3
    evaluate_steps: int | None = None
    record_every: int = 0
    workers: int = 1
    options: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.algorithm not in ALGORITHMS:
            raise ValueError(
                f"unknown algorithm {self.algorithm!r}; choose one of {', '.join(ALGORITHMS)}"
            )
        if self.policy not in POLICIES or (self.policy == "ncp" and self.algorithm != "es"):
            raise ValueError(
                f"policy {self.policy!r} cannot be trained by {self.algorithm}; choose 'mlp', or "
                "'ncp' with es"
            )
        for name in ("steps", "evaluate_every", "evaluate_episodes", "workers"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name}={getattr(self, name)} must be at least 1")
        if self.seed < 0 or self.record_every < 0 or any(size < 1 for size in self.hidden):
            raise ValueError("seed and record_every must be at least 0, hidden layers at least 1")

    @property
    def training_env(self) -> dict[str, Any]:
        """Arguments of the environment in training."""
        limit = {} if self.episode_steps is None else {"max_episode_steps": self.episode_steps}
        return {**self.env, "body": self.body, **limit}

    def text(self) -> str:
        """Return the settings as JSON; equal text, equal training."""
        return json.dumps(asdict(self), sort_keys=True)


def unused_folder(settings: Settings, root: Path) -> Path:
    """Return a folder in ``root``, named by environment, algorithm and seed, that is not taken."""
    name = settings.env_id.removeprefix("Worm/").removesuffix("-v0").lower()
    stem = f"{name}-{settings.algorithm}-seed{settings.seed}"
    folder, number = root / stem, 1
    while folder.exists():
        number += 1
        folder = root / f"{stem}-{number}"
    return folder
