"""Read the published wiring diagrams into plain edge dictionaries.

An edge dictionary maps (pre, post), canonical names, to a count. The unit is that of the data set:
sections of the electron micrograph series for Cook 2019, synapses for White 1986 and
Witvliet 2021.
"""

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from connectome_data.sources.names import MUSCLES, canonical
from connectome_data.sources.wheels import Sources

Edges = dict[tuple[str, str], int]

COOK = "cect/data/SI 5 Connectome adjacency matrices, corrected July 2020.xlsx"
WITVLIET = {7: "cect/data/witvliet_2020_7 adult.xlsx", 8: "cect/data/witvliet_2020_8 adult.xlsx"}
WHITE = "cect/data/aconnectome_white_1986_{part}.csv"
LEGACY = "cect/data/CElegansNeuronTables.xls"


@dataclass(frozen=True)
class Connectome:
    """One data set, split by target.

    Attributes:
        chemical: neuron to neuron.
        muscular: neuron to body-wall muscle.
        gap: undirected, keys sorted by name.
        other: neuron to anything else.
    """

    chemical: Edges
    muscular: Edges
    gap: Edges
    other: Edges

    @property
    def cells(self) -> frozenset[str]:
        """Neurons with at least one synapse or gap junction: the cells the data set covers."""
        return frozenset(name for edge in [*self.chemical, *self.gap] for name in edge)


def _split(chemical: Edges, gap: Edges, neurons: Collection[str]) -> Connectome:
    known, muscles = frozenset(neurons), frozenset(MUSCLES)
    own = {edge: count for edge, count in chemical.items() if edge[0] in known}
    undirected: Edges = {}
    for (a, b), count in gap.items():
        if a in known and b in known:
            key = (min(a, b), max(a, b))
            undirected[key] = max(undirected.get(key, 0), count)
    return Connectome(
        chemical={e: n for e, n in own.items() if e[1] in known},
        muscular={e: n for e, n in own.items() if e[1] in muscles},
        gap=undirected,
        other={e: n for e, n in own.items() if e[1] not in known | muscles},
    )


def _adjacency(rows: list[tuple[Any, ...]]) -> Edges:
    """Read one adjacency sheet of Cook 2019: names in the third row and the third column."""
    header = rows[2]
    edges: Counter[tuple[str, str]] = Counter()
    for row in rows[3:]:
        if not isinstance(row[2], str):
            continue
        pre = canonical(row[2])
        for name, value in zip(header[3:], row[3:], strict=False):
            if isinstance(name, str) and isinstance(value, int | float) and value:
                edges[pre, canonical(name)] += int(value)
    return dict(edges)


def read_cook(sources: Sources, neurons: Collection[str]) -> Connectome:
    """Return Cook 2019, hermaphrodite, corrected July 2020; counts are sections, not synapses."""
    chemical = _adjacency(sources.sheet(COOK, "hermaphrodite chemical"))
    gap = _adjacency(sources.sheet(COOK, "hermaphrodite gap jn symmetric"))
    return _split(chemical, gap, neurons)


def _edge_list(rows: Iterable[tuple[Any, ...]], neurons: Collection[str]) -> Connectome:
    chemical: Counter[tuple[str, str]] = Counter()
    gap: Counter[tuple[str, str]] = Counter()
    for pre, post, kind, count in rows:
        target = chemical if str(kind).strip().lower() == "chemical" else gap
        target[canonical(pre), canonical(post)] += int(count)
    return _split(dict(chemical), dict(gap), neurons)


def read_witvliet(sources: Sources, number: int, neurons: Collection[str]) -> Connectome:
    """Return adult brain ``number`` (7 or 8) of Witvliet 2021."""
    rows = sources.sheet(WITVLIET[number])
    return _edge_list((row[:4] for row in rows[1:] if row[0] is not None), neurons)


def read_white(sources: Sources, part: str, neurons: Collection[str]) -> Connectome:
    """Return White 1986, ``part`` "whole" or "A" (the animal N2U, head only)."""
    lines = sources.text(WHITE.format(part=part)).splitlines()[1:]
    rows = (tuple(line.split()) for line in lines if line.strip())
    return _edge_list(rows, neurons)


def read_legacy_muscular(sources: Sources, neurons: Collection[str]) -> Edges:
    """Return the neuromuscular counts of the older spreadsheet that c302 used, for comparison."""
    import xlrd

    sheet = xlrd.open_workbook(file_contents=sources.read(LEGACY)).sheet_by_name("NeuronsToMuscle")
    known, muscles = frozenset(neurons), frozenset(MUSCLES)
    edges: Edges = {}
    for i in range(1, sheet.nrows):
        pre, post, count = sheet.row_values(i)[:3]
        edge = (canonical(pre), canonical(post))
        if edge[0] in known and edge[1] in muscles:
            edges[edge] = int(count)
    return edges
