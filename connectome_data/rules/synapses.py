"""Tables of chemical synapses and gap junctions between neurons.

Base: Cook 2019 as corrected in July 2020, the one whole-animal data set. White 1986 and Witvliet
2021 (7, 8) stand beside it; their column is blank where a cell of the pair lies outside that data
set, which is no evidence of absence.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from connectome_data.rules.table import Table, rounded
from connectome_data.sources.connectomes import Connectome, Edges
from connectome_data.sources.names import natural

GAP_CAP_SECTIONS = 20
_COUNTS = ("n_white", "n_witvliet7", "n_witvliet8")


@dataclass(frozen=True)
class Wiring:
    """The data sets: ``cook`` is the base, ``others`` by n_white, n_witvliet7, n_witvliet8."""

    cook: Connectome
    others: Mapping[str, Connectome]

    def counts(self, edge: tuple[str, str], kind: str) -> list[int | str]:
        """Return the counts of the other data sets; "" where one of the cells is not covered."""
        out: list[int | str] = []
        for key in _COUNTS:
            data = self.others[key]
            edges: Edges = getattr(data, kind)
            covered = data.cells.issuperset(edge)
            out.append(edges.get(edge, 0) if covered else "")
        return out


def _ordered(edges: Edges | set[tuple[str, str]]) -> list[tuple[str, str]]:
    return sorted(edges, key=lambda e: (natural(e[0]), natural(e[1])))


def estimate_synapses(sections: int, counts: list[int | str]) -> float:
    """Return the estimated number of synapses of a pair.

    The mean of the data sets that counted any; else half the sections, at least 1 (a synapse of
    Cook 2019 spans 1.8 to 2.6 sections on shared edges). Our rule.
    """
    counted = [n for n in counts if isinstance(n, int) and n > 0]
    if counted:
        return rounded(sum(counted) / len(counted), 1)
    return max(1.0, rounded(sections / 2, 1))


def chemical_table(wiring: Wiring) -> Table:
    """Return the chemical synapses of Cook 2019, autapses included."""
    columns = ("pre", "post", "sections", "synapses", *_COUNTS, "seen", "possible")
    table = Table("chemical.csv", columns)
    for edge in _ordered(wiring.cook.chemical):
        sections, counts = wiring.cook.chemical[edge], wiring.counts(edge, "chemical")
        seen = 1 + sum(n != "" and int(n) > 0 for n in counts)
        possible = 1 + sum(n != "" for n in counts)
        synapses = estimate_synapses(sections, counts)
        table.extend([(*edge, sections, synapses, *counts, seen, possible)])
    return table


def gap_table(wiring: Wiring) -> Table:
    """Return the gap junctions of Cook 2019, one row per undirected pair.

    ``sections_capped`` limits long parallel runs (ALA-CAN, ALA-PVD, CAN-PVD: a quarter of all).
    """
    columns = ("a", "b", "sections", "sections_capped", *_COUNTS)
    table = Table("gap_junctions.csv", columns)
    for edge in _ordered(wiring.cook.gap):
        sections = wiring.cook.gap[edge]
        capped = min(sections, GAP_CAP_SECTIONS)
        table.extend([(*edge, sections, capped, *wiring.counts(edge, "gap"))])
    return table


def not_in_cook_table(wiring: Wiring, kind: str) -> Table:
    """Return the pairs only other data sets than Cook 2019 have; kind "chemical" or "gap"."""
    ends = ("pre", "post") if kind == "chemical" else ("a", "b")
    table = Table(f"{kind}_not_in_cook.csv", (*ends, *_COUNTS, "seen", "possible"))
    known: Edges = getattr(wiring.cook, kind)
    others: set[tuple[str, str]] = set()
    for data in wiring.others.values():
        others |= set(getattr(data, kind))
    for edge in _ordered(others - set(known)):
        counts = wiring.counts(edge, kind)
        seen = sum(n != "" and int(n) > 0 for n in counts)
        table.extend([(*edge, *counts, seen, 1 + sum(n != "" for n in counts))])
    return table


def other_targets_table(cook: Connectome) -> Table:
    """Return what neurons innervate beside neurons and body-wall muscles: vulva, pharynx, ..."""
    table = Table("other_targets.csv", ("neuron", "target", "sections"))
    table.extend((*edge, cook.other[edge]) for edge in _ordered(cook.other))
    return table
