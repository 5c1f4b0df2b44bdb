"""What an agent saw, did and was given in one episode: arrays in an .npz beside the recording."""

from __future__ import annotations

import json
import zipfile
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

from env.recording_format import RecordingError

__all__ = ["Transitions", "beside", "load_transitions", "save_transitions"]

Array = NDArray[Any]
PART = "observations/"  # before the name of a group, where observations are a dict


@dataclass(frozen=True, kw_only=True)
class Transitions:
    """One episode of n steps.

    Attributes:
        observations: (n + 1, size) float32, or one such array per group.
        actions: (n, size) float32.
        rewards: (n,) float64.
        terminated, truncated: (n,) bool.
        spec: of the environment, as JSON; empty for one that was not made by an id.
        seed: given to ``reset``, or None.
    """

    observations: Array | dict[str, Array]
    actions: Array
    rewards: Array
    terminated: Array
    truncated: Array
    spec: str
    seed: int | None

    def __len__(self) -> int:
        return len(self.rewards)

    @property
    def env_spec(self) -> gymnasium.envs.registration.EnvSpec | None:
        """What ``gymnasium.make`` makes the environment from again."""
        return gymnasium.envs.registration.EnvSpec.from_json(self.spec) if self.spec else None

    @property
    def observation_space(self) -> spaces.Space[Any]:
        """The space of the observations: every entry is scaled to -1..1."""
        if isinstance(self.observations, dict):
            return spaces.Dict({name: _box(part) for name, part in self.observations.items()})
        return _box(self.observations)

    @property
    def action_space(self) -> spaces.Box:
        """The space of the actions."""
        return _box(self.actions)


def _box(rows: Array) -> spaces.Box:
    return spaces.Box(-1.0, 1.0, rows.shape[1:], np.float32)


def beside(recording: str | PathLike[str]) -> Path:
    """Return the path of the transitions that belong to a recording."""
    return Path(recording).with_suffix(".npz")


def save_transitions(transitions: Transitions, path: str | PathLike[str]) -> None:
    """Write transitions as arrays and JSON text, whole or not at all."""
    seen = transitions.observations
    parts = (
        {PART + name: part for name, part in seen.items()}
        if isinstance(seen, dict)
        else {"observations": seen}
    )
    about = json.dumps({"spec": transitions.spec, "seed": transitions.seed})
    target = Path(path)
    draft = target.with_name(f".{target.stem}.part.npz")
    np.savez_compressed(
        draft,
        allow_pickle=False,
        actions=transitions.actions,
        rewards=transitions.rewards,
        terminated=transitions.terminated,
        truncated=transitions.truncated,
        about=np.array(about),
        **parts,
    )
    draft.replace(target)


def load_transitions(path: str | PathLike[str]) -> Transitions:
    """Read transitions back.

    Raises:
        RecordingError: the file is missing, damaged or of another kind.
    """
    source = Path(path)
    if not source.is_file():
        raise RecordingError(
            f"there are no transitions {source}; record the episode with env.wrappers.RecordEpisode"
        )
    try:
        # Opened here: numpy leaves a file of another kind open when it gives up.
        with source.open("rb") as raw, np.load(raw, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        about = json.loads(str(arrays.pop("about")))
        parts = {name: a for name, a in arrays.items() if name.startswith("observations")}
        observations: Array | dict[str, Array] = {
            name.removeprefix(PART): part for name, part in parts.items()
        }
        if "observations" in parts:
            observations = parts["observations"]
        rest = {name: a for name, a in arrays.items() if name not in parts}
        return Transitions(observations=observations, **rest, **about)
    except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile) as error:
        reason = " ".join(str(error).split())
        raise RecordingError(
            f"{source} does not hold the transitions of an episode ({reason}); use another copy"
        ) from error
