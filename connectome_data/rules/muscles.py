"""The 95 body-wall muscles and where along the body they lie.

No table gives the position of a muscle, so there are two options, both ours: ``body_position``
spaces the 24 rows evenly; ``body_position_axons`` follows the axons of VD, DD and VA that innervate
each row (assumed at both ends).
"""

from collections.abc import Mapping

import numpy as np
from scipy.interpolate import PchipInterpolator

from connectome_data.rules.frame import Frame, resample
from connectome_data.rules.table import Table, rounded
from connectome_data.sources.connectomes import Edges
from connectome_data.sources.morphology import Array, Cell
from connectome_data.sources.names import MUSCLES, sign_class

ROWS = 24
_AXON_CLASSES = ("DD", "VA", "VD")
_KNOT_ROWS = (7.5, 9.0, 11.0, 13.0, 15.0, 17.0, 19.0, 21.0, 22.5)
# Assumed: the first and fourth rows and the last lie here; no cord axon tells.
_HEAD = ((1.0, 0.02), (4.0, 0.07))
_TAIL = (24.0, 0.955)


def body_position(row: int) -> float:
    """Return the position of a muscle row when rows are spaced evenly."""
    return (row - 0.5) / ROWS


def _axons(cells: Mapping[str, Cell], frame: Frame, muscular: Edges) -> Array:
    """Return (n, 2): per motor neuron, its mean muscle row by sections and mean axon position."""
    out = []
    for name, cell in cells.items():
        neuron_class = sign_class(name)
        if neuron_class not in _AXON_CLASSES:
            continue
        side = "D" if neuron_class == "DD" else "V"
        targets = [
            (int(m[3:]), n) for (pre, m), n in muscular.items() if pre == name and m[1] == side
        ]
        if not targets:
            continue
        row = sum(r * n for r, n in targets) / sum(n for _, n in targets)
        body = frame.locate(resample(cell)[0])
        own = body[:, 1] > 0 if side == "D" else body[:, 1] <= 0
        out.append((row, body[own, 0].mean()))
    return np.array(out)


def axon_positions(cells: Mapping[str, Cell], frame: Frame, muscular: Edges) -> Array:
    """Return (24,) body position of each row: local straight fits through the axons, joined up."""
    axons = _axons(cells, frame, muscular)

    def local(row: float) -> float:
        weight = np.exp(-0.5 * (axons[:, 0] - row) ** 2)
        fit = np.polyfit(axons[:, 0], axons[:, 1], 1, w=np.sqrt(weight))
        return float(np.polyval(fit, row))

    rows = [_HEAD[0][0], _HEAD[1][0], *_KNOT_ROWS, _TAIL[0]]
    at = [_HEAD[0][1], _HEAD[1][1], *(local(row) for row in _KNOT_ROWS), _TAIL[1]]
    curve = PchipInterpolator(rows, np.maximum.accumulate(at))
    return np.asarray(curve(np.arange(1, ROWS + 1)))


def muscle_table(positions: Array) -> Table:
    """Return the table of muscles; ``positions`` as from ``axon_positions``."""
    columns = ("name", "quadrant", "row", "body_position", "body_position_axons", "region")
    table = Table("muscles.csv", columns)
    for name in MUSCLES:
        row = int(name[3:])
        region = "head" if row <= 4 else "neck" if row <= 8 else "body"
        evenly, axons = rounded(body_position(row), 4), rounded(positions[row - 1], 4)
        table.extend([(name, name[1:3], row, evenly, axons, region)])
    return table
