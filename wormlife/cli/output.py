"""What the commands say: one JSON object, one-sentence errors, progress on stderr."""

from __future__ import annotations

import json
import sys
from typing import Any

from tqdm import tqdm  # type: ignore[import-untyped]  # ships no type information

_USER_MISTAKES = (ValueError, KeyError, TypeError, OSError)
# What the machine or the model lacks, by name: importing the classes would load the viewer. An
# ImportError says which extra is missing; a module of ours that is gone is a ModuleNotFoundError.
_WANTS = ("SimulationDiverged", "WindowError", "OpenGLMissingError", "ImportError")


def print_json(result: dict[str, Any]) -> None:
    """Print one JSON object on stdout; not-a-number becomes null, which JSON can hold."""
    print(json.dumps(_plain(result), allow_nan=False))


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(entry) for entry in value]
    if isinstance(value, float) and not abs(value) < float("inf"):
        return None
    return value


def sentence(error: BaseException) -> str:
    """Return an error as one line; a bug of ours asks for a report."""
    if isinstance(error, OSError) and error.strerror:
        name = f"{error.filename}: " if error.filename else ""
        return f"{name}{error.strerror.lower()}; check the path, its permissions and the free space"
    # str() of a KeyError is its message in quotes.
    text = str(error.args[0]) if isinstance(error, KeyError) and error.args else str(error)
    line = " ".join(text.split())
    if isinstance(error, _USER_MISTAKES) or type(error).__name__ in _WANTS:
        return line or type(error).__name__
    return (
        f"internal error, {type(error).__name__}: {line}; please report it with the output of "
        "the same command with --debug"
    )


def say(text: str, *, quiet: bool) -> None:
    """Tell the user about progress, on stderr."""
    if not quiet:
        print(text, file=sys.stderr, flush=True)


def progress(total: float, unit: str, *, quiet: bool) -> tqdm[Any]:
    """Return a progress bar on stderr, silent if asked to be or where stderr is no terminal."""
    hidden = quiet or not sys.stderr.isatty()
    style = "{l_bar}{bar}| {n:.4g}/{total:.4g} {unit} [{elapsed}<{remaining}]"
    return tqdm(total=total, unit=unit, disable=hidden, file=sys.stderr, bar_format=style)
