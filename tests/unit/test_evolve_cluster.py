"""A search on a cluster: the same result as at home, whatever happens to workers and scheduler."""

import functools
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from agents.evolve import Evolution, Plan, evolution, workers
from agents.evolve.workers import Cluster, identity, open_workers
from env.assays.pool import Pool
from worm.parameters import Parameters
from wormlife.cli import main

distributed = pytest.importorskip("distributed", reason="needs wormlife[cluster]")
ROOT = Path(__file__).resolve().parents[2]

SHIPPED = Parameters.load()
PLAN = Plan(stage="head", start=SHIPPED, population=4)


def _square(x: float) -> float:
    return x * x


def _slow_first(x: int) -> int:
    time.sleep(0.5 if x == 0 else 0.0)
    return x


def _die_once(job: tuple[str, int]) -> int:
    flag, x = Path(job[0]), job[1]
    if x == 2 and not flag.exists():
        flag.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return x * x


def _die(_: int) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _fail(text: str) -> None:
    raise KeyError(f"no {text}")


def _wait_for_the_end(flag: str) -> None:
    Path(flag).touch()
    time.sleep(60.0)  # the test closes this cluster long before


def _cheap(job: Any, flag: str = "") -> float:
    """A cost without worms; given a flag, the first worker to see it dies."""
    if flag and not Path(flag).exists():
        Path(flag).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    parameters = Parameters.load().with_values(job.values)
    return parameters["channel.SMD.EGL_2"] + parameters["gap.head_head"]


@pytest.fixture(scope="module", autouse=True)
def workers_can_import_this_file() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(ROOT)  # a process that is spawned is given our path
        yield


def local_cluster(n_workers: int) -> Any:
    return distributed.LocalCluster(
        n_workers=n_workers,
        threads_per_worker=1,
        processes=True,
        dashboard_address="127.0.0.1:0",
        host="127.0.0.1",
    )


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with local_cluster(2) as cluster:
        yield cluster.scheduler_address


class TestCluster:
    def test_results_keep_the_order_of_the_jobs(self, address: str):
        with Cluster(address) as cluster:
            assert cluster.map(_slow_first, list(range(6))) == list(range(6))

    def test_a_killed_worker_costs_a_retry_and_no_result(self, address: str, tmp_path: Path):
        flag = tmp_path / "flag"
        with Cluster(address) as cluster:
            found = cluster.map(_die_once, [(str(flag), x) for x in range(6)])
        assert flag.exists()
        assert found == [x * x for x in range(6)]

    def test_what_a_job_raises_is_raised_here(self, address: str):
        with Cluster(address) as cluster, pytest.raises(KeyError, match="no pears"):
            cluster.map(_fail, ["pears"])

    def test_what_kills_every_worker_is_given_up(self, address: str):
        with (
            Cluster(address) as cluster,
            pytest.raises(ConnectionError, match=r"4 workers died .* of the same candidate"),
        ):
            cluster.map(_die, [1])

    @pytest.mark.parametrize("name", list(identity()))
    def test_a_worker_of_another_version_is_refused(
        self, address: str, monkeypatch: pytest.MonkeyPatch, name: str
    ):
        mine = identity() | {name: "0.0.1"}
        refused = pytest.raises(
            ValueError, match=f"a worker on .* has another {name}, .*, than this.*0.0.1"
        )
        with Cluster(address) as cluster:
            monkeypatch.setattr(workers, "identity", lambda: mine)
            with refused:
                cluster.map(_square, [1.0])

    def test_a_cluster_with_another_wormlife_is_refused_before_work_begins(
        self, address: str, monkeypatch: pytest.MonkeyPatch
    ):
        mine = identity() | {"version of wormlife": "0.0.1"}
        monkeypatch.setattr(workers, "identity", lambda: mine)
        with pytest.raises(ValueError, match=r"wormlife at .* here 0\.0\.1"), Cluster(address):
            pass

    def test_a_scheduler_lost_in_the_middle_is_told(self, tmp_path: Path):
        flag, doomed = tmp_path / "flag", local_cluster(1)

        def close_once_it_works() -> None:
            end_s = time.monotonic() + 30.0  # so that a failure does not hold up the rest
            while not flag.exists() and time.monotonic() < end_s:
                time.sleep(0.02)
            doomed.close()

        closer = threading.Thread(target=close_once_it_works)
        closer.start()
        with (
            pytest.raises(ConnectionError, match=r"was lost; .*--resume"),
            Cluster(doomed.scheduler_address) as cluster,
        ):
            cluster.map(_wait_for_the_end, [str(flag)])
        closer.join()

    @pytest.mark.parametrize("wrong", ["nonsense", "", "foo://x:1"])
    def test_a_wrong_address_is_refused(self, wrong: str):
        with pytest.raises(ValueError, match="is not the address of a scheduler"), Cluster(wrong):
            pass

    def test_where_no_scheduler_answers_is_told(self, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr(workers, "CONNECT_s", 0.3)
        with (
            pytest.raises(ConnectionError, match=r"no scheduler of dask\.distributed answered"),
            Cluster("tcp://127.0.0.1:9"),
        ):
            pass

    def test_a_cluster_without_workers_is_told(self, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr(workers, "PATIENCE_s", 0.3)
        with (
            local_cluster(0) as empty,
            pytest.raises(ConnectionError, match=r"has had no worker for 0\.3 s; start some"),
            Cluster(empty.scheduler_address),
        ):
            pass

    def test_a_missing_extra_is_named(self, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setitem(sys.modules, "distributed", None)
        with pytest.raises(ImportError, match=r"wormlife\[cluster\]"), Cluster("tcp://a:1"):
            pass

    def test_no_address_means_processes_of_this_machine(self):
        assert isinstance(open_workers(2), Pool)
        assert isinstance(open_workers(2, "tcp://a:1"), Cluster)


class TestEvolutionOnACluster:
    def test_the_same_search_gives_the_same_bytes_though_a_worker_is_killed(
        self, address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setattr(evolution, "_cost", _cheap)
        Evolution(PLAN, tmp_path / "home.toml").run(12, each=lambda _: None)
        flag = tmp_path / "flag"
        monkeypatch.setattr(evolution, "_cost", functools.partial(_cheap, flag=str(flag)))
        away = Evolution(PLAN, tmp_path / "away.toml")
        away.run(12, cluster=address, each=lambda _: None)
        assert flag.exists()
        for suffix in ("toml", "npz"):
            home, there = (tmp_path / f"{name}.{suffix}" for name in ("home", "away"))
            assert home.read_bytes() == there.read_bytes()

    def test_after_a_lost_scheduler_it_goes_on_from_the_checkpoint(
        self, address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setattr(workers, "CONNECT_s", 3.0)
        monkeypatch.setattr(evolution, "_cost", _cheap)
        whole = Evolution(PLAN, tmp_path / "whole.toml")
        whole.run(12, each=lambda _: None)

        doomed = local_cluster(1)

        def lose(generation: Any) -> None:
            if generation.number == 2:
                doomed.close()

        first = Evolution(PLAN, tmp_path / "a.toml")
        with pytest.raises(ConnectionError, match=r"was lost; .*--resume"):
            first.run(12, cluster=doomed.scheduler_address, each=lose)
        second = Evolution(PLAN, tmp_path / "a.toml", resume=True)
        assert second.search.history.evaluations == 8
        second.run(12, cluster=address, each=lambda _: None)
        assert np.array_equal(whole.search.history.points, second.search.history.points)
        assert np.array_equal(whole.search.history.costs, second.search.history.costs)

    def test_a_search_that_lost_its_first_generation_can_be_resumed(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setattr(evolution, "_cost", functools.partial(_fail))
        with pytest.raises(KeyError):
            Evolution(PLAN, tmp_path / "a.toml").run(4, each=lambda _: None)
        assert Evolution(PLAN, tmp_path / "a.toml", resume=True).search.history.evaluations == 0

    def test_a_worm_scores_there_as_it_does_here(
        self, address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ):
        """The real score, of a worm with another gain, sent as data."""
        start = SHIPPED.with_values({"gap.head_head": 0.5})
        one = Evolution(Plan(stage="head", start=start), tmp_path / "a.toml")
        job = one._job(one.space.point(start))
        assert "gap.head_head" in job.values
        with Cluster(address) as cluster:
            assert cluster.map(evolution._cost, [job]) == [evolution._cost(job)]


class TestCommand:
    def test_a_missing_scheduler_is_one_sentence(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setattr(workers, "CONNECT_s", 0.3)
        out = tmp_path / "a.toml"
        arguments = ["evolve", "head", "--json", "--cluster", "tcp://127.0.0.1:9"]
        assert main([*arguments, "--out", str(out)]) == 1
        told = capsys.readouterr().err
        assert "worm: no scheduler of dask.distributed answered" in told
        assert "internal error" not in told
        assert not list(tmp_path.iterdir())
