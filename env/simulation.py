"""The closed loop of animal and world, with its one clock, experiments and snapshots."""

from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from hashlib import blake2b
from os import PathLike
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from env.arena import Arena
from env.arena import arena as arena_named
from env.checks import (
    checked_cells,
    checked_heading,
    checked_parameters,
    checked_place,
    checked_seed,
)
from env.clock import Clock
from env.components import BODIES, BodyKind, build_components
from env.experiments import Experiments
from env.perturbations import parse
from env.posture import curvature_of
from worm.media import Medium
from worm.parameters import Parameters

if TYPE_CHECKING:
    from env.food import Food
    from env.recording import Recorder
    from worm.body import Body

__all__ = ["Simulation", "SimulationDiverged"]

Array = NDArray[np.float64]


class SimulationDiverged(RuntimeError):  # noqa: N818  (an outcome of a run, caught by name)
    """A state of the simulation is no longer a finite number."""


class Simulation(Experiments):
    """One worm in one world, from senses to pybullet and back.

    A control step is a whole number of physics steps, and each of these runs, in this order:
    senses and proprioception, nervous system, muscles, body. Nothing else drives the muscles.

    Args:
        seed: the start posture, the place in the arena and the noise of the neurons follow from it.
        medium: "agar", "water", or a viscosity in Pa·s.
        arena: name of a world (``env.arena.names()``), or an ``Arena``.
        parameters: "default", the path of a TOML file, or ``Parameters``.
        ablate: neurons or classes to kill before the start ("AVA,AVB" or a sequence).
        resolution: how finely neurites are cut into compartments; see ``NervousSystem``.
        body: "pybullet", or "free": the same mechanics without pybullet, for parameter search.
        dt_neuron_ms, dt_physics_ms, dt_control_ms: step lengths; each divides the next.

    Attributes:
        listeners: called with the simulation after every control step, in order.
        events: what was done to the worm and what it bumped into, oldest first, since the reset;
            each has "time_s", "kind" and "details".

    Raises:
        KeyError: an unknown neuron, arena or parameter.
        TypeError: neurons, arena or parameters are given as something else than the above.
        ValueError: an unknown medium or body, or step lengths that do not divide.
    """

    def __init__(
        self,
        seed: int = 0,
        medium: str | float = "agar",
        arena: str | Arena = "plate",
        parameters: str | PathLike[str] | Parameters = "default",
        ablate: str | Sequence[str] = (),
        resolution: str | float = "default",
        body: BodyKind = "pybullet",
        dt_neuron_ms: float = 0.5,
        dt_physics_ms: float = 4.0,
        dt_control_ms: float = 40.0,
    ) -> None:
        if body not in BODIES:
            raise ValueError(f"unknown body {body!r}; choose one of {', '.join(BODIES)}")
        clock = Clock(
            neuron_ms=float(dt_neuron_ms),
            physics_ms=float(dt_physics_ms),
            control_ms=float(dt_control_ms),
        )
        world = arena if isinstance(arena, Arena) else arena_named(arena)
        self.parameters = checked_parameters(parameters)
        ablate = checked_cells(ablate)
        self._options: dict[str, Any] = {
            "medium": medium,
            "resolution": resolution,
            "body": body,
            "dt_neuron_ms": clock.neuron_ms,
            "dt_physics_ms": clock.physics_ms,
            "dt_control_ms": clock.control_ms,
        }
        self._parts = build_components(
            parameters=self.parameters,
            arena=world,
            medium=Medium.named(medium),
            clock=clock,
            resolution=resolution,
            body=body,
        )
        super().__init__(self._parts, world, clock)
        self.listeners: list[Callable[[Simulation], None]] = []
        if ablate:
            self.ablate(ablate)
        self.reset(seed=seed)

    # ---- time -----------------------------------------------------------------------------------

    def reset(
        self,
        seed: int | None = None,
        heading_rad: float | None = None,
        position_mm: ArrayLike | None = None,
        posture: str | ArrayLike | None = None,
    ) -> None:
        """Begin an episode; ablations and other perturbations of the animal stay.

        Args:
            seed: of posture, place and noise; None repeats the last seed.
            heading_rad: direction from tail to head, from +x towards +y; None lets the arena draw.
            position_mm: (2,) centroid of the body; None lets the arena draw.
            posture: "straight", "random" (the default), "sine" or (23,) curvatures times body
                length.

        Raises:
            TypeError: the seed is not an integer, or the heading no number.
            ValueError: the seed is negative, or a start value is not finite or misshapen.
        """
        if seed is not None:
            self.seed = checked_seed(seed)
        for_body, for_brain, for_arena = (
            np.random.default_rng(child) for child in np.random.SeedSequence(self.seed).spawn(3)
        )
        # Both draws are made whatever is given, so that fixing one does not move the other.
        drawn_position, drawn_heading = self.arena.start(for_arena)
        place = checked_place(drawn_position if position_mm is None else position_mm)
        heading = checked_heading(drawn_heading if heading_rad is None else heading_rad)
        kappa_L = curvature_of(posture, for_body)
        self._start = {
            "seed": self.seed,
            "heading_rad": heading,
            "position_mm": place.tolist(),
            "posture": kappa_L.tolist(),
        }
        self._loop.reset(place, heading, kappa_L, for_brain)
        self._touching = self._loop.touching()
        self._start_perturbations = list(self.perturbations)
        self.events = []
        self._voltage_mV = self.voltages_mV

    def step(self) -> None:
        """Advance by one control step and call the listeners.

        Raises:
            SimulationDiverged: a voltage or a position is no longer finite.
        """
        try:
            for _ in range(self.clock.physics_steps):
                self._loop.step()
        except ValueError as error:
            # Parts refuse what is not finite; users' values were checked on the way in. A neuron
            # that went astray says more than the body that could not follow.
            self._check_finite()
            raise SimulationDiverged(f"{error} (at {self.time_s:.3f} s)") from error
        self._check_finite()
        self._note_contacts()
        for listener in tuple(self.listeners):
            listener(self)

    def run(self, seconds: float) -> None:
        """Advance by a duration, rounded up to whole control steps."""
        for _ in range(self.clock.control_steps(seconds)):
            self.step()

    def _check_finite(self) -> None:
        before, now = self._voltage_mV, self._parts.nervous.soma_mV
        if not np.isfinite(now).all():
            worst = int(np.argmin(np.isfinite(now)))
            raise SimulationDiverged(
                f"the voltage of {self.connectome.names[worst]} is {now[worst]} mV at "
                f"{self.time_s:.3f} s (it was {before[worst]:.1f} mV one control step earlier); "
                "reduce injected currents or dt_neuron_ms, or check changed parameters"
            )
        self._voltage_mV = now
        centreline = self._parts.body.centreline_mm
        if not np.isfinite(centreline).all():
            raise SimulationDiverged(
                f"the centreline of the body is not finite at {self.time_s:.3f} s; reduce "
                "dt_physics_ms, or check changed parameters"
            )

    def _note_contacts(self) -> None:
        touching = self._loop.touching()
        begun = np.flatnonzero(touching & ~self._touching)
        if begun.size:
            self._note("contact", {"segments": begun.tolist()})
        self._touching = touching

    # ---- what can be read -----------------------------------------------------------------------

    @property
    def dt_control_ms(self) -> float:
        """The length of a control step in ms."""
        return self.clock.control_ms

    @property
    def body(self) -> "Body":
        """The body in its world, to be read only."""
        return self._parts.body

    @property
    def medium(self) -> Medium:
        """What the worm moves in."""
        return self._parts.body.medium

    @property
    def centreline_mm(self) -> Array:
        """(25, 3) points on the body axis in mm, head first."""
        return self._parts.body.centreline_mm

    @property
    def position_mm(self) -> Array:
        """(3,) mean of the segment centres in mm."""
        return np.asarray(self._parts.body.segment_centre_mm.mean(axis=0))

    @property
    def heading_rad(self) -> float:
        """Direction from tail to head on the plate, in rad from +x towards +y."""
        line = self._parts.body.centreline_mm
        return float(np.arctan2(line[0, 1] - line[-1, 1], line[0, 0] - line[-1, 0]))

    @property
    def curvature_L(self) -> Array:
        """(23,) dorsoventral curvature times body length, head first, dorsally concave positive."""
        return self._parts.body.curvature_L

    @property
    def voltages_mV(self) -> Array:
        """(302,) membrane potentials at the somata in mV, ordered as ``connectome.names``."""
        return self._parts.nervous.soma_mV

    def voltage_mV(self, name: str) -> float:
        """Return the membrane potential at the soma of one neuron, in mV.

        Raises:
            KeyError: there is no such neuron.
            ValueError: the name is a class of several neurons.
        """
        members = self.connectome.members(name)
        if len(members) != 1:
            names = ", ".join(self.connectome.names[i] for i in members)
            raise ValueError(f"{name!r} stands for several neurons; ask for one of {names}")
        return float(self._parts.nervous.soma_mV[members[0]])

    @property
    def calcium_uM(self) -> Array:
        """(302,) calcium at the somata in µM, ordered as ``connectome.names``."""
        return self._parts.nervous.calcium_uM

    @property
    def activation(self) -> Array:
        """(95,) muscle activation 0..1, ordered as ``connectome.muscle_names``."""
        override = self._loop.muscle_override
        return np.array(self._parts.muscles.activation if override is None else override)

    @property
    def sense_current_pA(self) -> Array:
        """(302,) current of the senses into the somata in the last physics step, in pA."""
        return self._loop.sensed_pA.copy()

    @property
    def senses_reading(self) -> dict[str, float]:
        """What the senses last read, by name with its unit."""
        return dict(self._parts.senses.reading)

    @property
    def concentration_mM(self) -> dict[str, float]:
        """Concentration of every chemical of the arena at the nose, in mM."""
        return self._loop.concentration_mM()

    @property
    def food(self) -> "Food":
        """What is left of the lawns, to be read only."""
        return self._loop.food

    @property
    def touch_force_uN(self) -> Array:
        """(24, 4) force pressing on the skin in the last physics step, in µN.

        Per segment, head first, and quadrant: dorsal-left, dorsal-right, ventral-left,
        ventral-right.
        """
        return self._loop.skin.touch_force_uN.copy()

    @property
    def nose_force_uN(self) -> float:
        """Force pressing on the tip of the nose in the last physics step, in µN."""
        return self._loop.skin.nose_force_uN

    @property
    def injected_current_pA(self) -> Array:
        """(302,) current injected into the somata, in pA."""
        return self._loop.injected_pA.copy()

    # ---- keeping and rebuilding -----------------------------------------------------------------

    def record(self, path: str | PathLike[str], *, overwrite: bool = False) -> "Recorder":
        """Return a context manager that writes every control step to an HDF5 file.

        Raises:
            RecordingError: the file exists and ``overwrite`` is off, or it cannot be written.
        """
        from env.recording import Recorder  # h5py is slow to load

        return Recorder(self, path, overwrite=overwrite)

    def snapshot(self) -> dict[str, Any]:
        """Return the whole state as arrays and plain values; see :meth:`restore`."""
        return {
            "loop": self._loop.state(),
            "perturbations": list(self.perturbations),
            "start": deepcopy(self._start),
            "start_perturbations": list(self._start_perturbations),
            "touching": self._touching.copy(),
            "events": deepcopy(self.events),
        }

    def restore(self, snapshot: Mapping[str, Any]) -> None:
        """Return to a snapshot of this simulation, or of one with the same configuration.

        What follows is the same to the last bit. Listeners stay as they are.

        Raises:
            ValueError: the mapping is not a snapshot.
        """
        keys = ("loop", "perturbations", "start", "start_perturbations", "touching", "events")
        missing = [key for key in keys if key not in snapshot]
        if missing:
            raise ValueError(
                f"not a snapshot: {missing[0]!r} is missing; use Simulation.snapshot()"
            )
        if snapshot["perturbations"] != list(self.perturbations):
            self.clear_perturbations()
            for rule in snapshot["perturbations"]:
                self._apply(parse(rule))
        self._loop.set_state(snapshot["loop"])
        self._start = deepcopy(snapshot["start"])
        self._start_perturbations = list(snapshot["start_perturbations"])
        self._touching = snapshot["touching"].copy()
        self.events = deepcopy(snapshot["events"])
        self.seed = self._start["seed"]
        self._voltage_mV = self.voltages_mV

    @property
    def config(self) -> dict[str, Any]:
        """Plain values from which :meth:`from_config` rebuilds the simulation at its last reset."""
        return {
            **self._options,
            "arena": self.arena.name,
            "arena_digest": _digest(self.arena),
            "parameters": dict(self.parameters),
            "perturbations": list(self._start_perturbations),
            "start": deepcopy(self._start),
        }

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """Return a simulation at the reset that a :attr:`config` describes.

        Raises:
            KeyError, TypeError, ValueError: the configuration is incomplete or holds a wrong value,
                or was made in an arena that is not (or no longer) the shipped one of its name.
        """
        settings = dict(config)
        try:
            start, rules = settings.pop("start"), settings.pop("perturbations")
            arena, digest = arena_named(settings["arena"]), settings.pop("arena_digest")
            settings["parameters"] = Parameters.load().with_values(settings["parameters"])
        except KeyError as error:
            raise KeyError(f"the configuration is not usable: {error.args[0]}") from None
        if digest != _digest(arena):
            raise ValueError(
                f"the configuration is not usable: its arena {arena.name!r} is not the one shipped "
                "under this name; use the version of wormlife and the arena that made it"
            )
        sim = cls(seed=start["seed"], **settings)
        for rule in rules:
            sim.perturb(rule)
        sim.reset(**start)
        return sim

    def close(self) -> None:
        """Release the physics world; a second call does nothing."""
        self._parts.body.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _digest(arena: Arena) -> str:
    # A frozen dataclass of plain values: its repr tells all of it.
    return blake2b(repr(arena).encode(), digest_size=16).hexdigest()
