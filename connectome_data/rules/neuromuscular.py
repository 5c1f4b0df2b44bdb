"""Neuromuscular junctions: which neuron reaches which body-wall muscle, and how strongly.

Cook 2019 is extrapolated in parts of the head, where three other animals were imaged; in the body
it stands alone.
Rule (ours), in this order:

* veto: classes AS DA DB DD never on ventral muscle, VA VB VC VD never on dorsal muscle;
* cord_sections: cord classes, PDA and PDB take the sections of Cook 2019 / 2;
* head_consensus: other neurons on rows 1-8 take the mean of Witvliet 7, 8 and White A if two of the
  three have the pair;
* unconfirmed: everything else counts 0.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from connectome_data.rules.signs import Evidence, muscle_sign
from connectome_data.rules.table import Table, Value, rounded
from connectome_data.sources.connectomes import Edges
from connectome_data.sources.names import CORD_CLASSES, natural, sign_class

HEAD_ROWS = 8
_DORSAL = frozenset(("AS", "DA", "DB", "DD"))
_VENTRAL = frozenset(("VA", "VB", "VC", "VD"))
_IMAGED = ("n_witvliet7", "n_witvliet8", "n_white")
COLUMNS = (
    "neuron",
    "muscle",
    "junctions",
    "sign",
    "transmitter",
    "sections_cook",
    *_IMAGED,
    "rule",
)


@dataclass(frozen=True)
class MuscleData:
    """Neuromuscular edges: Cook 2019, three head series by column name, the older c302 table."""

    cook: Edges
    imaged: Mapping[str, Edges]
    legacy: Edges

    @property
    def edges(self) -> list[tuple[str, str]]:
        """Every pair of any data set, in natural order."""
        found = set(self.cook).union(self.legacy, *self.imaged.values())
        return sorted(found, key=lambda e: (natural(e[0]), natural(e[1])))


def junctions(neuron: str, muscle: str, sections: int, imaged: list[int]) -> tuple[float, str]:
    """Return (number of junctions, name of the rule that gave it)."""
    neuron_class = sign_class(neuron)
    ventral = muscle[1] == "V"
    if neuron_class in (_DORSAL if ventral else _VENTRAL):
        return 0.0, "veto"
    if neuron_class in CORD_CLASSES or neuron in ("PDA", "PDB"):
        return (sections / 2, "cord_sections") if sections else (0.0, "unconfirmed")
    if int(muscle[3:]) <= HEAD_ROWS and sum(n > 0 for n in imaged) >= 2:
        return rounded(sum(imaged) / len(imaged), 2), "head_consensus"
    return 0.0, "unconfirmed"


def neuromuscular_tables(data: MuscleData, evidence: Evidence) -> tuple[Table, Table]:
    """Return (pairs with at least one junction, all pairs of any data set)."""
    used = Table("neuromuscular.csv", COLUMNS)
    every = Table("neuromuscular_all.csv", (*COLUMNS, "n_c302"))
    for neuron, muscle in data.edges:
        edge = (neuron, muscle)
        sections = data.cook.get(edge, 0)
        counts = [data.imaged[key].get(edge, 0) for key in _IMAGED]
        number, rule = junctions(neuron, muscle, sections, counts)
        sign, transmitter = muscle_sign(evidence, neuron)
        in_head = int(muscle[3:]) <= HEAD_ROWS
        shown: list[Value] = [count if in_head else "" for count in counts]
        row = (neuron, muscle, number, sign, transmitter, sections, *shown, rule)
        every.extend([(*row, data.legacy.get(edge, 0))])
        if number > 0:
            used.extend([row])
    return used, every
