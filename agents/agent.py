"""An agent: a policy, the environment it is for, and how it came to be. Stored as data alone."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from os import PathLike
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
from numpy.typing import NDArray

from agents.policies import Policy, build_policy

__all__ = ["Agent", "AgentError", "load_agent", "save_agent"]

Array = NDArray[np.float64]
FORMAT = "wormlife-agent"
VERSION = 1


class AgentError(ValueError):
    """An agent could not be read, or does not fit; the message says why and what to do."""


@dataclass(frozen=True, kw_only=True)
class Agent:
    """A policy with everything that is needed to use, judge and train it again.

    Attributes:
        name, about: what it is called, and one sentence.
        env_id: the environment it is for.
        env: keyword arguments of that environment.
        policy: kind of policy (see ``agents.policies.build_policy``).
        settings: plain values of the policy.
        command: that trained it; empty for a baseline.
        seed: of the training, or None.
        curve: (steps, mean return, low, high) of the evaluations during training, in order.
        score: of the finished agent (see ``agents.evaluation.Score``); empty if never judged.
        versions: packages that made it.
        arrays: what was learnt.
    """

    name: str
    about: str
    env_id: str
    env: dict[str, Any] = field(default_factory=dict)
    policy: str
    settings: dict[str, Any] = field(default_factory=dict)
    command: str = ""
    seed: int | None = None
    curve: tuple[tuple[float, ...], ...] = ()
    score: dict[str, Any] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    arrays: Mapping[str, Array] = field(default_factory=dict)

    def make_env(self, **changes: Any) -> gymnasium.Env[Any, Any]:
        """Return its environment, with some arguments changed."""
        return gymnasium.make(f"wormlife:{self.env_id}", **{**self.env, **changes})

    def build(self, env: gymnasium.Env[Any, Any]) -> Policy:
        """Return its policy for an environment.

        Raises:
            AgentError: the policy does not fit the environment.
        """
        action, seen = env.action_space.shape, env.observation_space.shape
        if action is None or len(action) != 1:
            raise AgentError(f"agent {self.name!r} needs an action space with one axis")
        try:
            policy = build_policy(self.policy, action[0], self.arrays, self.settings)
        except ValueError as error:
            raise AgentError(f"agent {self.name!r} is not usable: {error}") from error
        inputs = getattr(policy, "inputs", None)
        if inputs is not None and seen != (inputs,):
            raise AgentError(
                f"agent {self.name!r} sees {inputs} numbers but the environment shows {seen}; "
                "make the environment with agent.make_env()"
            )
        return policy


def save_agent(agent: Agent, path: str | PathLike[str]) -> None:
    """Write an agent as one .npz file, whole or not at all."""
    about = {f.name: getattr(agent, f.name) for f in fields(agent) if f.name != "arrays"}
    text = json.dumps({"format": FORMAT, "version": VERSION, **about})
    target = Path(path)
    draft = target.with_name(f".{target.stem}.part.npz")
    # Single precision halves the file and changes an action in its seventh digit.
    learnt: dict[str, Any] = {name: a.astype(np.float32) for name, a in agent.arrays.items()}
    np.savez_compressed(draft, description=np.array(text), **learnt)
    draft.replace(target)


def load_agent(path: str | PathLike[str]) -> Agent:
    """Read an agent back; nothing in the file is ever executed.

    Raises:
        AgentError: the file is missing, damaged or of another kind.
    """
    source = Path(path)
    if not source.is_file():
        raise AgentError(
            f"there is no agent {source}; see `worm list agents`, or give an .npz file"
        )
    try:
        with source.open("rb") as raw, np.load(raw, allow_pickle=False) as file:
            about = json.loads(str(file["description"]))
            arrays = {
                name: file[name].astype(np.float64) for name in file.files if name != "description"
            }
        if about.pop("format") != FORMAT or about.pop("version") != VERSION:
            raise ValueError(f"it is not {FORMAT} version {VERSION}")
        if not all(np.isfinite(array).all() for array in arrays.values()):
            raise ValueError("it holds numbers that are not finite")
        about["curve"] = tuple(tuple(point) for point in about["curve"])
        return Agent(arrays=arrays, **about)
    except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile) as error:
        reason = " ".join(str(error).split())
        raise AgentError(f"{source} does not hold an agent ({reason}); use another copy") from error


def described(agent: Agent) -> dict[str, Any]:
    """Return everything but the arrays, as plain values."""
    return {name: value for name, value in asdict(agent).items() if name != "arrays"}
