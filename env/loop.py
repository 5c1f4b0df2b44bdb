"""One physics step of animal and world: what is sensed, what neurons do, what muscles pull."""

from copy import deepcopy
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from env.components import Components
from env.food import Food
from env.skin import Skin
from worm.senses import Stimuli

if TYPE_CHECKING:
    from env.arena import Arena
    from env.clock import Clock

__all__ = ["Loop"]

Array = NDArray[np.float64]


class Loop:
    """The closed loop without its experiments: state, and the order in which it advances.

    Attributes:
        parts: animal and body.
        skin: forces on the skin.
        steps: physics steps since the reset.
        injected_pA: (302,) constant current into the somata, ordered as ``connectome.names``.
        sensed_pA: (302,) current of the senses into the somata in the last step.
        muscle_override: (95,) activations that take the place of the whole animal's, or None.
        food: what is left of the lawns.
        eaten: food swallowed since the reset, in mm² of fresh lawn.
    """

    def __init__(self, parts: Components, arena: "Arena", clock: "Clock") -> None:
        self.parts = parts
        self.skin = Skin()
        self.steps = 0
        self.injected_pA: Array = np.zeros(len(parts.connectome.names))
        self.sensed_pA: Array = np.zeros_like(self.injected_pA)
        self.muscle_override: Array | None = None
        self._rng = np.random.default_rng(0)
        self._clock = clock
        self._fields = tuple(arena.chemicals.items())
        self._has_obstacles = bool(arena.obstacles)
        self.food = Food(arena.lawns)
        self.eaten = 0.0

    def reset(
        self, place_mm: Array, heading_rad: float, kappa_L: Array, rng: np.random.Generator
    ) -> None:
        """Put the worm at its start, at rest, without touches or injected currents.

        Args:
            place_mm: (2,) centroid.
            heading_rad: direction from tail to head.
            kappa_L: (23,) dorsoventral curvature times body length.
            rng: the source of the neurons' noise.
        """
        parts = self.parts
        angle = np.zeros(2 * len(kappa_L))
        angle[0::2] = kappa_L / (len(kappa_L) + 1.0)  # rad; curvature times segment length
        parts.body.reset(place_mm, heading_rad, angle)
        self._rng = rng
        parts.nervous.reset(rng)
        parts.muscles.reset()
        parts.senses.reset()
        parts.proprioception.reset()
        self.skin.reset()
        self.food.reset()
        self.eaten = 0.0
        self.steps = 0
        self.injected_pA = np.zeros_like(self.injected_pA)
        self.sensed_pA = np.zeros_like(self.injected_pA)
        self.muscle_override = None

    def hold(self, kappa_L: Array) -> None:
        """Hold joints at curvatures (23,) times body length; NaN leaves a joint free."""
        self.parts.body.hold(kappa_L)

    def step(self) -> None:
        """Advance by one physics step."""
        parts, clock = self.parts, self._clock
        body, muscles, nervous = parts.body, parts.muscles, parts.nervous
        self.sensed_pA = self._sense()
        if self.muscle_override is None:
            spread_pA = parts.proprioception.update(clock.physics_s, body.curvature_L)
            nervous.step(clock.neuron_steps, self.sensed_pA + self.injected_pA, spread_pA)
            muscles.step(clock.physics_s, nervous.muscle_drive)
            activation = muscles.activation
        else:
            activation = self.muscle_override
        body.step(muscles.torque(activation, parts.plan))
        if self.food.lawns:
            x_mm, y_mm = body.centreline_mm[0, :2].tolist()
            self.eaten += self.food.eat(x_mm, y_mm, clock.physics_s)
        self.steps += 1

    def _sense(self) -> Array:
        body, skin = self.parts.body, self.skin
        contact = body.contact_force_uN if self._has_obstacles else None
        if contact is not None and contact.any():
            skin.update(self.steps, contact, body.segment_rotation)
        else:
            skin.update(self.steps, None, None)
        stimuli = Stimuli(self.concentration_mM(), skin.touch_force_uN, skin.nose_force_uN)
        return self.parts.senses.update(self._clock.physics_s, stimuli)

    def concentration_mM(self) -> dict[str, float]:
        """Return the concentration of every chemical of the arena at the nose, in mM."""
        if not self._fields:
            return {}
        x_mm, y_mm = self.parts.body.centreline_mm[0, :2].tolist()
        time_s = self.steps * self._clock.physics_s
        return {
            name: float(field.concentration_mM(x_mm, y_mm, time_s)) for name, field in self._fields
        }

    def touching(self) -> NDArray[np.bool_]:
        """Return a (24,) mask of the segments that an obstacle pushed in the last step."""
        return np.asarray(self.parts.body.contact_force_uN.any(axis=1))

    def state(self) -> dict[str, Any]:
        """Return a copy of everything that decides the future, as arrays and plain values."""
        parts = self.parts
        return deepcopy(
            {
                "body": parts.body.state(),
                "nervous": parts.nervous.state(),
                "noise": self._rng.bit_generator.state,
                "muscles": parts.muscles.state(),
                "senses": parts.senses.state(),
                "proprioception": parts.proprioception.state(),
                "probes": self.skin.state(),
                "food": self.food.state(),
                "eaten": self.eaten,
                "injected_pA": self.injected_pA,
                "sensed_pA": self.sensed_pA,
                "muscle_override": self.muscle_override,
                "steps": self.steps,
            }
        )

    def set_state(self, state: dict[str, Any]) -> None:
        """Go back to an earlier :meth:`state`, to the last bit."""
        state, parts = deepcopy(state), self.parts
        parts.body.set_state(state["body"])
        parts.nervous.set_state(state["nervous"])
        self._rng.bit_generator.state = state["noise"]
        parts.muscles.set_state(state["muscles"])
        parts.senses.set_state(state["senses"])
        parts.proprioception.set_state(state["proprioception"])
        self.skin.set_state(state["probes"])
        self.food.set_state(state["food"])
        self.eaten = state["eaten"]
        self.injected_pA = state["injected_pA"]
        self.sensed_pA = state["sensed_pA"]
        self.muscle_override = state["muscle_override"]
        self.steps = state["steps"]
