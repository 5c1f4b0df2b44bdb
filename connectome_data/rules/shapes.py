"""Tables of neuron shape: sections for the cable, points for drawing, the centreline."""

import math
from collections.abc import Mapping

import numpy as np

from connectome_data.rules.frame import Frame
from connectome_data.rules.table import Table, Value, rounded
from connectome_data.sources.morphology import Cell, simplify

TOLERANCE_UM = 0.5
_CENTRELINE_STEP = 5  # every fifth point of the 1 µm centreline


def section_table(cells: Mapping[str, Cell], frame: Frame) -> Table:
    """Return the unbranched sections of all neurons, parents before children.

    ``diameter_um`` is that of the cylinder with the section's length and lateral area.
    """
    columns = (
        "neuron",
        "section",
        "parent",
        "length_um",
        "area_um2",
        "diameter_um",
        "path_start_um",
        "body_position_start",
        "body_position_end",
        "dorsal_start_um",
        "dorsal_end_um",
    )
    table = Table("sections.csv", columns)
    for name, cell in cells.items():
        for k, section in enumerate(cell.sections):
            ends = frame.locate(section.points[[0, -1]])
            diameter = section.area_um2 / (math.pi * section.length_um)
            row: tuple[Value, ...] = (
                name,
                k,
                section.parent,
                rounded(section.length_um, 2),
                rounded(section.area_um2, 2),
                rounded(diameter, 3),
                rounded(cell.path_start_um[k], 2),
                *(rounded(s, 4) for s in ends[:, 0]),
                *(rounded(d, 2) for d in ends[:, 1]),
            )
            table.extend([row])
    return table


def morphology_table(cells: Mapping[str, Cell], frame: Frame) -> Table:
    """Return points along each section, simplified to 0.5 µm; the first is the section's start."""
    columns = (
        "neuron",
        "section",
        "x_um",
        "y_um",
        "z_um",
        "diameter_um",
        "body_position",
        "dorsal_um",
        "left_um",
    )
    table = Table("morphology.csv", columns)
    for name, cell in cells.items():
        for k, section in enumerate(cell.sections):
            points = section.points[simplify(section.points, TOLERANCE_UM)]
            for point, body in zip(points, frame.locate(points), strict=True):
                source = (*(rounded(v, 2) for v in point[:3]), rounded(point[3], 3))
                place = (rounded(body[0], 5), rounded(body[1], 2), rounded(body[2], 2))
                table.extend([(name, k, *source, *place)])
    return table


def centreline_table(frame: Frame) -> Table:
    """Return the centreline of the source frame, nose first."""
    table = Table("centreline.csv", ("body_position", "arc_um", "x_um", "y_um", "z_um"))
    keep = np.unique(
        np.append(np.arange(0, len(frame.line), _CENTRELINE_STEP), len(frame.line) - 1)
    )
    for arc, point in zip(frame.arc_um[keep], frame.line[keep], strict=True):
        position = rounded(arc / frame.length_um, 5)
        table.extend([(position, rounded(arc, 2), *(rounded(v, 2) for v in point))])
    return table
