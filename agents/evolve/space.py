"""The unit cube in which a search moves, and the parameters that it stands for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

import numpy as np
from numpy.typing import NDArray

from worm.parameters import Parameters

__all__ = ["Space", "keys_of_stages"]

Array = NDArray[np.float64]


def keys_of_stages(
    parameters: Parameters, stages: Sequence[str] | None, also: Sequence[str] = ()
) -> tuple[str, ...]:
    """Return the parameters that a search may change, sorted.

    Args:
        parameters: the table.
        stages: their stages of fitting; None stands for all.
        also: patterns such as "synapse.command_*" of more parameters, fitted or not.

    Raises:
        KeyError: a pattern matches no parameter with a range.
        ValueError: nothing is left to search.
    """
    ranged = {key: entry for key, entry in parameters.entries.items() if entry.range is not None}
    chosen = {
        key
        for key, entry in ranged.items()
        if entry.origin == "fitted" and (stages is None or entry.stage in stages)
    }
    for pattern in also:
        found = {key for key in ranged if fnmatchcase(key, pattern)}
        if not found:
            raise KeyError(
                f"no parameter with a range matches {pattern!r}; give one of {', '.join(ranged)}"
            )
        chosen |= found
    if not chosen:
        raise ValueError(
            f"no fitted parameter has the stage {' or '.join(stages or ())}; name some with --also"
        )
    return tuple(sorted(chosen))


@dataclass(frozen=True)
class Space:
    """Some parameters, each mapped on 0..1 over its range, linearly or by its logarithm.

    Attributes:
        parameters: the values of all others, and all ranges.
        keys: the parameters that are searched, in the order of the axes.
    """

    parameters: Parameters
    keys: tuple[str, ...]

    def point(self, values: Mapping[str, float]) -> Array:
        """Return (n,) the place of some values in the cube; beyond a range is on its face."""
        return np.array([self._to_unit(key, values[key]) for key in self.keys])

    def values(self, point: Array) -> dict[str, float]:
        """Return the values at a place; places outside the cube are moved to its face."""
        inside = np.clip(point, 0.0, 1.0).tolist()
        return {key: self._from_unit(key, u) for key, u in zip(self.keys, inside, strict=True)}

    def at(self, point: Array) -> Parameters:
        """Return all parameters at a place."""
        return self.parameters.with_values(self.values(point))

    def _limits(self, key: str) -> tuple[float, float, bool]:
        entry = self.parameters.entry(key)
        if entry.range is None:
            raise ValueError(f"parameter {key!r} has no range and cannot be searched")
        return *entry.range, entry.scale == "log"

    def _to_unit(self, key: str, value: float) -> float:
        low, high, log = self._limits(key)
        value = min(max(value, low), high)
        u = np.log(value / low) / np.log(high / low) if log else (value - low) / (high - low)
        return float(u)

    def _from_unit(self, key: str, u: float) -> float:
        low, high, log = self._limits(key)
        value = low * (high / low) ** u if log else low + (high - low) * u
        return float(min(max(value, low), high))  # rounding must not leave the range
