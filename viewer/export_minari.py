"""Write agents' episodes as a Minari dataset for offline learning; needs wormlife[export]."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from env.transitions import Transitions, beside, load_transitions
from viewer.files import ExportError

__all__ = ["write_minari"]

ROOT_VARIABLE = "MINARI_DATASETS_PATH"


def write_minari(recordings: Sequence[Path], root: Path, *, name: str = "worm/recorded-v0") -> str:
    """Write recorded episodes of one environment as a dataset, and return its name.

    Args:
        recordings: .h5 files of ``RecordEpisode``, in the order of the episodes.
        root: folder of datasets, for the environment variable MINARI_DATASETS_PATH; made if it is
            not there.
        name: of the dataset within ``root``.

    Raises:
        ExportError: minari is not installed, the dataset exists, or the episodes differ in kind.
        RecordingError: a recording has no transitions.
    """
    try:
        import minari
        from minari.data_collector import EpisodeBuffer
    except ImportError:
        raise ExportError(
            "writing a Minari dataset needs the package minari; install it with "
            "pip install 'wormlife[export]'"
        ) from None
    if (root / name).exists():
        raise ExportError(f"{root / name} exists already; choose another folder")
    episodes = [load_transitions(beside(path)) for path in recordings]
    _check_same_kind(episodes, recordings)
    root.mkdir(parents=True, exist_ok=True)
    buffers = [_buffer(EpisodeBuffer, episode, i) for i, episode in enumerate(episodes)]
    with _datasets_in(root):
        minari.create_dataset_from_buffers(
            name,
            buffers,
            env=episodes[0].env_spec,
            eval_env=episodes[0].env_spec,
            observation_space=episodes[0].observation_space,
            action_space=episodes[0].action_space,
            algorithm_name="recorded episodes",
            author="wormlife",
            author_email="none",
            code_permalink="none",
            description=f"{len(episodes)} recorded episodes of a simulated worm",
        )
    return name


def _check_same_kind(episodes: Sequence[Transitions], recordings: Sequence[Path]) -> None:
    if not episodes:
        raise ExportError("there is no episode to write; give at least one recording")
    for episode, path in zip(episodes, recordings, strict=True):
        if episode.spec != episodes[0].spec:
            raise ExportError(
                f"{path} was made in another environment than {recordings[0]}; a dataset holds "
                "episodes of one environment"
            )


def _buffer(kind: Any, episode: Transitions, index: int) -> Any:
    return kind(
        id=index,
        seed=episode.seed,
        observations=episode.observations,
        actions=episode.actions,
        rewards=list(episode.rewards),
        terminations=list(episode.terminated),
        truncations=list(episode.truncated),
    )


@contextmanager
def _datasets_in(root: Path) -> Iterator[None]:
    before = os.environ.get(ROOT_VARIABLE)
    os.environ[ROOT_VARIABLE] = str(root.absolute())
    try:
        yield
    finally:
        if before is None:
            del os.environ[ROOT_VARIABLE]
        else:
            os.environ[ROOT_VARIABLE] = before
