"""Write docs/validation.md from the JSON of assays: the real worm, ours, and a verdict a row.

    mkdir results
    for name in crawl backward swim viscosity reversal touch taps chemotaxis posture perturbations
    do worm assay $name --json > results/$name.json; done
    python benchmarks/validation.py results

Nothing is measured here. What has not been run is said to be missing; what is wrong stays in.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import inf, isnan
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True, kw_only=True)
class Target:
    """One quantity of the real worm.

    Attributes:
        assay, metric: where ours is found in the JSON.
        what: in words, with the unit.
        low, high: the accepted range of the mean.
        source: where the range comes from.
    """

    assay: str
    metric: str
    what: str
    low: float = -inf
    high: float = inf
    source: str

    @property
    def range(self) -> str:
        """The range in words."""
        if self.low == -inf:
            return f"at most {self.high:g}"
        return f"at least {self.low:g}" if self.high == inf else f"{self.low:g} to {self.high:g}"


GAIT = "Fang-Yen et al. 2010, doi:10.1073/pnas.1003016107; range chosen by us"
TOUCH = "Chalfie et al. 1985, doi:10.1523/JNEUROSCI.05-04-00956.1985; share chosen by us"
GRAY = "Gray et al. 2005, doi:10.1073/pnas.0409009101; range chosen by us"
NOSE = "Kaplan and Horvitz 1993, doi:10.1073/pnas.90.6.2227; share chosen by us"
TAPS = "Rankin and Broster 1992, doi:10.1037/0735-7044.106.2.239; share chosen by us"
PIROUETTES = (
    "Pierce-Shimomura et al. 1999, doi:10.1523/JNEUROSCI.19-21-09557.1999; ratio chosen by us"
)
CURVING = "Iino and Yoshida 2009, doi:10.1523/JNEUROSCI.3633-08.2009; size chosen by us"
MODES = "Stephens et al. 2008, doi:10.1371/journal.pcbi.1000028"
CHOSEN = "chosen by us"

TARGETS: tuple[Target, ...] = (
    Target(
        assay="crawl",
        metric="speed_mm_s",
        what="speed forward, mm/s",
        low=0.12,
        high=0.30,
        source=GAIT,
    ),
    Target(
        assay="crawl", metric="frequency_hz", what="frequency, Hz", low=0.3, high=0.6, source=GAIT
    ),
    Target(
        assay="crawl",
        metric="wavelength_l",
        what="wavelength, body lengths",
        low=0.55,
        high=0.80,
        source=GAIT,
    ),
    Target(
        assay="crawl",
        metric="peak_curvature_l",
        what="peak curvature × length",
        low=6.0,
        high=11.0,
        source=GAIT,
    ),
    Target(
        assay="crawl",
        metric="wave_direction",
        what="wave head to tail (+1)",
        low=1.0,
        high=1.0,
        source=GAIT,
    ),
    Target(
        assay="crawl",
        metric="turn_rate_rad_s",
        what="turning bias, rad/s",
        low=-0.1,
        high=0.1,
        source=CHOSEN,
    ),
    Target(
        assay="crawl", metric="voltage_min_mV", what="lowest voltage, mV", low=-100.0, source=CHOSEN
    ),
    Target(
        assay="crawl", metric="voltage_max_mV", what="highest voltage, mV", high=40.0, source=CHOSEN
    ),
    Target(
        assay="backward",
        metric="speed_mm_s",
        what="speed with AVA driven, mm/s",
        low=-0.30,
        high=-0.10,
        source=GAIT,
    ),
    Target(
        assay="backward",
        metric="wave_direction",
        what="wave tail to head (-1)",
        low=-1.0,
        high=-1.0,
        source=GAIT,
    ),
    Target(
        assay="backward",
        metric="switch_s",
        what="moves backward after, s",
        high=1.0,
        source=CHOSEN,
    ),
    Target(
        assay="swim",
        metric="frequency_hz",
        what="frequency in water, Hz",
        low=1.0,
        high=2.5,
        source=GAIT,
    ),
    Target(
        assay="swim",
        metric="wavelength_l",
        what="wavelength in water, body lengths",
        low=1.2,
        high=2.0,
        source=GAIT,
    ),
    Target(
        assay="reversal",
        metric="rate_per_min",
        what="spontaneous reversals per minute",
        low=0.5,
        high=3.0,
        source=GRAY,
    ),
    Target(
        assay="reversal",
        metric="duration_s",
        what="their duration, s",
        low=1.0,
        high=6.0,
        source=GRAY,
    ),
    Target(
        assay="touch",
        metric="anterior_reversal_p",
        what="touch in front reverses within 1 s, share",
        low=0.8,
        source=TOUCH,
    ),
    Target(
        assay="touch",
        metric="posterior_acceleration_p",
        what="touch behind accelerates 1.2 ×, share",
        low=0.7,
        source=TOUCH,
    ),
    Target(
        assay="touch",
        metric="nose_reversal_p",
        what="touch on the nose reverses, share",
        low=0.7,
        source=NOSE,
    ),
    Target(
        assay="touch",
        metric="ash_reversal_p",
        what="current into ASH reverses, share",
        low=0.7,
        source=CHOSEN,
    ),
    Target(
        assay="touch",
        metric="sham_p",
        what="reversal without touch, share",
        high=0.1,
        source="control",
    ),
    Target(
        assay="taps",
        metric="left_at_10s",
        what="reversal left after ten taps 10 s apart, share",
        high=0.6,
        source=TAPS,
    ),
    Target(
        assay="chemotaxis",
        metric="reached_p",
        what="peak reached within 10 min, share",
        low=0.7,
        source=CHOSEN,
    ),
    Target(
        assay="chemotaxis",
        metric="found_p",
        what="peak reached or half the way made good in 10 min, share",
        low=0.7,
        source=CHOSEN,
    ),
    Target(assay="chemotaxis", metric="index", what="chemotaxis index", low=0.5, source=CHOSEN),
    Target(
        assay="chemotaxis",
        metric="turn_rate_ratio",
        what="turns down over up the gradient",
        low=1.5,
        source=PIROUETTES,
    ),
    Target(
        assay="chemotaxis",
        metric="curving_slope",
        what="curving towards the gradient, (rad/mm)/(mM/mm)",
        low=0.01,
        source=CURVING,
    ),
    *(
        Target(
            assay="chemotaxis",
            metric=f"control_{name}_index",
            what=f"index, {name}",
            high=0.25,
            source="control",
        )
        for name in ("shuffled", "mirrored", "ablated")
    ),
    Target(
        assay="posture",
        metric="variance_4_modes",
        what="variance of posture in four modes",
        low=0.9,
        source=MODES,
    ),
)


FIGURES = """## Figures

![ten worms on the gradient, and the controls](images/chemotaxis.png)

`worm assay chemotaxis --plot`: where the worms went, and their three controls.

![speed around a stimulus](images/touch.png)

`worm assay touch --plot`: speed along the body, aligned to the stimulus; every worm in grey, their mean in black.

![speed, curvature and all neurons around a touch](images/reversal.png)

`python -m benchmarks.reversal`: one worm is touched in front. Speed, curvature along the body, and the potential of all
302 neurons around the reversal."""  # noqa: E501


def read_results(folder: Path) -> dict[str, dict[str, Any]]:
    """Return the JSON objects of a folder by the name of their assay.

    Raises:
        ValueError: a file does not hold the JSON of an assay.
    """
    found = {}
    for path in sorted(folder.glob("*.json")):
        result = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(result, dict) or "assay" not in result:
            raise ValueError(f"{path} does not hold the output of `worm assay NAME --json`")
        found[result["assay"]] = result
    return found


def document(results: dict[str, dict[str, Any]]) -> str:
    """Return the text of the document."""
    parts = [
        _introduction(results),
        _quantities(results),
        _viscosity(results),
        _rows(results),
        FIGURES,
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _introduction(results: dict[str, dict[str, Any]]) -> str:
    names = sorted({target.assay for target in TARGETS} | {"viscosity", "perturbations"})
    missing = [name for name in names if name not in results]
    lines = [
        "# Validation",
        "What the model does beside what the animal does. Written by `benchmarks/validation.py` "
        "from the output of `worm assay`; every trial counts, and rows that come out wrong stay. "
        "Brackets hold 95 % bootstrap intervals over worms.",
    ]
    if missing:
        lines.append(f"Not measured yet: {', '.join(missing)}.")
    conditions = [_conditions(name, results[name]) for name in names if name in results]
    if conditions:
        head = "| assay | trials | seeds from | parameters | body | neurites | neuron step |"
        lines.append("\n".join([head, "|---|---|---|---|---|---|---|", *conditions]))
    return "\n\n".join(lines)


def _conditions(name: str, result: dict[str, Any]) -> str:
    setup = result["setup"]
    return (
        f"| {name} | {len(result['trials'])} | {result['seed']} "
        f"| {result['parameters']['digest'][:12]} | {setup['body']} | {setup['resolution']} "
        f"| {setup['dt_neuron_ms']:g} ms |"
    )


def _quantities(results: dict[str, dict[str, Any]]) -> str:
    lines = list(_target_lines(results))
    right = sum(line.endswith("| yes |") for line in lines)
    return "\n".join(
        [
            "## Quantities",
            "",
            f"{right} of {len(lines)} measured quantities lie in the range of the animal: their "
            "mean does. Beside it stands how many worms do by themselves, where each has a figure "
            "of its own.",
            "",
            "| assay | quantity | real worm | ours | n | worms in range | source | in range |",
            "|---|---|---|---|---|---|---|---|",
            *lines,
        ]
    )


def _target_lines(results: dict[str, dict[str, Any]]) -> Iterator[str]:
    for target in TARGETS:
        result = results.get(target.assay, {})
        figure = result.get("summary", {}).get(target.metric)
        if figure is not None:
            yield (
                f"| {target.assay} | {target.what} | {target.range} | {_interval(figure)} "
                f"| {figure['n']} | {_worms_in_range(target, result['trials'])} | {target.source} "
                f"| {_verdict(target, figure['mean'])} |"
            )


def _worms_in_range(target: Target, trials: Sequence[dict[str, Any]]) -> str:
    """Return "9 of 10", or nothing where trials differ in kind or hold no such figure."""
    of_each = all(trial.get(target.metric) is not None for trial in trials)
    if not of_each or len({trial["condition"] for trial in trials}) > 1:
        return ""
    found = sum(target.low <= trial[target.metric] <= target.high for trial in trials)
    return f"{found} of {len(trials)}"


def _verdict(target: Target, mean: float | None) -> str:
    if mean is None:
        return "no value"
    return "yes" if target.low <= mean <= target.high else "**no**"


def _interval(figure: dict[str, Any]) -> str:
    if figure["mean"] is None or isnan(figure["mean"]):
        return "none"
    ends = [figure["low"], figure["high"]]
    if None in ends:
        return f"{figure['mean']:.3g}"
    return f"{figure['mean']:.3g} [{ends[0]:.3g}, {ends[1]:.3g}]"


def _viscosity(results: dict[str, dict[str, Any]]) -> str:
    summary = results.get("viscosity", {}).get("summary", {})
    prefix = "frequency_hz_at_"
    loads = [name.removeprefix(prefix) for name in summary if name.startswith(prefix)]
    if not loads:
        return ""
    lines = [
        f"| {load} | {_interval(summary[prefix + load])} "
        f"| {_interval(summary[f'wavelength_l_at_{load}'])} |"
        for load in loads
    ]
    return "\n".join(
        [
            "## Load",
            "",
            "In the animal frequency and wavelength both fall as the fluid thickens "
            "(Fang-Yen et al. 2010, doi:10.1073/pnas.1003016107).",
            "",
            "| viscosity, Pa·s | frequency, Hz | wavelength, body lengths |",
            "|---|---|---|",
            *lines,
        ]
    )


def _rows(results: dict[str, dict[str, Any]]) -> str:
    rows: Sequence[dict[str, Any]] = results.get("perturbations", {}).get("rows", ())
    parts = []
    for title, control in (("Perturbations", False), ("Controls", True)):
        group = [row for row in rows if row["control"] is control]
        if group:
            right = sum(row["verdict"] == "right" for row in group)
            run = sum(_was_run(row) for row in group)
            parts.append(
                "\n".join(
                    [
                        f"## {title}",
                        "",
                        f"{right} of {run} rows right{_left_out(len(group) - run)}. "
                        "The change is a share of the intact worm (rows that must reach a share: "
                        f"the share itself).{_seen_in_words(group)}",
                        "",
                        "| row | figure | intact | treated | change | n | expected | source "
                        "| verdict |",
                        "|---|---|---|---|---|---|---|---|---|",
                        *map(_row_line, group),
                    ]
                )
            )
    return "\n\n".join(parts)


def _was_run(row: dict[str, Any]) -> bool:
    return bool(row["worms"])


def _seen_in_words(group: Sequence[dict[str, Any]]) -> str:
    """Say how many rows were looked at while constants were chosen, and how the others fare."""
    fresh = [row for row in group if not row["seen"] and _was_run(row)]
    if len(fresh) == len(group):
        return ""
    right = sum(row["verdict"] == "right" for row in fresh)
    return (
        " Rows marked as seen were looked at while constants were scanned by hand "
        f"(docs/model.md); of the other {len(fresh)}, {right} are right. "
        "docs/model.md (What is not reached) says why some rows come out as they do, among them "
        "right ones that are right by accident."
    )


def _left_out(n: int) -> str:
    return f", {n} not run" if n else ""


def _row_line(row: dict[str, Any]) -> str:
    means = ["none" if row[k] is None else f"{row[k]:.3g}" for k in ("intact", "changed")]
    name = f"{row['row']} (seen)" if row["seen"] else row["row"]
    return (
        f"| {name} | {row['figure']} | {means[0]} | {means[1]} | {_interval(row['change'])} "
        f"| {row['change']['n']} | {row['expected']} ({row['effect']:g}) | {row['source']} "
        f"| {_row_verdict(row)} |"
    )


def _row_verdict(row: dict[str, Any]) -> str:
    if not _was_run(row):
        return "not run"
    if not row["change"]["n"]:
        return "**wrong** (nothing left to measure)"
    if not row["shown"]:
        return "**wrong** (the intact worm does not show it)"
    return "right" if row["verdict"] == "right" else "**wrong**"


def main() -> None:
    """Read the folder that is named and write the document."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("folder", type=Path, help="holds the JSON files")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "validation.md")
    options = parser.parse_args()
    options.out.write_text(document(read_results(options.folder)), encoding="utf-8")
    print(options.out)


if __name__ == "__main__":
    main()
