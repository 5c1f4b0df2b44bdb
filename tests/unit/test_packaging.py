"""The wheel holds every package and table and works away from the checkout; run and check set up."""

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
SHIPPED = (".py", ".csv", ".csv.gz", ".toml", ".md", "py.typed")
NOT_SOURCE = shutil.ignore_patterns("__pycache__", ".sources")
SETUPTOOLS_NEEDED = 77  # the first that reads `license = "MIT"`, as [build-system] says


def shipped_files(folder: Path) -> set[str]:
    """Paths, relative to `folder`, of all files of the packages that a wheel must hold."""
    paths = (path for package in PACKAGES for path in (folder / package).rglob("*"))
    return {str(path.relative_to(folder)) for path in paths if path.name.endswith(SHIPPED)}


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy to build from: building in the checkout leaves files there, and picks up stale ones."""
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


class TestSetUpScripts:
    @pytest.mark.parametrize("script", ["run", "check"])
    def test_a_foreign_machine_is_refused_in_one_sentence(self, script: str, tmp_path: Path):
        foreign = tmp_path / "uname"
        foreign.write_text('#!/bin/sh\n[ "$1" = -s ] && echo Darwin || echo arm64\n')
        foreign.chmod(0o755)
        environment = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"}
        done = subprocess.run(
            [ROOT / script],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 1
        assert done.stdout == ""
        assert "Darwin arm64" in done.stderr
        assert "Linux x86_64" in done.stderr
