"""Laws that the source itself can be asked about: no clock in the animal, no hidden chance."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ANIMAL = sorted((ROOT / "worm").rglob("*.py"))
# A step is told its length (dt), never the hour: what follows the time alone is a scripted rhythm.
HOURS = {"t", "t_s", "t_ms", "time", "time_s", "time_ms", "now_s", "phase", "phase_rad"}
CLOCKS_AND_CHANCE = {"time", "datetime", "random", "secrets"}
# The generator objects; everything else in numpy.random draws from one hidden global state.
GENERATORS = {"Generator", "BitGenerator", "SeedSequence", "default_rng", "PCG64"}


def arguments_of(source: str) -> set[str]:
    """Names of the arguments of all functions in a source."""
    return {node.arg for node in ast.walk(ast.parse(source)) if isinstance(node, ast.arg)}


def imports_of(source: str) -> Iterator[str]:
    """First parts of the names of all modules that a source imports absolutely."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.split(".")[0]


def hidden_draws(source: str) -> set[str]:
    """Attributes of numpy.random that a source uses, generators excepted."""
    used = {
        node.attr
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Attribute)
        and ast.unparse(node.value) in {"np.random", "numpy.random"}
    }
    return used - GENERATORS


class TestTheReader:
    def test_an_argument_that_tells_the_time_is_seen(self):
        assert arguments_of("def f(v_mV, *, time_s=0.0): ...") & HOURS == {"time_s"}

    def test_a_clock_is_seen(self):
        source = "def f():\n    import time\n    from random import gauss"
        assert set(imports_of(source)) == {"time", "random"}

    def test_a_draw_from_the_global_state_is_seen(self):
        assert hidden_draws("np.random.default_rng(1); np.random.rand(3)") == {"rand"}


@pytest.mark.parametrize("path", ANIMAL, ids=lambda path: str(path.relative_to(ROOT)))
class TestTheAnimal:
    def test_no_function_is_told_the_time(self, path: Path):
        assert not arguments_of(path.read_text("utf-8")) & HOURS

    def test_reads_no_clock_and_no_hidden_chance(self, path: Path):
        source = path.read_text("utf-8")
        assert not set(imports_of(source)) & CLOCKS_AND_CHANCE
        assert not hidden_draws(source)
