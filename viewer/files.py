"""Write files whole or not at all: a cut-short export leaves nothing half done behind."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class ExportError(ValueError):
    """A picture, video or table could not be written; the message says why and what to do."""


def check_unused(path: Path, *, overwrite: bool) -> None:
    """Refuse a path that holds a file already, or whose folder does not exist.

    Raises:
        ExportError: it is so.
    """
    if path.exists() and not path.is_file():
        # Renaming over a device or a folder would destroy it, whatever --force was meant for.
        raise ExportError(f"{path} is not a regular file and is left alone; choose another name")
    if path.exists() and not overwrite:
        raise ExportError(
            f"{path} exists already; choose another name, or allow overwriting (--force)"
        )
    if not path.absolute().parent.is_dir():
        raise ExportError(f"there is no folder {path.absolute().parent} for {path.name}; make it")


@contextmanager
def replacing(path: Path, *, overwrite: bool) -> Iterator[Path]:
    """Give a temporary path beside ``path``; it takes its place when the block ends well.

    Raises:
        ExportError: the file exists and may not be overwritten, or cannot be written.
    """
    check_unused(path, overwrite=overwrite)
    draft = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        yield draft
        draft.replace(path)
    except OSError as error:
        reason = error.strerror or str(error)
        raise ExportError(
            f"cannot write {path}: {reason}; choose a folder that is writable and has space"
        ) from error
    finally:
        draft.unlink(missing_ok=True)
