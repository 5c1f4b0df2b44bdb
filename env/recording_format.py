"""The layout of a recording: what is stored per frame, under which name, unit and shape.

Writer (``env.recording``) and reader (``env.episode``) both follow this table. Data are HDF5 arrays
and JSON text only, so reading a recording never executes anything.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from env.simulation import Simulation

FORMAT = "wormlife-episode"
VERSION = 1


class RecordingError(ValueError):
    """A recording could not be written or read; the message says why and what to do."""


@dataclass(frozen=True, kw_only=True)
class Channel:
    """One quantity stored once per frame.

    Attributes:
        name: data set in the file, with its unit as a suffix.
        shape: shape of one frame.
        read: reads the current value, of that shape, from a simulation.
        rows: what the first axis counts, to name an entry in a report.
        dtype: how it is stored; single precision holds every quantity to 1e-7 of its size,
            and ``DIGEST`` holds what rounding drops.
    """

    name: str
    shape: tuple[int, ...]
    read: Callable[[Simulation], Any]
    rows: str
    dtype: str = "<f4"


CHANNELS = (
    Channel(name="time_s", shape=(), read=lambda sim: sim.time_s, rows="", dtype="<f8"),
    Channel(
        name="centreline_mm",
        shape=(25, 3),
        read=lambda sim: sim.centreline_mm,
        rows="centreline point",
    ),
    Channel(
        name="dorsal",
        shape=(24, 3),
        read=lambda sim: sim.body.segment_rotation[:, :, 1],
        rows="segment",
    ),
    Channel(
        name="joint_angle_rad",
        shape=(46,),
        read=lambda sim: sim.body.joint_angle_rad,
        rows="joint angle",
    ),
    Channel(
        name="joint_rate_rad_s",
        shape=(46,),
        read=lambda sim: sim.body.joint_rate_rad_s,
        rows="joint angle",
    ),
    Channel(name="curvature_L", shape=(23,), read=lambda sim: sim.curvature_L, rows="joint"),
    Channel(
        name="contact_force_uN",
        shape=(24, 3),
        read=lambda sim: sim.body.contact_force_uN,
        rows="segment",
    ),
    Channel(name="voltages_mV", shape=(302,), read=lambda sim: sim.voltages_mV, rows="neuron"),
    Channel(name="activation", shape=(95,), read=lambda sim: sim.activation, rows="muscle"),
    Channel(
        name="sense_current_pA", shape=(302,), read=lambda sim: sim.sense_current_pA, rows="neuron"
    ),
    Channel(
        name="injected_current_pA",
        shape=(302,),
        read=lambda sim: sim.injected_current_pA,
        rows="neuron",
    ),
)

#: Data set of UTF-8 bytes: one JSON object with configuration, versions, seed and names.
HEADER = "header_json"
#: Data set of what the senses read; its columns are named by the simulation.
READING = "senses_reading"


def channels(reading_names: Sequence[str]) -> tuple[Channel, ...]:
    """Return everything stored per frame, given the names of what the senses read."""
    if not reading_names:
        return CHANNELS

    def read(sim: Simulation) -> list[float]:
        reading = sim.senses_reading
        return [reading[name] for name in reading_names]

    shape = (len(reading_names),)
    return (*CHANNELS, Channel(name=READING, shape=shape, read=read, rows="reading"))


#: Data set of 64-bit hashes of a frame in full precision: verification is exact to the last bit.
DIGEST = "digest"
#: Data set of one number, the frames that are wholly in the file; written after their data.
COMMITTED = "frames_committed"
#: Data set of UTF-8 bytes: one JSON object per line, appended as events happen.
EVENTS = "events_json_lines"
#: Data set of one number: bytes of ``EVENTS`` that belong to the committed frames.
EVENTS_COMMITTED = "events_committed"
#: Data set of one number: 1 when the recording was closed in good order.
COMPLETE = "complete"

Array = NDArray[np.float64]
