"""Compiled kernels. numba keeps what it compiled: beside the source, or in the user's cache folder.

numba is not imported here, so that a program may ask to be told of compiling before anything is.
"""

from __future__ import annotations

from collections.abc import Callable

_tell: list[Callable[[], None]] = []


def when_compiling(tell: Callable[[], None]) -> None:
    """Have ``tell`` called once, before the first kernel is compiled that no cache holds."""
    _tell[:] = [tell]


def compiling() -> None:
    """Call whoever asked to be told."""
    while _tell:
        _tell.pop()()
