"""Every number of the animal, with unit, origin and source.

The files ``*.toml`` beside this module are merged; a user's file overrides single values.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache, cached_property
from importlib import resources
from os import PathLike
from pathlib import Path

from worm.parameters.reading import (
    ORIGINS,
    SCALES,
    Entry,
    checked_value,
    read_entries,
    read_overrides,
    read_toml,
    suggestion,
)

__all__ = ["ORIGINS", "SCALES", "Entry", "Parameters"]


@dataclass(frozen=True, eq=False, repr=False)
class Parameters(Mapping[str, float]):
    """An immutable mapping from dotted key to value, iterated in sorted order.

    ``entries`` maps each key to its pedigree; use :meth:`load` to get the shipped set.
    """

    entries: Mapping[str, Entry]

    @classmethod
    def load(cls, name_or_path: str | PathLike[str] = "default") -> "Parameters":
        """Return the shipped parameters, or these with the overrides of a TOML file.

        Args:
            name_or_path: "default", or the path of a file with ``"some.key" = 1.5`` lines (or the
                same as nested tables; ``{value, unit}`` where the unit should be checked).

        Raises:
            KeyError: the file names an unknown parameter.
            TypeError: a value is not a number.
            ValueError: the file cannot be read or parsed, a unit differs from the shipped one, or
                a value is not finite or out of range.
        """
        if name_or_path == "default":
            return _shipped()
        path = Path(name_or_path)
        shipped = _shipped()
        return shipped.with_values(read_overrides(read_toml(path), shipped.entries, str(path)))

    def with_values(self, values: Mapping[str, float]) -> "Parameters":
        """Return a copy with some values replaced; unit, origin, source and range stay.

        Raises:
            KeyError: a key is unknown.
            TypeError: a value is not a number.
            ValueError: a value is not finite or out of range.
        """
        changed = {
            key: replace(entry, value=checked_value(key, value, entry))
            for key, value in values.items()
            if (entry := self.entry(key))
        }
        return Parameters({**self.entries, **changed})

    def entry(self, key: str) -> Entry:
        """Return value, unit, origin, source, range, scale and stage of one parameter.

        Raises:
            KeyError: the key is unknown.
        """
        try:
            return self.entries[key]
        except KeyError:
            message = f"unknown parameter {key!r}{suggestion(key, self.entries)}"
            raise KeyError(message) from None

    def free(self) -> tuple[str, ...]:
        """Return the keys whose values were fitted, sorted."""
        return tuple(key for key in self if self.entries[key].origin == "fitted")

    @cached_property
    def digest(self) -> str:
        """The sha256, in hex, of the lines ``key=repr(value)`` in sorted order."""
        lines = "".join(f"{key}={value!r}\n" for key, value in self.items())
        return hashlib.sha256(lines.encode()).hexdigest()

    @cached_property
    def _values(self) -> dict[str, float]:
        return {key: self.entries[key].value for key in sorted(self.entries)}

    def __getitem__(self, key: str) -> float:
        try:
            return self._values[key]
        except KeyError:
            return self.entry(key).value  # raises with a suggestion

    def __contains__(self, key: object) -> bool:
        return key in self.entries  # without the cost of a suggestion

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return f"Parameters({len(self)} values, digest {self.digest[:12]})"


@cache
def _shipped() -> Parameters:
    entries: dict[str, Entry] = {}
    files = [f for f in resources.files(__name__).iterdir() if f.name.endswith(".toml")]
    for file in sorted(files, key=lambda f: f.name):
        found = read_entries(read_toml(file), file.name)
        twice = sorted(entries.keys() & found.keys())
        if twice:
            raise ValueError(f"{file.name}: parameter {twice[0]!r} is defined in two files")
        entries.update(found)
    return Parameters(entries)
