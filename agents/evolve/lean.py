"""Lean trials: the closed loop on the fast body with long neuron steps, sampled as it runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from env.arena import arena
from env.assays.kinematics import Track
from env.clock import Clock
from env.components import build_components
from env.fields import Field
from env.loop import Loop
from env.posture import curvature_of
from env.skin import Probe
from worm.connectome import Connectome
from worm.media import Medium
from worm.parameters import Parameters

__all__ = ["Lean", "Push", "Seen"]

Array = NDArray[np.float64]
Action = Callable[["Lean"], None]

# The coarse resolution with half this step costs the same, but AVB does not fall when AVA rises.
CLOCK = Clock(neuron_ms=2.0, physics_ms=4.0, control_ms=40.0)
RESOLUTION = "default"
# A worm that does not bend after this time never will; the rest of its trial is spared.
PATIENCE_s, LIVELY_L = 6.0, 1.0


@dataclass(frozen=True, kw_only=True)
class Push:
    """A touch: where, how hard, for how long."""

    position: float
    force_uN: float = 10.0
    duration_s: float = 0.5


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What was seen in a trial.

    Attributes:
        track: posture over time.
        release: (n, 302) graded release of every neuron, 0..1, from its voltage.
        voltage_mV: (n, 302) somata.
        alive: False if the worm stopped bending, or its state stopped being finite.
    """

    track: Track
    release: Array
    voltage_mV: Array
    alive: bool

    def since(self, start_s: float) -> Seen:
        """Return what was seen from ``start_s`` on."""
        first = round(start_s / self.track.dt_s)
        return replace(
            self,
            track=self.track.between(start_s),
            release=self.release[first:],
            voltage_mV=self.voltage_mV[first:],
        )


class Lean:
    """One animal for several trials.

    Args:
        parameters: of the animal.
    """

    def __init__(self, parameters: Parameters) -> None:
        self._parts = build_components(
            parameters=parameters,
            arena=arena("open"),
            medium=Medium.named("agar"),
            clock=CLOCK,
            resolution=RESOLUTION,
            body="free",
        )
        self._slope_mV = parameters["release.slope"]
        self._loop = Loop(self._parts, arena("open"), CLOCK)

    @property
    def connectome(self) -> Connectome:
        """Who is who."""
        return self._parts.connectome

    def inject(self, current_pA: Mapping[str, float]) -> None:
        """Set the current into neurons or classes from now on."""
        for name, value in current_pA.items():
            self._loop.injected_pA[self.connectome.indices(name)] = value

    def press(self, push: Push) -> None:
        """Touch the dorsal skin from now on."""
        end_step = self._loop.steps + round(push.duration_s / CLOCK.physics_s)
        self._loop.skin.press(
            Probe(position=push.position, side="dorsal", force_uN=push.force_uN, end_step=end_step)
        )

    def run(
        self,
        seconds: float,
        seed: int,
        actions: Sequence[tuple[float, Action]] = (),
        chemicals: Mapping[str, Field] = {},
    ) -> Seen:
        """Run one trial from a random posture.

        Args:
            seconds: at most.
            seed: of posture and noise.
            actions: (time in s, what to do), in the order of time.
            chemicals: what there is to smell and to taste in this trial.
        """
        self._loop = Loop(self._parts, replace(arena("open"), chemicals=chemicals), CLOCK)
        posture, noise = (
            np.random.default_rng(child) for child in np.random.SeedSequence(seed).spawn(2)
        )
        self._loop.reset(np.zeros(2), 0.0, curvature_of("random", posture), noise)
        due, samples = list(actions), []
        alive, patience = True, CLOCK.control_steps(PATIENCE_s)
        for step in range(CLOCK.control_steps(seconds)):
            while due and due[0][0] <= step * CLOCK.control_s:
                due.pop(0)[1](self)
            try:
                for _ in range(CLOCK.physics_steps):
                    self._loop.step()
            except ValueError:  # a part was handed something that is not finite
                alive = False
            samples.append(self._sample())
            if step == patience:
                alive = alive and self._bends([kappa_L for _, kappa_L, _ in samples])
            if not (alive and np.isfinite(samples[-1][2]).all()):
                return self._seen(samples, alive=False)
        return self._seen(samples, alive=True)

    def _sample(self) -> tuple[Array, Array, Array]:
        body = self._parts.body
        return body.centreline_mm, body.curvature_L, self._parts.nervous.soma_mV

    @staticmethod
    def _bends(curvatures: list[Array]) -> bool:
        late = np.array(curvatures[len(curvatures) // 2 :])
        return bool(late.std(axis=0).max() * np.sqrt(2.0) >= LIVELY_L)

    def _seen(self, samples: list[tuple[Array, Array, Array]], *, alive: bool) -> Seen:
        line, kappa_L, voltage = (np.array(column) for column in zip(*samples, strict=True))
        threshold = self._parts.nervous.reference.threshold_mV
        u = np.clip((voltage - threshold) / self._slope_mV, -50.0, 50.0)
        return Seen(
            track=Track(dt_s=CLOCK.control_s, centreline_mm=line, curvature_L=kappa_L),
            release=1.0 / (1.0 + np.exp(-u)),
            voltage_mV=voltage,
            alive=alive,
        )
