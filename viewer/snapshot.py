"""A moment as it travels from the simulation to the window: one small record in shared memory."""

from __future__ import annotations

from dataclasses import dataclass
from multiprocessing import shared_memory
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from env.frame import Frame

if TYPE_CHECKING:
    from env.arena import Arena
    from env.simulation import Simulation

Array = NDArray[np.float64]

SNAPSHOT = np.dtype(
    [
        ("count", "u8"),
        ("time_s", "f8"),
        ("centreline_mm", "f4", (25, 3)),
        ("dorsal", "f4", (24, 3)),
        ("voltages_mV", "f4", (302,)),
        ("activation", "f4", (95,)),
        ("curvature_L", "f4", (23,)),
        ("realtime_factor", "f4"),
        ("keeps_up", "u1"),
        ("paused", "u1"),
    ],
    align=True,
)
#: More than a second of life: what a window misses while it is busy, it can still plot.
N_SLOTS = 64
_HEAD_BYTES = 64


@dataclass(frozen=True, kw_only=True)
class Moment:
    """What a window shows at one time.

    Attributes:
        frame: body, neurons, muscles, world.
        curvature_L: (23,) dorsoventral curvature times body length, head first.
        realtime_factor: simulated by real time.
        keeps_up: False where the machine is too slow for the pace asked for.
        paused: whether time stands still.
    """

    frame: Frame
    curvature_L: Array
    realtime_factor: float = 1.0
    keeps_up: bool = True
    paused: bool = False


class Ring:
    """The newest snapshots in shared memory: one writer, readers that never make it wait.

    A reader copies slots and checks that the writer has not come round to them meanwhile.
    This relies on stores being seen in their order, as x86 processors guarantee.

    Args:
        name: of an existing ring; None makes a new one, which this object then owns.
    """

    def __init__(self, name: str | None = None) -> None:
        size = _HEAD_BYTES + N_SLOTS * SNAPSHOT.itemsize
        self._memory = shared_memory.SharedMemory(name=name, create=name is None, size=size)
        self._owns = name is None
        self._newest = np.ndarray((1,), np.uint64, self._memory.buf)
        self._slots = np.ndarray((N_SLOTS,), SNAPSHOT, self._memory.buf, _HEAD_BYTES)
        if self._owns:
            self._newest[0] = 0
            self._slots["count"] = 0

    @property
    def name(self) -> str:
        """The name by which another process finds this ring."""
        return self._memory.name

    def publish(self, sim: Simulation, **pace: float) -> None:
        """Write the present moment of a simulation.

        Args:
            sim: what to show.
            **pace: ``realtime_factor``, ``keeps_up`` and ``paused``.
        """
        count = int(self._newest[0]) + 1
        slot = self._slots[count % N_SLOTS]
        slot["count"] = 0  # invalid while it is being written
        slot["time_s"] = sim.time_s
        slot["centreline_mm"], slot["dorsal"] = (
            sim.centreline_mm,
            sim.body.segment_rotation[:, :, 1],
        )
        slot["voltages_mV"], slot["activation"] = sim.voltages_mV, sim.activation
        slot["curvature_L"] = sim.curvature_L
        for name, value in pace.items():
            slot[name] = value
        slot["count"] = count
        self._newest[0] = count

    def since(self, after: int = 0) -> list[np.void]:
        """Return copies of the snapshots newer than number ``after``, oldest first.

        What the writer has overwritten meanwhile is missing: at most the newest ``N_SLOTS`` - 1
        are there.
        """
        newest = int(self._newest[0])
        found = []
        for count in range(max(after + 1, newest - N_SLOTS + 2), newest + 1):
            slot = self._slots[count % N_SLOTS]
            copy = slot.copy()
            if int(copy["count"]) == count == int(slot["count"]):
                found.append(copy)
        return found

    def close(self) -> None:
        """Let the memory go; its maker also removes it."""
        # Arrays hold on to the buffer, which then could not be closed.
        del self._newest, self._slots
        self._memory.close()
        if self._owns:
            self._memory.unlink()


def moment_of(snapshot: np.void, arena: Arena | None, medium: str) -> Moment:
    """Return a snapshot as what a window shows.

    Args:
        snapshot: a record of type ``SNAPSHOT``.
        arena: the world, which the snapshot does not carry.
        medium: name of the medium.
    """
    frame = Frame(
        time_s=float(snapshot["time_s"]),
        centreline_mm=snapshot["centreline_mm"].astype(np.float64),
        dorsal=snapshot["dorsal"].astype(np.float64),
        voltages_mV=snapshot["voltages_mV"].astype(np.float64),
        activation=snapshot["activation"].astype(np.float64),
        medium=medium,
        arena=arena,
    )
    return Moment(
        frame=frame,
        curvature_L=snapshot["curvature_L"].astype(np.float64),
        realtime_factor=float(snapshot["realtime_factor"]),
        keeps_up=bool(snapshot["keeps_up"]),
        paused=bool(snapshot["paused"]),
    )
