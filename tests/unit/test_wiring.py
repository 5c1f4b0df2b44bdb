"""Conductance and place of every connection."""

from __future__ import annotations

import numpy as np
import pytest

from worm.connectome import load_connectome
from worm.morphology import build_compartments
from worm.parameters import Parameters
from worm.wiring import (
    CHEMICAL_CATEGORIES,
    GAP_CATEGORIES,
    INHIBITORY_CATEGORIES,
    ChemicalLinks,
    GapLinks,
    categories,
    category,
    chemical_links,
    gap_links,
    place,
)

CONNECTOME = load_connectome()
PARAMETERS = Parameters.load()
LEAK_nS = np.random.default_rng(3).uniform(0.02, 1.0, 302)


@pytest.fixture(scope="module")
def chemical() -> ChemicalLinks:
    return chemical_links(PARAMETERS, place("default"), LEAK_nS)


@pytest.fixture(scope="module")
def gaps() -> GapLinks:
    return gap_links(PARAMETERS, place("default"), LEAK_nS)


class TestCategories:
    def test_the_first_match_wins(self) -> None:
        assert category(CHEMICAL_CATEGORIES, "AVD", "AVA") == "relay_command"
        assert category(CHEMICAL_CATEGORIES, "AVD", "AVE") == "command_same"
        assert category(CHEMICAL_CATEGORIES, "AVA", "VA") == "command_A"
        assert category(CHEMICAL_CATEGORIES, "AVA", "AVB") == "backward_forward"
        assert category(CHEMICAL_CATEGORIES, "AWC", "AIY") == "smell_navigation"
        assert category(CHEMICAL_CATEGORIES, "AIB", "RIV") == "navigation_turn"
        assert category(CHEMICAL_CATEGORIES, "AIB", "RIM") == "navigation_command"
        assert category(CHEMICAL_CATEGORIES, "AFD", "AIY") == "other"

    def test_gap_junctions_match_either_way_and_synapses_do_not(self) -> None:
        assert category(GAP_CATEGORIES, "DB", "AVB", either=True) == "AVB_B"
        assert category(CHEMICAL_CATEGORIES, "VA", "AVA") == "other_command"

    def test_a_table_without_a_match_is_refused(self) -> None:
        with pytest.raises(LookupError, match="no category for AWC and AIY"):
            category((("x", ("AVA",), None),), "AWC", "AIY")

    def test_every_category_has_a_parameter(self) -> None:
        for group, kinds in zip(("synapse", "gap"), categories(), strict=True):
            assert all(f"{group}.{kind}" in PARAMETERS for kind in set(kinds))


class TestChemical:
    def test_inputs_of_a_cell_add_up_to_its_leak_times_the_gain(
        self, chemical: ChemicalLinks
    ) -> None:
        table, kinds = CONNECTOME.chemical, np.array(categories()[0])
        for name in ("AIYL", "DB3", "VD5", "RIML"):
            cell = CONNECTOME.index_of[name]
            mine = (table.post == cell) & (table.sign != 0)
            weight = table.sections[mine] ** 0.7
            gain = np.array([PARAMETERS[f"synapse.{kind}"] for kind in kinds[mine]])
            expected = LEAK_nS[cell] * (gain * weight).sum() / weight.sum()
            n = chemical.n_synapses
            assert chemical.g_nS[:n][chemical.post[:n] == cell].sum() == pytest.approx(expected)

    @pytest.mark.parametrize("resolution", ["coarse", "default", "fine"])
    def test_tyramine_reaches_the_whole_membrane_of_a_cell(self, resolution: str) -> None:
        links, compartments = (
            chemical_links(PARAMETERS, place(resolution), LEAK_nS),
            build_compartments(resolution),
        )
        n = links.n_synapses
        pairs = set(zip(links.pre[n:].tolist(), links.post[n:].tolist(), strict=True))
        assert pairs == set(CONNECTOME.tyramine_targets)
        for name, kind in (("AVBL", "command"), ("SMDDL", "other")):
            cell = CONNECTOME.index_of[name]
            mine = np.flatnonzero(compartments.neuron == cell)
            from_riml = (links.post[n:] == cell) & (links.pre[n:] == CONNECTOME.index_of["RIML"])
            np.testing.assert_array_equal(links.post_compartment[n:][from_riml], mine)
            g = links.g_nS[n:][from_riml]
            assert g.sum() == pytest.approx(PARAMETERS[f"tyramine.{kind}"] * LEAK_nS[cell])
            area = compartments.area_um2[mine]
            np.testing.assert_allclose(g / g.sum(), area / area.sum())

    def test_conductance_scales_with_its_own_parameter_alone(self, chemical: ChemicalLinks) -> None:
        twice = PARAMETERS.with_values({"synapse.command_A": 2 * PARAMETERS["synapse.command_A"]})
        ratio = chemical_links(twice, place("default"), LEAK_nS).g_nS / chemical.g_nS
        assert set(np.round(ratio, 9).tolist()) == {1.0, 2.0}

    def test_connections_of_unknown_effect_are_left_out(self, chemical: ChemicalLinks) -> None:
        pairs = set(zip(chemical.pre.tolist(), chemical.post.tolist(), strict=True))
        table, kinds = CONNECTOME.chemical, categories()[0]
        unknown = [
            (a, b)
            for a, b, sign, kind in zip(
                table.pre.tolist(), table.post.tolist(), table.sign, kinds, strict=True
            )
            if sign == 0 and kind not in INHIBITORY_CATEGORIES
        ]
        assert unknown
        assert not pairs & set(unknown) - set(CONNECTOME.tyramine_targets)

    def test_reversal_follows_the_sign(self, chemical: ChemicalLinks) -> None:
        assert set(chemical.sign.tolist()) == {-1, 1}
        assert (chemical.reversal_mV[chemical.sign > 0] == 0.0).all()
        assert (chemical.reversal_mV[chemical.sign < 0] == -75.0).all()

    def test_the_command_groups_inhibit_each_other(self, chemical: ChemicalLinks) -> None:
        ava, avb = CONNECTOME.members("AVA"), CONNECTOME.members("AVB")
        across = np.isin(chemical.pre, ava) & np.isin(chemical.post, avb)
        assert across.any()
        assert (chemical.sign[across] == -1).all()

    def test_ends_lie_in_the_cells_they_join(self, chemical: ChemicalLinks) -> None:
        neuron = build_compartments("default").neuron
        assert (neuron[chemical.pre_compartment] == chemical.pre).all()
        assert (neuron[chemical.post_compartment] == chemical.post).all()

    def test_synapses_are_spread_over_the_neurites(self, chemical: ChemicalLinks) -> None:
        soma = build_compartments("default").soma
        assert np.mean(np.isin(chemical.post_compartment, soma)) < 0.5


class TestGaps:
    def test_every_listed_pair_is_joined(self, gaps: GapLinks) -> None:
        assert len(gaps.g_nS) == len(CONNECTOME.gaps.a)
        assert (gaps.g_nS > 0).all()

    def test_conductance_is_the_geometric_mean_of_both_cells_shares(self, gaps: GapLinks) -> None:
        table = CONNECTOME.gaps
        weight = table.sections**0.7
        i = int(np.flatnonzero(table.a == CONNECTOME.index_of["AVBL"])[0])
        a, b = table.a[i], table.b[i]
        total = [weight[(table.a == c) | (table.b == c)].sum() for c in (a, b)]
        shares = [LEAK_nS[c] * weight[i] / t for c, t in zip((a, b), total, strict=True)]
        gain = PARAMETERS[f"gap.{categories()[1][i]}"]
        assert gaps.g_nS[i] == pytest.approx(gain * np.sqrt(shares[0] * shares[1]))

    def test_ends_lie_in_the_cells_they_join(self, gaps: GapLinks) -> None:
        neuron = build_compartments("default").neuron
        assert (neuron[gaps.a_compartment] == gaps.a).all()
        assert (neuron[gaps.b_compartment] == gaps.b).all()
