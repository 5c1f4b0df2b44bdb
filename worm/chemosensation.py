"""Taste and smell: concentrations at the nose become currents in named amphid neurons.

Two kinds of cell. *Change* cells subtract a slow from a fast average of the concentration C,

    x = (c_fast - c_slow) / (K + c_slow),   u = ±x / half_change   (+ for ON, - for OFF cells)
    I = gain · u / (1 + u)  if u > 0, else  -opposite · gain · |u| / (1 + |u|),   plus tonic

and ASH, a *dose* cell, compares a partly adapting average of the dose d = C / K with a threshold,

    u = d_fast - adaptation · d_slow - threshold,   I = gain · u / (1 + u)  if u > 0, else 0.

The averages are exact for concentrations that change linearly during an update, so the currents do
not depend on the time step beyond that. The forms are assumed; see ``senses.toml`` for the values.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from worm.parameters.reading import suggestion

Array = NDArray[np.float64]


class Cells(Protocol):
    """What the senses need to know of the connectome: order and classes of the neurons."""

    @property
    def names(self) -> tuple[str, ...]:
        """The neurons, in the order of all arrays."""

    def members(self, name: str) -> Sequence[int]:
        """Return the indices of a class or of one neuron."""


@dataclass(frozen=True)
class ChangeCell:
    """A filter that answers rises (ON) or falls (OFF) of some chemicals.

    Attributes:
        key: its parameters are ``senses.<key>.*``.
        on: True for an ON cell.
        drives: chemical to the neuron or class that it drives through this filter.
    """

    key: str
    on: bool
    drives: Mapping[str, str]


# AWC-off is AWCL and AWC-on AWCR in this animal; which side is which differs between animals.
_AWC_ODOURS = {
    "isoamyl_alcohol": "AWC",
    "benzaldehyde": "AWC",
    "butanone": "AWCR",
    "pentanedione": "AWCL",
}

CHANGE_CELLS = (
    ChangeCell("ASEL", True, {"salt": "ASEL"}),
    ChangeCell("ASER", False, {"salt": "ASER"}),
    ChangeCell("AWA", True, {"diacetyl": "AWA", "pyrazine": "AWA"}),
    ChangeCell("AWC", False, _AWC_ODOURS),
    ChangeCell("AWC_slow", False, _AWC_ODOURS),
)
"""Which chemical drives whom.

Salt: doi:10.1038/nature06927; odours: doi:10.1016/0092-8674(93)80053-H;
AWC as an OFF cell: doi:10.1038/nature06292."""

NOXIOUS = ("copper", "quinine", "glycerol")
"""Repellents that drive ASH: doi:10.1073/pnas.90.6.2227; glycerol stands for osmotic strength."""

CHEMICALS = tuple(sorted({c for cell in CHANGE_CELLS for c in cell.drives} | set(NOXIOUS)))


class Chemosensation:
    """Fast and slow averages of every chemical that a neuron responds to, and their currents.

    Args:
        cells: order and classes of the neurons.
        parameters: keys ``senses.*``.
    """

    def __init__(self, cells: Cells, parameters: Mapping[str, float]) -> None:
        p = parameters
        rows = [(cell, chemical) for cell in CHANGE_CELLS for chemical in cell.drives]
        self._index = {chemical: i for i, chemical in enumerate(CHEMICALS)}
        self._n_change = len(rows)
        self._chemical = np.array(
            [self._index[c] for _, c in rows] + [self._index[c] for c in NOXIOUS]
        )

        def column(name: str) -> Array:
            return np.array([p[f"senses.{cell.key}.{name}"] for cell, _ in rows])

        ash = {name: p[f"senses.ASH.{name}"] for name in ("tau_fast", "tau_slow")}
        self._tau_s = np.array(
            [np.append(column(name), [tau] * len(NOXIOUS)) for name, tau in ash.items()]
        )
        self._weber_mM = np.array([p[f"senses.weber.{c}"] for _, c in rows])
        self._dose_mM = np.array([p[f"senses.noxious.{c}"] for c in NOXIOUS])
        sign = np.array([1.0 if cell.on else -1.0 for cell, _ in rows])
        self._slope = sign / column("half_change")
        self._gain_pA = column("gain")
        self._opposite_pA = column("opposite") * self._gain_pA
        self._ash_gain_pA = p["senses.ASH.gain"]
        self._adaptation, self._threshold = p["senses.ASH.adaptation"], p["senses.ASH.threshold"]
        targets = [cell.drives[chemical] for cell, chemical in rows] + ["ASH"] * len(NOXIOUS)
        self._to_neurons = _routing(cells, targets, self.neurons_of(cells))
        self._tonic_pA = self._tonic(cells, p)
        self._step_s = math.nan
        self.reset()

    @staticmethod
    def neurons_of(cells: Cells) -> NDArray[np.int64]:
        """Return the sorted indices of the neurons that taste or smell."""
        names = {name for cell in CHANGE_CELLS for name in cell.drives.values()} | {"ASH"}
        return np.array(sorted({i for name in names for i in cells.members(name)}))

    def _tonic(self, cells: Cells, p: Mapping[str, float]) -> Array:
        neurons = self.neurons_of(cells)
        tonic_pA = np.zeros(len(neurons))
        for cell in CHANGE_CELLS:
            driven = {i for name in cell.drives.values() for i in cells.members(name)}
            tonic_pA[np.isin(neurons, list(driven))] += p[f"senses.{cell.key}.tonic"]
        return tonic_pA

    def reset(self) -> None:
        """Forget: the next concentration is the one the animal is adapted to."""
        self.averages_mM = np.zeros((2, len(self._chemical)))
        self.concentration_mM = np.full(len(CHEMICALS), math.nan)

    def update(self, dt_s: float, concentration_mM: Mapping[str, float]) -> Array:
        """Advance the averages by ``dt_s`` and return the currents of ``neurons_of``, in pA.

        Args:
            dt_s: time since the last update.
            concentration_mM: at the nose, at the end of the update; what is absent is zero.

        Raises:
            KeyError: no neuron responds to a chemical.
            ValueError: a concentration is negative or not finite.
        """
        now = np.zeros(len(CHEMICALS))
        for name, value in concentration_mM.items():
            now[self._position(name)] = value
            if not 0.0 <= value < math.inf:
                raise ValueError(
                    f"concentration of {name!r} is {value!r} mM; give a finite number, not negative"
                )
        if math.isnan(self.concentration_mM[0]):
            self.averages_mM[:] = now[self._chemical]
        else:
            self._advance(dt_s, self.concentration_mM[self._chemical], now[self._chemical])
        self.concentration_mM = now
        return self._to_neurons @ self._row_currents_pA() + self._tonic_pA

    def _position(self, name: str) -> int:
        try:
            return self._index[name]
        except KeyError:
            raise KeyError(
                f"no neuron of the model responds to {name!r}{suggestion(name, CHEMICALS)}; "
                f"allowed: {', '.join(CHEMICALS)}"
            ) from None

    def _advance(self, dt_s: float, before_mM: Array, after_mM: Array) -> None:
        if dt_s != self._step_s:
            # y' = (C - y) / τ with C linear in time, solved exactly.
            h = dt_s / self._tau_s
            self._keep = np.exp(-h)
            mean = -np.expm1(-h) / h
            self._weight_before, self._weight_after = mean - self._keep, 1.0 - mean
            self._step_s = dt_s
        self.averages_mM *= self._keep
        self.averages_mM += self._weight_before * before_mM
        self.averages_mM += self._weight_after * after_mM

    def _row_currents_pA(self) -> Array:
        n = self._n_change
        fast, slow = self.averages_mM
        u = self._slope * (fast[:n] - slow[:n]) / (self._weber_mM + slow[:n])
        change_pA = np.where(u > 0.0, self._gain_pA, self._opposite_pA) * (u / (1.0 + np.abs(u)))
        dose = (fast[n:] - self._adaptation * slow[n:]) / self._dose_mM
        excess = np.maximum(dose - self._threshold, 0.0)
        return np.concatenate((change_pA, self._ash_gain_pA * (excess / (1.0 + excess))))


def _routing(cells: Cells, targets: Sequence[str], neurons: NDArray[np.int64]) -> Array:
    """Return the (neurons, filters) matrix of zeros and ones: which filter drives whom."""
    return np.array(
        [np.isin(neurons, np.array(cells.members(target))) for target in targets], dtype=np.float64
    ).T.copy()
