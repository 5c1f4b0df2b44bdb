"""The wheel holds every package and table and works away from the checkout; ./run sets up."""

import importlib.metadata
import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("agents", "connectome_data", "env", "viewer", "worm", "wormlife")
SHIPPED = (".py", ".csv", ".csv.gz", ".toml", ".md", ".mod", "py.typed")
NOT_SOURCE = shutil.ignore_patterns("__pycache__", ".sources")
SETUPTOOLS_NEEDED = 77  # the first that reads `license = "MIT"`, as [build-system] says


def shipped_files(folder: Path) -> set[str]:
    """Paths, relative to `folder`, of all files of the packages that a wheel must hold."""
    paths = (path for package in PACKAGES for path in (folder / package).rglob("*"))
    return {str(path.relative_to(folder)) for path in paths if path.name.endswith(SHIPPED)}


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy to build from: a build in the checkout leaves files there, and takes stale ones."""
    copy = tmp_path_factory.mktemp("source")
    for name in (*PACKAGES, "pyproject.toml", "README.md", "LICENSE"):
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, copy / name, ignore=NOT_SOURCE)
        else:
            shutil.copy(ROOT / name, copy)
    return copy


@pytest.fixture(scope="module")
def wheel(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    if int(importlib.metadata.version("setuptools").split(".")[0]) < SETUPTOOLS_NEEDED:
        pytest.skip(f"needs setuptools>={SETUPTOOLS_NEEDED}, which the extra dev installs")
    out = tmp_path_factory.mktemp("wheel")
    command = [
        sys.executable,
        "-m",
        "build",
        "--wheel",
        "--no-isolation",
        "--outdir",
        str(out),
        str(source),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (path,) = out.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that holds the installed wheel and nothing else."""
    target = tmp_path_factory.mktemp("installed")
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index"]
    subprocess.run([*command, "--target", str(target), str(wheel)], check=True, capture_output=True)
    return target


def run_away_from_checkout(code: str, installed: Path, cwd: Path) -> str:
    """Run code where only the installed wheel can answer for wormlife; return what it prints."""
    environment = {**os.environ, "PYTHONPATH": str(installed)}
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


class TestWheel:
    def test_holds_every_module_table_and_parameter_file(self, source: Path, wheel: Path):
        expected = shipped_files(source)
        assert any(name.endswith(".csv") for name in expected)
        assert any(name.endswith(".toml") for name in expected)
        assert expected <= set(zipfile.ZipFile(wheel).namelist())

    def test_holds_nothing_but_the_packages(self, wheel: Path):
        top = {name.split("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
        assert {name for name in top if not name.endswith(".dist-info")} == set(PACKAGES)

    def test_every_package_is_imported_from_where_it_is_installed(
        self, installed: Path, tmp_path: Path
    ):
        names = [
            ".".join(path.parent.relative_to(installed).parts)
            for package in PACKAGES
            for path in sorted((installed / package).rglob("__init__.py"))
        ]
        code = (
            "import importlib, json\n"
            f"modules = [importlib.import_module(name) for name in {names!r}]\n"
            "print(json.dumps([module.__file__ for module in modules]))"
        )
        files = json.loads(run_away_from_checkout(code, installed, tmp_path))
        assert len(files) >= len(PACKAGES)
        assert all(Path(file).is_relative_to(installed) for file in files)

    def test_a_table_is_read_from_the_installed_package(self, installed: Path, tmp_path: Path):
        code = (
            "import csv\nfrom importlib.resources import files\n"
            "with (files('connectome_data') / 'neurons.csv').open(encoding='utf-8') as stream:\n"
            "    print(len(list(csv.DictReader(row for row in stream if row[0] != '#'))))"
        )
        assert int(run_away_from_checkout(code, installed, tmp_path)) == 302

    def test_the_command_leads_to_a_function(self, installed: Path, tmp_path: Path):
        code = (
            "from importlib.metadata import Distribution\n"
            f"(found,) = Distribution.discover(name='wormlife', path=[{str(installed)!r}])\n"
            "(command,) = found.entry_points.select(name='worm')\n"
            "print(callable(command.load()))"
        )
        assert run_away_from_checkout(code, installed, tmp_path).strip() == "True"


# Stands in for Python 3.11: a "virtual environment" is a copy of it, an install is a line in a log
# and a `worm` that prints its arguments. Where the file `kill` is, its caller dies with it.
FAKE_PYTHON = """#!/bin/bash
case "$*" in
  "-m venv "*) mkdir -p "$3/bin" && cp "$0" "$3/bin/python" ;;
  "-m pip install "*)
    echo "${@: -1}" >>"$FAKES/installs"
    [ ! -e "$FAKES/offline" ] || exit 1
    [ ! -e "$FAKES/kill" ] || kill -KILL 0
    bin="$(dirname "$0")"
    printf '#!/bin/bash\\necho "$PWD: worm $*"\\n' >"$bin/worm"
    chmod +x "$bin/worm" ;;
esac
"""
# Stands in for a uv that cannot fetch a Python, but installs.
FAKE_UV = """#!/bin/bash
[ "$1 $2 $3 $4" = "pip install --quiet --python" ] && exec "$5" -m pip install "${@:6}"
"""
TOOLS = ("bash", "cat", "chmod", "cp", "dirname", "flock", "mkdir", "rm", "sha256sum", "uname")


class Checkout:
    """The set-up scripts in a folder with spaces, on a machine with few tools and a fake Python."""

    def __init__(self, folder: Path) -> None:
        self.fakes = folder / "fakes"
        self.root = folder / "a check out"
        self.elsewhere = folder / "else where"
        for new in (self.fakes, self.root / "tools", self.elsewhere):
            new.mkdir(parents=True)
        for name in ("run", "check", "tools/environment.sh", "pyproject.toml"):
            shutil.copy(ROOT / name, self.root / name)
        for name in TOOLS:
            (self.fakes / name).symlink_to(shutil.which(name) or name)
        self.fake("python3.11", FAKE_PYTHON)

    def fake(self, name: str, script: str) -> None:
        (self.fakes / name).unlink(missing_ok=True)
        (self.fakes / name).write_text(script)
        (self.fakes / name).chmod(0o755)

    def call(self, *command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [self.root / command[0], *command[1:]],
            cwd=self.elsewhere,
            env={"PATH": str(self.fakes), "FAKES": str(self.fakes)},
            capture_output=True,
            text=True,
            check=False,
            start_new_session=True,
        )

    def installs(self) -> list[str]:
        log = self.fakes / "installs"
        return log.read_text().splitlines() if log.exists() else []


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path)


class TestSetUp:
    @pytest.mark.parametrize(
        ("arguments", "received"),
        [
            ([], "run"),
            (["--seconds", "5"], "run --seconds 5"),
            (["view", "--seed", "1"], "view --seed 1"),
            (["--help"], "--help"),
        ],
    )
    def test_run_hands_its_arguments_to_worm_where_it_was_called(
        self, checkout: Checkout, arguments: list[str], received: str
    ):
        done = checkout.call("run", *arguments)
        assert done.stdout == f"{checkout.elsewhere}: worm {received}\n", done.stderr

    def test_the_second_call_installs_nothing_and_says_nothing(self, checkout: Checkout):
        checkout.call("run")
        assert checkout.call("run").stderr == ""
        assert checkout.installs() == [".[video,viewer]"]

    def test_a_changed_pyproject_is_installed_again(self, checkout: Checkout):
        checkout.call("run")
        with (checkout.root / "pyproject.toml").open("a") as stream:
            stream.write("# changed\n")
        checkout.call("run")
        assert checkout.installs() == [".[video,viewer]"] * 2

    def test_what_check_installs_is_enough_for_run(self, checkout: Checkout):
        checkout.call("check")
        assert checkout.call("run").returncode == 0
        assert checkout.installs() == [".[dev]"]

    def test_a_moved_checkout_is_installed_again(self, checkout: Checkout):
        checkout.call("run")
        checkout.root = checkout.root.rename(checkout.root.with_name("moved"))
        assert checkout.call("run").returncode == 0
        assert len(checkout.installs()) == 2

    def test_a_killed_install_is_made_anew(self, checkout: Checkout):
        (checkout.fakes / "kill").touch()
        assert checkout.call("run").returncode < 0
        half_made = checkout.root / ".venv" / "half-made"
        half_made.touch()
        (checkout.fakes / "kill").unlink()
        assert checkout.call("run").returncode == 0
        assert not half_made.exists()

    def test_a_failed_install_is_told_and_tried_again(self, checkout: Checkout):
        (checkout.fakes / "offline").touch()
        done = checkout.call("run")
        assert done.returncode == 1
        assert "check the network and call again" in done.stderr
        (checkout.fakes / "offline").unlink()
        assert checkout.call("run").returncode == 0

    def test_where_uv_fetches_no_python_the_installed_one_serves(self, checkout: Checkout):
        checkout.fake("uv", FAKE_UV)
        assert checkout.call("run").returncode == 0
        assert checkout.installs() == [".[video,viewer]"]

    @pytest.mark.parametrize("script", ["run", "check"])
    def test_a_missing_python_is_named_with_its_cure(self, checkout: Checkout, script: str):
        (checkout.fakes / "python3.11").unlink()
        done = checkout.call(script)
        assert done.returncode == 1
        assert "Python 3.11 was not found" in done.stderr
        assert "apt install python3.11" in done.stderr

    @pytest.mark.parametrize("script", ["run", "check"])
    def test_a_foreign_machine_is_named_with_its_cure(self, checkout: Checkout, script: str):
        checkout.fake("uname", '#!/bin/bash\n[ "$1" = -s ] && echo Darwin || echo arm64\n')
        done = checkout.call(script)
        assert done.returncode == 1
        assert "this machine is Darwin arm64" in done.stderr
        assert "use a Linux x86_64 machine" in done.stderr
