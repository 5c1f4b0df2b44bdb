"""Run an assay: its trials over processes, its figures with intervals."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from env.assays.base import Summary, Trial
from env.assays.journal import Journal, Key
from env.assays.pool import Pool
from env.assays.registry import assay
from env.assays.session import Setup
from env.versions import versions
from worm.parameters import Parameters

__all__ = ["Outcome", "run_assay"]

# Versions on which the last digits of a trial depend; "source" is the digest of code and tables.
_DECISIVE = ("wormlife", "source", "numpy", "numba", "pybullet")


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """All trials of an assay, and what they say together."""

    assay: str
    setup: Setup
    seed: int
    trials: tuple[Trial, ...]
    summary: Summary
    rows: tuple[dict[str, Any], ...] = ()

    def plain(self) -> dict[str, Any]:
        """Return the outcome as plain values, ready for JSON."""
        return {
            "assay": self.assay,
            "trials": [trial.plain() for trial in self.trials],
            "summary": self.summary,
            "parameters": describe_parameters(self.setup),
            "seed": self.seed,
            "setup": describe_world(self.setup),
            **({"rows": list(self.rows)} if self.rows else {}),
        }


@dataclass(frozen=True, kw_only=True)
class _Job:
    name: str
    setup: Setup
    seed: int
    condition: str


def run_assay(
    name: str,
    setup: Setup,
    *,
    trials: int,
    seed: int = 0,
    workers: int = 1,
    journal: Path | None = None,
    known: Callable[[int], None] = lambda _: None,
    done: Callable[[Trial], None] = lambda _: None,
) -> Outcome:
    """Return the outcome of an assay.

    Args:
        name: of the assay.
        setup: worm and world, in the medium and the arena where the assay shall take place.
        trials: how many worms; trial i has the seed ``seed + i`` under every condition.
        seed: of the first trial and of the bootstrap.
        workers: processes.
        journal: file that keeps every trial as it ends; those that it holds already are not run
            again. The outcome is the same as without it.
        known: called before the first trial with the number of those that need not be run.
        done: called with every trial as it ends, in any order.

    Raises:
        KeyError: there is no such assay, or the setup names what does not exist.
        ValueError: there is no trial, the setup holds a wrong value, or the journal is damaged or
            that of another assay, setup or version.
        OSError: the journal cannot be read or written.
    """
    if trials < 1:
        raise ValueError(f"trials={trials} must be at least 1")
    keys = [(condition, seed + i) for i in range(trials) for condition in assay(name).conditions]
    with ExitStack() as stack:
        book = stack.enter_context(Journal(journal, _about(name, setup))) if journal else None
        found = {key: book.trials[key] for key in keys if key in book.trials} if book else {}
        known(len(found))

        def keep(trial: Trial) -> None:
            if book:
                book.add(trial)
            done(trial)

        missing = [key for key in keys if key not in found]
        found |= zip(missing, _run_all(name, setup, missing, workers, keep), strict=True)
    return summarised(name, setup, seed, [found[key] for key in keys])


def _run_all(
    name: str, setup: Setup, keys: Sequence[Key], workers: int, done: Callable[[Trial], None]
) -> list[Trial]:
    jobs = [
        _Job(name=name, setup=setup, seed=seed, condition=condition) for condition, seed in keys
    ]
    if not jobs:
        return []
    with Pool(min(workers, len(jobs))) as pool:
        return pool.map(_run, jobs, done)


def summarised(name: str, setup: Setup, seed: int, trials: Sequence[Trial]) -> Outcome:
    """Return the outcome of trials that have been run."""
    chosen = assay(name)
    return Outcome(
        assay=name,
        setup=setup,
        seed=seed,
        trials=tuple(trials),
        summary=chosen.summarise(trials, np.random.default_rng(seed)),
        rows=tuple(chosen.rows(trials, np.random.default_rng(seed))),
    )


def _run(job: _Job) -> Trial:
    return assay(job.name).trial(job.setup, job.seed, job.condition)


def describe_parameters(setup: Setup) -> dict[str, Any]:
    """Return the name of the parameter set of a setup and the digest of its values."""
    given = setup.parameters
    if isinstance(given, Parameters):
        return {"name": "given", "digest": given.digest}
    return {"name": given, "digest": Parameters.load(given).digest}


def _about(name: str, setup: Setup) -> dict[str, Any]:
    """Return all that a trial depends on, besides its condition and seed, as plain values."""
    used = versions()
    about = {
        "assay": name,
        "parameters": describe_parameters(setup)["digest"][:16],
        **{package: used[package] for package in _DECISIVE},
        **describe_world(setup),
    }
    if not isinstance(setup.arena, str):
        about["arena"] = repr(setup.arena)  # its name does not say what is in it
    return about


def describe_world(setup: Setup) -> dict[str, Any]:
    """Return the rest of a setup as plain values."""
    return {
        "medium": setup.medium,
        "arena": setup.arena if isinstance(setup.arena, str) else setup.arena.name,
        "ablate": setup.ablate,
        "perturb": list(setup.perturb),
        "inject": [
            f"{c.cells}:{_exact(c.current_pA)}@{_exact(c.start_s)}-{_exact(c.end_s)}"
            for c in setup.inject
        ],
        "resolution": setup.resolution,
        "body": setup.body,
        "dt_neuron_ms": setup.dt_neuron_ms,
        "dt_physics_ms": setup.dt_physics_ms,
        "dt_control_ms": setup.dt_control_ms,
    }


def _exact(number: float) -> str:
    return np.format_float_positional(number, trim="-")
