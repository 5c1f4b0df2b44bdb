"""What presses on the skin: probes held by the experimenter, and contacts with the world."""

from dataclasses import asdict, dataclass
from math import isfinite
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["SIDES", "Probe", "Skin"]

Array = NDArray[np.float64]

N_SEGMENTS = 24
NOSE_TIP = 0.5 / N_SEGMENTS  # body position; nearer than this to the nose presses its tip

# Share of a probe's force on the quadrants dorsal-left, dorsal-right, ventral-left, ventral-right.
SIDES: dict[str, tuple[float, float, float, float]] = {
    "dorsal": (0.5, 0.5, 0.0, 0.0),
    "ventral": (0.0, 0.0, 0.5, 0.5),
    "left": (0.5, 0.0, 0.5, 0.0),
    "right": (0.0, 0.5, 0.0, 0.5),
}


@dataclass(frozen=True, kw_only=True)
class Probe:
    """A touch with a fine hair that ends before physics step ``end_step``.

    The probe presses the worm against what it lies on, which bears the force: it is felt, and does
    not shove the body about (assumed; a stroke in the experiment displaces the worm little).
    """

    position: float
    side: str
    force_uN: float
    end_step: int

    def __post_init__(self) -> None:
        if not 0.0 <= self.position <= 1.0:
            raise ValueError(f"position={self.position} must lie in 0 (nose) .. 1 (tail)")
        if self.side not in SIDES:
            raise ValueError(f"unknown side {self.side!r}; choose one of {', '.join(SIDES)}")
        if not (isfinite(self.force_uN) and self.force_uN >= 0.0):
            raise ValueError(f"force_uN={self.force_uN} must be a finite force of at least 0 µN")


class Skin:
    """Forces on the skin, gathered anew in every physics step.

    Attributes:
        touch_force_uN: (24, 4) pressing force per segment (head first) and quadrant (dorsal-left,
            dorsal-right, ventral-left, ventral-right); written in place.
        nose_force_uN: force that presses the tip of the nose backward.
    """

    def __init__(self) -> None:
        self.touch_force_uN: Array = np.zeros((N_SEGMENTS, 4))
        self.nose_force_uN = 0.0
        self._probes: list[Probe] = []
        self._clean = True

    def reset(self) -> None:
        """Take all probes away."""
        self._probes.clear()
        self._clear()

    def press(self, probe: Probe) -> None:
        """Hold a probe against the skin until its last step."""
        self._probes.append(probe)

    def update(self, step: int, contact_force_uN: Array | None, rotation: Array | None) -> None:
        """Gather the forces of physics step ``step``.

        Args:
            step: index of the physics step, counted from the reset.
            contact_force_uN: (24, 3) force of the world on each segment, or None without contact.
            rotation: (24, 3, 3) segment axes as columns: head, dorsal, right.
        """
        if not self._clean:
            self._clear()
        if self._probes:
            self._probes = [probe for probe in self._probes if step < probe.end_step]
            for probe in self._probes:
                self._add_probe(probe)
        if contact_force_uN is not None and rotation is not None:
            self._add_contacts(contact_force_uN, rotation)

    def _clear(self) -> None:
        self.touch_force_uN[:] = 0.0
        self.nose_force_uN = 0.0
        self._clean = True

    def _add_probe(self, probe: Probe) -> None:
        self._clean = False
        if probe.position < NOSE_TIP:
            self.nose_force_uN += probe.force_uN
            return
        place = min(max(probe.position * N_SEGMENTS - 0.5, 0.0), N_SEGMENTS - 1.0)
        first = min(int(place), N_SEGMENTS - 2)
        share = place - first
        on_quadrants = probe.force_uN * np.array(SIDES[probe.side])
        self.touch_force_uN[first] += (1.0 - share) * on_quadrants
        self.touch_force_uN[first + 1] += share * on_quadrants

    def _add_contacts(self, force_uN: Array, rotation: Array) -> None:
        self._clean = False
        along = np.einsum("sij,si->sj", rotation, force_uN)  # headward, dorsal, right
        # A force that pushes a segment ventrally presses its dorsal side, and so on.
        dorsal, ventral = np.maximum(-along[:, 1], 0.0), np.maximum(along[:, 1], 0.0)
        left, right = np.maximum(along[:, 2], 0.0), np.maximum(-along[:, 2], 0.0)
        touch = self.touch_force_uN
        touch[:, 0] += 0.5 * (dorsal + left)
        touch[:, 1] += 0.5 * (dorsal + right)
        touch[:, 2] += 0.5 * (ventral + left)
        touch[:, 3] += 0.5 * (ventral + right)
        self.nose_force_uN += max(-float(along[0, 0]), 0.0)

    def state(self) -> list[dict[str, Any]]:
        """Return the probes in force, as plain values."""
        return [asdict(probe) for probe in self._probes]

    def set_state(self, state: list[dict[str, Any]]) -> None:
        """Put back the probes of an earlier :meth:`state`."""
        self.reset()
        self._probes = [Probe(**probe) for probe in state]
