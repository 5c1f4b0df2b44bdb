"""The arguments of ``worm`` and the options that several commands share."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from difflib import get_close_matches
from typing import NoReturn

from wormlife.cli import (
    assay,
    bench,
    doctor,
    evolve,
    export,
    info,
    listing,
    play,
    replay,
    run,
    train,
    view,
)

COMMANDS = (
    run, view, replay, assay, evolve, train, play, info, export, bench, doctor, listing,
)  # fmt: skip


class UsageError(ValueError):
    """The command line cannot be understood."""


class Parser(argparse.ArgumentParser):
    """A parser whose complaint is one sentence that names the near miss."""

    def error(self, message: str) -> NoReturn:
        """Raise a :class:`UsageError` instead of printing a usage block."""
        raise UsageError(f"{message}; see `{self.prog} --help`")

    def refuse(self, words: Sequence[str]) -> NoReturn:
        """Raise a :class:`UsageError` about arguments that this command does not have."""
        close = get_close_matches(words[0], list(self._option_string_actions), n=1)
        hint = f"; did you mean {close[0]}?" if close else ""
        self.error(f"{self.prog} has no argument {words[0]}{hint}")


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Return the options of a command line; ``execute`` among them carries the command out.

    Raises:
        UsageError: the arguments are wrong.
    """
    options, unknown = build_parser().parse_known_args(arguments)
    if unknown:
        options.parser.refuse(unknown)
    return options


def build_parser() -> Parser:
    """Return the parser of ``worm`` with all its commands."""
    from wormlife import __version__

    parser = Parser(
        prog="worm",
        description="An embodied C. elegans: 302 neurons, 95 muscles, one body, one loop.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"wormlife {__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True, parser_class=Parser)
    for command in COMMANDS:
        sub = commands.add_parser(
            command.NAME, help=command.ABOUT, description=command.ABOUT, allow_abbrev=False
        )
        command.add_arguments(sub)
        sub.add_argument("--debug", action="store_true", help="show the traceback of a failure")
        sub.set_defaults(execute=command.execute, parser=sub)
    return parser
