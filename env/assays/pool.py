"""Jobs spread over a few fresh processes: ordered results, a lost worker costs a retry."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from types import TracebackType
from typing import Any, Self, TypeVar

__all__ = ["Pool"]

Job = TypeVar("Job")
Result = TypeVar("Result")

MAX_LOST = 3  # workers that may die (killed, out of memory) before the run is given up


class Pool:
    """A context manager that applies a function to jobs, in processes of their own.

    Args:
        workers: how many processes; 1 works in this process.

    Raises:
        ValueError: ``workers`` is below 1.
    """

    def __init__(self, workers: int) -> None:
        if workers < 1:
            raise ValueError(f"workers={workers} must be at least 1")
        self._workers = workers
        self._others = {child.pid for child in multiprocessing.active_children()}
        self._executor: Executor | None = None

    def map(
        self,
        function: Callable[[Job], Result],
        jobs: Sequence[Job],
        done: Callable[[Result], None] = lambda _: None,
    ) -> list[Result]:
        """Return the results in the order of the jobs; what a job raises is raised here.

        Args:
            function: importable by name, as it is sent to the processes.
            jobs: one argument each.
            done: called in this process with every result as it arrives.

        Raises:
            ChildProcessError: several workers died.
        """
        if self._workers == 1:
            results = []
            for job in jobs:
                results.append(function(job))
                done(results[-1])
            return results
        found: dict[int, Result] = {}
        for _ in range(MAX_LOST):
            try:
                self._map_once(function, jobs, found, done)
            except BrokenProcessPool:
                self._stop()
            else:
                return [found[i] for i in range(len(jobs))]
        raise ChildProcessError(
            f"worker processes died {MAX_LOST} times with {len(found)} of {len(jobs)} jobs done; "
            "use fewer workers or free some memory"
        )

    def _map_once(
        self,
        function: Callable[[Job], Result],
        jobs: Sequence[Job],
        found: dict[int, Result],
        done: Callable[[Result], None],
    ) -> None:
        executor = self._running()
        waiting: dict[Future[Result], int] = {
            executor.submit(function, job): i for i, job in enumerate(jobs) if i not in found
        }
        while waiting:
            ready, _ = wait(waiting, return_when=FIRST_COMPLETED)
            for future in ready:
                found[waiting.pop(future)] = future.result()
                done(future.result())

    def _running(self) -> Executor:
        if self._executor is None:
            self._executor = ProcessPoolExecutor(
                self._workers, multiprocessing.get_context("spawn"), _begin_worker
            )
        return self._executor

    def _stop(self) -> None:
        """End all workers at once; what they were doing is lost."""
        if self._executor is not None:
            self._executor.shutdown(wait=False, cancel_futures=True)
            self._executor = None
        for child in multiprocessing.active_children():
            if child.pid not in self._others:
                child.terminate()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None and self._executor is not None:
            self._executor.shutdown()
        else:
            self._stop()


def _begin_worker(*_: Any) -> None:
    # Ctrl-C reaches the whole group; the parent reports it, the workers go silently.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    threading.Thread(target=_leave_with_parent, daemon=True).start()


def _leave_with_parent() -> None:
    # A killed parent cannot end its workers, and without it they would wait for jobs for ever.
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
