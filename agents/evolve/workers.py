"""Where candidates are scored: in processes of this machine, or on a cluster of dask.distributed.

Both apply a function to jobs and return the results in the order of the jobs, so a search cannot
tell which worker was faster, nor where it worked.
"""

from __future__ import annotations

import functools
import platform
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError
from contextlib import AbstractContextManager, contextmanager
from hashlib import sha256
from importlib import metadata
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self, TypeVar

from env.assays.pool import Pool
from env.versions import versions
from worm.parameters import Parameters

__all__ = ["Cluster", "Workers", "identity", "open_workers"]

Job = TypeVar("Job")
Result = TypeVar("Result")

CONNECT_s = 15.0  # a scheduler that has not answered by then is not there
PATIENCE_s = 120.0  # without any worker; a nanny starts a killed one again within seconds
MISSING = "not installed"  # as env.versions says it
RESUME = "--resume goes on after the last generation that was finished"


class Workers(Protocol):
    """What a search needs of those who score."""

    def map(self, function: Callable[[Job], Result], jobs: Sequence[Job], /) -> list[Result]:
        """Return the results in the order of the jobs; what a job raises is raised here."""
        ...


def open_workers(processes: int, cluster: str | None = None) -> AbstractContextManager[Workers]:
    """Return workers to be used in a ``with`` block.

    Args:
        processes: of this machine.
        cluster: address of a scheduler of dask.distributed that is used instead.

    Raises:
        ValueError: ``processes`` is below 1.
    """
    return Pool(processes) if cluster is None else Cluster(cluster)


@functools.cache
def identity() -> dict[str, str]:
    """Return what must be equal wherever the candidates of one search are scored."""
    found = versions()
    objectives = sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        objectives.update(path.read_bytes())
    return {
        **{f"version of {name}": found[name] for name in ("wormlife", "numpy", "numba")},
        "default parameters": Parameters.load().digest[:16],
        "source of the simulation": found["source"],
        "source of the objectives": objectives.hexdigest()[:16],
    }


class Cluster:
    """A context manager that applies a function to jobs on the workers of dask.distributed.

    A job whose worker dies is given to another; only what kills several in a row
    (``distributed.scheduler.allowed-failures`` of the scheduler) is an error.

    Args:
        address: of the scheduler, as ``tcp://host:8786``.
    """

    def __init__(self, address: str) -> None:
        self._address = address
        self._client: Any = None

    def __enter__(self) -> Self:
        """Connect.

        Raises:
            ImportError: the extra [cluster] is not installed.
            ConnectionError: there is no scheduler, or it has no worker.
            ValueError: the address is none, or wormlife is not installed there in this version.
        """
        package = _distributed()
        try:
            package.comm.get_address_host_port(self._address)
        except ValueError as error:
            raise ValueError(
                f"{self._address!r} is not the address of a scheduler ({error}); give one as "
                "tcp://host:8786"
            ) from None
        try:
            self._client = package.Client(
                self._address, timeout=CONNECT_s, name="worm-evolve", set_as_default=False
            )
        except OSError:
            raise ConnectionError(
                f"no scheduler of dask.distributed answered at {self._address!r} within "
                f"{CONNECT_s:g} s; start one with `dask scheduler`, and give the address it prints"
            ) from None
        try:
            with self._translated():
                self._await_worker()
                self._want_wormlife()
        except BaseException:
            self._client.close()
            raise
        return self

    def map(self, function: Callable[[Job], Result], jobs: Sequence[Job], /) -> list[Result]:
        """Return the results in the order of the jobs; what a job raises is raised here.

        Args:
            function: importable by name, as workers import it.
            jobs: plain data, one argument each.

        Raises:
            ConnectionError: the scheduler or all workers are gone, or several died of one job.
            ValueError: a worker runs another version, or other default parameters.
        """
        with self._translated():
            futures = self._client.map(
                _checked, jobs, function=function, expected=identity(), pure=False
            )
            self._await(futures)
            failures = [future.exception() for future in futures if future.status == "error"]
            if not failures:
                return list(self._client.gather(futures))
        raise self._told(failures[0])

    def _await(self, futures: Sequence[Any]) -> None:
        while True:
            try:
                with self._client.as_current():
                    _distributed().wait(futures, timeout=PATIENCE_s)
            except TimeoutError:
                self._await_worker()
            else:
                return

    def _await_worker(self) -> None:
        try:
            self._client.wait_for_workers(1, timeout=PATIENCE_s)
        except TimeoutError:
            raise ConnectionError(
                f"the scheduler at {self._address!r} has had no worker for {PATIENCE_s:g} s; start "
                f"some with `dask worker {self._address}`; {RESUME}"
            ) from None

    def _want_wormlife(self) -> None:
        """Refuse machines without this wormlife: what they cannot unpack would only kill them."""
        wanted = identity()["version of wormlife"]
        found = self._client.run(metadata.version, "wormlife", on_error="return")
        try:
            found["scheduler"] = self._client.run_on_scheduler(metadata.version, "wormlife")
        except metadata.PackageNotFoundError as error:
            found["scheduler"] = error
        for where, answer in found.items():
            missing = isinstance(answer, metadata.PackageNotFoundError)
            version = MISSING if missing else answer
            if isinstance(version, str) and version != wanted:  # else the worker has just gone
                raise ValueError(
                    f"wormlife at {where} of the cluster is {version}, here {wanted}; install the "
                    "same for the scheduler and all workers, and start them again"
                )

    @contextmanager
    def _translated(self) -> Iterator[None]:
        package = _distributed()
        lost = (CancelledError, package.client.ClosedClientError, package.comm.CommClosedError)
        try:
            yield
        except lost:
            raise ConnectionError(
                f"the scheduler at {self._address!r} was lost; start it and its workers again; "
                f"{RESUME}"
            ) from None

    def _told(self, failure: BaseException) -> BaseException:
        if isinstance(failure, _distributed().KilledWorker):
            return ConnectionError(
                f"{failure.allowed_failures + 1} workers died one after another of the same "
                f"candidate, the last at {failure.last_worker.address}; look into their logs, "
                f"mostly for want of memory; {RESUME}"
            )
        return failure

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Leave the cluster; what it still works at for this search is dropped."""
        self._client.close()


def _checked(job: Job, function: Callable[[Job], Result], expected: dict[str, str]) -> Result:
    """Work at a job, on a worker. Checked each time, as workers come and go during a search."""
    mine = identity()
    for name, value in expected.items():
        if mine.get(name) != value:
            raise ValueError(
                f"a worker on {platform.node()} has another {name}, {mine.get(name)}, than this "
                f"search, {value}; install the same wormlife on all machines and start the workers "
                "again"
            )
    return function(job)


def _distributed() -> Any:
    try:
        import distributed
    except ImportError:
        raise ImportError(
            "--cluster needs the package distributed, which is not installed; `pip install "
            "wormlife[cluster]`"
        ) from None
    return distributed
