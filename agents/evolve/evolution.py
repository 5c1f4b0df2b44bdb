"""A search for parameters: one stage, spread over workers, written down as it goes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from agents.evolve.files import load_checkpoint, save_checkpoint, write_overrides
from agents.evolve.search import History, Search
from agents.evolve.space import Space, keys_of_stages
from agents.evolve.stages import Score, score, stage
from agents.evolve.workers import open_workers
from worm.parameters import Parameters

__all__ = ["Evolution", "Generation", "Plan"]

Array = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What is searched, and how. All of it decides the result.

    Attributes:
        stage: name of the stage.
        start: the parameters at which the search begins.
        also: patterns of further parameters to free.
        seed: of the search.
        seeds: how many worms each candidate is scored with; they have the seeds 1, 2, ...
        population: candidates per generation.
        sigma: first step, as a share of each range.
    """

    stage: str
    start: Parameters
    also: tuple[str, ...] = ()
    seed: int = 1
    seeds: int = 1
    population: int = 16
    sigma: float = 0.12

    def settings(self) -> dict[str, Any]:
        """Return the plan as plain values, to be compared when a search is resumed."""
        return {
            "stage": self.stage,
            "start": self.start.digest,
            "also": list(self.also),
            "seed": self.seed,
            "seeds": self.seeds,
            "population": self.population,
            "sigma": self.sigma,
        }


@dataclass(frozen=True, kw_only=True)
class Generation:
    """What a generation brought."""

    number: int
    evaluations: int
    cost: float
    best: float
    sigma: float


@dataclass(frozen=True, kw_only=True)
class _Job:
    """What is sent to be scored: plain data, the values that differ from the shipped ones."""

    stage: str
    values: Mapping[str, float]
    seeds: tuple[int, ...]


class Evolution:
    """One search, from its plan or its checkpoint to a file of parameters.

    Args:
        plan: what is searched.
        out: the file of parameters; the checkpoint stands beside it, ending in ``.npz``.
        command: the command line, for the file's story.
        resume: go on from the checkpoint.

    Raises:
        KeyError: the stage or a pattern is unknown.
        ValueError: the plan is not usable, or the checkpoint is of another one.
        OSError: the checkpoint cannot be read.
    """

    def __init__(self, plan: Plan, out: Path, command: str = "", *, resume: bool = False) -> None:
        self.plan, self.out, self.command = plan, out, command
        self.checkpoint = out.with_suffix(".npz")
        keys = keys_of_stages(plan.start, stage(plan.stage).fits, plan.also)
        self.space = Space(plan.start, keys)
        history = self._earlier() if resume else None
        self.search = Search(
            self.space.point(plan.start), plan.sigma, plan.population, plan.seed, history
        )

    def _earlier(self) -> History:
        settings, history = load_checkpoint(self.checkpoint)
        mine = self.plan.settings()
        for name, value in settings.items():
            if mine.get(name) != value:
                raise ValueError(
                    f"{str(self.checkpoint)!r} was made with {name}={value!r}, not "
                    f"{mine.get(name)!r}; resume with the same options, or begin anew"
                )
        return history

    def run(
        self,
        evaluations: int,
        *,
        workers: int = 1,
        cluster: str | None = None,
        each: Callable[[Generation], None],
    ) -> None:
        """Search until so many candidates have been scored in all.

        After every generation the checkpoint and the best parameters so far are written. Where
        the candidates are scored does not change the result.

        Args:
            evaluations: those before a resumption included.
            workers: processes of this machine.
            cluster: address of a scheduler of dask.distributed whose workers score instead.
            each: called after every generation.

        Raises:
            ChildProcessError: processes of this machine died again and again.
            ImportError: an extra, [evolve] or [cluster], is not installed.
            ConnectionError: the cluster was not there, or was lost.
            ValueError: a worker of the cluster runs another version.
        """
        with open_workers(workers, cluster) as scorers:
            self._save()  # so that even a search that loses its first generation can be resumed

            def evaluate(points: Array) -> Array:
                return np.array(scorers.map(_cost, [self._job(point) for point in points]))

            def written(search: Search) -> None:
                self.write()
                history = search.history
                each(
                    Generation(
                        number=len(history.costs),
                        evaluations=history.evaluations,
                        cost=float(history.costs[-1].min()),
                        best=history.best[1],
                        sigma=search.sigma,
                    )
                )

            self.search.run(evaluate, evaluations, written)

    def _job(self, point: Array) -> _Job:
        seeds = tuple(range(1, self.plan.seeds + 1))
        values = _changed(self.space.at(point))
        return _Job(stage=self.plan.stage, values=values, seeds=seeds)

    def best(self) -> tuple[Parameters, dict[str, float], float]:
        """Return the best parameters so far, those of them that were searched, and their cost."""
        point, cost = self.search.history.best
        return self.space.at(point), self.space.values(point), cost

    def score(self) -> Score:
        """Score the best parameters so far once more, with all terms."""
        return _score(self._job(self.search.history.best[0]))

    def write(self) -> None:
        """Write the checkpoint and the best parameters so far."""
        self._save()
        parameters, values, cost = self.best()
        about: Mapping[str, Any] = {
            "stage": self.plan.stage,
            "command": self.command,
            "seed": self.plan.seed,
            "score": f"{cost:.6g}",
            "evaluations": self.search.history.evaluations,
            "started from": f"parameters {self.plan.start.digest[:12]}",
        }
        changed = _changed(self.plan.start) | values
        write_overrides(self.out, parameters, changed, about)

    def _save(self) -> None:
        save_checkpoint(self.checkpoint, self.plan.settings(), self.search.history)


def _changed(parameters: Parameters) -> dict[str, float]:
    """Return the values in which a set differs from the shipped one, searched or not."""
    shipped = Parameters.load()
    return {key: value for key, value in parameters.items() if value != shipped[key]}


def _score(job: _Job) -> Score:
    return score(job.stage, Parameters.load().with_values(job.values), job.seeds)


def _cost(job: _Job) -> float:
    return _score(job).cost
