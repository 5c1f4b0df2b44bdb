"""Write docs/model.md: every number of the animal with its origin, from the parameter files.

Run it as ``python -m benchmarks.model_table``.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from worm.parameters import Parameters

TARGET = Path(__file__).parents[1] / "docs" / "model.md"
HEAD = Path(__file__).with_name("model_head.md")
TITLES = {
    "fitted": "Fitted",
    "assumed": "Assumed",
    "literature": "From the literature",
    "measured": "Measured",
}


def rows(parameters: Parameters, keys: Iterable[str]) -> list[str]:
    """Return one table row per key."""
    lines = []
    for key in keys:
        entry = parameters.entry(key)
        bounds = "" if entry.range is None else f"{entry.range[0]:g} to {entry.range[1]:g}"
        stage = entry.stage or ""
        lines.append(
            f"| `{key}` | {entry.value:.4g} | {entry.unit} | {bounds} | {stage} | {entry.source} |"
        )
    return lines


def document(parameters: Parameters) -> str:
    """Return the text of docs/model.md."""
    parts = [HEAD.read_text().rstrip()]
    for origin, title in TITLES.items():
        keys = [key for key in parameters if parameters.entry(key).origin == origin]
        if not keys:
            continue
        parts.append(f"## {title}: {len(keys)}\n")
        parts.append("| key | value | unit | range | stage | source |\n|---|---|---|---|---|---|")
        parts[-1] += "\n" + "\n".join(rows(parameters, keys))
    return "\n\n".join(parts) + "\n"


if __name__ == "__main__":
    TARGET.write_text(document(Parameters.load()))
