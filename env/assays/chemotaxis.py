"""Finding food by its gradient, and three worms that cannot: the controls.

* ``shuffled``: the nose feels what the nose of another worm (another seed) felt at the same time;
* ``mirrored``: the peak lies as far away on the other side of the start;
* ``ablated``: the neurons that respond to the arena's chemicals are dead.

All are scored against the place where the peak really is (or would be).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import hypot, nan
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from env.arena import Arena
from env.arena import arena as arena_named
from env.assays import drawing
from env.assays.base import Assay, Summary, Trial, of_condition
from env.assays.kinematics import Track
from env.assays.navigation import curving_sums, slope, turns
from env.assays.session import Session, Setup
from env.assays.statistics import interval, mean_interval
from env.fields import Field, Place
from worm.chemosensation import CHANGE_CELLS

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["CHEMOTAXIS", "FeltField"]

Array = NDArray[np.float64]

LONGEST_s = 600.0
REACHED_mm = 1.0  # from the nose to the peak
HALF = 0.5  # an index that counts as having found the way
END_s = 10.0  # the end of a trial, over which the last distance is averaged
DONOR = 100_000  # added to the seed of a shuffled worm: the worm whose nose it borrows
SUMS = tuple(f"curving_{name}" for name in ("n", "x", "y", "xx", "xy"))


@dataclass(frozen=True)
class FeltField(Field):
    """A concentration that depends on the time alone: what another nose felt.

    Attributes:
        values_mM: at equal steps from time 0; the last one lasts.
        dt_s: the step.
    """

    values_mM: tuple[float, ...]
    dt_s: float
    centre_mm: tuple[float, float] = (0.0, 0.0)

    def concentration_mM(self, x_mm: Place, y_mm: Place, time_s: float = 0.0) -> Place:
        """Return what was felt at a time, wherever."""
        at = min(max(time_s / self.dt_s, 0.0), len(self.values_mM) - 1.0)
        before = min(int(at), len(self.values_mM) - 2)
        a, b = self.values_mM[before], self.values_mM[before + 1]
        return a + (at - before) * (b - a) + 0.0 * (x_mm + y_mm)

    def gradient_mM_mm(
        self,
        x_mm: Place,
        y_mm: Place,
        time_s: float = 0.0,  # noqa: ARG002  (as of every field)
    ) -> tuple[Place, Place]:
        """Return zeros: it is the same everywhere."""
        nothing = 0.0 * (x_mm + y_mm)
        return nothing, nothing

    def moved_to(self, centre_mm: tuple[float, float]) -> FeltField:
        """Return itself: it has no place."""
        return replace(self, centre_mm=centre_mm)


def seek(setup: Setup, seed: int, condition: str) -> Trial:
    """Put a worm on the plate for ten minutes, or until its nose is at the peak."""
    arena = _with_goal(setup.arena)
    felt, goal_mm = _as_felt(setup, arena, seed, condition), arena.goal_mm or (0.0, 0.0)
    with Session(felt, seed) as session:
        reached_s = _run_until_reached(session, goal_mm)
        track = session.track
    figures = _figures(track, arena, goal_mm, reached_s)
    every = round(1.0 / track.dt_s)
    series = {"path_mm": track.centroid_mm[::every, :2], "goal_mm": np.array(goal_mm)}
    return Trial(seed=seed, condition=condition, figures=figures, series=series)


def _with_goal(arena: str | Arena) -> Arena:
    found = arena_named(arena) if isinstance(arena, str) else arena
    if found.goal_mm is None or not found.chemicals:
        raise ValueError(
            f"arena {found.name!r} has no peak to find; use one with chemicals and a goal, as "
            "'chemotaxis' or 'odour'"
        )
    return found


def _as_felt(setup: Setup, arena: Arena, seed: int, condition: str) -> Setup:
    """Return the setup of a condition."""
    if condition == "ablated":
        blind = ",".join(sorted(_sensing(arena)))
        return replace(setup, ablate=",".join(filter(None, (setup.ablate, blind))))
    if condition == "mirrored":
        with setup.build(seed) as sim:
            x, y = sim.position_mm[:2].tolist()
        chemicals = {
            name: field.moved_to((2.0 * x - field.centre_mm[0], 2.0 * y - field.centre_mm[1]))
            for name, field in arena.chemicals.items()
        }
        return replace(setup, arena=replace(arena, chemicals=chemicals))
    if condition == "shuffled":
        return replace(setup, arena=replace(arena, chemicals=_felt_by(setup, seed + DONOR, arena)))
    return setup


def _sensing(arena: Arena) -> set[str]:
    return {
        cell.drives[name]
        for cell in CHANGE_CELLS
        for name in arena.chemicals
        if name in cell.drives
    }


def _felt_by(setup: Setup, seed: int, arena: Arena) -> dict[str, Field]:
    """Return the chemicals as the nose of another worm meets them in ten minutes."""
    felt: dict[str, list[float]] = {name: [] for name in arena.chemicals}
    with setup.build(seed) as sim:
        dt_s = sim.clock.control_s
        for _ in range(sim.clock.control_steps(LONGEST_s)):
            for name, concentration_mM in sim.concentration_mM.items():
                felt[name].append(concentration_mM)
            sim.step()
    return {name: FeltField(tuple(values), dt_s) for name, values in felt.items()}


def _run_until_reached(session: Session, goal_mm: tuple[float, float]) -> float:
    """Return when the nose came to the goal, NaN if it did not."""
    for _ in range(session.sim.clock.control_steps(LONGEST_s)):
        session.step()
        x, y = session.sim.centreline_mm[0, :2].tolist()
        if hypot(x - goal_mm[0], y - goal_mm[1]) < REACHED_mm:
            return session.sim.time_s
    return nan


def _figures(
    track: Track, arena: Arena, goal_mm: tuple[float, float], reached_s: float
) -> dict[str, float]:
    centre = track.centroid_mm[:, :2]
    distance = np.linalg.norm(centre - np.array(goal_mm), axis=1)
    last = distance[-max(round(END_s / track.dt_s), 1) :].mean()
    field = next(iter(arena.chemicals.values()))
    turned = turns(track, field.concentration_mM(centre[:, 0], centre[:, 1]))
    figures = {
        "reached": float(reached_s == reached_s),
        "index": float(np.clip(1.0 - last / distance[0], -1.0, 1.0)),
        "time_to_food_s": reached_s,
        "turns_up": float(turned.up),
        "turns_down": float(turned.down),
        "up_s": turned.up_s,
        "down_s": turned.down_s,
    }
    sums = curving_sums(track, field)
    return figures | dict(zip(SUMS, sums.tolist(), strict=True))


def chemotaxis_summary(trials: Sequence[Trial], rng: np.random.Generator) -> Summary:
    """Return the figures of the intact worm, and those of each control as ``control_*``."""
    summary: Summary = {}
    for condition in CHEMOTAXIS.conditions:
        prefix = "" if condition == "plain" else f"control_{condition}_"
        group = of_condition(trials, condition)
        for name, figure in (("reached_p", "reached"), ("index",) * 2, ("time_to_food_s",) * 2):
            summary[prefix + name] = mean_interval([t.figures[figure] for t in group], rng)
        summary[prefix + "found_p"] = mean_interval([_found(t) for t in group], rng)
        rows = _columns(group, ("turns_up", "up_s", "turns_down", "down_s"))
        summary[prefix + "turn_rate_ratio"] = interval(rows, _rate_ratio, rng)
        summary[prefix + "turns_per_min"] = interval(rows, _rate_per_min, rng)
        summary[prefix + "curving_slope"] = interval(_columns(group, SUMS), slope, rng)
    return summary


def _found(trial: Trial) -> float:
    """Return 1 for a worm that was at the peak or made good HALF of the way, else 0."""
    return float(trial.figures["reached"] > 0.0 or trial.figures["index"] >= HALF)


def _columns(trials: Sequence[Trial], names: Sequence[str]) -> Array:
    return np.array([[t.figures[name] for name in names] for t in trials]).reshape(-1, len(names))


def _rate_ratio(rows: Array) -> float:
    """Rate of turns while the concentration falls over that while it rises."""
    up, up_s, down, down_s = rows.sum(axis=0)
    return float((down / down_s) / (up / up_s)) if up > 0.0 and down_s > 0.0 else nan


def _rate_per_min(rows: Array) -> float:
    up, up_s, down, down_s = rows.sum(axis=0)
    return float(60.0 * (up + down) / max(up_s + down_s, 1e-9))


def draw_paths(trials: Sequence[Trial], figure: Figure) -> None:
    """Draw the paths of all worms, one panel per condition, with the peak as a cross."""
    panels = figure.subplots(2, 2, sharex=True, sharey=True).flat
    for axes, condition in zip(panels, CHEMOTAXIS.conditions, strict=True):
        group = of_condition(trials, condition)
        drawing.paths(axes, [trial.series["path_mm"] for trial in group])
        axes.plot(*group[0].series["goal_mm"], "xk", markersize=8)
        axes.set_title(condition)


CHEMOTAXIS = Assay(
    name="chemotaxis",
    about="Ten minutes on a plate with a peak 10 mm away, or until it is reached; with controls.",
    trials=10,
    trial=seek,
    draw=draw_paths,
    conditions=("plain", "shuffled", "mirrored", "ablated"),
    arena="chemotaxis",
    summarise=chemotaxis_summary,
)
