"""The table of published experiments, done to the model: right or wrong, row by row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from math import nan
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from env.arena import Arena
from env.arena import arena as arena_named
from env.assays.base import Assay, Summary, Trial, of_condition
from env.assays.chemotaxis import seek
from env.assays.locomotion import watch, watch_backing
from env.assays.perturbation_table import CONTROLS, INTACT, LEAST, ROWS, SEEN, Probe, Row
from env.assays.session import Setup
from env.assays.spontaneous import watch_reversals
from env.assays.statistics import Interval, interval
from env.assays.touch import touch_once
from env.fields import GaussianField

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["PERTURBATIONS", "judge"]

Array = NDArray[np.float64]

_ALL = (*ROWS, *CONTROLS)


def _condition(treatment: str, probe: Probe) -> str:
    return f"{probe.name}: {treatment}"


# Rows that do the same to the worm and measure it in the same way share their trials.
_TREATED = {_condition(row.treatment, row.probe): row for row in _ALL}
_INTACT = {_condition(INTACT, row.probe): Row.intact(row.probe) for row in _ALL}
_CONDITIONS = {**_INTACT, **{n: row for n, row in _TREATED.items() if n not in _INTACT}}
_TRIALS = {
    "crawl": watch,
    "swim": watch,
    "backward": watch_backing,
    "reversal": watch_reversals,
    "touch": touch_once,
    "chemotaxis": seek,
}


def run_row(setup: Setup, seed: int, condition: str) -> Trial:
    """Run one worm, intact or treated."""
    row = _CONDITIONS[condition]
    probe, changed = row.probe, _changed(_placed(setup, row.probe), row)
    trial = _TRIALS[probe.assay](changed, seed, probe.condition)
    return replace(trial, condition=condition, series={})


def _placed(setup: Setup, probe: Probe) -> Setup:
    """Return the setup in the world of a probe."""
    if probe.medium:
        setup = replace(setup, medium=probe.medium)
    if probe.chemical:
        setup = replace(setup, arena=_arena_of(probe.chemical))
    return setup


def _arena_of(chemical: str) -> Arena:
    if chemical == "salt":
        return arena_named("chemotaxis")
    odour = arena_named("odour")
    peak = GaussianField(peak_mM=0.05, sigma_mm=4.0)  # as of the odour that is shipped
    return replace(odour, chemicals={chemical: peak})


def _changed(setup: Setup, row: Row) -> Setup:
    return replace(
        setup,
        ablate=",".join(filter(None, (setup.ablate, row.ablate))),
        perturb=(*setup.perturb, *row.perturb),
        medium=row.medium or setup.medium,
        resolution=row.resolution or setup.resolution,
        dt_neuron_ms=setup.dt_neuron_ms / (2.0 if row.halved_step else 1.0),
        dt_physics_ms=setup.dt_physics_ms / (2.0 if row.halved_step else 1.0),
    )


def judge(row: Row, pairs: Array, rng: np.random.Generator) -> dict[str, Any]:
    """Return the verdict on a row.

    Args:
        row: what is expected.
        pairs: (n, 2) the figure of the intact and of the changed worm of each seed; a pair with
            a NaN does not count.
        rng: of the bootstrap over seeds.

    Returns:
        The means, the change as a share of the intact mean with its 95 % interval ("reaches" rows:
        the changed mean itself), whether the row was seen while constants were chosen, how many
        worms were run (those with a NaN too), whether the intact worm shows the behaviour at all,
        and the verdict: "right" needs that, the least effect, and, where a change is expected, an
        interval that excludes none.
    """
    known = pairs[np.isfinite(pairs).all(axis=1)]
    intact, changed = known.mean(axis=0) if len(known) else (nan, nan)
    shown = row.expected == "reaches" or bool(intact >= LEAST.get(row.figure, 0.0))
    statistic = _changed_mean if row.expected == "reaches" else _relative_change
    found = interval(known, statistic, rng)
    return {
        "row": row.name,
        "control": row in CONTROLS,
        "seen": row.name in SEEN,
        "probe": row.probe.name,
        "figure": row.figure,
        "intact": float(intact),
        "changed": float(changed),
        "change": found,
        "expected": row.expected,
        "effect": row.effect,
        "weight": row.weight,
        "source": row.source,
        "worms": len(pairs),
        "shown": shown,
        "verdict": "right" if shown and _is_right(row, found) else "wrong",
    }


def _relative_change(rows: Array) -> float:
    intact, changed = rows.mean(axis=0)
    return float((changed - intact) / abs(intact)) if intact else nan


def _changed_mean(rows: Array) -> float:
    return float(rows[:, 1].mean())


def _is_right(row: Row, found: Interval) -> bool:
    mean, effect = found["mean"], row.effect
    # Comparisons with NaN are false: what could not be measured is not right.
    return {
        "falls": mean <= -effect and found["high"] < 0.0,
        "rises": mean >= effect and found["low"] > 0.0,
        "kept": abs(mean) <= effect,
        "reaches": mean >= effect,
    }[row.expected]


def _pairs(trials: Sequence[Trial], row: Row) -> Array:
    intact, treated = (
        {t.seed: t.figures for t in of_condition(trials, _condition(treatment, row.probe))}
        for treatment in (INTACT, row.treatment)
    )
    pairs = [(intact[seed][row.figure], treated[seed][row.figure]) for seed in treated]
    return np.array(pairs).reshape(-1, 2)


def verdicts(trials: Sequence[Trial], rng: np.random.Generator) -> list[dict[str, Any]]:
    """Return the verdict on every row, wrong ones included."""
    return [judge(row, _pairs(trials, row), rng) for row in _ALL]


def perturbation_summary(trials: Sequence[Trial], rng: np.random.Generator) -> Summary:
    """Return the share of rows that are right: of the animal, weighted, and of the controls.

    The intervals come from drawing rows, not seeds, again.
    """
    found = verdicts(trials, rng)
    groups = {
        "right_p": [(r["verdict"] == "right", 1.0) for r in found if not r["control"]],
        "score": [(r["verdict"] == "right", r["weight"]) for r in found if not r["control"]],
        "controls_right_p": [(r["verdict"] == "right", 1.0) for r in found if r["control"]],
    }
    share = partial(np.array, dtype=np.float64)
    return {name: interval(share(rows), _weighted_share, rng) for name, rows in groups.items()}


def _weighted_share(rows: Array) -> float:
    return float((rows[:, 0] * rows[:, 1]).sum() / rows[:, 1].sum())


def draw_verdicts(trials: Sequence[Trial], figure: Figure) -> None:
    """Draw the change of every row with its interval, right ones in green."""
    found = verdicts(trials, np.random.default_rng(0))[::-1]
    axes = figure.subplots()
    for y, row in enumerate(found):
        change = row["change"]
        colour = "tab:green" if row["verdict"] == "right" else "tab:red"
        axes.plot([change["low"], change["high"]], [y, y], color=colour)
        axes.plot(change["mean"], y, "o", color=colour, markersize=4)
    axes.axvline(0.0, color="0.5", linewidth=0.5)
    axes.set_yticks(range(len(found)), [row["row"] for row in found], fontsize=6)
    axes.set(xlabel="change, as a share of the intact worm (driven rows: probability)")


PERTURBATIONS = Assay(
    name="perturbations",
    about="Published experiments done to the model, judged by effects fixed beforehand.",
    trials=10,
    trial=run_row,
    draw=draw_verdicts,
    conditions=tuple(_CONDITIONS),
    summarise=perturbation_summary,
    rows=verdicts,
)
