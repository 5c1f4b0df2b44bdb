"""The facts: tables of neurons, synapses, muscles and shapes; their sources are in SOURCES.md."""

import csv
import gzip
from importlib.resources import files
from pathlib import Path

_SUFFIXES = (".csv", ".csv.gz")


def _known() -> dict[str, str]:
    """Return {table name: file name} of the shipped tables."""
    names = sorted(entry.name for entry in files(__name__).iterdir())
    return {n.removesuffix(s): n for n in names for s in _SUFFIXES if n.endswith(s)}


def path(name: str) -> Path:
    """Return the file of a table, by name with or without its ending.

    Raises:
        KeyError: there is no such table.
    """
    known = _known()
    file = known.get(name.removesuffix(".gz").removesuffix(".csv"))
    if file is None:
        raise KeyError(f"unknown table {name!r}; the tables are {', '.join(known)}")
    return Path(str(files(__name__).joinpath(file)))


def read_table(name: str) -> dict[str, list[str]]:
    """Return a table as text: {column: values}, columns and rows in the order of the file.

    Raises:
        KeyError: there is no such table.
    """
    file = path(name)
    opener = gzip.open if file.suffix == ".gz" else open
    with opener(file, "rt", encoding="utf8", newline="") as stream:
        rows = csv.reader(stream)
        header = next(rows)
        columns: dict[str, list[str]] = {column: [] for column in header}
        for row in rows:
            for column, value in zip(header, row, strict=True):
                columns[column].append(value)
    return columns
