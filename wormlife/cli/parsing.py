"""The arguments of ``worm`` and the options that several commands share."""

from __future__ import annotations

import argparse
from difflib import get_close_matches
from typing import NoReturn

from wormlife.cli import bench, doctor, export, info, listing, replay, run

COMMANDS = (run, replay, info, export, bench, doctor, listing)


class UsageError(ValueError):
    """The command line cannot be understood."""


class Parser(argparse.ArgumentParser):
    """A parser whose complaint is one sentence that names the near miss."""

    def error(self, message: str) -> NoReturn:
        """Raise a :class:`UsageError` instead of printing a usage block."""
        hint = self._near_miss(message)
        raise UsageError(f"{message}{hint}; see `{self.prog} --help`")

    def _near_miss(self, message: str) -> str:
        if not message.startswith("unrecognized arguments:"):
            return ""
        words = [word for word in message.split() if word.startswith("-")]
        close = get_close_matches(words[0], list(self._option_string_actions)) if words else []
        return f"; did you mean {close[0]}?" if close else ""


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
        sub.set_defaults(execute=command.execute)
    return parser
