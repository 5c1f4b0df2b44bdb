"""What an agent may see: groups of numbers, each with a name, a unit and a scale."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from worm.chemosensation import CHEMICALS

if TYPE_CHECKING:
    from env.simulation import Simulation

__all__ = ["GROUPS", "Group", "Observer"]

Array = NDArray[np.float64]
Float32 = NDArray[np.float32]

TREND_S = (1.0, 3.0, 10.0)  # about the times over which ASE compares (assumed)
HEAD_WIDTH_MM = 0.02  # between the sensory openings of the left and the right lips (assumed)


@dataclass(frozen=True, kw_only=True)
class Group:
    """One group of an observation.

    Attributes:
        name: what an environment is asked for.
        size: how many numbers.
        content: what they are, in order.
        unit: of the quantity before scaling.
        centre, scale: an entry is (quantity - centre) / scale, clipped to -1..1.
        read: returns the quantity, (size,) in ``unit``; of a rate, the quantity that changes.
        rate: whether it is the change of what is read, per second, since the last control step.
        trend_s: if any, the group is what is read minus its running averages over these times.
        brain: whether it is a state of the nervous system, which "muscles" agents bypass.
    """

    name: str
    size: int
    content: str
    unit: str
    centre: float
    scale: float
    read: Callable[["Simulation"], Array]
    rate: bool = False
    trend_s: tuple[float, ...] = ()
    brain: bool = False

    @property
    def row(self) -> str:
        """The line of the table in the documentation of the environment."""
        return (
            f"| {self.name} | {self.size} | {self.content} | {self.unit} | {self.centre:g} | "
            f"{self.scale:g} |"
        )


def _skin(sim: "Simulation") -> Array:
    return np.append(sim.touch_force_uN.sum(axis=1), sim.nose_force_uN)


def _chemo(sim: "Simulation") -> Array:
    return np.array([sum(sim.concentration_mM.values())])


def _chemo_log(sim: "Simulation") -> Array:
    return np.log10(1.0 + 1000.0 * _chemo(sim))


def _chemo_sides(sim: "Simulation") -> Array:
    _, dorsal, right = sim.body.segment_rotation[0].T
    nose_mm, half_mm = sim.centreline_mm[0], 0.5 * HEAD_WIDTH_MM
    differences = [
        _total_mM(sim, nose_mm + half_mm * side) - _total_mM(sim, nose_mm - half_mm * side)
        for side in (-right, dorsal)
    ]
    return np.array(differences)


def _total_mM(sim: "Simulation", place_mm: Array) -> float:
    x_mm, y_mm = place_mm[:2].tolist()
    fields = sim.arena.chemicals.values()
    return float(sum(field.concentration_mM(x_mm, y_mm, sim.time_s) for field in fields))


def _chemicals(sim: "Simulation") -> Array:
    present = sim.concentration_mM
    above_uM = np.array([1000.0 * present.get(name, 0.0) for name in CHEMICALS])
    return np.asarray(np.log10(1.0 + above_uM))


def _heading(sim: "Simulation") -> Array:
    return np.array([np.cos(sim.heading_rad), np.sin(sim.heading_rad)])


GROUPS: dict[str, Group] = {
    group.name: group
    for group in (
        Group(
            name="proprioception",
            size=23,
            content="dorsoventral curvature times body length, head first",
            unit="1",
            centre=0.0,
            scale=15.0,
            read=lambda sim: sim.curvature_L,
        ),
        Group(
            name="angular_velocity",
            size=23,
            content="rate of the dorsoventral joint angles, head first",
            unit="rad/s",
            centre=0.0,
            scale=5.0,
            read=lambda sim: sim.body.joint_rate_rad_s[0::2],
        ),
        Group(
            name="touch",
            size=25,
            content="force on the skin of each segment, head first, then on the tip of the nose",
            unit="µN",
            centre=0.0,
            scale=20.0,
            read=_skin,
        ),
        Group(
            name="chemo",
            size=1,
            content="concentration at the nose, all chemicals together",
            unit="mM",
            centre=0.0,
            scale=50.0,
            read=_chemo,
        ),
        Group(
            name="chemo_change",
            size=1,
            content="change of that concentration since the last step",
            unit="mM/s",
            centre=0.0,
            scale=10.0,
            read=_chemo,
            rate=True,
        ),
        Group(
            name="chemo_trend",
            size=len(TREND_S),
            content="log10(1 + concentration / 1 µM) minus its running averages over 1, 3 and 10 s",
            unit="1",
            centre=0.0,
            scale=0.3,
            read=_chemo_log,
            trend_s=TREND_S,
        ),
        Group(
            name="chemo_sides",
            size=2,
            content="concentration left minus right of the nose, and dorsal minus ventral",
            unit="mM",
            centre=0.0,
            scale=0.2,
            read=_chemo_sides,
        ),
        Group(
            name="chemicals",
            size=len(CHEMICALS),
            content="log10(1 + concentration at the nose / 1 µM), ordered as senses.CHEMICALS",
            unit="1",
            centre=0.0,
            scale=5.0,
            read=_chemicals,
        ),
        Group(
            name="chemicals_change",
            size=len(CHEMICALS),
            content="change of these logarithms since the last step",
            unit="1/s",
            centre=0.0,
            scale=0.5,
            read=_chemicals,
            rate=True,
        ),
        Group(
            name="muscle",
            size=95,
            content="activation, ordered as connectome.muscle_names",
            unit="1",
            centre=0.5,
            scale=0.5,
            read=lambda sim: sim.activation,
        ),
        Group(
            name="neurons",
            size=302,
            content="voltage at the soma, ordered as connectome.names",
            unit="mV",
            centre=-40.0,
            scale=60.0,
            read=lambda sim: sim.voltages_mV,
            brain=True,
        ),
        Group(
            name="calcium",
            size=302,
            content="calcium at the soma, ordered as connectome.names",
            unit="µM",
            centre=0.0,
            scale=1.0,
            read=lambda sim: sim.calcium_uM,
            brain=True,
        ),
        Group(
            name="heading",
            size=2,
            content="cosine and sine of the direction from tail to head (no worm knows it)",
            unit="1",
            centre=0.0,
            scale=1.0,
            read=_heading,
        ),
    )
}


class Observer:
    """Reads the chosen groups, scaled to -1..1, as new float32 arrays.

    Args:
        names: groups, in the order of the observation.
        bypassed: whether the nervous system stands still, so that its state says nothing.

    Raises:
        ValueError: no group, one twice, an unknown one, or one of a bypassed nervous system.
    """

    def __init__(self, names: Sequence[str], *, bypassed: bool) -> None:
        for name in names:
            if name not in GROUPS:
                close = get_close_matches(name, GROUPS, 1)
                hint = f"; did you mean {close[0]!r}?" if close else ";"
                raise ValueError(
                    f"unknown observation {name!r}{hint} choose from {', '.join(GROUPS)}"
                )
            if bypassed and GROUPS[name].brain:
                raise ValueError(
                    f"observation {name!r} says nothing in action_mode 'muscles': the nervous "
                    "system stands still; leave it out or choose another mode"
                )
        if isinstance(names, str) or not names or len(set(names)) != len(names):
            raise ValueError(f"observations={names!r} must be a sequence of different group names")
        self.groups = tuple(GROUPS[name] for name in names)
        self._last: dict[str, Array] = {}

    def reset(self, sim: "Simulation") -> None:
        """Take what is there now as what was there before the first step."""
        self._last = {
            group.name: np.broadcast_to(group.read(sim), group.size)
            for group in self.groups
            if group.rate or group.trend_s
        }

    def read(self, sim: "Simulation") -> dict[str, Float32]:
        """Return the groups by name, each (size,) float32 within -1..1; once per control step."""
        observation = {}
        for group in self.groups:
            value = group.read(sim)
            if group.rate:
                before, self._last[group.name] = self._last[group.name], value
                value = (value - before) / sim.clock.control_s
            elif group.trend_s:
                share = -np.expm1(-sim.clock.control_s / np.array(group.trend_s))
                average = self._last[group.name]
                self._last[group.name] = average = average + share * (value - average)
                value = value - average
            scaled = (value - group.centre) / group.scale
            # np.clip costs several times as much on arrays as short as these
            bounded = np.minimum(np.maximum(scaled, -1.0), 1.0)
            observation[group.name] = bounded.astype(np.float32)
        return observation
