"""The finished trials of an assay in a file, so that a run that was stopped can go on.

One JSON object per line. The first says what is done to which worm by which code; every other one
is a trial, written when it ends. Numbers are exact; what JSON cannot hold is written as Python
writes it: NaN, Infinity.
"""

from __future__ import annotations

import fcntl
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import numpy as np

from env.assays.base import Array, Trial

__all__ = ["FORMAT", "Journal", "Key"]

Key = tuple[str, int]  # condition and seed
FORMAT = 1


class Journal:
    """A context manager; the file is begun, or read and then added to.

    Args:
        path: of the file.
        about: what the trials have in common, as plain values by name; a file that was begun with
            others is refused.

    Attributes:
        trials: those in the file when it was opened, by condition and seed.

    Raises:
        ValueError: the file is something else, is about something else, is damaged before its last
            line, or is being written by another process.
        OSError: it cannot be read or written.
    """

    def __init__(self, path: Path, about: Mapping[str, Any]) -> None:
        self.trials: dict[Key, Trial] = {}
        self._path = path
        self._about = {"journal": FORMAT, **about}
        self._file = path.open("a+b")
        try:
            self._lock()
            self._read()
        except BaseException:
            self._file.close()
            raise

    def add(self, trial: Trial) -> None:
        """Write a trial; it survives the death of this process from here on."""
        self._write(
            {
                "seed": trial.seed,
                "condition": trial.condition,
                "figures": dict(trial.figures),
                "series": {name: _as_plain(array) for name, array in trial.series.items()},
            }
        )

    def _lock(self) -> None:
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ValueError(
                f"{self._path} is being written by another process; wait for its end or give "
                "another file"
            ) from None

    def _read(self) -> None:
        """Read the whole lines and cut off the rest, which was being written at a kill."""
        end = 0
        self._file.seek(0)
        for number, line in enumerate(self._file, start=1):
            whole = line.endswith(b"\n")
            if number == 1:
                self._check_first(line, whole)
            elif whole:
                trial = self._trial(line, number)
                self.trials[trial.condition, trial.seed] = trial
            end += len(line) if whole else 0
        self._file.truncate(end)
        if end == 0:
            self._write(self._about)

    def _check_first(self, line: bytes, whole: bool) -> None:
        if not whole and _line(self._about).startswith(line):
            return  # killed while it was written
        try:
            found = json.loads(line)
        except ValueError:
            found = None
        if not (whole and isinstance(found, dict) and "journal" in found):
            raise ValueError(f"{self._path} is no journal of an assay; give another file")
        self._check_about(found)

    def _check_about(self, found: dict[str, Any]) -> None:
        wanted = json.loads(_line(self._about))  # as it comes back: tuples are lists
        other = [
            f"{name} {found.get(name)!r} (now {value!r})"
            for name, value in wanted.items()
            if found.get(name) != value
        ]
        if other:
            raise ValueError(
                f"{self._path} was begun with {', '.join(other)}; go back to that or give another "
                "file"
            )

    def _trial(self, line: bytes, number: int) -> Trial:
        try:
            found = json.loads(line)
            return Trial(
                seed=int(found["seed"]),
                condition=str(found["condition"]),
                figures=dict(found["figures"]),
                series={name: _as_array(plain) for name, plain in found["series"].items()},
            )
        except (ValueError, KeyError, TypeError, AttributeError):
            raise ValueError(
                f"{self._path}, line {number}, is no trial; delete the line to run its trial again"
            ) from None

    def _write(self, entry: Mapping[str, Any]) -> None:
        self._file.write(_line(entry))
        self._file.flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()


def _line(entry: Mapping[str, Any]) -> bytes:
    return json.dumps(entry).encode() + b"\n"


def _as_plain(array: Array) -> dict[str, Any]:
    # The shape is kept as well: nested lists lose that of an empty array.
    return {"shape": array.shape, "values": array.ravel().tolist()}


def _as_array(plain: Mapping[str, Any]) -> Array:
    return np.array(plain["values"], dtype=np.float64).reshape(plain["shape"])
