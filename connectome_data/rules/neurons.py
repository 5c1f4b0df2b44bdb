"""Table of the 302 neurons, and the tables of signalling beside the wires."""

from collections.abc import Mapping

from connectome_data.rules.frame import Frame
from connectome_data.rules.table import Table, Value, rounded
from connectome_data.sources.identity import Receptors, Transmitters
from connectome_data.sources.morphology import Cell
from connectome_data.sources.names import natural
from connectome_data.sources.signalling import blank_if_nan

_ROLES = ("sensory", "inter", "motor")
COLUMNS = (
    "name",
    "neuron_class",
    "type",
    "roles",
    "transmitter",
    "co_transmitters",
    "uptake",
    "ganglion",
    "soma_x_um",
    "soma_y_um",
    "soma_z_um",
    "soma_diameter_um",
    "body_position",
    "soma_dorsal_um",
    "soma_left_um",
    "transmitter_text",
)


def _roles(neuron_type: str, role_text: str) -> str:
    roles = [role for role in _ROLES if role in role_text.lower()]
    if neuron_type == "pharyngeal":
        roles.insert(0, "pharyngeal")
    return "+".join(roles) or "unknown"


def neuron_table(
    cells: Mapping[str, Cell],
    frame: Frame,
    types: Mapping[str, str],
    transmitters: Mapping[str, Transmitters],
    receptors: Mapping[str, Receptors],
    ganglia: Mapping[str, str],
) -> Table:
    """Return identity, role, transmitter and soma position of every neuron, ordered by name."""
    table = Table("neurons.csv", COLUMNS)
    for name, cell in cells.items():
        made = transmitters[name]
        position, dorsal, left = frame.locate(cell.soma[None, :])[0]
        row: tuple[Value, ...] = (
            name,
            made.neuron_class,
            types[name],
            _roles(types[name], receptors[name].role),
            made.primary,
            "|".join(made.others),
            "|".join(made.uptake),
            ganglia.get(name, ""),
            *(rounded(v, 2) for v in cell.soma[:3]),
            rounded(cell.soma[3], 3),
            rounded(position, 4),
            rounded(dorsal, 2),
            rounded(left, 2),
            made.text,
        )
        table.extend([row])
    return table


def extrasynaptic_table(file: str, signal: str, edges: set[tuple[str, str, str, str]]) -> Table:
    """Return the pairs that signal without a synapse; ``signal`` names the third column."""
    table = Table(file, ("pre", "post", signal, "receptor"))
    ordered = sorted(edges, key=lambda e: (natural(e[0]), natural(e[1]), e[2:]))
    table.extend(ordered)
    return table


def functional_table(rows: list[tuple[str, str, str, float, float, float, int]]) -> Table:
    """Return the functional atlas; blanks where the source gives no number."""
    columns = ("strain", "stimulated", "responding", "dff", "q", "q_equivalence", "trials")
    table = Table("functional_atlas.csv.gz", columns)
    for strain, stimulated, responding, dff, q, q_eq, trials in sorted(
        rows, key=lambda r: (r[0] != "wt", natural(r[1]), natural(r[2]))
    ):
        values = (blank_if_nan(v, digits) for v, digits in ((dff, 4), (q, 5), (q_eq, 5)))
        table.extend([(strain, stimulated, responding, *values, trials)])
    return table
