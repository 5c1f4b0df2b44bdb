"""A table in memory and its text: CSV, UTF-8, line feeds, numbers in their shortest form."""

import csv
import gzip
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path

Value = str | int | float


def rounded(value: float, digits: int) -> float:
    """Return a Python float rounded to ``digits``, never minus zero."""
    return round(float(value), digits) + 0.0


def _text(value: Value) -> str:
    if isinstance(value, float):
        # repr of a rounded float is its shortest decimal form; whole numbers lose the ".0".
        return str(int(value)) if value.is_integer() else repr(value)
    return str(value)


@dataclass
class Table:
    """Named columns and rows of one CSV file.

    Attributes:
        file: file name; a name ending in .gz is compressed.
        columns: column names.
        rows: one sequence per row, in the order of the columns.
    """

    file: str
    columns: tuple[str, ...]
    rows: list[tuple[Value, ...]] = field(default_factory=list)

    def extend(self, rows: Iterable[Sequence[Value]]) -> None:
        """Append rows.

        Raises:
            ValueError: a row has the wrong number of values.
        """
        for row in rows:
            if len(row) != len(self.columns):
                raise ValueError(
                    f"{self.file}: a row has {len(row)} values, expected {len(self.columns)}: {row}"
                )
            self.rows.append(tuple(row))

    def text(self) -> str:
        """Return the CSV text."""
        out = StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(self.columns)
        writer.writerows([_text(value) for value in row] for row in self.rows)
        return out.getvalue()

    def write(self, folder: Path) -> None:
        """Write the table into ``folder``; compressed tables carry no time stamp or name."""
        data = self.text().encode()
        if self.file.endswith(".gz"):
            data = gzip.compress(data, compresslevel=9, mtime=0)
        (folder / self.file).write_bytes(data)
