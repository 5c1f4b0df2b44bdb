"""Read who the neurons are: type, role, transmitter, ganglion, receptors, predicted signs."""

import json
import re
from dataclasses import dataclass

from connectome_data.sources.names import canonical
from connectome_data.sources.wheels import Sources

NAMES = "c302/data/owmeta_cache.json"
TYPES = "cect/data/1-s2.0-S0896627323007560-mmc7.xlsx"
TRANSMITTERS = "cect/data/elife-95402-supp2-v1.xlsx"
GANGLIA = "wormneuroatlas/data/aconnectome_ids_ganglia.json"
SIGNS = "wormneuroatlas/data/journal.pcbi.1007974.s003.xlsx"

_TYPE = {
    "motor": "motor",
    "motor neuron": "motor",
    "interneuron": "inter",
    "sensory": "sensory",
    "sensory neuron": "sensory",
    "pharynx": "pharyngeal",
    "unknown": "unknown",
}
_TRANSMITTER = re.compile(r"(ACh|Glu|GABA|DA|5-HT|octopamine|tyramine|betaine)(?![A-Za-z])")
_FAST = ("ACh", "Glu", "GABA")


@dataclass(frozen=True)
class Transmitters:
    """What a neuron releases, from the text of Wang 2024.

    Attributes:
        neuron_class: the class name of the paper.
        primary: the fast classical transmitter, else the first one made, else "unknown".
        others: the further transmitters it makes.
        uptake: transmitters it only takes up.
        text: the cells of the table as printed, joined by "; ".
    """

    neuron_class: str
    primary: str
    others: tuple[str, ...]
    uptake: tuple[str, ...]
    text: str


def read_names(sources: Sources) -> list[str]:
    """Return the 302 canonical neuron names, unordered."""
    names = [canonical(name) for name in json.loads(sources.text(NAMES))["neuron_info"]]
    if len(set(names)) != 302:
        raise ValueError(f"{NAMES} names {len(set(names))} neurons, expected 302")
    return names


def read_types(sources: Sources) -> dict[str, str]:
    """Return the primary type of each neuron (Ripoll-Sanchez 2023)."""
    rows = sources.sheet(TYPES)[2:]
    found = {canonical(row[0]): row[2] for row in rows if row[0] is not None and row[2] is not None}
    return {name: _TYPE[str(kind).strip().lower()] for name, kind in found.items()}


def parse_transmitters(neuron_class: str, cells: list[str]) -> Transmitters:
    """Read the free text of one neuron; "*" marks dim expression, entries for males are skipped."""
    made: list[str] = []
    uptake: list[str] = []
    for cell in cells:
        plain = cell.replace("*", "").strip()
        match = _TRANSMITTER.match(plain)
        if match is None or plain.startswith("male"):
            continue
        only_uptake = "uptake" in plain and "synthesis" not in plain
        (uptake if only_uptake else made).append(match.group(1))
    fast = [name for name in made if name in _FAST]
    primary = [*fast, *made, "unknown"][0]
    others = tuple(name for name in made if name != primary)
    text = "; ".join(" ".join(cell.split()) for cell in cells)
    return Transmitters(neuron_class, primary, others, tuple(uptake), text)


def read_transmitters(sources: Sources) -> dict[str, Transmitters]:
    """Return the transmitters of each neuron (Wang 2024)."""
    found: dict[str, Transmitters] = {}
    neuron_class = ""  # the sheet names the class on its first member only
    for row in sources.sheet(TRANSMITTERS)[4:]:
        if not isinstance(row[2], str):
            continue
        if isinstance(row[1], str):
            neuron_class = row[1].strip()
        cells = [value for value in row[20:23] if isinstance(value, str)]
        found[canonical(row[2])] = parse_transmitters(neuron_class, cells)
    return found


def read_ganglia(sources: Sources) -> dict[str, str]:
    """Return the first ganglion listed for each neuron; three neurons are in none."""
    found: dict[str, str] = {}
    for ganglion, members in json.loads(sources.text(GANGLIA)).items():
        # "head" and "pharynx" list ganglia, not cells.
        if ganglion in ("head", "pharynx") or not isinstance(members, list):
            continue
        for name in members:
            found.setdefault(canonical(name), ganglion)
    return found


@dataclass(frozen=True)
class Receptors:
    """Role text, and numbers of (excitatory, inhibitory) receptor genes per transmitter."""

    role: str
    counts: dict[str, tuple[int, int]]


def read_receptors(sources: Sources) -> dict[str, Receptors]:
    """Return role and receptor-gene counts of each neuron."""
    rows = sources.sheet(SIGNS, "4. Receptor type expression ")[2:304]
    found: dict[str, Receptors] = {}
    for row in rows:
        glu_up, glu_down, ach_up, ach_down, gaba_up, gaba_down = (int(v or 0) for v in row[1:7])
        counts = {
            "Glu": (glu_up, glu_down),
            "ACh": (ach_up, ach_down),
            "GABA": (gaba_up, gaba_down),
        }
        found[canonical(row[0])] = Receptors(str(row[7]), counts)
    return found


def read_predicted_signs(sources: Sources) -> dict[tuple[str, str], str]:
    """Return "+", "-", "complex" or "no pred" for each edge of Fenyves 2020."""
    rows = sources.sheet(SIGNS, "5. Sign prediction")[2:]
    return {
        (canonical(row[0]), canonical(row[3])): str(row[16])
        for row in rows
        if isinstance(row[0], str) and isinstance(row[3], str)
    }
