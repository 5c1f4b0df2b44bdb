"""Read all sources once and make every table from them."""

from collections.abc import Iterator

from connectome_data.rules import muscles, neuromuscular, neurons, shapes, sites, synapses
from connectome_data.rules.frame import build_frame
from connectome_data.rules.signs import Evidence, read_overrides, sign_table
from connectome_data.rules.table import Table
from connectome_data.sources import connectomes, identity, signalling
from connectome_data.sources.morphology import read_cells
from connectome_data.sources.wheels import Sources


def assemble(sources: Sources) -> Iterator[Table]:
    """Yield every table.

    Raises:
        ValueError: the morphologies are not those of the 302 named neurons.
    """
    names = identity.read_names(sources)
    cells = read_cells(sources)
    if set(cells) != set(names):
        odd = sorted(set(cells) ^ set(names))
        raise ValueError(
            f"morphologies and names differ in {odd}; the c302 wheel is not the pinned one"
        )
    frame = build_frame(cells)
    transmitters = identity.read_transmitters(sources)
    receptors = identity.read_receptors(sources)
    types, ganglia = identity.read_types(sources), identity.read_ganglia(sources)
    yield neurons.neuron_table(cells, frame, types, transmitters, receptors, ganglia)
    yield shapes.section_table(cells, frame)
    yield shapes.morphology_table(cells, frame)
    yield shapes.centreline_table(frame)

    cook = connectomes.read_cook(sources, names)
    brains = {f"n_witvliet{i}": connectomes.read_witvliet(sources, i, names) for i in (7, 8)}
    others = {"n_white": connectomes.read_white(sources, "whole", names), **brains}
    wiring = synapses.Wiring(cook, others)
    yield synapses.chemical_table(wiring)
    yield synapses.gap_table(wiring)
    yield synapses.not_in_cook_table(wiring, "chemical")
    yield synapses.not_in_cook_table(wiring, "gap")
    yield synapses.other_targets_table(cook)
    predicted = identity.read_predicted_signs(sources)
    evidence = Evidence(transmitters, receptors, predicted, read_overrides())
    yield sign_table(cook, evidence)

    yield muscles.muscle_table(muscles.axon_positions(cells, frame, cook.muscular))
    imaged = {key: data.muscular for key, data in brains.items()}
    imaged["n_white"] = connectomes.read_white(sources, "A", names).muscular
    legacy = connectomes.read_legacy_muscular(sources, names)
    used, every = neuromuscular.neuromuscular_tables(
        neuromuscular.MuscleData(cook.muscular, imaged, legacy), evidence
    )
    yield used
    yield every
    pairs = [(str(row[0]), str(row[1])) for row in used.rows]
    yield sites.site_table(cells, frame, cook, pairs)

    monoamines = signalling.read_extrasynaptic(sources, signalling.MONOAMINES)
    yield neurons.extrasynaptic_table("monoamines.csv", "transmitter", monoamines)
    peptides = signalling.read_extrasynaptic(sources, signalling.PEPTIDES)
    yield neurons.extrasynaptic_table("peptides.csv", "peptide", peptides)
    yield neurons.functional_table(signalling.read_functional_atlas(sources))
