"""What an assay is: trials under conditions, and figures that summarise them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from env.assays.session import Setup
from env.assays.statistics import Interval, mean_interval

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["Assay", "Figures", "Summary", "Trial", "of_condition", "summary_of_means"]

Array = NDArray[np.float64]
Figures = Mapping[str, float]
Summary = dict[str, Interval]


@dataclass(frozen=True, kw_only=True)
class Trial:
    """What one worm did.

    Attributes:
        seed: of the worm's start and noise.
        condition: one of those of the assay.
        figures: numbers by name; NaN where there is nothing to measure.
        series: arrays for drawing.
    """

    seed: int
    condition: str
    figures: Figures
    series: Mapping[str, Array] = field(default_factory=dict)

    def plain(self) -> dict[str, Any]:
        """Return seed, condition and figures as plain values."""
        return {"seed": self.seed, "condition": self.condition, **self.figures}


def summary_of_means(trials: Sequence[Trial], rng: np.random.Generator) -> Summary:
    """Return the mean of every figure over all trials, with its interval."""
    names = dict.fromkeys(name for trial in trials for name in trial.figures)
    return {name: mean_interval([t.figures.get(name) for t in trials], rng) for name in names}


def of_condition(trials: Sequence[Trial], condition: str) -> list[Trial]:
    """Return the trials of one condition."""
    return [trial for trial in trials if trial.condition == condition]


@dataclass(frozen=True, kw_only=True)
class Assay:
    """A standard experiment.

    Attributes:
        name: what it is called.
        about: one sentence.
        trials: how many worms by default.
        trial: runs one worm under one condition.
        conditions: what is done to each worm, one trial for each.
        medium, arena: where it takes place unless told otherwise.
        summarise: figures over all trials, with their intervals.
        draw: draws the trials into an empty figure.
        rows: further findings as plain values, one mapping each; none in most assays.
    """

    name: str
    about: str
    trials: int
    trial: Callable[[Setup, int, str], Trial]
    draw: Callable[[Sequence[Trial], Figure], None]
    conditions: tuple[str, ...] = ("plain",)
    medium: str = "agar"
    arena: str = "open"
    summarise: Callable[[Sequence[Trial], np.random.Generator], Summary] = summary_of_means
    rows: Callable[[Sequence[Trial], np.random.Generator], list[dict[str, Any]]] = lambda *_: []
