"""What every way of training offers to the loop in ``agents.training``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from agents.settings import Settings

__all__ = ["Learnt", "Trainer", "build_trainer"]

Array = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Learnt:
    """A policy as it is now: its kind, its plain settings, its arrays."""

    policy: str
    settings: dict[str, Any]
    arrays: dict[str, Array]


class Trainer(Protocol):
    """Trains one policy; ``steps_done`` counts steps of the environment."""

    steps_done: int

    def advance(self, steps: int) -> None:
        """Train for at least that many steps."""

    def learnt(self) -> Learnt:
        """Return the policy as it is now."""

    def state(self) -> dict[str, Any]:
        """Return arrays by name from which :meth:`set_state` goes on."""

    def set_state(self, state: Mapping[str, Any]) -> None:
        """Go on from a state."""

    def close(self) -> None:
        """Release environments and processes."""


def build_trainer(settings: Settings, tensorboard: str | None = None) -> Trainer:
    """Return the trainer that the settings name.

    Raises:
        ImportError: PPO or SAC without the extra wormlife[rl], or logs without tensorboard.
        ValueError: an option of the algorithm is unknown, or logs of evolution are asked for.
    """
    if tensorboard is not None and settings.algorithm == "es":
        raise ValueError("only ppo and sac write logs for tensorboard; leave --tensorboard out")
    if tensorboard is not None and find_spec("tensorboard") is None:
        raise ImportError(
            "logs need tensorboard; install it with pip install tensorboard, or leave "
            "--tensorboard out"
        )
    if settings.algorithm == "es":
        from agents.es import EvolutionTrainer

        return EvolutionTrainer(settings)
    try:
        from agents.stable_baselines import StableTrainer
    except ImportError as error:
        raise ImportError(
            f"training with {settings.algorithm} needs {error.name}; install it with "
            "pip install 'wormlife[rl]', or train with es"
        ) from error
    return StableTrainer(settings, tensorboard)
