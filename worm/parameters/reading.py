"""Read parameter tables from TOML: shipped files with provenance, user files with values only."""

import difflib
import math
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

ORIGINS = ("measured", "literature", "assumed", "fitted")
SCALES = ("linear", "log")
# The words that describe a parameter; no parameter can be named after one of them.
_DESCRIPTION = ("unit", "origin", "source", "range", "scale", "stage")


@dataclass(frozen=True)
class Entry:
    """One parameter with its pedigree.

    Attributes:
        value: the number in force (an override replaces this field and no other).
        unit: as written in the shipped file; "1" for a dimensionless number.
        origin: "measured", "literature", "assumed" or "fitted".
        source: a DOI, or the reason for an assumption.
        range: smallest and largest legal value, or None where any finite number is legal.
        scale: "linear" or "log": how a search should step through the range.
        stage: the stage of fitting that sets the value; empty if none does.
    """

    value: float
    unit: str
    origin: str
    source: str
    range: tuple[float, float] | None = None
    scale: str = "linear"
    stage: str = ""


def suggestion(name: str, known: Iterable[str]) -> str:
    """Return ``did you mean 'x'?`` for the closest known name, or an empty string."""
    close = difflib.get_close_matches(name, known, n=1)
    return f"; did you mean {close[0]!r}?" if close else ""


def checked_value(key: str, value: object, entry: Entry, where: str = "") -> float:
    """Return ``value`` as a float that the parameter's range allows.

    Raises:
        TypeError: the value is not a number.
        ValueError: it is NaN, infinite or outside the range.
    """
    prefix = f"{where}: " if where else ""
    if isinstance(value, bool) or not hasattr(value, "__float__"):
        raise TypeError(f"{prefix}parameter {key!r} is {value!r}; give a number in {entry.unit}")
    number = float(value)
    if not math.isfinite(number):
        raise ValueError(f"{prefix}parameter {key!r} is {number}; give a finite number")
    if entry.range is not None and not entry.range[0] <= number <= entry.range[1]:
        low, high = entry.range
        raise ValueError(
            f"{prefix}parameter {key!r} is {number!r} {entry.unit}, outside its range; "
            f"give {low!r} to {high!r}"
        )
    return number


def read_toml(file: Path | Traversable) -> dict[str, Any]:
    """Return the parsed file.

    Raises:
        ValueError: the file cannot be read or is not TOML.
    """
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not UTF-8 text"
        raise ValueError(
            f"cannot read parameters from {str(file)!r} ({reason}); "
            'give "default" or the path of a TOML file'
        ) from error
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ValueError(f"{str(file)!r} is not a TOML file of parameters: {error}") from error


def read_entries(table: Mapping[str, Any], where: str) -> dict[str, Entry]:
    """Return the entries of a shipped table, dotted key to entry.

    A leaf is a table with a ``value``, or a bare number. What a leaf does not say about itself
    (unit, origin, source, range, scale, stage) it inherits from the tables around it; range and
    scale only together with the unit.

    Raises:
        ValueError: a leaf lacks unit, origin or source, or one of its fields is illegal.
        TypeError: a value is not a number.
    """
    return dict(_walk(table, (), {}, where))


def _walk(
    table: Mapping[str, Any], path: tuple[str, ...], inherited: Mapping[str, Any], where: str
) -> Iterator[tuple[str, Entry]]:
    described = _described(inherited, table)
    for name, child in table.items():
        if name in _DESCRIPTION:
            continue
        key = ".".join((*path, name))
        if not isinstance(child, dict):
            yield key, _entry(key, child, described, where)
        elif "value" in child:
            unknown = sorted(set(child) - {"value", *_DESCRIPTION})
            if unknown:
                raise ValueError(
                    f"{where}: parameter {key!r} has the unknown field {unknown[0]!r}; "
                    f"allowed: value, {', '.join(_DESCRIPTION)}"
                )
            yield key, _entry(key, child["value"], _described(described, child), where)
        else:
            yield from _walk(child, (*path, name), described, where)


def _described(inherited: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    # A range in one unit says nothing about a value in another.
    dropped = {"range", "scale"} if "unit" in own else set()
    kept = {name: value for name, value in inherited.items() if name not in dropped}
    return {**kept, **{name: value for name, value in own.items() if name in _DESCRIPTION}}


def _entry(key: str, value: object, fields: Mapping[str, Any], where: str) -> Entry:
    for name in ("unit", "origin", "source"):
        if not isinstance(fields.get(name), str) or not fields[name].strip():
            raise ValueError(f"{where}: parameter {key!r} has no {name}; add {name} = '...'")
    if fields["origin"] not in ORIGINS:
        raise ValueError(
            f"{where}: parameter {key!r} has origin {fields['origin']!r}; "
            f"allowed: {', '.join(ORIGINS)}"
        )
    scale = fields.get("scale", "linear")
    limits = _range(key, fields.get("range"), where)
    if scale not in SCALES or (scale == "log" and limits is not None and limits[0] <= 0):
        raise ValueError(
            f"{where}: parameter {key!r} has scale {scale!r} over {limits}; "
            "allowed: linear, or log with a positive range"
        )
    entry = Entry(
        value=0.0,
        unit=fields["unit"],
        origin=fields["origin"],
        source=fields["source"],
        range=limits,
        scale=scale,
        stage=str(fields.get("stage", "")),
    )
    return replace(entry, value=checked_value(key, value, entry, where))


def _range(key: str, limits: object, where: str) -> tuple[float, float] | None:
    if limits is None:
        return None
    numbers = [n for n in limits if isinstance(n, int | float)] if isinstance(limits, list) else []
    if len(numbers) != 2 or not numbers[0] < numbers[1]:
        raise ValueError(
            f"{where}: parameter {key!r} has range {limits!r}; write range = [low, high]"
        )
    return float(numbers[0]), float(numbers[1])


def read_overrides(
    table: Mapping[str, Any], known: Mapping[str, Entry], where: str
) -> dict[str, float]:
    """Return the values a user file sets, dotted key to number, checked against ``known``.

    A leaf is a bare number, or a table with ``value`` and optionally ``unit``, which must be the
    unit of the shipped parameter (nothing is converted).

    Raises:
        KeyError: a key is not among ``known``.
        TypeError: a value is not a number.
        ValueError: a unit differs, a field is unknown, or a value is illegal.
    """
    values: dict[str, float] = {}
    for key, leaf in _leaves(table, (), known):
        if key not in known:
            raise KeyError(f"{where}: unknown parameter {key!r}{suggestion(key, known)}")
        entry = known[key]
        if isinstance(leaf, dict):
            _check_override_fields(key, leaf, entry, where)
            leaf = leaf["value"]
        values[key] = checked_value(key, leaf, entry, where)
    return values


def _leaves(
    table: Mapping[str, Any], path: tuple[str, ...], known: Mapping[str, Entry]
) -> Iterator[tuple[str, Any]]:
    for name, child in table.items():
        key = ".".join((*path, name))
        if isinstance(child, dict) and key not in known and "value" not in child:
            yield from _leaves(child, (*path, name), known)
        else:
            yield key, child


def _check_override_fields(key: str, leaf: dict[str, Any], entry: Entry, where: str) -> None:
    unknown = sorted(set(leaf) - {"value", "unit"})
    if unknown or "value" not in leaf:
        problem = f"the unknown field {unknown[0]!r}" if unknown else "no value"
        raise ValueError(
            f"{where}: parameter {key!r} has {problem}; write a number, "
            f"or {{value = ..., unit = {entry.unit!r}}}"
        )
    if leaf.get("unit", entry.unit) != entry.unit:
        raise ValueError(
            f"{where}: parameter {key!r} is given in {leaf['unit']!r}; convert it to {entry.unit!r}"
        )
