"""Published experiments on the animal, and what each must do to the model to count as right.

The table was written down before any of it was run. No search by machine scores it, but the rows in
``SEEN`` were looked at while constants were scanned by hand (docs/model.md): they say what the
model can do, not that it foretold it. ``effect`` is the smallest change that counts, as a share of
the intact worm: a quarter, or more where the published change is a loss. "kept" rows are right
while the change stays within ``effect``; "reaches" rows while the mean is at least ``effect``
itself. Where an intact worm does not show a behaviour (``LEAST``), all rows about it are wrong.

Not in the table, because this model cannot show it: the shortening of worms without GABA (the body
has a fixed length).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["CONTROLS", "INTACT", "LEAST", "ROWS", "SEEN", "Probe", "Row"]

Expected = Literal["falls", "rises", "kept", "reaches"]

CHALFIE_1985 = "doi:10.1523/JNEUROSCI.05-04-00956.1985"
GRAY_2005 = "doi:10.1073/pnas.0409009101"
HASPEL_2010 = "doi:10.1523/JNEUROSCI.2244-10.2010"
KAWANO_2011 = "doi:10.1016/j.neuron.2011.09.005"
WEN_2012 = "doi:10.1016/j.neuron.2012.08.039"
MCINTIRE_1993 = "doi:10.1038/364337a0"
UNC_25 = "doi:10.1038/364334a0"
PIRRI_2009 = "doi:10.1016/j.neuron.2009.04.013"
SUZUKI_2008 = "doi:10.1038/nature06927"
BARGMANN_1993 = "doi:10.1016/0092-8674(93)80053-H"
KAPLAN_1993 = "doi:10.1073/pnas.90.6.2227"
WICKS_1995 = "doi:10.1523/JNEUROSCI.15-03-02434.1995"
FANG_YEN_2010 = "doi:10.1073/pnas.1003016107"
INTACT = "intact"
# Looked at while constants were chosen; see above.
SEEN = frozenset(
    (
        "AVA driven", "AVD: touch", "ASH driven", "ASH: nose", "AVB: crawl", "AVB+PVC: crawl",
        "PVC: crawl", "B: body wave", "B: head goes on", "B stretch", "PLM: front", "PLM: tap",
        "RIM: reversals", "RIM: touch", "RIM: head", "AIB: reversals", "AIY: reversals", "D: swim",
        "load: frequency", "load: wavelength",
    )
)  # fmt: skip
# An intact worm that does not reach this does not show the behaviour, and no loss of it counts.
LEAST = {
    "reversed": 0.5,
    "accelerated": 0.5,
    "rate_per_min": 0.2,
    "index": 0.25,
    "speed_mm_s": 0.05,
    "backing_mm_s": 0.05,
}
NUMERICS = "convergence: must not depend on the step"


@dataclass(frozen=True, kw_only=True)
class Probe:
    """How a worm is measured: an assay under one of its conditions, in a world."""

    assay: str
    condition: str = "plain"
    medium: str = ""
    chemical: str = ""

    @property
    def name(self) -> str:
        """All of it in one line; unique."""
        parts = (self.assay, self.condition, self.medium, self.chemical)
        return " ".join(part for part in parts if part and part != "plain")


@dataclass(frozen=True, kw_only=True)
class Row:
    """One published experiment.

    Attributes:
        name: short and unique.
        probe, figure: what is measured.
        expected, effect: what must become of it; see above.
        weight: how robust the published finding is, 1 to 3.
        source: where it was published.
        ablate, perturb: what is done to the animal.
        medium, resolution, halved_step: what is changed otherwise.
    """

    name: str
    probe: Probe
    figure: str
    expected: Expected
    effect: float
    source: str
    weight: int = 3
    ablate: str = ""
    perturb: tuple[str, ...] = ()
    medium: str = ""
    resolution: str = ""
    halved_step: bool = False

    @classmethod
    def intact(cls, probe: Probe) -> Row:
        """Return the row that does nothing to the worm."""
        return cls(name=INTACT, probe=probe, figure="", expected="kept", effect=0.0, source="")

    @property
    def treatment(self) -> str:
        """What is done to the worm, in one line; "intact" if nothing is."""
        done = (
            f"ablate {self.ablate}" if self.ablate else "",
            *self.perturb,
            f"medium {self.medium}" if self.medium else "",
            f"{self.resolution} neurites" if self.resolution else "",
            "half the step" if self.halved_step else "",
        )
        return ", ".join(filter(None, done)) or INTACT


CRAWL, BACK, FREE = Probe(assay="crawl"), Probe(assay="backward"), Probe(assay="reversal")
FRONT, BEHIND, NOSE, ASH, AVA, TAP = (
    Probe(assay="touch", condition=c)
    for c in ("anterior", "posterior", "nose", "ASH", "AVA", "tap")
)
WATER = Probe(assay="swim", medium="water")
SALT, DIACETYL, ISOAMYL = (
    Probe(assay="chemotaxis", chemical=c) for c in ("salt", "diacetyl", "isoamyl_alcohol")
)


def _row(
    name: str,
    probe: Probe,
    figure: str,
    expected: Expected,
    effect: float,
    source: str,
    **rest: str,
) -> Row:
    """Return a row; ``ablate`` and one ``perturb`` rule are all most of them need."""
    rule = rest.pop("perturb", "")
    return Row(
        name=name,
        probe=probe,
        figure=figure,
        expected=expected,
        effect=effect,
        source=source,
        perturb=(rule,) if rule else (),
        ablate=rest.pop("ablate", ""),
        medium=rest.pop("medium", ""),
    )


ROWS: tuple[Row, ...] = (
    _row("AVA: reversals", FREE, "rate_per_min", "falls", 0.5, GRAY_2005, ablate="AVA"),
    _row("AVA: touch", FRONT, "reversed", "falls", 0.25, CHALFIE_1985, ablate="AVA"),
    _row("AVA+AVD: touch", FRONT, "reversed", "falls", 0.75, CHALFIE_1985, ablate="AVA,AVD"),
    _row("AVD: touch", FRONT, "reversed", "falls", 0.25, CHALFIE_1985, ablate="AVD"),
    _row("PVC: touch behind", BEHIND, "accelerated", "falls", 0.5, CHALFIE_1985, ablate="PVC"),
    _row("PVC: crawl", CRAWL, "speed_mm_s", "kept", 0.25, CHALFIE_1985, ablate="PVC"),
    _row("AVB: crawl", CRAWL, "speed_mm_s", "falls", 0.4, CHALFIE_1985, ablate="AVB"),
    _row("AVB+PVC: crawl", CRAWL, "speed_mm_s", "falls", 0.75, CHALFIE_1985, ablate="AVB,PVC"),
    _row("AVA driven", AVA, "reversed", "reaches", 0.8, KAWANO_2011),
    _row(
        "unc-7 unc-9", CRAWL, "speed_mm_s", "falls", 0.7, KAWANO_2011, perturb="cut gap all all"
    ),
    _row("B: body wave", CRAWL, "peak_curvature_l", "falls", 0.5, WEN_2012, ablate="B"),
    _row("B: head goes on", CRAWL, "head_curvature_l", "kept", 0.5, WEN_2012, ablate="B"),
    _row("A: no backing", BACK, "backing_mm_s", "falls", 0.75, HASPEL_2010, ablate="A"),
    _row("A: forward spared", CRAWL, "speed_mm_s", "kept", 0.25, HASPEL_2010, ablate="A"),
    _row(
        "B stretch", CRAWL, "peak_curvature_l", "falls", 0.5, WEN_2012,
        perturb="proprioception-off B",
    ),
    _row("D: crawl", CRAWL, "speed_mm_s", "falls", 0.25, MCINTIRE_1993, ablate="D"),
    _row("D: swim", WATER, "frequency_hz", "falls", 0.25, MCINTIRE_1993, ablate="D"),
    _row("unc-25", CRAWL, "speed_mm_s", "falls", 0.25, UNC_25, perturb="block GABA"),
    _row("RIM: reversals", FREE, "rate_per_min", "rises", 0.25, GRAY_2005, ablate="RIM"),
    _row("RIM: touch", FRONT, "reversal_mm", "falls", 0.25, PIRRI_2009, ablate="RIM"),
    _row("RIM: head", BACK, "head_curvature_l", "rises", 0.25, PIRRI_2009, ablate="RIM"),
    _row("AIB: reversals", FREE, "rate_per_min", "falls", 0.5, GRAY_2005, ablate="AIB"),
    _row("AIY: reversals", FREE, "rate_per_min", "rises", 0.25, GRAY_2005, ablate="AIY"),
    _row("ASE: salt", SALT, "index", "falls", 0.75, SUZUKI_2008, ablate="ASE"),
    _row("AWA: diacetyl", DIACETYL, "index", "falls", 0.75, BARGMANN_1993, ablate="AWA"),
    _row("AWA: isoamyl", ISOAMYL, "index", "kept", 0.5, BARGMANN_1993, ablate="AWA"),
    _row("AWC: isoamyl", ISOAMYL, "index", "falls", 0.75, BARGMANN_1993, ablate="AWC"),
    _row("ASH: nose", NOSE, "reversed", "falls", 0.25, KAPLAN_1993, ablate="ASH"),
    _row("ASH driven", ASH, "reversed", "reaches", 0.8, KAPLAN_1993),
    _row("ALM+AVM: front", FRONT, "reversed", "falls", 0.75, CHALFIE_1985, ablate="ALM,AVM"),
    _row("ALM+AVM: behind", BEHIND, "accelerated", "kept", 0.25, CHALFIE_1985, ablate="ALM,AVM"),
    _row("PLM: behind", BEHIND, "accelerated", "falls", 0.75, CHALFIE_1985, ablate="PLM"),
    _row("PLM: front", FRONT, "reversed", "kept", 0.25, CHALFIE_1985, ablate="PLM"),
    _row("PLM: tap", TAP, "reversal_mm", "rises", 0.25, WICKS_1995, ablate="PLM"),
    _row("load: frequency", WATER, "frequency_hz", "falls", 0.25, FANG_YEN_2010, medium="10"),
    _row("load: wavelength", WATER, "wavelength_l", "falls", 0.25, FANG_YEN_2010, medium="10"),
)  # fmt: skip
"""Effects on the animal."""

CONTROLS: tuple[Row, ...] = (
    _row(
        "no stretch", CRAWL, "speed_mm_s", "falls", 0.5, WEN_2012,
        perturb="proprioception-off all",
    ),
    _row(
        "no junctions", CRAWL, "peak_curvature_l", "falls", 0.95, "muscles hear junctions alone",
        perturb="cut neuromuscular all all",
    ),
    *(
        _row(
            f"{link} shuffled", CRAWL, "speed_mm_s", "falls", 0.5, "the animal's wiring matters",
            perturb=f"shuffle {link} 1",
        )
        for link in ("chemical", "gap", "neuromuscular")
    ),
    *(
        Row(
            name=f"{name}: {probe.assay} {figure}", probe=probe, figure=figure, expected="kept",
            effect=0.15, source=NUMERICS, halved_step=halved, resolution=resolution,
        )
        for name, halved, resolution in (
            ("half the step", True, ""),
            ("fine neurites", False, "fine"),
        )
        for probe, figure in (
            (CRAWL, "speed_mm_s"),
            (CRAWL, "frequency_hz"),
            (BACK, "backing_mm_s"),
        )
    ),
)  # fmt: skip
"""Controls of the model: what it must and what it must not depend on."""
