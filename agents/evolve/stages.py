"""The stages of the optimisation: which parameters each may change, and what it scores.

Every stage but the first scores the earlier gait again, so that nothing learnt is lost.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from agents.evolve.escape import anterior_trials, driven_trials, touch_trials
from agents.evolve.lean import Lean
from agents.evolve.steering import steering_trials
from agents.evolve.terms import DEAD, Terms, gait_terms, head_terms, total
from worm.parameters import Parameters
from worm.parameters.reading import suggestion

__all__ = ["STAGES", "Score", "Stage", "score", "stage"]

GAIT_s = 12.0  # shorter trials miss a gait that dies away
WORST = 0.5  # weight of the worst trial against the mean of all
# Without the slow drive of AVA: a reversal by chance would be scored as a fault.
STEADY = {"noise.command": 0.0}
CORD_STRETCH = ("proprioception.gain_A", "proprioception.gain_B")

Trials = Mapping[str, Terms]


@dataclass(frozen=True, kw_only=True)
class Stage:
    """One stage.

    Attributes:
        name: what it is called.
        about: one sentence.
        fits: the stages of fitting (``Entry.stage``) whose parameters it changes; None for all.
        trials: the terms of the trials of one seed, by the name of the trial.
        prepare: changes the animal before it is built.
    """

    name: str
    about: str
    fits: tuple[str, ...] | None
    trials: Callable[[Lean, int], Trials]
    prepare: Callable[[Parameters], Parameters] = lambda parameters: parameters


@dataclass(frozen=True, kw_only=True)
class Score:
    """The cost of a parameter set, and the terms behind it by trial and seed."""

    cost: float
    terms: Mapping[str, Terms]


def score(name: str, parameters: Parameters, seeds: Sequence[int]) -> Score:
    """Return how far a parameter set is from what a stage asks for.

    The cost is the mean over all trials of all seeds, and half the worst, over one and a half: a
    set that fails with one seed is no good.

    Raises:
        KeyError: there is no such stage.
    """
    chosen = stage(name)
    lean = Lean(chosen.prepare(parameters.with_values(STEADY)))
    terms = {
        f"{trial} {seed}": found
        for seed in seeds
        for trial, found in chosen.trials(lean, seed).items()
    }
    costs = [min(total(found), 2.0 * DEAD) for found in terms.values()]
    cost = (np.mean(costs) + WORST * np.max(costs)) / (1.0 + WORST)
    return Score(cost=float(cost), terms=terms)


def _forward(lean: Lean, seed: int) -> Trials:
    return {"forward": gait_terms(lean.run(GAIT_s, seed), lean.connectome, 1)}


def _escaping(lean: Lean, seed: int) -> Trials:
    return {**anterior_trials(lean, seed), **_forward(lean, seed)}


def _backing(lean: Lean, seed: int) -> Trials:
    return {**driven_trials(lean, seed), **_escaping(lean, seed)}


def _without_cord(parameters: Parameters) -> Parameters:
    ranges = {key: parameters.entry(key).range or (0.0, 0.0) for key in CORD_STRETCH}
    return parameters.with_values({key: low for key, (low, _) in ranges.items()})


STAGES: dict[str, Stage] = {
    one.name: one
    for one in (
        Stage(
            name="head",
            about="The rhythm of the head, with the stretch sense of the cord at its minimum.",
            fits=("head",),
            trials=lambda lean, seed: {"head": head_terms(lean.run(GAIT_s, seed))},
            prepare=_without_cord,
        ),
        Stage(
            name="forward",
            about="The forward crawl.",
            fits=("head", "forward"),
            trials=_forward,
        ),
        Stage(
            name="backward",
            about="Backing up after a touch in front and for as long as AVA is driven, and the"
            " forward crawl: the A motor neurons.",
            fits=("backward",),
            trials=_backing,
        ),
        Stage(
            name="joint",
            about="The same, with all fitted parameters free.",
            fits=None,
            trials=_backing,
        ),
        Stage(
            name="command",
            about="A touch in front switches AVA up and AVB down for some seconds: the senses' way"
            " to the command neurons.",
            fits=("command",),
            trials=_escaping,
        ),
        Stage(
            name="touch",
            about="Touch in front reverses, touch behind accelerates, no touch does nothing; and"
            " the forward crawl.",
            fits=("command", "backward"),
            trials=lambda lean, seed: {**touch_trials(lean, seed), **_forward(lean, seed)},
        ),
        Stage(
            name="steering",
            about="Turning while an odour or salt fades, straight on while it grows: the way from"
            " AWC and ASE to RIV; and the forward crawl.",
            fits=("steering",),
            trials=lambda lean, seed: {**steering_trials(lean, seed), **_forward(lean, seed)},
        ),
    )
}


def stage(name: str) -> Stage:
    """Return the stage of this name.

    Raises:
        KeyError: there is none; the message suggests one.
    """
    if name not in STAGES:
        raise KeyError(
            f"unknown stage {name!r}{suggestion(name, STAGES)}; choose one of {', '.join(STAGES)}"
        )
    return STAGES[name]
