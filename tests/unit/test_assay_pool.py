"""The pool of processes: order, lost workers, errors."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from env.assays.pool import Pool
from wormlife.cli.output import sentence


def _square(x: int) -> int:
    return x * x


def _die_once(flag: str) -> str:
    path = Path(flag)
    if not path.exists():
        path.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return "lived"


def _tell_and_wait(folder: str) -> None:
    (Path(folder) / str(os.getpid())).touch()
    time.sleep(600)


def _die(_: int) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


class TestPool:
    def test_results_keep_their_order_in_processes(self):
        with Pool(2) as pool:
            assert pool.map(_square, [3, 1, 2]) == [9, 1, 4]

    def test_a_killed_worker_costs_a_retry_and_no_result(self, tmp_path: Path):
        with Pool(2) as pool:
            assert pool.map(_die_once, [str(tmp_path / "flag")]) == ["lived"]

    def test_workers_that_keep_dying_are_no_bug_of_ours(self):
        wanted = pytest.raises(ChildProcessError, match="died 3 times with 0 of 2 jobs")
        with wanted as caught, Pool(2) as pool:
            pool.map(_die, [1, 2])
        assert sentence(caught.value).startswith("worker processes died 3 times")

    def test_workers_of_a_killed_parent_end(
        self, tmp_path: Path, is_running: Callable[[int], bool]
    ):
        code = (
            "import sys; sys.path.insert(0, sys.argv[2])\n"
            "from test_assay_pool import _tell_and_wait\n"
            "from env.assays.pool import Pool\n"
            "with Pool(2) as pool: pool.map(_tell_and_wait, [sys.argv[1]] * 2)\n"
        )
        arguments = [sys.executable, "-c", code, str(tmp_path), str(Path(__file__).parent)]
        with subprocess.Popen(arguments) as parent:
            deadline = time.monotonic() + 120
            while len(pids := [int(p.name) for p in tmp_path.iterdir()]) < 2:
                assert time.monotonic() < deadline
                time.sleep(0.05)
            parent.kill()
        try:
            while any(map(is_running, pids)) and time.monotonic() < deadline:
                time.sleep(0.05)
            assert not any(map(is_running, pids))
        finally:
            for pid in filter(is_running, pids):
                os.kill(pid, signal.SIGKILL)

    def test_what_a_job_raises_is_raised_here(self):
        with pytest.raises(TypeError), Pool(2) as pool:
            pool.map(_square, ["text"])

    def test_no_worker_is_refused(self):
        with pytest.raises(ValueError, match="workers=0 must be at least 1"):
            Pool(0)
