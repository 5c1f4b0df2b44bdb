"""Read a recording back: an episode as plain arrays, checked before anything is handed out."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from env.arena import Arena, arena, names
from env.frame import Frame
from env.hdf5_image import open_image
from env.recording_format import (
    COMMITTED,
    COMPLETE,
    DIGEST,
    EVENTS,
    EVENTS_COMMITTED,
    FORMAT,
    HEADER,
    VERSION,
    Array,
    RecordingError,
    channels,
)

#: A writer may be at work while its file is read; then it is read again.
_ATTEMPTS = 5


@dataclass(frozen=True, kw_only=True)
class Episode:
    """A recorded episode of ``len(episode)`` frames, one per control step and one at the start.

    Attributes:
        path: the file it came from.
        config: everything that rebuilds the simulation.
        versions: packages and platform that made it.
        seed: of the whole simulation.
        complete: False when the writer was cut short; what is there is whole all the same.
        events: touches, injections, perturbations and contacts since the reset, oldest first.
        channels: arrays by name, first axis time (see ``env.recording_format.CHANNELS``).
        digest: (n,) uint64, a hash of each frame in full precision.
        neuron_names, muscle_names, reading_names: order of the columns.
        compartments: of the nervous system.
        events_at_start: how many of the events came before the first frame.
    """

    path: Path
    config: dict[str, Any]
    versions: dict[str, str]
    seed: int
    complete: bool
    events: tuple[dict[str, Any], ...]
    channels: dict[str, Array]
    digest: NDArray[np.uint64]
    neuron_names: tuple[str, ...]
    muscle_names: tuple[str, ...]
    reading_names: tuple[str, ...]
    compartments: int
    events_at_start: int

    @property
    def time_s(self) -> Array:
        """(n,) simulated time of each frame."""
        return self.channels["time_s"]

    @property
    def centreline_mm(self) -> Array:
        """(n, 25, 3) body axis, head first."""
        return self.channels["centreline_mm"]

    @property
    def voltages_mV(self) -> Array:
        """(n, 302) soma voltages, ordered as ``neuron_names``."""
        return self.channels["voltages_mV"]

    @property
    def activation(self) -> Array:
        """(n, 95) muscle activation, 0..1, ordered as ``muscle_names``."""
        return self.channels["activation"]

    @property
    def curvature_L(self) -> Array:
        """(n, 23) dorsoventral curvature times body length, positive when dorsally concave."""
        return self.channels["curvature_L"]

    def __getitem__(self, name: str) -> Array:
        """Return the trace of a neuron (mV) or of a muscle (activation), shape (n,).

        Raises:
            KeyError: nothing of that name was recorded.
        """
        if name in self.neuron_names:
            return self.voltages_mV[:, self.neuron_names.index(name)]
        if name in self.muscle_names:
            return self.activation[:, self.muscle_names.index(name)]
        close = get_close_matches(name.upper(), (*self.neuron_names, *self.muscle_names), n=1)
        hint = f"; did you mean {close[0]!r}?" if close else ""
        raise KeyError(f"no neuron or muscle {name!r} in {self.path.name}{hint}")

    def __len__(self) -> int:
        return int(self.time_s.size)

    def frame(self, index: int) -> Frame:
        """Return frame ``index`` (negative counts from the end) for drawing."""
        return Frame(
            time_s=float(self.time_s[index]),
            centreline_mm=self.centreline_mm[index],
            dorsal=self.channels["dorsal"][index],
            voltages_mV=self.voltages_mV[index],
            activation=self.activation[index],
            medium=str(self.config.get("medium", "agar")),
            arena=self._arena,
        )

    def frames(self) -> Iterator[Frame]:
        """Yield all frames in order."""
        return (self.frame(index) for index in range(len(self)))

    @cached_property
    def _arena(self) -> Arena | None:
        """The world by its name; None for one that this version does not know."""
        name = self.config.get("arena")
        return arena(name) if name in names() else None


def load(path: str | os.PathLike[str]) -> Episode:
    """Read and check a recording; works while it is still being written and after a kill.

    Raises:
        RecordingError: the file is missing, foreign, truncated, damaged or of another version.
    """
    path = Path(path)
    if not path.is_file():
        raise RecordingError(f"there is no recording {path}; give the path of an .h5 file")
    for attempt in range(_ATTEMPTS):
        before = path.stat()
        try:
            with h5py.File(open_image(path), "r") as file:
                return _read(path, file)
        except RecordingError:
            raise
        except Exception as error:
            # HDF5 and JSON report damage with exceptions of many kinds.
            grown = path.stat().st_mtime_ns != before.st_mtime_ns
            if not grown or attempt == _ATTEMPTS - 1:
                reason = " ".join(str(error).split())
                raise RecordingError(
                    f"{path} is no recording, or is damaged or truncated ({reason}); use another "
                    "copy, or make one with `worm run --out FILE.h5`"
                ) from error
    raise AssertionError  # the last attempt returns or raises


def _read(path: Path, file: Any) -> Episode:
    _check_kind(path, file)
    n_frames, n_bytes = int(file[COMMITTED][0]), int(file[EVENTS_COMMITTED][0])
    if n_frames < 1:
        raise RecordingError(
            f"{path} holds no frame: it was cut short before the first was written"
        )
    header = json.loads(bytes(file[HEADER][:]))
    reading_names = tuple(header["reading_names"])
    arrays = {}
    for channel in channels(reading_names):
        values = file[channel.name]
        if values.shape[1:] != channel.shape or values.shape[0] < n_frames:
            raise RecordingError(
                f"{path} is damaged: {channel.name} has shape {values.shape}, expected "
                f"({n_frames}, ...) of {channel.shape}; use another copy"
            )
        arrays[channel.name] = np.asarray(values[:n_frames], dtype=np.float64)
        arrays[channel.name].flags.writeable = False
    if file[DIGEST].shape[0] < n_frames:
        raise RecordingError(f"{path} is damaged: frames lack their digest; use another copy")
    lines = bytes(file[EVENTS][:n_bytes]).decode().splitlines()
    return Episode(
        path=path,
        config=header["config"],
        versions=header["versions"],
        seed=int(header["seed"]),
        complete=bool(file[COMPLETE][0]),
        events=tuple(json.loads(line) for line in lines),
        channels=arrays,
        digest=np.asarray(file[DIGEST][:n_frames]),
        neuron_names=tuple(header["neuron_names"]),
        muscle_names=tuple(header["muscle_names"]),
        reading_names=reading_names,
        compartments=int(header["compartments"]),
        events_at_start=int(header["events_at_start"]),
    )


def _check_kind(path: Path, file: Any) -> None:
    kind = file.attrs.get("format")
    if kind != FORMAT:
        raise RecordingError(
            f"{path} is an HDF5 file but not a wormlife recording (its format is {kind!r}, not "
            f"{FORMAT!r}); recordings are made by `worm run --out FILE.h5`"
        )
    version = int(file.attrs["version"])
    if version != VERSION:
        age = "newer" if version > VERSION else "older"
        raise RecordingError(
            f"{path} has recording format {version}, {age} than this wormlife reads ({VERSION}); "
            "use the wormlife version that made it"
        )
