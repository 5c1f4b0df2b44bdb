"""What an agent may do to the worm: drive its command neurons, named cells, or its muscles."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from env.perturbations import cell_indices

if TYPE_CHECKING:
    from env.simulation import Simulation

__all__ = ["ACTION_MODES", "MUSCLES", "ActionMode", "Actions", "MuscleChoice", "build_actions"]

Float32 = NDArray[np.float32]
ActionMode = Literal["brain", "neurons", "muscles"]
ACTION_MODES: tuple[ActionMode, ...] = ("brain", "neurons", "muscles")
MuscleChoice = Literal["rows", "all"]
MUSCLES: tuple[MuscleChoice, ...] = ("rows", "all")
N_ROWS = 24


class Actions(ABC):
    """How an action within -1..1 reaches the worm; ``names`` says what each entry drives."""

    names: tuple[str, ...]

    @abstractmethod
    def apply(self, sim: "Simulation", action: Float32) -> None:
        """Let a checked action act from now on."""


class Brain(Actions):
    """(1,): current into AVB (forward command) and its opposite into AVA (backward command)."""

    names = ("AVB (+) and AVA (-)",)

    def __init__(self, current_scale_pA: float) -> None:
        self._scale_pA = current_scale_pA

    def apply(self, sim: "Simulation", action: Float32) -> None:
        """Inject the current; 0 leaves the animal to itself."""
        drive_pA = self._scale_pA * float(action[0])
        sim.inject({"AVB": drive_pA, "AVA": -drive_pA})


class Neurons(Actions):
    """(k,): one current for each named cell, class or group."""

    def __init__(self, neurons: Sequence[str], current_scale_pA: float) -> None:
        self.names = tuple(neurons)
        self._scale_pA = current_scale_pA

    def apply(self, sim: "Simulation", action: Float32) -> None:
        """Inject the currents."""
        pairs = zip(self.names, action.tolist(), strict=True)
        sim.inject({name: self._scale_pA * a for name, a in pairs})


class MuscleRows(Actions):
    """(24,): per row of muscles, head first, dorsal activation where positive, else ventral."""

    names = tuple(f"muscle row {row}" for row in range(1, N_ROWS + 1))

    def apply(self, sim: "Simulation", action: Float32) -> None:
        """Set the muscles, past the nervous system."""
        connectome = sim.connectome
        towards = action.astype(np.float64)[connectome.muscle_row - 1] * connectome.muscle_dorsal
        sim.muscle_override = np.maximum(towards, 0.0)


class AllMuscles(Actions):
    """(95,): the activation of each muscle where positive; a muscle of 0 or less is relaxed."""

    def __init__(self, muscle_names: Sequence[str]) -> None:
        self.names = tuple(muscle_names)

    def apply(self, sim: "Simulation", action: Float32) -> None:
        """Set the muscles, past the nervous system."""
        sim.muscle_override = np.maximum(action.astype(np.float64), 0.0)


def build_actions(
    mode: str,
    sim: "Simulation",
    neurons: Sequence[str],
    current_scale_pA: float,
    muscles: str = "rows",
) -> Actions:
    """Return the way of acting that a mode names.

    Raises:
        KeyError: a neuron is unknown.
        ValueError: the mode or the choice of muscles is unknown, no neuron or a neuron twice is
            named, or the scale is not positive.
    """
    if muscles not in MUSCLES:
        raise ValueError(f"unknown muscles {muscles!r}; choose one of {', '.join(MUSCLES)}")
    if not (np.isfinite(current_scale_pA) and current_scale_pA > 0.0):
        raise ValueError(f"current_scale_pA={current_scale_pA} must be a positive current in pA")
    if mode == "brain":
        return Brain(current_scale_pA)
    if mode == "muscles":
        return MuscleRows() if muscles == "rows" else AllMuscles(sim.connectome.muscle_names)
    if mode == "neurons":
        driven = [i for name in neurons for i in cell_indices(sim.connectome, name)]
        if isinstance(neurons, str) or not driven or len(set(driven)) != len(driven):
            raise ValueError(
                f"neurons={neurons!r} must be a sequence of names or classes without a cell in "
                "common, as ('AVA', 'AVB')"
            )
        return Neurons(neurons, current_scale_pA)
    raise ValueError(f"unknown action_mode {mode!r}; choose one of {', '.join(ACTION_MODES)}")
