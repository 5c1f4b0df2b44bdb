"""The senses: what meets nose and skin becomes current into sensory neurons, and no others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from worm.chemosensation import CHEMICALS, Array, Cells, Chemosensation
from worm.mechanosensation import SKIN_SHAPE, Mechanosensation

__all__ = ["CHEMICALS", "SENSORY", "SKIN_SHAPE", "Senses", "Stimuli"]

SENSORY: dict[str, tuple[str, str]] = {
    "ASE": ("salt", "doi:10.1038/nature06927"),
    "AWC": ("odour", "doi:10.1038/nature06292"),
    "AWA": ("odour", "doi:10.1016/0092-8674(93)80053-H"),
    "ASH": ("repellents, nose touch", "doi:10.1073/pnas.90.6.2227"),
    "ALM": ("gentle touch", "doi:10.1523/JNEUROSCI.05-04-00956.1985"),
    "AVM": ("gentle touch", "doi:10.1523/JNEUROSCI.05-04-00956.1985"),
    "PLM": ("gentle touch", "doi:10.1523/JNEUROSCI.05-04-00956.1985"),
    "PVM": ("gentle touch", "doi:10.1523/JNEUROSCI.05-04-00956.1985"),
    "PVD": ("harsh touch", "doi:10.1038/ncomms1308"),
    "FLP": ("harsh touch, nose touch", "doi:10.1016/j.neuron.2011.02.046"),
    "OLQ": ("nose touch", "doi:10.1073/pnas.90.6.2227"),
    "CEP": ("nose touch", "doi:10.1016/j.neuron.2010.06.032"),
    "IL1": ("nose touch", "doi:10.1038/nn1886"),
}
"""The neurons that feel the world, by the first three letters of their names: what, and source."""


@dataclass
class Stimuli:
    """What the world does to the animal at one moment.

    Attributes:
        concentration_mM: chemical to concentration at the nose; a chemical left out is absent.
        touch_force_uN: (24, 4) pressing force per segment, head first, and quadrant: dorsal-left,
            dorsal-right, ventral-left, ventral-right.
        nose_force_uN: pressing force on the tip of the nose.
    """

    concentration_mM: Mapping[str, float] = field(default_factory=dict)
    touch_force_uN: Array = field(default_factory=lambda: np.zeros(SKIN_SHAPE))
    nose_force_uN: float = 0.0


class Senses:
    """Chemosensation and touch, from stimuli to one current per neuron.

    Args:
        connectome: order and classes of the 302 neurons.
        parameters: keys ``senses.*``.
    """

    def __init__(self, connectome: Cells, parameters: Mapping[str, float]) -> None:
        self._names = connectome.names
        self._taste = Chemosensation(connectome, parameters)
        self._tasting = Chemosensation.neurons_of(connectome)
        self._touch = Mechanosensation(connectome, parameters)
        self._felt = self._touch.neurons
        self._sensory = np.union1d(self._tasting, self._felt)
        self._on = np.ones(len(self._names))
        self.reset()

    def reset(self) -> None:
        """Forget all stimuli; the first concentrations after it are those the animal is adapted to.

        Neurons that are switched off stay off.
        """
        self._taste.reset()
        self._touch.reset()
        self._current_pA = np.zeros(len(self._names))
        self._stimuli = Stimuli()

    def update(self, dt_s: float, stimuli: Stimuli) -> Array:
        """Advance by ``dt_s`` and return the current into every soma.

        Args:
            dt_s: time since the last update, in s.
            stimuli: at the end of this time; between updates they are taken to change linearly.

        Returns:
            (n_neurons,) pA, inward positive, ordered as ``connectome.names``.

        Raises:
            KeyError: no neuron responds to a chemical.
            ValueError: a stimulus is negative, not finite or of the wrong shape.
        """
        if not dt_s > 0.0:
            raise ValueError(f"dt_s is {dt_s!r}; give a positive time in s")
        current_pA = np.zeros(len(self._names))
        current_pA[self._tasting] = self._taste.update(dt_s, stimuli.concentration_mM)
        touch_pA = self._touch.update(dt_s, stimuli.touch_force_uN, stimuli.nose_force_uN)
        np.add.at(current_pA, self._felt, touch_pA)  # a neuron can feel in two ways
        current_pA *= self._on
        self._current_pA, self._stimuli = current_pA, stimuli
        return current_pA.copy()

    def switch_off(self, neurons: Sequence[int]) -> None:
        """Let some neurons, given by index, feel nothing until :meth:`clear_perturbations`."""
        self._on[list(neurons)] = 0.0

    def clear_perturbations(self) -> None:
        """Switch all neurons on again."""
        self._on[:] = 1.0

    @property
    def reading(self) -> dict[str, float]:
        """The last stimuli and currents by name, for recordings.

        ``<chemical>_mM`` for every chemical given, ``skin_uN`` (sum over the body), ``nose_uN`` and
        ``<neuron>_pA`` for every sensory neuron.
        """
        stimuli = self._stimuli
        return {
            **{f"{name}_mM": float(c) for name, c in stimuli.concentration_mM.items()},
            "skin_uN": float(np.sum(stimuli.touch_force_uN)),
            "nose_uN": float(stimuli.nose_force_uN),
            **{f"{self._names[i]}_pA": float(self._current_pA[i]) for i in self._sensory},
        }

    def state(self) -> dict[str, Array]:
        """Return a copy of all that :meth:`update` depends on."""
        return {
            "chemical_averages_mM": self._taste.averages_mM.copy(),
            "concentration_mM": self._taste.concentration_mM.copy(),
            "touch_filtered_uN": self._touch.filtered_uN.copy(),
            "touch_force_uN": self._touch.force_uN.copy(),
            "touch_fresh": self._touch.fresh.copy(),
            "on": self._on.copy(),
        }

    def set_state(self, state: Mapping[str, Array]) -> None:
        """Go back to a state returned by :meth:`state`.

        Raises:
            KeyError: an array is missing.
            ValueError: an array has the wrong shape.
        """
        for name, mine in self.state().items():
            if np.shape(state[name]) != mine.shape:
                raise ValueError(
                    f"state {name!r} has shape {np.shape(state[name])}; give {mine.shape}, "
                    "as returned by state()"
                )
        copies = {name: np.array(array, dtype=np.float64) for name, array in state.items()}
        self._taste.averages_mM = copies["chemical_averages_mM"]
        self._taste.concentration_mM = copies["concentration_mM"]
        self._touch.filtered_uN = copies["touch_filtered_uN"]
        self._touch.force_uN = copies["touch_force_uN"]
        self._touch.fresh = copies["touch_fresh"]
        self._on = copies["on"]
