"""Record a running simulation to an HDF5 file that survives a kill at any moment.

Frames are gathered in memory for one simulated second, then appended as one compressed chunk; the
count of whole frames is written after their data, so that a reader never sees half a frame. The
file is in single-writer-multiple-reader mode: it can be read while it grows, and after a kill.
"""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Sequence
from hashlib import blake2b
from importlib import metadata
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import h5py
import numpy as np

from env.episode import Episode, load
from env.recording_format import (
    COMMITTED,
    COMPLETE,
    DIGEST,
    EVENTS,
    EVENTS_COMMITTED,
    FORMAT,
    VERSION,
    Array,
    Channel,
    RecordingError,
    channels,
)
from worm.morphology import build_compartments

if TYPE_CHECKING:
    from env.simulation import Simulation

__all__ = ["Episode", "Recorder", "RecordingError", "load", "read_frame"]

_PACKAGES = ("wormlife", "numpy", "numba", "pybullet", "h5py", "gymnasium")


def versions() -> dict[str, str]:
    """Return the version of every package and of the machine that a result depends on."""
    found = {"python": platform.python_version(), "platform": platform.platform()}
    for package in _PACKAGES:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            found[package] = "not installed"
    return found


def read_frame(sim: Simulation, of: Sequence[Channel]) -> tuple[dict[str, Array], int]:
    """Return every recorded quantity of the present moment, and its 64-bit digest.

    Returns:
        float64 arrays by channel name, shapes as the channels say, and a hash
        over all of their bytes, equal only where every bit is.

    Raises:
        RecordingError: the simulation gave a quantity of another shape.
    """
    digest = blake2b(digest_size=8)
    frame = {}
    for channel in of:
        value = np.array(channel.read(sim), dtype=np.float64)
        if value.shape != channel.shape:
            raise RecordingError(
                f"{channel.name} has shape {value.shape} but a recording holds {channel.shape}"
            )
        frame[channel.name] = value
        digest.update(value.tobytes())
    return frame, int.from_bytes(digest.digest(), "little")


class Recorder:
    """Appends the state of a simulation to a file after each control step.

    Used as a context manager; while it is open it listens to the simulation. The state at opening
    is the first frame.

    Args:
        sim: the simulation to record.
        path: the HDF5 file to make.
        overwrite: replace an existing file instead of refusing.

    Raises:
        RecordingError: the file exists, or cannot be written.
    """

    def __init__(
        self, sim: Simulation, path: str | os.PathLike[str], *, overwrite: bool = False
    ) -> None:
        self.path = Path(path)
        self._sim = sim
        self._rows = int(np.clip(round(1000.0 / sim.dt_control_ms), 1, 256))
        self._reading_names = tuple(sim.senses_reading)
        self._channels = channels(self._reading_names)
        self._buffer: list[tuple[dict[str, Array], int]] = []
        self._n_frames = 0
        self._n_events = 0
        self._n_event_bytes = 0
        self._last_time_s = -np.inf
        if self.path.exists() and not overwrite:
            raise RecordingError(
                f"{self.path} exists already; choose another name, or allow overwriting (--force)"
            )
        try:
            self._file: Any = h5py.File(self.path, "w", libver="latest", locking="best-effort")
            self._lay_out()
        except OSError as error:
            raise RecordingError(
                f"cannot create the recording {self.path}: {_reason(error)}; choose a folder that "
                "exists, is writable and has space"
            ) from error
        self.write()
        sim.listeners.append(self._after_step)

    def _lay_out(self) -> None:
        sim, file = self._sim, self._file
        file.attrs["format"] = FORMAT
        file.attrs["version"] = VERSION
        file.attrs["versions_json"] = json.dumps(versions())
        file.attrs["config_json"] = json.dumps(sim.config)
        file.attrs["reading_names_json"] = json.dumps(self._reading_names)
        file.attrs["compartments"] = build_compartments(sim.config["resolution"]).n
        file.attrs["events_at_start"] = len(sim.events)
        file.attrs["seed"] = sim.seed
        file.attrs["neuron_names"] = " ".join(sim.connectome.names)
        file.attrs["muscle_names"] = " ".join(sim.connectome.muscle_names)
        packed = {"compression": "gzip", "compression_opts": 4, "shuffle": True, "fletcher32": True}
        for channel in self._channels:
            file.create_dataset(
                channel.name,
                shape=(0, *channel.shape),
                maxshape=(None, *channel.shape),
                chunks=(self._rows, *channel.shape),
                dtype=channel.dtype,
                **packed,
            )
        file.create_dataset(
            DIGEST, shape=(0,), maxshape=(None,), chunks=(self._rows,), dtype="<u8", **packed
        )
        file.create_dataset(
            EVENTS, shape=(0,), maxshape=(None,), chunks=(4096,), dtype="u1", **packed
        )
        for name in (COMMITTED, EVENTS_COMMITTED, COMPLETE):
            file.create_dataset(name, data=np.zeros(1, np.int64), chunks=(1,), fletcher32=True)
        file.flush()
        # From here on HDF5 orders its writes so that the file on disk is readable at every moment.
        file.swmr_mode = True

    def write(self) -> None:
        """Append the present moment, unless it is already the last frame.

        Raises:
            RecordingError: the clock went back (the simulation was reset), or the disk is full.
        """
        if not self._file:
            raise RecordingError(f"the recording {self.path} is closed; open a new one")
        time_s = float(self._sim.time_s)
        if time_s == self._last_time_s:
            return
        if time_s < self._last_time_s:
            raise RecordingError(
                f"the simulation went back from {self._last_time_s:.3f} s to {time_s:.3f} s while "
                f"{self.path} was recorded; close the recording before a reset and open a new one"
            )
        self._last_time_s = time_s
        self._buffer.append(read_frame(self._sim, self._channels))
        # The first frame goes out at once: even the shortest recording then holds a posture.
        if self._n_frames == 0 or len(self._buffer) >= self._rows:
            self.flush()

    def flush(self) -> None:
        """Write everything gathered so far to the file.

        Raises:
            RecordingError: the file cannot be written, for instance because the disk is full.
        """
        if not self._buffer:
            return
        try:
            self._append()
        except (OSError, RuntimeError) as error:
            self._abandon()
            raise self._not_writable(error) from error

    def _append(self) -> None:
        file, first = self._file, self._n_frames
        last = first + len(self._buffer)
        for channel in self._channels:
            file[channel.name].resize(last, axis=0)
            file[channel.name][first:last] = np.stack(
                [frame[channel.name] for frame, _ in self._buffer]
            )
        file[DIGEST].resize(last, axis=0)
        file[DIGEST][first:last] = np.array([digest for _, digest in self._buffer], np.uint64)
        self._append_events()
        file.flush()
        file[EVENTS_COMMITTED][0] = self._n_event_bytes
        file[COMMITTED][0] = last
        file.flush()
        self._n_frames = last
        self._buffer.clear()

    def _append_events(self) -> None:
        new = self._sim.events[self._n_events :]
        if not new:
            return
        lines = "".join(json.dumps(event) + "\n" for event in new).encode()
        end = self._n_event_bytes + len(lines)
        self._file[EVENTS].resize(end, axis=0)
        self._file[EVENTS][self._n_event_bytes : end] = np.frombuffer(lines, np.uint8)
        self._n_events += len(new)
        self._n_event_bytes = end

    def close(self, *, complete: bool = True) -> None:
        """Write what is left and close the file; a second call does nothing.

        Args:
            complete: mark the recording as having ended as planned.

        Raises:
            RecordingError: the last frames could not be written.
        """
        if not self._file:
            return
        self._stop_listening()
        self.flush()
        try:
            self._file[COMPLETE][0] = int(complete)
            self._file.close()
        except (OSError, RuntimeError) as error:
            self._abandon()
            raise self._not_writable(error) from error

    def _stop_listening(self) -> None:
        if self._after_step in self._sim.listeners:
            self._sim.listeners.remove(self._after_step)

    def _abandon(self) -> None:
        """Let go of a file that cannot be written; the frames committed before stay readable."""
        self._stop_listening()
        try:
            self._file.close()
        except (OSError, RuntimeError):
            self._file = None

    def _after_step(self, _sim: Simulation) -> None:
        self.write()

    def _not_writable(self, error: Exception) -> RecordingError:
        return RecordingError(
            f"cannot go on writing the recording {self.path}: {_reason(error)}; its first "
            f"{self._n_frames} frames stay readable, make space or choose another folder"
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close(complete=kind is None)


def _reason(error: Exception) -> str:
    """Return why HDF5 failed, in the words of the operating system where it has some."""
    number = getattr(error, "errno", None)
    return os.strerror(number) if number else " ".join(str(error).split())
