"""Run an assay: its trials over processes, its figures with intervals."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from env.assays.base import Summary, Trial
from env.assays.pool import Pool
from env.assays.registry import assay
from env.assays.session import Setup
from worm.parameters import Parameters

__all__ = ["Outcome", "run_assay"]


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
    done: Callable[[Trial], None] = lambda _: None,
) -> Outcome:
    """Return the outcome of an assay.

    Args:
        name: of the assay.
        setup: worm and world, in the medium and the arena where the assay shall take place.
        trials: how many worms; trial i has the seed ``seed + i`` under every condition.
        seed: of the first trial and of the bootstrap.
        workers: processes.
        done: called with every trial as it ends, in any order.

    Raises:
        KeyError: there is no such assay, or the setup names what does not exist.
        ValueError: there is no trial, or the setup holds a wrong value.
    """
    if trials < 1:
        raise ValueError(f"trials={trials} must be at least 1")
    chosen = assay(name)
    jobs = [
        _Job(name=name, setup=setup, seed=seed + i, condition=condition)
        for i in range(trials)
        for condition in chosen.conditions
    ]
    with Pool(min(workers, len(jobs))) as pool:
        found = pool.map(_run, jobs, done)
    return summarised(name, setup, seed, found)


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


def describe_world(setup: Setup) -> dict[str, Any]:
    """Return the rest of a setup as plain values."""
    return {
        "medium": setup.medium,
        "arena": setup.arena if isinstance(setup.arena, str) else setup.arena.name,
        "ablate": setup.ablate,
        "perturb": list(setup.perturb),
        "inject": [f"{c.cells}:{c.current_pA:g}@{c.start_s:g}-{c.end_s:g}" for c in setup.inject],
        "resolution": setup.resolution,
        "body": setup.body,
        "dt_neuron_ms": setup.dt_neuron_ms,
        "dt_physics_ms": setup.dt_physics_ms,
        "dt_control_ms": setup.dt_control_ms,
    }
