"""Write a recording as a table or as one picture."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
from PIL import Image

from env.episode import Episode
from viewer.files import ExportError, replacing
from viewer.offscreen import ScenePainter, open_painter
from viewer.replay import ablated


def columns(episode: Episode) -> dict[str, np.ndarray[tuple[int, ...], np.dtype[np.float64]]]:
    """Return what a table of an episode holds: column name to (n,) values, in order.

    Time, the centreline (point 0 is the nose), curvature of the joints head first, the voltage of
    every neuron and the activation of every muscle; each name ends in its unit.
    """
    table = {"time_s": episode.time_s}
    for point in range(episode.centreline_mm.shape[1]):
        for axis, letter in enumerate("xyz"):
            table[f"{letter}{point}_mm"] = episode.centreline_mm[:, point, axis]
    for joint in range(episode.curvature_L.shape[1]):
        table[f"curvature{joint}_L"] = episode.curvature_L[:, joint]
    for index, name in enumerate(episode.neuron_names):
        table[f"{name}_mV"] = episode.voltages_mV[:, index]
    for index, name in enumerate(episode.muscle_names):
        table[f"{name}_activation"] = episode.activation[:, index]
    return table


def write_csv(episode: Episode, path: Path, *, overwrite: bool = False) -> None:
    """Write one row per frame, one column per quantity (see :func:`columns`).

    Raises:
        ExportError: the file exists or cannot be written.
    """
    table = columns(episode)
    with (
        replacing(path, overwrite=overwrite) as draft,
        draft.open("w", newline="", encoding="utf-8") as file,
    ):
        writer = csv.writer(file)
        writer.writerow(table)
        for row in zip(*table.values(), strict=True):
            # Nine digits hold every bit of the single precision that is stored.
            writer.writerow([f"{value:.9g}" for value in row])


def write_png(
    episode: Episode, path: Path, *, time_s: float | None = None, overwrite: bool = False
) -> None:
    """Draw the frame nearest to ``time_s`` (the last one by default), with the track up to it.

    Raises:
        ExportError: the time lies outside the episode, or the file exists or cannot be written.
    """
    first, last = float(episode.time_s[0]), float(episode.time_s[-1])
    wanted = last if time_s is None else time_s
    if not first <= wanted <= last:
        raise ExportError(f"there is no frame at {wanted:g} s; give {first:g} to {last:g} s")
    index = int(np.argmin(np.abs(episode.time_s - wanted)))
    painter = open_painter(quality="ultra")
    if isinstance(painter, ScenePainter):
        painter.dead = ablated(episode)
    for earlier in range(index):
        painter.follow(episode.frame(earlier))
    picture = painter.draw(episode.frame(index))
    with replacing(path, overwrite=overwrite) as draft:
        Image.fromarray(picture).save(draft, format="PNG")
