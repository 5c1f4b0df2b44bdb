"""The ``worm`` command: one module per sub-command, errors as one sentence, exit codes 0, 1, 2."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from worm.kernels import when_compiling
from wormlife.cli.output import sentence
from wormlife.cli.parsing import UsageError, parse

__all__ = ["main"]


def main(argv: Sequence[str] | None = None) -> int:
    """Run ``worm`` with the given arguments (those of the process by default).

    Returns:
        0 done, 1 failed, 2 wrong usage. With ``--debug`` a failure raises instead.
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    try:
        options = parse(arguments)
        when_compiling(_say_compiling)
        return int(options.execute(options))
    except UsageError as error:
        print(f"worm: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("worm: stopped; what was recorded so far is kept", file=sys.stderr)
        return 1
    except BrokenPipeError:
        # The reader of our output has gone (`worm list neurons | head`); that is no failure.
        sys.stdout = None
        return 0
    except Exception as error:
        if "--debug" in arguments:
            raise
        print(f"worm: {sentence(error)}", file=sys.stderr)
        return 1


def _say_compiling() -> None:
    print("compiling the kernels, once: half a minute", file=sys.stderr, flush=True)
