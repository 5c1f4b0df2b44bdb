"""The loop of every training: learn, judge, keep a checkpoint; go on after a kill.

Evolution goes on to the bit as if it had never been stopped; PPO and SAC go on from what they had
learnt. The same settings give the same agent on the same machine and versions.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from agents.agent import Agent, save_agent
from agents.evaluation import Score, evaluate
from agents.settings import Settings
from agents.trainer import Learnt, build_trainer
from env.versions import versions

__all__ = ["CheckpointError", "train"]

CHECKPOINT, EPISODES, FINISHED = "checkpoint.npz", "episodes", "agent.npz"
JUDGED_FROM = 1_000_000  # seeds of evaluations; training draws its own from lower ones
FINAL_EPISODES = 10

Progress = Callable[[int, Score], None]


class CheckpointError(ValueError):
    """A training cannot go on from what is in its folder; the message says why."""


def train(
    settings: Settings,
    folder: Path,
    *,
    resume: bool = False,
    name: str | None = None,
    command: str = "",
    tensorboard: bool = False,
    progress: Progress | None = None,
) -> Agent:
    """Train an agent and return it; it is also kept as ``agent.npz`` in the folder.

    Args:
        settings: what to train, and how.
        folder: of checkpoint, recorded evaluations and agent; made if it is not there.
        resume: go on from the checkpoint in the folder.
        name: of the agent; that of the folder by default.
        command: kept with the agent, for others to repeat.
        tensorboard: write logs of PPO or SAC to the folder as well.
        progress: called after each evaluation with the steps done and the score.

    Raises:
        CheckpointError: the folder holds a training and ``resume`` is off; or ``resume`` is on and
            it holds none, another one or a damaged one.
        ImportError: the algorithm needs an extra that is not installed.
        ValueError: a setting is wrong.
    """
    state, curve = _checkpoint(settings, folder, resume=resume)
    trainer = build_trainer(settings, str(folder / "tensorboard") if tensorboard else None)
    folder.mkdir(parents=True, exist_ok=True)
    try:
        if state:
            trainer.set_state(state)
        while trainer.steps_done < settings.steps:
            left = settings.steps - trainer.steps_done
            trainer.advance(min(settings.evaluate_every, left))
            agent = _agent(settings, trainer.learnt(), curve, name or folder.name, command)
            score = _judge(agent, settings, folder, len(curve))
            curve.append((trainer.steps_done, score.mean, score.low, score.high))
            _keep(trainer.state(), settings, curve, folder / CHECKPOINT)
            if progress is not None:
                progress(trainer.steps_done, score)
        # Judged is what will be kept: files are in single precision, and a long episode tells.
        learnt = _rounded(trainer.learnt())
        agent = _agent(settings, learnt, curve, name or folder.name, command)
    finally:
        trainer.close()
    final = evaluate(agent, episodes=FINAL_EPISODES, seed=JUDGED_FROM)
    agent = replace(agent, score=final.values)
    save_agent(agent, folder / FINISHED)
    return agent


def _rounded(learnt: Learnt) -> Learnt:
    rounded = {name: a.astype(np.float32).astype(np.float64) for name, a in learnt.arrays.items()}
    return replace(learnt, arrays=rounded)


def _agent(
    settings: Settings,
    learnt: Learnt,
    curve: list[tuple[float, ...]],
    name: str,
    command: str,
) -> Agent:
    return Agent(
        name=name,
        about=f"Trained with {settings.algorithm} for {settings.steps} steps.",
        env_id=settings.env_id,
        env=settings.env,
        policy=learnt.policy,
        settings=learnt.settings,
        command=command,
        seed=settings.seed,
        curve=tuple(curve),
        versions=versions(),
        arrays=learnt.arrays,
    )


def _judge(agent: Agent, settings: Settings, folder: Path, index: int) -> Score:
    recorded = settings.record_every and index % settings.record_every == 0
    limit = (
        {} if settings.evaluate_steps is None else {"max_episode_steps": settings.evaluate_steps}
    )
    return evaluate(
        agent,
        episodes=settings.evaluate_episodes,
        seed=JUDGED_FROM,
        record=folder / EPISODES / f"evaluation-{index:04d}" if recorded else None,
        **limit,
    )


def _keep(
    state: dict[str, Any], settings: Settings, curve: list[tuple[float, ...]], path: Path
) -> None:
    """Write a checkpoint, whole or not at all."""
    about = json.dumps({"settings": settings.text(), "curve": curve})
    draft = path.with_name(f".{path.stem}.part.npz")
    np.savez(draft, about=np.array(about), **{f"state|{key}": v for key, v in state.items()})
    draft.replace(path)


def _checkpoint(
    settings: Settings, folder: Path, *, resume: bool
) -> tuple[dict[str, Any], list[tuple[float, ...]]]:
    path = folder / CHECKPOINT
    if not resume:
        if path.exists():
            raise CheckpointError(
                f"{folder} holds a training already; go on with it (--resume) or choose another one"
            )
        return {}, []
    if not path.is_file():
        raise CheckpointError(f"there is no checkpoint in {folder} to go on from; train anew")
    try:
        with path.open("rb") as raw, np.load(raw, allow_pickle=False) as file:
            about = json.loads(str(file["about"]))
            state = {key.removeprefix("state|"): file[key] for key in file.files if key != "about"}
        kept: dict[str, Any] = json.loads(about["settings"])
        curve = [tuple(point) for point in about["curve"]]
    except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile) as error:
        reason = " ".join(str(error).split())
        raise CheckpointError(f"{path} is damaged ({reason}); train anew") from error
    _check_same(kept, json.loads(settings.text()), folder)
    return state, curve


def _check_same(kept: dict[str, Any], asked: dict[str, Any], folder: Path) -> None:
    # A training may be made longer and be carried on by other processes; else it is another one.
    free = {"steps", "workers", "record_every", "evaluate_every"}
    for name in sorted(set(kept) - free):
        if kept[name] != asked.get(name):
            raise CheckpointError(
                f"{folder} holds a training with {name}={kept[name]!r}, not {asked.get(name)!r}; "
                "resume it with the same options"
            )
