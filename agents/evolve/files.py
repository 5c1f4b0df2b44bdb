"""What a search leaves on disk: a checkpoint to resume from, and the parameters it found."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from agents.evolve.search import History
from worm.parameters import Parameters

__all__ = ["load_checkpoint", "save_checkpoint", "write_overrides"]

VERSION = 1


def save_checkpoint(path: Path, settings: Mapping[str, Any], history: History) -> None:
    """Write settings and history; a kill at any moment leaves the old file or the new one."""
    unfinished = path.with_name(path.name + ".part")
    with unfinished.open("wb") as file:
        np.savez_compressed(
            file,
            settings=np.array(json.dumps({"version": VERSION, **settings})),
            points=np.array(history.points),
            costs=np.array(history.costs),
        )
    unfinished.replace(path)


def load_checkpoint(path: Path) -> tuple[dict[str, Any], History]:
    """Return the settings and the history of a checkpoint.

    Raises:
        ValueError: the file is not one, or of another version.
        OSError: it cannot be read.
    """
    try:
        with path.open("rb") as raw, np.load(raw, allow_pickle=False) as file:
            settings = json.loads(str(file["settings"]))
            points, costs = list(file["points"]), list(file["costs"])
    except (ValueError, KeyError, zipfile.BadZipFile, EOFError) as error:
        raise ValueError(
            f"{str(path)!r} is not a checkpoint of `worm evolve` ({type(error).__name__}); give "
            "the .npz file that it wrote beside its result"
        ) from error
    if settings.pop("version", None) != VERSION:
        raise ValueError(
            f"{str(path)!r} is a checkpoint of another version; begin anew, or resume with the "
            "version of wormlife that wrote it"
        )
    return settings, History(points=points, costs=costs)


def write_overrides(
    path: Path, parameters: Parameters, values: Mapping[str, float], about: Mapping[str, Any]
) -> None:
    """Write values as a TOML file that ``Parameters.load`` reads, with their story as comments."""
    story = [f"# {name}: {_one_line(text)}" for name, text in about.items()]
    lines = [
        f'"{key}" = {{ value = {float(value)!r}, unit = {json.dumps(parameters.entry(key).unit)} }}'
        for key, value in sorted(values.items())
    ]
    unfinished = path.with_name(path.name + ".part")
    unfinished.write_text("\n".join([*story, "", *lines, ""]), encoding="utf-8")
    unfinished.replace(path)


def _one_line(text: object) -> str:
    return " ".join(str(text).split())
