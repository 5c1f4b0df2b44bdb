"""Read monoamines and peptides (Bentley 2016) and the functional atlas (Randi 2023)."""

import csv
import math
from io import BytesIO, StringIO

from connectome_data.sources.names import canonical
from connectome_data.sources.wheels import Sources

MONOAMINES = "cect/data/edgelist_MA.csv"
PEPTIDES = "cect/data/edgelist_NP.csv"
ATLAS = "wormneuroatlas/data/funatlas.h5"


def read_extrasynaptic(sources: Sources, member: str) -> set[tuple[str, str, str, str]]:
    """Return {(pre, post, transmitter or peptide, receptor)} from an edge list of Bentley 2016."""
    rows = csv.reader(StringIO(sources.text(member)))
    return {
        (canonical(row[0]), canonical(row[1]), row[2].strip(), row[3].strip())
        for row in rows
        if len(row) == 4
    }


def read_functional_atlas(sources: Sources) -> list[tuple[str, str, str, float, float, float, int]]:
    """Return the measured pairs of Randi 2023.

    Returns:
        Rows (strain, stimulated, responding, mean response ΔF/F, q, q of equivalence, trials);
        values that the file leaves open are NaN. The matrices of the file are indexed
        [responding, stimulated].
    """
    import h5py

    rows: list[tuple[str, str, str, float, float, float, int]] = []
    with h5py.File(BytesIO(sources.read(ATLAS))) as file:
        names = [canonical(name.decode()) for name in file["neuron_ids"][:]]
        for strain in ("wt", "unc31"):
            dff, q, q_eq, trials = (file[f"{strain}/{k}"][:] for k in ("dFF", "q", "q_eq", "occ1"))
            for i, responding in enumerate(names):
                for j, stimulated in enumerate(names):
                    if i == j or trials[i, j] <= 0:
                        continue
                    values = (float(dff[i, j]), float(q[i, j]), float(q_eq[i, j]))
                    rows.append((strain, stimulated, responding, *values, int(trials[i, j])))
    return rows


def blank_if_nan(value: float, digits: int) -> str:
    """Return a rounded number as text, or an empty string where nothing was measured."""
    return "" if math.isnan(value) or math.isinf(value) else f"{round(value, digits) + 0.0:g}"
