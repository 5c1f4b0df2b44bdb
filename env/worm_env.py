"""The gymnasium environment: a simulation, a task, a way of acting and what may be seen."""

from collections.abc import Mapping, Sequence
from os import PathLike
from typing import Any

import gymnasium
import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

from env.actions import ActionMode, MuscleChoice, build_actions
from env.arena import Arena
from env.checks import checked_cells
from env.components import BodyKind
from env.observations import GROUPS, Observer
from env.simulation import Simulation, SimulationDiverged
from env.tasks import Task, build_task
from worm.parameters import Parameters

__all__ = ["WormEnv"]

Float32 = NDArray[np.float32]
Observation = Float32 | dict[str, Float32]

START_OPTIONS = ("heading_rad", "position_mm", "posture")
RESET_OPTIONS = ("ablate", "arena", *START_OPTIONS, "parameters")
DIVERGED_REWARD = -100.0


class WormEnv(gymnasium.Env[Observation, Float32]):
    """## Description.

    A C. elegans of 302 neurons, 95 muscles and 24 segments in a pybullet world. The animal lives by
    itself: its connectome senses and moves it. An agent presses on it, once per control step (40 ms).
    ``Worm/Crawl-v0`` rewards crawling forward on a plate, ``Worm/Swim-v0`` swimming in water,
    ``Worm/Chemotaxis-v0`` finding a peak of salt 10 mm away, ``Worm/TouchEscape-v0`` getting away
    from touches at head and tail, ``Worm/Forage-v0`` eating three lawns of bacteria.

    ## Action Space

    A ``Box(-1, 1, (n,), float32)``; what it drives depends on ``action_mode``:

    | mode | n | index | action | min | max | unit |
    | --- | --- | --- | --- | --- | --- | --- |
    | brain | 1 | 0 | current into AVB (forward command), and its opposite into AVA (backward command) | -1 | 1 | current_scale_pA |
    | neurons | k | i | current into each cell of neurons[i] | -1 | 1 | current_scale_pA |
    | muscles | 24 | i | activation of row i + 1, head first: dorsal where positive, else ventral | -1 | 1 | 1 |
    | muscles, "all" | 95 | i | activation of connectome.muscle_names[i] where positive, else none | -1 | 1 | 1 |

    In "brain" and "neurons" 0 leaves the animal to itself. "muscles" bypasses the nervous system,
    which then stands still.

    ## Observation Space

    The groups in ``observations``, each entry (quantity - centre) / scale, clipped to -1..1, as
    float32: one ``Box`` with the groups one after the other, or with ``flat=False`` a ``Dict`` of one
    ``Box`` per group.

    | group | n | quantity | unit | centre | scale |
    | --- | --- | --- | --- | --- | --- |
    | proprioception | 23 | dorsoventral curvature times body length, head first | 1 | 0 | 15 |
    | angular_velocity | 23 | rate of the dorsoventral joint angles, head first | rad/s | 0 | 5 |
    | touch | 25 | force on the skin of each segment, head first, then on the tip of the nose | µN | 0 | 20 |
    | chemo | 1 | concentration at the nose, all chemicals together | mM | 0 | 50 |
    | chemo_change | 1 | change of that concentration since the last step | mM/s | 0 | 10 |
    | chemo_trend | 3 | log10(1 + concentration / 1 µM) minus its running averages over 1, 3 and 10 s | 1 | 0 | 0.3 |
    | chemo_sides | 2 | concentration left minus right of the nose, and dorsal minus ventral | mM | 0 | 0.2 |
    | chemicals | 10 | log10(1 + concentration at the nose / 1 µM), ordered as senses.CHEMICALS | 1 | 0 | 5 |
    | chemicals_change | 10 | change of these logarithms since the last step | 1/s | 0 | 0.5 |
    | muscle | 95 | activation, ordered as connectome.muscle_names | 1 | 0.5 | 0.5 |
    | neurons | 302 | voltage at the soma, ordered as connectome.names | mV | -40 | 60 |
    | calcium | 302 | calcium at the soma, ordered as connectome.names | µM | 0 | 1 |
    | heading | 2 | cosine and sine of the direction from tail to head (no worm knows it) | 1 | 0 | 1 |

    The place on the plate is never shown: the animal does not know it either. "neurons" and
    "calcium" are refused in action mode "muscles". A worm on a plate lies on its side, so that the
    first number of "chemo_sides" is 0 there; the second no worm can taste, for its openings are left
    and right: it is cheating, as "heading" is.

    ## Rewards

    The sum of the task's terms; ``info["reward_terms"]`` contains the individual terms.

    - crawl, swim: *forward*, the way of the body's middle along its heading per second / 0.2 mm/s, and
      *energy*, -0.1 times the mean squared muscle activation.
    - chemotaxis: *approach*, the speed of the nose towards the peak / 0.2 mm/s, *food*, 100 on
      arrival, and *energy* as above.
    - touch_escape: *escape*, within 3 s of a touch the speed along the body away from the touched
      end / 0.2 mm/s, and *energy* as above.
    - forage: *food*, the food swallowed per second / 0.005 mm² of fresh lawn, *repellent*, minus
      the concentration of copper, quinine and glycerol at the nose / 10 mM, and *energy* as above.

    If the simulation diverges the only term is *diverged*, -100.

    ``info`` also holds "time_s", "position_mm" (3,), "speed_mm_s", "termination_reason" and what the
    task adds: chemotaxis "distance_mm" (of the nose from the peak); touch_escape "touches" (so far);
    forage "food_left_mm2" (of each lawn, in mm² of fresh lawn) and "repellent_mM" (at the nose).

    ## Starting State

    On its side, with small random bends, at rest; place and heading are drawn by the arena.
    ``reset(options=...)`` takes, for the episode that begins,

    | option | meaning |
    | --- | --- |
    | position_mm, heading_rad | (2,) centroid of the body; direction from tail to head |
    | posture | "straight", "random", "sine" or 23 curvatures times body length |
    | ablate | neurons or classes to kill, besides those of the constructor |
    | arena | another world, with its fields and lawns, by name (builds a new simulation) |
    | parameters | a mapping of changed parameters (builds a new simulation) |

    A new simulation takes about a second and replaces ``env.unwrapped.sim``; any other reset takes
    less than a millisecond.

    ## Episode End

    ### Termination

    ``info["termination_reason"]`` is "left_arena" (25 mm from the middle, or nearer than 0.5 mm to
    the rim), "reached" (chemotaxis: nose within 0.5 mm of the peak), "eaten" (forage: 5 % of the
    food is left) or "diverged" (a state was no longer finite; the last finite observation is
    returned). It is None while the episode goes on.

    ### Truncation

    By the ``TimeLimit`` wrapper: after 500 steps (20 s) in Crawl and Swim, 1500 steps (1 min) in
    TouchEscape, 7500 steps (5 min) in Chemotaxis and Forage.

    ## Arguments

    ```python
    env = gymnasium.make("Worm/Crawl-v0", action_mode="muscles", observations=("proprioception",))
    ```

    | argument | meaning |
    | --- | --- |
    | task | "crawl", "swim", "chemotaxis", "touch_escape", "forage" or a Task; set by the id |
    | action_mode | "brain", "neurons" or "muscles" |
    | observations | names of groups; None takes those of the task |
    | flat | one Box, or a Dict |
    | neurons | what "neurons" drives: a cell, class or group each, or several with commas |
    | muscles | what "muscles" drives: "rows" (24 dorso-ventral pairs) or "all" (95) |
    | current_scale_pA | current of an action of 1 |
    | render_mode | None or "rgb_array" (a view from above) |
    | medium, arena | as for Simulation; None takes that of the task |
    | parameters, ablate, resolution, body | as for Simulation |

    ## Version History

    * v0: first version.
    """  # noqa: E501  (rows of tables cannot be broken)

    # Drawing is above this room: ``wormlife.environments`` adds the modes that work.
    metadata: dict[str, Any] = {"render_modes": [], "render_fps": 25}  # noqa: RUF012  (Gymnasium's)

    def __init__(
        self,
        task: str | Task = "crawl",
        action_mode: ActionMode = "brain",
        observations: Sequence[str] | None = None,
        *,
        flat: bool = True,
        neurons: Sequence[str] = ("AVA", "AVB", "SMDDL,SMDDR", "SMDVL,SMDVR"),
        muscles: MuscleChoice = "rows",
        current_scale_pA: float = 150.0,
        render_mode: str | None = None,
        medium: str | float | None = None,
        arena: str | Arena | None = None,
        parameters: str | PathLike[str] | Parameters = "default",
        ablate: str | Sequence[str] = (),
        resolution: str | float = "default",
        body: BodyKind = "pybullet",
    ) -> None:
        if render_mode not in (None, *self.metadata["render_modes"]):
            raise ValueError(
                f"unknown render_mode {render_mode!r}; choose one of "
                f"{', '.join(map(repr, (None, *self.metadata['render_modes'])))}"
            )
        self.render_mode = render_mode
        self.task = build_task(task)
        names = self.task.observations if observations is None else observations
        self._observer = Observer(names, bypassed=action_mode == "muscles")
        self._settings: dict[str, Any] = {
            "medium": self.task.medium if medium is None else medium,
            "arena": self.task.arena if arena is None else arena,
            "parameters": parameters,
            "ablate": ablate,
            "resolution": resolution,
            "body": body,
        }
        self.sim = Simulation(**self._settings)
        self._changes: dict[str, Any] = {}
        self._actions = build_actions(action_mode, self.sim, neurons, current_scale_pA, muscles)
        self._flat = flat
        self.action_space = spaces.Box(-1.0, 1.0, (len(self._actions.names),), np.float32)
        self.observation_space = self._build_observation_space()
        self._last: Observation | None = None
        self._over = True

    def _build_observation_space(self) -> spaces.Space[Any]:
        sizes = {group.name: group.size for group in self._observer.groups}
        if self._flat:
            return spaces.Box(-1.0, 1.0, (sum(sizes.values()),), np.float32)
        boxes: dict[str, spaces.Space[Any]] = {
            name: spaces.Box(-1.0, 1.0, (size,), np.float32) for name, size in sizes.items()
        }
        return spaces.Dict(boxes)

    def reset(
        self, *, seed: int | None = None, options: Mapping[str, Any] | None = None
    ) -> tuple[Observation, dict[str, Any]]:
        """Begin an episode.

        Args:
            seed: of this and all later episodes until the next seed.
            options: see the class.

        Raises:
            KeyError: an option names an unknown neuron, arena or parameter.
            TypeError: an option is given as another kind of value than the class says.
            ValueError: an option is unknown or has a wrong value.
        """
        super().reset(seed=seed)
        given = dict(options or {})
        if "ablate" in given:
            given["ablate"] = checked_cells(given["ablate"])
        for name in given:
            if name not in RESET_OPTIONS:
                raise ValueError(
                    f"unknown reset option {name!r}; choose from {', '.join(RESET_OPTIONS)}"
                )
        start = {name: given.pop(name) for name in START_OPTIONS if name in given}
        if given != self._changes:
            self._change_world(given)
        self.sim.reset(seed=int(self.np_random.integers(2**63)), **start)
        self.task.reset(self.sim)
        self._observer.reset(self.sim)
        self._over = False
        self._last = self._observe()
        return _copied(self._last), self._info({}, None, 0.0)

    def _change_world(self, changes: dict[str, Any]) -> None:
        """Make arena, parameters and ablations what the options of this episode ask for."""
        built = {name: value for name, value in changes.items() if name != "ablate"}
        if built != {name: value for name, value in self._changes.items() if name != "ablate"}:
            settings = {**self._settings, **built}
            if "parameters" in built:
                base = self._settings["parameters"]
                base = base if isinstance(base, Parameters) else Parameters.load(base)
                settings["parameters"] = base.with_values(_checked_changes(built["parameters"]))
            self.sim, old = Simulation(**settings), self.sim
            old.close()
            self._changes = built
        self.sim.clear_perturbations()
        for cells in (self._settings["ablate"], changes.get("ablate", ())):
            if cells:
                self.sim.ablate(cells)
        self._changes = changes

    def step(self, action: Float32) -> tuple[Observation, float, bool, bool, dict[str, Any]]:
        """Act for one control step.

        Raises:
            RuntimeError: the episode is over, or none was begun.
            TypeError: the action does not consist of numbers.
            ValueError: the action is misshapen, not finite or beyond -1..1.
        """
        if self._over or self._last is None:
            raise RuntimeError("no episode is running; call reset() before step()")
        checked = self._checked(action)
        self.task.before_step(self.sim)
        self._actions.apply(self.sim, checked)
        before = self.sim.position_mm
        reason: str | None
        try:
            self.sim.step()
        except SimulationDiverged:
            terms, reason, speed_mm_s = {"diverged": DIVERGED_REWARD}, "diverged", 0.0
        else:
            self._last = self._observe()
            terms, reason = self.task.rewards(self.sim), self.task.ended(self.sim)
            way_mm = float(np.linalg.norm(self.sim.position_mm - before))
            speed_mm_s = way_mm / self.sim.clock.control_s
        self._over = reason is not None
        # truncated is False: the time limit is handled by the TimeLimit wrapper
        info = self._info(terms, reason, speed_mm_s)
        return _copied(self._last), sum(terms.values()), self._over, False, info

    def _checked(self, action: Float32) -> Float32:
        try:
            checked = np.asarray(action, dtype=np.float32)
        except (TypeError, ValueError):
            raise TypeError(
                f"the action is {action!r}; give {self.action_space.shape} numbers within -1..1"
            ) from None
        if checked.shape != self.action_space.shape:
            raise ValueError(
                f"the action has shape {checked.shape}; give {self.action_space.shape} numbers "
                "within -1..1"
            )
        if not (np.abs(checked) <= 1.0).all():
            worst = checked[~(np.abs(checked) <= 1.0)][0]
            raise ValueError(f"the action holds {worst}; give finite numbers within -1..1")
        return checked

    def _observe(self) -> Observation:
        groups = self._observer.read(self.sim)
        return np.concatenate(list(groups.values())) if self._flat else groups

    def _info(
        self, terms: dict[str, float], reason: str | None, speed_mm_s: float
    ) -> dict[str, Any]:
        return {
            "time_s": self.sim.time_s,
            "position_mm": self.sim.position_mm,
            "speed_mm_s": speed_mm_s,
            "reward_terms": terms,
            "termination_reason": reason,
            **self.task.info(self.sim),
        }

    def describe(self) -> str:
        """Return a table of what each index of action and observation means."""
        lines = ["| action | drives |", "| --- | --- |"]
        lines += [f"| {i} | {name} |" for i, name in enumerate(self._actions.names)]
        lines += ["", "| observation | group | n | quantity | unit | centre | scale |"]
        lines += ["| --- | --- | --- | --- | --- | --- | --- |"]
        first = 0
        for group in self._observer.groups:
            lines.append(f"| {first}..{first + group.size - 1} {GROUPS[group.name].row}")
            first += group.size
        return "\n".join(lines)

    def close(self) -> None:
        """Release the physics world; a second call does nothing."""
        self.sim.close()
        super().close()


def _checked_changes(changes: Any) -> Mapping[str, float]:
    if not isinstance(changes, Mapping):
        raise TypeError(
            f"option parameters={changes!r} must be a mapping of changed parameters, as "
            "{'body.length': 1.1}"
        )
    return changes


def _copied(observation: Observation) -> Observation:
    if isinstance(observation, dict):
        return {name: value.copy() for name, value in observation.items()}
    return observation.copy()
