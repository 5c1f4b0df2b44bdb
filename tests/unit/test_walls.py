"""Who may import whom, what nobody may call, how long a file may be: read from the source."""

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LONGEST_FILE = 500  # lines

# Package -> the project's packages it may import, besides itself.
MAY_IMPORT = {
    "connectome_data": set(),
    "worm": {"connectome_data"},
    "env": {"worm", "connectome_data"},
    "viewer": {"env", "worm", "connectome_data"},
    "agents": {"env", "worm", "connectome_data"},
    "wormlife": {"viewer", "agents", "env", "worm", "connectome_data"},
}
# Outside library -> the packages that may import it; a library that is not named is open to all.
MAY_USE = {
    "gymnasium": {"env", "agents", "wormlife"},
    "pyglet": {"viewer"},
    "scipy": {"connectome_data"},  # for the rebuild script: it is no dependency at run time
    "pandas": {"connectome_data"},
}
# Loading a recording, a parameter file or an agent never executes code.
UNSAFE_MODULES = {"pickle", "cPickle", "dill", "cloudpickle", "shelve", "joblib", "marshal"}
UNSAFE_CALLS = {"eval", "exec"}
IMPORTING_CALLS = {"import_module", "__import__"}
HEAVY_MODULES = {"pyglet", "torch", "matplotlib", "pybullet", "numba"}


def sources(*folders: str) -> list[Path]:
    return [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported_modules(source: str, package: str) -> set[str]:
    """Full names of all modules imported anywhere in a source, by statement or by constant name.

    `package` is the package that holds the module: what a single leading dot means.
    """
    return {name for node in ast.walk(ast.parse(source)) for name in _imports_of(node, package)}


def _imports_of(node: ast.AST, package: str) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        above = package.split(".")[: len(package.split(".")) + 1 - node.level] if node.level else []
        base = ".".join([*above, *([node.module] if node.module else [])])
        yield from (f"{base}.{alias.name}" if base else alias.name for alias in node.names)
    elif isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] in IMPORTING_CALLS:
        yield from (str(word.value) for word in node.args[:1] if isinstance(word, ast.Constant))


def unsafe_uses(source: str) -> list[str]:
    """What in a source could execute data: imports, calls of eval or exec, and allow_pickle."""
    found = [
        name for name in imported_modules(source, "package") if name.split(".")[0] in UNSAFE_MODULES
    ]
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        if isinstance(node.func, ast.Name) and node.func.id in UNSAFE_CALLS:
            found.append(node.func.id)
        for keyword in node.keywords:
            refused = isinstance(keyword.value, ast.Constant) and keyword.value.value is False
            if keyword.arg == "allow_pickle" and not refused:
                found.append("allow_pickle")
    return found


def imports_of_file(path: Path) -> set[str]:
    package = ".".join(path.relative_to(ROOT).parent.parts)
    return {name.split(".")[0] for name in imported_modules(path.read_text("utf-8"), package)}


MODULES = sources(*MAY_IMPORT)


class TestTheReader:
    @pytest.mark.parametrize(
        ("source", "expected"),
        [
            ("import env.physics", {"env.physics"}),
            ("from env import physics", {"env.physics"}),
            ("from .physics import step", {"worm.kernels.physics.step"}),
            ("from .. import muscles", {"worm.muscles"}),
            ("def f():\n    import pybullet as p", {"pybullet"}),
            ("import importlib\nimportlib.import_module('pybullet')", {"importlib", "pybullet"}),
        ],
    )
    def test_every_form_of_import_is_seen(self, source: str, expected: set[str]):
        assert imported_modules(source, "worm.kernels") == expected

    @pytest.mark.parametrize(
        "source",
        [
            "import pickle",
            "from joblib import load",
            "eval('1')",
            "exec(text)",
            "np.load(path, allow_pickle=True)",
            "np.load(path, allow_pickle=flag)",
        ],
    )
    def test_every_unsafe_form_is_seen(self, source: str):
        assert unsafe_uses(source)

    def test_safe_code_is_not_accused(self):
        assert not unsafe_uses(
            "import re\nre.compile('a')\nnp.load(path, allow_pickle=False)\nm.eval()"
        )


class TestImports:
    def test_every_package_is_there(self):
        assert {module_name(path).split(".")[0] for path in MODULES} == set(MAY_IMPORT)

    @pytest.mark.parametrize("path", MODULES, ids=module_name)
    def test_imports_point_down_only(self, path: Path):
        package = path.relative_to(ROOT).parts[0]
        found = imports_of_file(path) & set(MAY_IMPORT) - {package}
        assert found <= MAY_IMPORT[package], (
            f"{package} may import {sorted(MAY_IMPORT[package])} alone"
        )

    @pytest.mark.parametrize("path", MODULES, ids=module_name)
    def test_libraries_stay_where_they_belong(self, path: Path):
        package = path.relative_to(ROOT).parts[0]
        misplaced = {
            name for name in imports_of_file(path) if package not in MAY_USE.get(name, {package})
        }
        assert not misplaced, f"{misplaced} may be imported from {MAY_USE} alone"

    def test_exactly_one_module_imports_pybullet(self):
        physics = {"pybullet", "pybullet_data", "pybullet_utils"}
        assert [module_name(p) for p in MODULES if imports_of_file(p) & physics] == ["env.physics"]

    def test_importing_wormlife_loads_nothing_heavy(self):
        code = "import json, sys, wormlife; print(json.dumps(sorted(sys.modules)))"
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
        )
        assert not HEAVY_MODULES & set(json.loads(done.stdout))


class TestSafety:
    @pytest.mark.parametrize("path", MODULES, ids=module_name)
    def test_no_module_can_execute_data(self, path: Path):
        assert unsafe_uses(path.read_text("utf-8")) == []


@pytest.mark.parametrize(
    "path",
    sources(*MAY_IMPORT, "tests", "benchmarks", "examples"),
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_no_file_is_too_long(path: Path):
    assert len(path.read_text("utf-8").splitlines()) <= LONGEST_FILE
