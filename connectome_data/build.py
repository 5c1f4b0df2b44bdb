"""Rebuild every table of this folder from published packages, byte for byte.

    python -m connectome_data.build            write the tables
    python -m connectome_data.build --check    rebuild elsewhere and compare; exit 1 if they differ

Needs the extra ``data``. The packages are downloaded into ``.sources/`` in the folder above this
one, unless ``--wheels`` names a folder that has them.
"""

import argparse
import gzip
import importlib.util
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from connectome_data.rules.table import Table

HERE = Path(__file__).parent
CACHE = HERE.parent / ".sources"
BY_HAND = "sign_overrides.csv"  # the one table that is written, not built
_NEEDED = ("scipy", "openpyxl", "xlrd", "h5py")


def build_tables(wheels: Path) -> "Iterator[Table]":
    """Yield every table, in the order of their dependence.

    Args:
        wheels: folder with the three pinned wheels.

    Raises:
        ValueError: a wheel is missing or differs from the pinned one.
    """
    # Imported here: these modules need the extra, and main() explains a missing extra first.
    from connectome_data.rules.assemble import assemble
    from connectome_data.sources.wheels import Sources

    yield from assemble(Sources(wheels))


def _text(file: Path) -> str:
    data = file.read_bytes()
    # Compressed bytes depend on the zlib version, the table does not: compare what it says.
    return (gzip.decompress(data) if file.suffix == ".gz" else data).decode()


def first_difference(built: Path, shipped: Path) -> str | None:
    """Return where two versions of a table first differ, or None where they are equal."""
    if not shipped.exists():
        return f"{shipped.name} is not in {shipped.parent}"
    new, old = _text(built), _text(shipped)
    if new == old:
        return None
    pairs = zip(new.split("\n"), old.split("\n"), strict=False)
    for number, (a, b) in enumerate(pairs, start=1):
        if a != b:
            return f"{shipped.name} line {number}: rebuilt {a!r}, shipped {b!r}"
    return f"{shipped.name} has {old.count(chr(10))} lines, rebuilt {new.count(chr(10))}"


def _write(wheels: Path, folder: Path) -> list[str]:
    names = []
    for table in build_tables(wheels):
        table.write(folder)
        names.append(table.file)
        print(f"{table.file:28s}{len(table.rows):7d} rows", file=sys.stderr)
    return names


def check(wheels: Path, shipped: Path = HERE) -> str | None:
    """Return the first difference between a rebuild and the tables in ``shipped``, or None."""
    with tempfile.TemporaryDirectory() as name:
        built = _write(wheels, Path(name))
        for file in built:
            difference = first_difference(Path(name) / file, shipped / file)
            if difference:
                return difference
    tables = {file.name for file in [*shipped.glob("*.csv"), *shipped.glob("*.csv.gz")]}
    for file in sorted(tables - set(built) - {BY_HAND}):
        return f"{file} is in {shipped} but is not built; delete it"
    return None


def _arguments(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m connectome_data.build", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument(
        "--wheels", type=Path, help="folder with the three wheels (default: download)"
    )
    parser.add_argument("--check", action="store_true", help="compare instead of writing")
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> int:
    """Run the command line; return the exit code (0 done, 1 failed or different)."""
    arguments = _arguments(argv)
    missing = [name for name in _NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        print(
            f"rebuilding the tables needs {', '.join(missing)}; pip install 'wormlife[data]'",
            file=sys.stderr,
        )
        return 1
    from connectome_data.sources.wheels import download

    difference = None
    try:
        if arguments.wheels is None:
            download(CACHE)
        wheels = arguments.wheels or CACHE
        if arguments.check:
            difference = check(wheels)
        else:
            _write(wheels, HERE)
    except (ValueError, RuntimeError) as error:
        print(error, file=sys.stderr)
        return 1
    if difference:
        print(difference, file=sys.stderr)
    return 1 if difference else 0


if __name__ == "__main__":
    raise SystemExit(main())
