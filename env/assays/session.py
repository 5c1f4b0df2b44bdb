"""One trial: a worm in its world, watched while things are done to it."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from env.arena import Arena
from env.assays.kinematics import Track
from env.components import BodyKind
from env.simulation import Simulation
from worm.parameters import Parameters

__all__ = ["Current", "Session", "Setup"]

Array = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Current:
    """A current in pA into each of some neurons, from ``start_s`` until ``end_s`` of a trial."""

    cells: str
    current_pA: float
    start_s: float = 0.0
    end_s: float = inf


@dataclass(frozen=True, kw_only=True)
class Setup:
    """The worm and world of a trial; see ``env.simulation.Simulation`` for most of the fields.

    Attributes:
        perturb: rules such as "cut gap AVA A", in order.
        inject: currents at fixed times of the trial.
    """

    medium: str = "agar"
    arena: str | Arena = "open"
    parameters: str | Parameters = "default"
    ablate: str = ""
    perturb: tuple[str, ...] = ()
    inject: tuple[Current, ...] = ()
    resolution: str | float = "default"
    body: BodyKind = "pybullet"
    dt_neuron_ms: float = 0.5
    dt_physics_ms: float = 4.0
    dt_control_ms: float = 40.0

    def build(self, seed: int) -> Simulation:
        """Return the simulation at its start."""
        sim = Simulation(
            seed=seed,
            medium=self.medium,
            arena=self.arena,
            parameters=self.parameters,
            resolution=self.resolution,
            body=self.body,
            dt_neuron_ms=self.dt_neuron_ms,
            dt_physics_ms=self.dt_physics_ms,
            dt_control_ms=self.dt_control_ms,
        )
        if self.ablate:
            sim.ablate(self.ablate)
        for rule in self.perturb:
            sim.perturb(rule)
        sim.reset(seed=seed)
        return sim


class Session:
    """A simulation with its growing track; a context manager.

    Args:
        setup: worm and world.
        seed: of this trial.
        **start: as of ``Simulation.reset``.

    Attributes:
        sim: the simulation, to touch and read.
        voltage_range_mV: smallest and largest voltage of any soma so far.
    """

    def __init__(self, setup: Setup, seed: int, **start: Any) -> None:
        self.sim = setup.build(seed)
        if start:
            self.sim.reset(seed=seed, **start)
        self._due = sorted(
            (time_s, current.cells, value)
            for current in setup.inject
            for time_s, value in ((current.start_s, current.current_pA), (current.end_s, 0.0))
        )
        self._centrelines = [self.sim.centreline_mm]
        self._curvatures = [self.sim.curvature_L]
        self.voltage_range_mV = (inf, -inf)

    def step(self) -> None:
        """Advance by one control step."""
        sim = self.sim
        while self._due and self._due[0][0] < sim.time_s + 5e-4 * sim.dt_control_ms:
            _, cells, current_pA = self._due.pop(0)
            sim.inject(dict.fromkeys(cells.split(","), current_pA))
        sim.step()
        self._centrelines.append(sim.centreline_mm)
        self._curvatures.append(sim.curvature_L)
        v_mV = sim.voltages_mV
        low, high = self.voltage_range_mV
        self.voltage_range_mV = (min(low, float(v_mV.min())), max(high, float(v_mV.max())))

    def run(self, seconds: float) -> None:
        """Advance by a duration, rounded up to whole control steps."""
        for _ in range(self.sim.clock.control_steps(seconds)):
            self.step()

    @property
    def track(self) -> Track:
        """What was seen so far, from the start on."""
        return self._from_sample(0)

    def last(self, seconds: float) -> Track:
        """Return what was seen in the last seconds, or since the start."""
        return self._from_sample(-self.sim.clock.control_steps(seconds) - 1)

    def _from_sample(self, first: int) -> Track:
        return Track(
            dt_s=self.sim.clock.control_s,
            centreline_mm=np.array(self._centrelines[first:]),
            curvature_L=np.array(self._curvatures[first:]),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.sim.close()
