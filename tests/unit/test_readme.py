"""Every code block of the README works: Python is run, commands and their options are looked up."""

import ast
import os
import re
import shlex
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parents[2]
NOT_TRIED = (
    ("pip", "install"),
    ("git", "clone"),
    ("cd",),
)  # they change the machine, not the project
LANGUAGES = {"python", "bash", "text"}
SECONDS = 300  # for a block on a slow machine, compilation included
OPENING = re.compile(r"^\s*(```+|~~~+)\s*(\S*)")


class Block(NamedTuple):
    """A fenced block of Markdown."""

    line: int
    language: str
    text: str


def blocks_of(markdown: str) -> list[Block]:
    found: list[Block] = []
    lines = iter(enumerate(markdown.splitlines(), start=1))
    for number, line in lines:
        opening = OPENING.match(line)
        if not opening:
            continue
        body = []
        for _, inside in lines:
            if inside.strip() == opening[1]:
                break
            body.append(inside)
        else:
            raise ValueError(f"the block of line {number} is never closed")
        found.append(Block(number, opening[2], "\n".join(body)))
    return found


def commands_of(text: str) -> list[list[str]]:
    """Split a bash block into the words of each command, comments and continuations resolved."""
    lines = text.replace("\\\n", " ").splitlines()
    return [words for words in (shlex.split(line, comments=True) for line in lines) if words]


@cache
def help_of(subcommand: str) -> str:
    code = "import sys; from wormlife.cli import main; sys.exit(main())"
    arguments = [word for word in (subcommand, "--help") if word]
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=ROOT,
        env={**os.environ, "COLUMNS": "200"},  # a narrow help breaks long options over lines
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS,
    )
    assert done.returncode == 0, f"worm {shlex.join(arguments)}: {done.stderr}"
    return done.stdout


def check_worm(words: list[str]) -> None:
    """Assert that the subcommand exists and that its help names every option of the line."""
    subcommand = words[0] if words and not words[0].startswith("-") else ""
    known = set(re.findall(r"--?[a-z][\w-]*", help_of(subcommand)))
    used = {word.split("=")[0] for word in words if re.match(r"--?[a-z]", word)} - {"--help", "-h"}
    assert used <= known, f"worm {subcommand} knows no {sorted(used - known)}"


def check_python(words: list[str]) -> None:
    if words[0] == "-m":
        code = (
            f"import importlib.util, sys; sys.exit(importlib.util.find_spec({words[1]!r}) is None)"
        )
        subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)
    elif words[0] == "-c":
        ast.parse(words[1])
    else:
        ast.parse((ROOT / words[0]).read_text("utf-8"))


def check_command(words: list[str]) -> None:
    """Assert that a command line can work, without running what it starts."""
    name, arguments = words[0], words[1:]
    if any(tuple(words[: len(start)]) == start for start in NOT_TRIED):
        return
    if name in {"./run", "./check"}:
        assert os.access(ROOT / name, os.X_OK), f"{name} cannot be executed"
    if name == "./run":
        options_only = not arguments or arguments[0].startswith("-")
        check_worm(["run", *arguments] if options_only else arguments)
    elif name == "./check":
        assert all((ROOT / word).exists() for word in arguments if not word.startswith("-"))
    elif name == "worm":
        check_worm(arguments)
    elif name == "python":
        check_python(arguments)
    else:
        raise AssertionError(f"this test does not know how to try {shlex.join(words)!r}; teach it")


BLOCKS = blocks_of((ROOT / "README.md").read_text("utf-8"))
PYTHON = [
    pytest.param(block, id=f"line{block.line}") for block in BLOCKS if block.language == "python"
]
COMMANDS = [
    pytest.param(words, id=f"line{block.line}:{shlex.join(words)}")
    for block in BLOCKS
    if block.language == "bash"
    for words in commands_of(block.text)
]


class TestTheReader:
    def test_blocks_are_found_with_their_language(self):
        text = "a\n```python\nx = 1\n\ny = 2\n```\nb\n```bash\nworm run\n```"
        assert blocks_of(text) == [
            Block(2, "python", "x = 1\n\ny = 2"),
            Block(8, "bash", "worm run"),
        ]

    def test_an_open_block_is_refused(self):
        with pytest.raises(ValueError, match="line 1 is never closed"):
            blocks_of("```python\nx = 1")

    def test_commands_are_split_as_a_shell_does(self):
        text = "# only a remark\nworm run --seconds 5 \\\n  --seed 1  # why\n\n./check"
        assert commands_of(text) == [["worm", "run", "--seconds", "5", "--seed", "1"], ["./check"]]

    @pytest.mark.parametrize("line", ["rm -rf x", "./check tests/no_such.py", "python no_such.py"])
    def test_a_command_that_cannot_work_is_refused(self, line: str):
        with pytest.raises((AssertionError, FileNotFoundError)):
            check_command(shlex.split(line))

    @pytest.mark.parametrize("line", ["worm fly", "./run --no-such-option"])
    def test_an_unknown_subcommand_or_option_is_refused(self, line: str):
        assert help_of("run")
        with pytest.raises(AssertionError):
            check_command(shlex.split(line))


class TestReadme:
    def test_every_block_is_of_a_language_that_is_tried(self):
        unknown = [block for block in BLOCKS if block.language not in LANGUAGES]
        assert not unknown, f"name one of {sorted(LANGUAGES)} behind the fence"

    def test_the_two_commands_stand_on_the_first_screen(self):
        first = next(block for block in BLOCKS if block.language == "bash")
        assert [words[0] for words in commands_of(first.text)] == ["./run", "./check"]
        assert first.line < 10

    @pytest.mark.parametrize("words", COMMANDS)
    def test_a_command_exists_with_its_options(self, words: list[str]):
        check_command(words)

    @pytest.mark.parametrize("block", PYTHON)
    def test_a_python_block_runs(self, block: Block, tmp_path: Path):
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        done = subprocess.run(
            [sys.executable, "-c", block.text],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=SECONDS,
        )
        assert done.returncode == 0, f"README.md, block of line {block.line}:\n{done.stderr}"
