"""Signs of chemical synapses, by evidence; the first source that speaks decides.

1. literature: ``sign_overrides.csv``, by class pair, each with its paper (confidence 3);
2. the prediction of Fenyves 2020 from gene expression, where it is + or − (confidence 2);
3. where that is "complex": the majority of the target's receptor genes for the transmitter (1);
4. the transmitter alone: ACh +, Glu +, GABA −, all others 0 (confidence 0).

Steps 3 and 4 are our rules.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from connectome_data.rules.table import Table
from connectome_data.sources.connectomes import Connectome
from connectome_data.sources.identity import Receptors, Transmitters
from connectome_data.sources.names import natural, sign_class

OVERRIDES = Path(__file__).parents[1] / "sign_overrides.csv"
MUSCLE = "muscle"  # the post class of overrides on body-wall muscle
_DEFAULT = {"ACh": 1, "Glu": 1, "GABA": -1}
_FENYVES_DOI = "10.1371/journal.pcbi.1007974"


@dataclass(frozen=True)
class Override:
    """A sign taken from a paper; ``transmitter`` is blank where it is the neuron's primary one."""

    sign: int
    transmitter: str
    evidence: str
    doi: str


def read_overrides() -> dict[tuple[str, str], Override]:
    """Return the literature signs by (pre class, post class)."""
    with OVERRIDES.open(encoding="utf8", newline="") as file:
        return {
            (row["pre_class"], row["post_class"]): Override(
                int(row["sign"]), row["transmitter"], row["evidence"], row["doi"]
            )
            for row in csv.DictReader(file)
        }


@dataclass(frozen=True)
class Evidence:
    """Everything that speaks about signs."""

    transmitters: Mapping[str, Transmitters]
    receptors: Mapping[str, Receptors]
    predicted: Mapping[tuple[str, str], str]
    overrides: Mapping[tuple[str, str], Override]

    def sign(self, pre: str, post: str) -> tuple[int, str, str, str, int]:
        """Return (sign, transmitter, evidence, doi, confidence) of one edge."""
        transmitter = self.transmitters[pre].primary
        override = self.overrides.get((sign_class(pre), sign_class(post)))
        if override:
            used = override.transmitter or transmitter
            return override.sign, used, f"literature: {override.evidence}", override.doi, 3
        predicted = self.predicted.get((pre, post), "")
        if predicted in ("+", "-"):
            sign = 1 if predicted == "+" else -1
            return sign, transmitter, "gene expression (Fenyves 2020)", _FENYVES_DOI, 2
        default = _DEFAULT.get(transmitter, 0)
        if predicted == "complex" and transmitter in _DEFAULT:
            up, down = self.receptors[post].counts[transmitter]
            sign = (up > down) - (up < down) or default
            return sign, transmitter, f"receptor genes +{up} -{down}", _FENYVES_DOI, 1
        return default, transmitter, "transmitter alone", "", 0


def sign_table(cook: Connectome, evidence: Evidence) -> Table:
    """Return the sign of every chemical synapse of Cook 2019."""
    columns = ("pre", "post", "sign", "transmitter", "fenyves", "evidence", "doi", "confidence")
    table = Table("signs.csv", columns)
    for pre, post in sorted(cook.chemical, key=lambda e: (natural(e[0]), natural(e[1]))):
        sign, transmitter, why, doi, confidence = evidence.sign(pre, post)
        predicted = evidence.predicted.get((pre, post), "")
        table.extend([(pre, post, sign, transmitter, predicted, why, doi, confidence)])
    return table


def muscle_sign(evidence: Evidence, neuron: str) -> tuple[int, str]:
    """Return (sign, transmitter) on body-wall muscle: by paper, else ACh +, GABA −, others 0."""
    transmitter = evidence.transmitters[neuron].primary
    override = evidence.overrides.get((sign_class(neuron), MUSCLE))
    if override:
        return override.sign, override.transmitter or transmitter
    return {"ACh": 1, "GABA": -1}.get(transmitter, 0), transmitter
