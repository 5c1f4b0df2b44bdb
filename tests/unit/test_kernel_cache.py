"""Kernels are compiled once, wherever they can be kept, repeat exactly and run beside Python."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from worm import kernels
from worm.connectome import load_connectome
from worm.nervous_system import NervousSystem
from worm.parameters import Parameters

ROOT = Path(__file__).resolve().parents[2]
RUN = """
import sys
from worm.kernels import when_compiling
when_compiling(lambda: print("compiling", file=sys.stderr))
import hashlib
import numpy as np
from worm.connectome import load_connectome
from worm.kernels import neurons
from worm.nervous_system import NervousSystem
from worm.parameters import Parameters
nervous = NervousSystem(load_connectome(), Parameters.load(), resolution="coarse")
nervous.reset(np.random.default_rng(5))
for _ in range(25):
    nervous.step(8, np.full(302, 2.0), np.full(302, 3.0))
print(hashlib.sha256(nervous.soma_mV.tobytes()).hexdigest())
print(neurons.__file__, sum(neurons.advance.stats.cache_misses.values()))
"""


def run(folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a worm in a new process with the packages of a folder."""
    kept = {k: v for k, v in os.environ.items() if k not in ("NUMBA_CACHE_DIR", "XDG_CACHE_HOME")}
    return subprocess.run(
        [sys.executable, "-c", RUN],
        env={**kept, "PYTHONPATH": str(folder), **environment},
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )


@pytest.mark.slow
def test_a_package_that_cannot_be_written_is_cached_in_the_users_folder(tmp_path: Path) -> None:
    package, home = tmp_path / "package", tmp_path / "home"
    for name in ("worm", "connectome_data"):
        left_out = shutil.ignore_patterns("__pycache__", ".sources")
        shutil.copytree(ROOT / name, package / name, ignore=left_out)
    # In place of the folder, for nothing stops an administrator from writing.
    (package / "worm" / "kernels" / "__pycache__").write_text("no folder")
    first, second = (run(package, HOME=str(home)) for _ in range(2))
    assert first.stderr.count("compiling") == 1
    assert "compiling" not in second.stderr
    assert second.stdout == first.stdout.replace(" 1\n", " 0\n")
    assert str(package) in first.stdout
    assert list(home.rglob("neurons.advance*.nbi"))


def test_two_processes_give_the_same_bytes() -> None:
    outputs = [run(ROOT, PYTHONHASHSEED=seed).stdout.split()[0] for seed in ("1", "2")]
    nervous = NervousSystem(load_connectome(), Parameters.load(), resolution="coarse")
    nervous.reset(np.random.default_rng(5))
    for _ in range(25):
        nervous.step(8, np.full(302, 2.0), np.full(302, 3.0))
    here = hashlib.sha256(nervous.soma_mV.tobytes()).hexdigest()
    assert outputs == [here, here]


def test_python_goes_on_while_neurons_are_advanced() -> None:
    nervous = NervousSystem(load_connectome(), Parameters.load(), resolution="coarse")
    zero, seen = np.zeros(302), set()
    nervous.step(20, zero, zero)
    thread = threading.Thread(target=nervous.step, args=(40_000, zero, np.full(302, 5.0)))
    thread.start()
    while thread.is_alive():
        seen.add(float(nervous.soma_mV[0]))
    assert len(seen) > 5, "voltages were seen on their way, so the kernel let go of the interpreter"


def test_who_asked_is_told_of_compiling_once(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[int] = []
    monkeypatch.setattr(kernels, "_tell", [])
    kernels.compiling()
    kernels.when_compiling(lambda: told.append(1))
    kernels.compiling()
    kernels.compiling()
    assert told == [1]
