"""Experiments on the animal, each written as one line such as ``cut gap AVA A``."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from math import isfinite
from typing import TYPE_CHECKING, Literal, cast, get_args

import numpy as np
from numpy.typing import NDArray

from env.posture import N_JOINTS

if TYPE_CHECKING:
    from env.components import Components
    from worm.connectome import Connectome

__all__ = [
    "Perturbation",
    "cell_indices",
    "deaf_cells",
    "from_keywords",
    "held_curvature",
    "joined",
    "parse",
]

FORMS = (
    "'ablate CELLS', 'block TRANSMITTER', 'cut chemical|gap|neuromuscular PRE POST', "
    "'shuffle chemical|gap|neuromuscular SEED', 'proprioception-off CELLS', 'senses-off CELLS' or "
    "'hold FROM-TO CURVATURE'"
)
Kind = Literal["ablate", "block", "cut", "shuffle", "proprioception-off", "senses-off", "hold"]
Link = Literal["chemical", "gap", "neuromuscular"]
WORDS = {"cut": 3, "hold": 2, "shuffle": 2}  # of the other kinds: 1


@dataclass(frozen=True)
class Perturbation:
    """One lasting change of the animal: a kind and its words, as in the rule that names it."""

    kind: Kind
    words: tuple[str, ...]

    @property
    def rule(self) -> str:
        """The line from which :func:`parse` makes this perturbation again."""
        return " ".join((self.kind, *self.words))

    def apply(self, animal: "Components") -> None:
        """Carry out the experiment on an animal.

        "hold" acts on the body and "proprioception-off" on all such rules together; neither is
        done here.

        Raises:
            KeyError: a cell or muscle is unknown.
            ValueError: the transmitter is unknown.
        """
        nervous, connectome = animal.nervous, animal.connectome
        if self.kind == "block":
            nervous.block_transmitter(self.words[0])
        elif self.kind == "cut":
            kind, pre, post = self.words
            targets = muscle_indices if kind == "neuromuscular" else cell_indices
            sort = cast(Link, kind)
            nervous.cut(sort, cell_indices(connectome, pre), targets(connectome, post))
        elif self.kind == "shuffle":
            kind, seed = self.words
            nervous.shuffle(cast(Link, kind), np.random.default_rng(int(seed)))
        elif self.kind == "ablate":
            nervous.ablate(cell_indices(connectome, self.words[0]))
        elif self.kind == "senses-off":
            animal.senses.switch_off(cell_indices(connectome, self.words[0]))


def parse(rule: str) -> Perturbation:
    """Return the perturbation that a rule names.

    Raises:
        TypeError: the rule is not text.
        ValueError: the rule has none of the known forms.
    """
    if not isinstance(rule, str):
        raise TypeError(f"a perturbation rule is text, got {type(rule).__name__}; write {FORMS}")
    kind, *words = rule.split() or [""]
    if kind not in get_args(Kind) or len(words) != WORDS.get(kind, 1):
        raise ValueError(f"perturbation {rule!r} is not understood; write {FORMS}")
    if kind in ("cut", "shuffle") and words[0] not in get_args(Link):
        links = " | ".join(get_args(Link))
        raise ValueError(f"perturbation {rule!r} {kind}s {words[0]!r}; choose {links}")
    if kind == "shuffle" and not words[1].isdecimal():
        raise ValueError(f"perturbation {rule!r} needs a whole number as its seed")
    if kind == "hold":
        words = list(_hold_words(rule, *words))
    return Perturbation(cast(Kind, kind), tuple(words))


def _hold_words(rule: str, extent: str, curvature: str) -> tuple[str, str]:
    try:
        start, end = (float(word) for word in extent.split("-"))
        kappa_L = float(curvature)
    except ValueError:
        message = (
            f"perturbation {rule!r} needs numbers: 'hold FROM-TO CURVATURE', as 'hold 0.3-0.5 0'"
        )
        raise ValueError(message) from None
    if not (0.0 <= start < end <= 1.0):
        raise ValueError(f"perturbation {rule!r} needs 0 <= FROM < TO <= 1 (0 nose, 1 tail)")
    if not (isfinite(kappa_L) and abs(kappa_L) <= 25.0):
        raise ValueError(f"perturbation {rule!r} needs a curvature times body length within ±25")
    return f"{start!r}-{end!r}", repr(kappa_L)


def from_keywords(
    *,
    block_transmitter: str | None = None,
    cut: tuple[str, str | Sequence[str], str | Sequence[str]] | None = None,
    proprioception_off: str | Sequence[str] | None = None,
    senses_off: str | Sequence[str] | None = None,
    hold_curvature: tuple[tuple[float, float], float] | None = None,
) -> list[Perturbation]:
    """Return the perturbations named by the keywords of ``Simulation.perturb``.

    Raises:
        ValueError: a keyword has a wrong form.
    """
    rules = []
    if block_transmitter is not None:
        rules.append(f"block {block_transmitter}")
    if cut is not None:
        if len(cut) != 3:
            raise ValueError(f"cut={cut!r} must be (kind, pre, post), as ('gap', 'AVA', 'A')")
        rules.append(f"cut {cut[0]} {joined(cut[1])} {joined(cut[2])}")
    if proprioception_off is not None:
        rules.append(f"proprioception-off {joined(proprioception_off)}")
    if senses_off is not None:
        rules.append(f"senses-off {joined(senses_off)}")
    if hold_curvature is not None:
        try:
            (start, end), kappa_L = hold_curvature
        except (TypeError, ValueError):
            message = f"hold_curvature={hold_curvature!r} must be ((from, to), curvature)"
            raise ValueError(message) from None
        rules.append(f"hold {float(start)!r}-{float(end)!r} {float(kappa_L)!r}")
    return [parse(rule) for rule in rules]


def deaf_cells(connectome: "Connectome", perturbations: Sequence[Perturbation]) -> list[int]:
    """Return the indices of the neurons whose proprioception is off, sorted.

    Raises:
        KeyError: a name is unknown.
    """
    off = [p.words[0] for p in perturbations if p.kind == "proprioception-off"]
    return sorted({index for cells in off for index in cell_indices(connectome, cells)})


def held_curvature(perturbations: Sequence[Perturbation]) -> NDArray[np.float64]:
    """Return (23,) curvatures times body length at which joints are held, NaN where free."""
    kappa_L = np.full(N_JOINTS, np.nan)
    at = np.arange(1, N_JOINTS + 1) / (N_JOINTS + 1.0)  # body position of each joint
    for perturbation in perturbations:
        if perturbation.kind == "hold":
            start, _, end = perturbation.words[0].partition("-")
            held = (at >= float(start)) & (at <= float(end))
            kappa_L[held] = float(perturbation.words[1])
    return kappa_L


def joined(cells: str | Sequence[str]) -> str:
    """Return names as one comma-separated word without blanks.

    Raises:
        TypeError: they are neither text nor several texts.
    """
    names = cells.split(",") if isinstance(cells, str) else cells
    if not isinstance(names, Iterable) or not all(isinstance(name, str) for name in names):
        raise TypeError(
            f"{cells!r} are no names of cells; give them as text, as 'AVA,AVBL', or as several "
            "texts, as ('AVA', 'AVBL')"
        )
    return ",".join(name.strip() for name in names)


def cell_indices(connectome: "Connectome", cells: str | Sequence[str]) -> list[int]:
    """Return the indices of the neurons that names, classes or groups stand for, sorted.

    Args:
        connectome: who is who.
        cells: neurons ("AVAL"), classes ("AVA"), groups ("A", "B", "D", …) or "all"; several as a
            sequence or with commas.

    Raises:
        KeyError: a name is unknown.
        ValueError: no name is given.
    """
    names = joined(cells)
    if names == "all":
        return list(range(len(connectome.names)))
    found = connectome.indices(names)
    if not found:
        raise ValueError(f"cells={cells!r} names no neuron; give names or classes, as 'AVA,AVBL'")
    return found


def muscle_indices(connectome: "Connectome", muscles: str | Sequence[str]) -> list[int]:
    """Return the indices of the muscles whose names begin with one of the given words, sorted.

    Args:
        connectome: who is who.
        muscles: "MDL07" (one), "MDL" (a quadrant), "MD" (dorsal), "all"; several as a sequence or
            with commas.

    Raises:
        KeyError: no muscle's name begins so.
    """
    names: Sequence[str] = connectome.muscle_names
    found: set[int] = set()
    for word in joined(muscles).split(","):
        chosen = [i for i, name in enumerate(names) if word == "all" or name.startswith(word)]
        if not word or not chosen:
            close = get_close_matches(word, [*names, "MDL", "MDR", "MVL", "MVR", "all"], 1)
            hint = f"; did you mean {close[0]!r}?" if close else ""
            raise KeyError(f"unknown muscle {word!r}{hint}; muscles are named MDL01 … MVR24")
        found.update(chosen)
    return sorted(found)
