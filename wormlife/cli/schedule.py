"""What is done to the worm and when: ``--inject AVA:20@5-7`` and ``--touch 0.1@5``."""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from env.simulation import Simulation

#: A touch from the command line: the force and duration of a stroke with a fine hair.
TOUCH_FORCE_uN = 10.0
TOUCH_DURATION_s = 0.2


@dataclass(frozen=True, kw_only=True)
class Injection:
    """A current into a neuron or class from ``start_s`` until ``end_s`` (perhaps for ever)."""

    cells: str
    current_pA: float
    start_s: float
    end_s: float

    @classmethod
    def parse(cls, text: str) -> Injection:
        """Read ``CELLS:PA[@START[-END]]``.

        Raises:
            argparse.ArgumentTypeError: the text has another form.
        """
        cells, _, rest = text.partition(":")
        current, _, when = rest.partition("@")
        start, _, end = when.partition("-")
        try:
            given = cls(
                cells=cells,
                current_pA=float(current),
                start_s=float(start or 0.0),
                end_s=float(end or math.inf),
            )
        except ValueError:
            given = None
        if given is None or not (
            cells and math.isfinite(given.current_pA) and 0.0 <= given.start_s < given.end_s
        ):
            raise argparse.ArgumentTypeError(
                f"{text!r} is not CELLS:PICOAMPERE@START-END, as AVA:20@5-7 (times in s)"
            )
        return given


@dataclass(frozen=True, kw_only=True)
class Touch:
    """A touch of the dorsal skin at a place along the body, 0 nose .. 1 tail."""

    position: float
    time_s: float

    @classmethod
    def parse(cls, text: str) -> Touch:
        """Read ``POSITION@TIME``.

        Raises:
            argparse.ArgumentTypeError: the text has another form.
        """
        position, _, time_s = text.partition("@")
        try:
            given = cls(position=float(position), time_s=float(time_s))
        except ValueError:
            given = None
        if given is None or not (0.0 <= given.position <= 1.0 and 0.0 <= given.time_s < math.inf):
            raise argparse.ArgumentTypeError(
                f"{text!r} is not POSITION@TIME, as 0.1@5 (0 nose .. 1 tail, time in s)"
            )
        return given


class Schedule:
    """Carries out injections and touches when their time has come.

    Args:
        injections, touches: in any order.

    Raises:
        KeyError: a neuron is unknown.
    """

    def __init__(self, sim: Simulation, injections: list[Injection], touches: list[Touch]) -> None:
        self._half_step_s = 5e-4 * sim.dt_control_ms
        self._due: list[tuple[float, Callable[[Simulation], None]]] = []
        for injection in injections:
            sim.connectome.indices(injection.cells)
            self._due.append((injection.start_s, _setter(injection.cells, injection.current_pA)))
            if injection.end_s < math.inf:
                self._due.append((injection.end_s, _setter(injection.cells, 0.0)))
        self._due.extend((touch.time_s, _toucher(touch.position)) for touch in touches)
        self._due.sort(key=lambda entry: entry[0])

    def act(self, sim: Simulation) -> None:
        """Do what is due at the present control step."""
        while self._due and self._due[0][0] < sim.time_s + self._half_step_s:
            self._due.pop(0)[1](sim)


def _setter(cells: str, current_pA: float) -> Callable[[Simulation], None]:
    return lambda sim: sim.inject(dict.fromkeys(cells.split(","), current_pA))


def _toucher(position: float) -> Callable[[Simulation], None]:
    return lambda sim: sim.touch(position, "dorsal", TOUCH_FORCE_uN, TOUCH_DURATION_s)
