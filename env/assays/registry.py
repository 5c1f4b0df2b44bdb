"""The assays by name."""

from __future__ import annotations

from env.assays.base import Assay
from env.assays.chemotaxis import CHEMOTAXIS
from env.assays.locomotion import BACKWARD, CRAWL, SWIM, VISCOSITY
from env.assays.perturbations import PERTURBATIONS
from env.assays.spontaneous import POSTURE, REVERSAL
from env.assays.touch import TAPS, TOUCH
from worm.parameters.reading import suggestion

__all__ = ["assay", "names"]

_ASSAYS: dict[str, Assay] = {
    one.name: one
    for one in (
        CRAWL,
        SWIM,
        VISCOSITY,
        BACKWARD,
        REVERSAL,
        TOUCH,
        TAPS,
        CHEMOTAXIS,
        POSTURE,
        PERTURBATIONS,
    )
}


def names() -> tuple[str, ...]:
    """Return the names of all assays."""
    return tuple(_ASSAYS)


def assay(name: str) -> Assay:
    """Return the assay of this name.

    Raises:
        KeyError: there is none; the message suggests one.
    """
    if name not in _ASSAYS:
        raise KeyError(
            f"unknown assay {name!r}{suggestion(name, _ASSAYS)}; choose one of {', '.join(_ASSAYS)}"
        )
    return _ASSAYS[name]
