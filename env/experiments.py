"""What can be done to the worm: currents, touches, ablations and other perturbations."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from env.loop import Loop
from env.perturbations import (
    Perturbation,
    cell_indices,
    deaf_cells,
    from_keywords,
    held_curvature,
    joined,
    parse,
)
from env.skin import Probe

if TYPE_CHECKING:
    from env.arena import Arena
    from env.clock import Clock
    from env.components import Components

__all__ = ["Experiments"]

Array = NDArray[np.float64]
N_MUSCLES = 95
MAX_CURRENT_PA = 1000.0  # far beyond any published injection into a neuron of the worm


class Experiments:
    """The hands of the experimenter on one closed loop; base of ``Simulation``.

    Args:
        parts: animal and body.
        arena: the world.
        clock: the steps.
    """

    def __init__(self, parts: "Components", arena: "Arena", clock: "Clock") -> None:
        self.connectome = parts.connectome
        self.arena = arena
        self.clock = clock
        self.events: list[dict[str, Any]] = []
        self._loop = Loop(parts, arena, clock)
        self._perturbations: list[Perturbation] = []

    @property
    def time_s(self) -> float:
        """Simulated time since the reset, in s."""
        return self._loop.steps * self.clock.physics_ms / 1000.0

    def inject(self, current_pA: Mapping[str, float]) -> None:
        """Inject constant currents into somata, until changed; 0 clears, others stay as they were.

        Args:
            current_pA: current in pA by neuron, class or group; each member gets all of it.

        Raises:
            KeyError: a name is unknown.
            TypeError: the argument is not a mapping to numbers.
            ValueError: a current is not finite or beyond ±1000 pA.
        """
        if not isinstance(current_pA, Mapping):
            got = type(current_pA).__name__
            raise TypeError(f"current_pA is a {got}; give a mapping such as {{'AVA': 20.0}}")
        changed = self._loop.injected_pA.copy()
        for name, value in current_pA.items():
            if not _is_current(value):
                raise ValueError(
                    f"current_pA[{name!r}]={value!r} must be a finite number of pA within "
                    f"±{MAX_CURRENT_PA:g}"
                )
            changed[cell_indices(self.connectome, name)] = float(value)
        if np.array_equal(changed, self._loop.injected_pA):
            return  # nothing to note: agents repeat themselves at every step
        self._loop.injected_pA = changed
        self._note("inject", {"current_pA": {name: float(v) for name, v in current_pA.items()}})

    def touch(self, position: float, side: str, force_uN: float, duration_s: float) -> None:
        """Press a fine hair against the skin, from now on for a while.

        Args:
            position: along the body, 0 nose .. 1 tail; the first half segment is the tip of the
                nose, where ``side`` does not matter.
            side: "dorsal", "ventral", "left" or "right".
            force_uN: in µN; the hair does not displace the body.
            duration_s: rounded to physics steps, at least one.

        Raises:
            ValueError: a value is out of range or not finite.
        """
        if not (np.isfinite(duration_s) and duration_s > 0.0):
            raise ValueError(f"duration_s={duration_s} must be a finite duration above 0 s")
        steps = max(1, round(duration_s / self.clock.physics_s))
        probe = Probe(
            position=float(position),
            side=side,
            force_uN=float(force_uN),
            end_step=self._loop.steps + steps,
        )
        self._loop.skin.press(probe)
        given = {"position": probe.position, "side": side, "force_uN": probe.force_uN}
        self._note("touch", {**given, "duration_s": float(duration_s)})

    def ablate(self, cells: str | Sequence[str]) -> None:
        """Kill neurons, by name, class or group, for good.

        Raises:
            KeyError: a name is unknown.
        """
        self._apply(parse(f"ablate {joined(cells)}"))

    def perturb(self, rule: str | None = None, **keywords: Any) -> None:
        """Change the animal for good, until :meth:`clear_perturbations`.

        Args:
            rule: one line: "block GABA", "cut gap AVA A", "cut neuromuscular DD all",
                "proprioception-off B", "senses-off ASE", "ablate AVA", "hold 0.3-0.5 0".
            **keywords: or the same by keyword: ``block_transmitter="GABA"``,
                ``cut=("gap", "AVA", "A")``, ``proprioception_off="DB,VB"``,
                ``senses_off="ASE"``, ``hold_curvature=((0.3, 0.5), 0.0)`` (curvature times
                body length of the joints between two body positions).

        Raises:
            KeyError: a cell or muscle is unknown.
            TypeError: a keyword is unknown, or nothing is asked for.
            ValueError: the rule or a keyword has a wrong form.
        """
        found = from_keywords(**keywords)
        if rule is not None:
            found.insert(0, parse(rule))
        if not found:
            raise TypeError("nothing to perturb: give a rule such as 'block GABA', or a keyword")
        for perturbation in found:
            self._apply(perturbation)

    def _apply(self, perturbation: Perturbation) -> None:
        parts, in_force = self._loop.parts, [*self._perturbations, perturbation]
        deaf = deaf_cells(self.connectome, in_force)
        held = held_curvature(in_force)
        perturbation.apply(parts)
        parts.proprioception.switch_off(deaf)
        self._loop.hold(held)
        self._perturbations = in_force
        self._note("perturb", {"rule": perturbation.rule})

    def clear_perturbations(self) -> None:
        """Undo all ablations and other perturbations."""
        self._loop.parts.nervous.clear_perturbations()
        self._loop.parts.senses.clear_perturbations()
        self._loop.parts.proprioception.switch_off(())
        self._loop.hold(held_curvature(()))
        self._perturbations = []
        self._note("clear_perturbations", {})

    @property
    def perturbations(self) -> tuple[str, ...]:
        """The rules in force, in the order in which they were given."""
        return tuple(p.rule for p in self._perturbations)

    @property
    def muscle_override(self) -> Array | None:
        """(95,) activations 0..1 that bypass the nervous system, or None (the living animal).

        For agents that drive the muscles themselves. While set, neurons and proprioception stand
        still; it never acts in the animal's own loop.
        """
        override = self._loop.muscle_override
        return None if override is None else override.copy()

    @muscle_override.setter
    def muscle_override(self, activation: ArrayLike | None) -> None:
        if activation is None:
            self._override_muscles(None)
            return
        value = np.array(activation, dtype=np.float64)
        if value.shape != (N_MUSCLES,) or not ((value >= 0.0) & (value <= 1.0)).all():
            raise ValueError(
                f"muscle_override must be ({N_MUSCLES},) activations within 0..1, or None; got "
                f"shape {value.shape}, {value.min(initial=0.0)} to {value.max(initial=0.0)}"
            )
        self._override_muscles(value)

    def _override_muscles(self, activation: Array | None) -> None:
        before = self._loop.muscle_override
        same = activation is before is None
        if activation is not None and before is not None:
            same = np.array_equal(activation, before)
        if not same:
            self._loop.muscle_override = activation
            listed = None if activation is None else activation.tolist()
            self._note("muscles", {"activation": listed})

    def replay(self, event: Mapping[str, Any]) -> None:
        """Do again what an entry of ``events`` tells; contacts are outcomes and are passed over.

        Raises:
            ValueError: the kind of event is unknown.
        """
        kind, details = event["kind"], event["details"]
        actions: dict[str, Callable[..., None]] = {
            "inject": self.inject,
            "touch": self.touch,
            "perturb": self.perturb,
            "clear_perturbations": self.clear_perturbations,
            "muscles": lambda activation: setattr(self, "muscle_override", activation),
            "contact": lambda **_: None,
        }
        if kind not in actions:
            raise ValueError(f"unknown kind of event {kind!r}; known: {', '.join(actions)}")
        actions[kind](**details)

    def _note(self, kind: str, details: dict[str, Any]) -> None:
        self.events.append({"time_s": self.time_s, "kind": kind, "details": details})


def _is_current(value: object) -> bool:
    # bool is an int; NaN fails the comparison
    if isinstance(value, bool) or not isinstance(value, (int, float, np.integer, np.floating)):
        return False
    return abs(float(value)) <= MAX_CURRENT_PA
