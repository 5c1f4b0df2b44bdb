"""Record a running simulation to an HDF5 file that survives a kill at any moment.

Frames are gathered in memory for one simulated second, then appended as one compressed chunk; the
count of whole frames is written after their data, so that a reader never sees half a frame. The
file is in single-writer-multiple-reader mode: it can be read while it grows, and after a kill.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Sequence
from hashlib import blake2b
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import h5py
import numpy as np
from numpy.typing import NDArray

from env.episode import Episode, load
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
    Channel,
    RecordingError,
    channels,
)
from env.versions import versions
from worm.morphology import build_compartments

if TYPE_CHECKING:
    from env.simulation import Simulation

__all__ = ["Episode", "Recorder", "RecordingError", "load", "read_frame"]

_CHECKED = {"compression": "gzip", "compression_opts": 4, "shuffle": True, "fletcher32": True}
_EVENT_BYTES = 4096


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
        file = self._file
        file.attrs["format"] = FORMAT
        file.attrs["version"] = VERSION
        # Data sets are held, not looked up: when a disk is full, each complains as it is let go.
        self._sets = {
            HEADER: file.create_dataset(
                HEADER, data=np.frombuffer(self._header(), np.uint8), chunks=True, **_CHECKED
            ),
            DIGEST: self._growing(DIGEST, (), "<u8", self._rows),
            EVENTS: self._growing(EVENTS, (), "u1", _EVENT_BYTES),
        }
        for channel in self._channels:
            self._sets[channel.name] = self._growing(
                channel.name, channel.shape, channel.dtype, self._rows
            )
        for name in (COMMITTED, EVENTS_COMMITTED, COMPLETE):
            self._sets[name] = file.create_dataset(
                name, data=np.zeros(1, np.int64), chunks=(1,), fletcher32=True
            )
        file.flush()
        # From here on HDF5 orders its writes so that the file on disk is readable at every moment.
        file.swmr_mode = True

    def _header(self) -> bytes:
        sim = self._sim
        header = {
            "versions": versions(),
            "config": sim.config,
            "seed": sim.seed,
            "compartments": build_compartments(sim.config["resolution"]).n,
            "neuron_names": sim.connectome.names,
            "muscle_names": sim.connectome.muscle_names,
            "reading_names": self._reading_names,
            "events_at_start": len(sim.events),
        }
        return json.dumps(header).encode()

    def _growing(self, name: str, shape: tuple[int, ...], dtype: str, chunk: int) -> Any:
        return self._file.create_dataset(
            name,
            shape=(0, *shape),
            maxshape=(None, *shape),
            chunks=(chunk, *shape),
            dtype=dtype,
            **_CHECKED,
        )

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
        first, last = self._n_frames, self._n_frames + len(self._buffer)
        for channel in self._channels:
            values = np.stack([frame[channel.name] for frame, _ in self._buffer])
            self._extend(channel.name, first, values)
        self._extend(DIGEST, first, np.array([digest for _, digest in self._buffer], np.uint64))
        self._append_events()
        self._file.flush()
        self._sets[EVENTS_COMMITTED][0] = self._n_event_bytes
        self._sets[COMMITTED][0] = last
        self._file.flush()
        self._n_frames = last
        self._buffer.clear()

    def _append_events(self) -> None:
        new = self._sim.events[self._n_events :]
        lines = "".join(json.dumps(event) + "\n" for event in new).encode()
        self._extend(EVENTS, self._n_event_bytes, np.frombuffer(lines, np.uint8))
        self._n_events += len(new)
        self._n_event_bytes += len(lines)

    def _extend(self, name: str, first: int, values: NDArray[Any]) -> None:
        if len(values):
            last = first + len(values)
            self._sets[name].resize(last, axis=0)
            self._sets[name][first:last] = values

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
            self._sets[COMPLETE][0] = int(complete)
            self._file.flush()
            self._sets.clear()
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
        # What HDF5 still holds back goes nowhere, instead of half over the good frames.
        nowhere = os.open(os.devnull, os.O_RDWR)
        os.dup2(nowhere, self._file.id.get_vfd_handle())
        os.close(nowhere)
        try:
            self._sets.clear()
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
    """Return why HDF5 failed, in the words of the operating system where it passes them on."""
    number = getattr(error, "errno", None)
    if number:
        return os.strerror(number)
    passed_on = re.search(r"error message = '([^']*)'", str(error))
    return passed_on.group(1) if passed_on else " ".join(str(error).split())
