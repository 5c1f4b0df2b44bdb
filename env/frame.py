"""One moment of a worm's life, as pictures need it: from a simulation or a recording."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from env.arena import Arena
    from env.simulation import Simulation

Array = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Frame:
    """What can be seen of a simulation at one moment.

    Attributes:
        time_s: simulated time.
        centreline_mm: (25, 3) body axis, head first.
        dorsal: (24, 3) unit vectors to the dorsal side of each segment, head first.
        voltages_mV: (302,) somata, ordered as ``Connectome.names``.
        activation: (95,) muscles, 0..1, ordered as ``Connectome.muscle_names``.
        medium: name of the medium, such as ``"agar"``.
        arena: the world, or None where it is not known.
    """

    time_s: float
    centreline_mm: Array
    dorsal: Array
    voltages_mV: Array
    activation: Array
    medium: str
    arena: Arena | None

    @classmethod
    def of(cls, source: Frame | Simulation) -> Frame:
        """Return ``source`` itself if it is a frame, else the present moment of a simulation."""
        if isinstance(source, Frame):
            return source
        return cls(
            time_s=float(source.time_s),
            centreline_mm=np.asarray(source.centreline_mm),
            dorsal=np.asarray(source.body.segment_rotation)[:, :, 1],
            voltages_mV=np.asarray(source.voltages_mV),
            activation=np.asarray(source.activation),
            medium=source.medium.name,
            arena=source.arena,
        )
