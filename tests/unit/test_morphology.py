"""Cutting published morphologies into compartments."""

from __future__ import annotations

import numpy as np
import pytest

from worm.connectome import load_connectome
from worm.morphology import (
    AXIAL_OHM_CM,
    RESOLUTIONS,
    Compartments,
    Section,
    build_compartments,
    load_cells,
    load_paths,
    resolution_lambda,
)

INDEX = load_connectome().index_of


@pytest.fixture(scope="module")
def default() -> Compartments:
    return build_compartments("default")


def _mean_resistance_MOhm(compartments: Compartments, neuron: int) -> float:
    """Resistance from the soma to the connections of a cell, on average."""
    n = compartments.n
    resistance = np.zeros(n)
    for i in range(n):
        if compartments.parent[i] < n:
            resistance[i] = resistance[compartments.parent[i]] + 1e3 / compartments.axial_nS[i]
    places = [
        compartments.at(neuron, section, path_um)
        for section, paths_um in enumerate(load_paths()[neuron])
        for path_um in paths_um.tolist()
    ]
    return float(resistance[places].mean())


class TestShape:
    def test_every_neuron_has_one_soma_and_a_tree_that_hangs_on_it(
        self, default: Compartments
    ) -> None:
        n = default.n
        assert len(default.soma) == len(set(default.soma.tolist())) == 302
        assert default.neuron[default.soma].tolist() == list(range(302))
        inner = default.parent < n
        assert np.flatnonzero(~inner).tolist() == sorted(default.soma.tolist())
        child, parent = np.flatnonzero(inner), default.parent[inner]
        assert (parent < child).all(), "parents come before children"
        assert (default.neuron[parent] == default.neuron[child]).all()
        assert (default.axial_nS[inner] > 0).all()
        assert (default.axial_nS[~inner] == 0).all()
        assert (default.area_um2 > 0).all()

    def test_finer_resolutions_have_more_compartments(self) -> None:
        counts = [build_compartments(name).n for name in ("coarse", "default", "fine")]
        assert counts[0] < counts[1] < counts[2]
        assert counts[0] >= 302

    def test_no_compartment_is_longer_than_the_resolution_asks_for(
        self, default: Compartments
    ) -> None:
        for cell, sites in zip(load_cells(), default.of_site, strict=True):
            for section, (ends, _) in zip(cell.sections, sites, strict=True):
                limit = RESOLUTIONS["default"] if len(ends) > 1 else np.inf
                assert section.electrotonic_length / len(ends) <= max(limit, 1e-12)

    @pytest.mark.parametrize("resolution", ["coarse", "fine", 0.3])
    def test_membrane_area_is_conserved_at_every_resolution(
        self, resolution: str | float, default: Compartments
    ) -> None:
        other = build_compartments(resolution)
        expected = np.bincount(default.neuron, default.area_um2)
        np.testing.assert_allclose(np.bincount(other.neuron, other.area_um2), expected, rtol=1e-12)

    def test_area_is_that_of_the_published_sections_and_the_soma_sphere(
        self, default: Compartments
    ) -> None:
        for neuron in (INDEX["AVAL"], INDEX["VD5"], INDEX["PVDL"]):
            cell = load_cells()[neuron]
            expected = np.pi * cell.soma_diameter_um**2 + sum(s.area_um2 for s in cell.sections)
            found = default.area_um2[default.neuron == neuron].sum()
            assert found == pytest.approx(expected, rel=1e-12)

    @pytest.mark.parametrize("name", ["AVAL", "DB3", "AWCL", "DA5", "SMDDL", "PVCR", "VA2"])
    def test_resistance_to_the_connections_does_not_depend_on_resolution(self, name: str) -> None:
        default, finest = (
            _mean_resistance_MOhm(build_compartments(r), INDEX[name]) for r in ("default", 0.02)
        )
        assert default == pytest.approx(finest, rel=0.02)  # 0.02: twigs that one of them lumps

    @pytest.mark.parametrize("resolution", ["coarse", "default", "fine", 0.1])
    def test_a_stretch_is_a_compartment_of_the_default_resolution(
        self, resolution: str | float, default: Compartments
    ) -> None:
        other = build_compartments(resolution)
        of_default = np.empty(default.n, np.int64)
        of_default[default.stretch] = np.arange(default.n)  # each once
        found = of_default[other.stretch]
        assert (default.neuron[found] == other.neuron).all()
        assert (found[other.soma] == default.soma).all()
        if resolution in ("fine", 0.1):
            assert len(set(found.tolist())) == default.n
            area = np.bincount(found, other.area_um2)
            np.testing.assert_allclose(area, default.area_um2, rtol=1e-9)
        else:
            assert len(set(found.tolist())) == other.n


class TestSection:
    def test_length_constant_and_resistance_follow_cable_theory(self) -> None:
        section = Section(-1, length_um=100.0, area_um2=1.0, diameter_um=0.5, path_start_um=0.0)
        # R = Ra l / (pi r^2): 180 Ohm cm, 0.01 cm, r = 0.25e-4 cm
        ohm = AXIAL_OHM_CM * 0.01 / (np.pi * 0.25e-4**2)
        assert section.resistance_MOhm == pytest.approx(ohm * 1e-6)
        lambda_cm = np.sqrt(0.5e-4 / 4 * 2e4 / AXIAL_OHM_CM)
        assert section.electrotonic_length == pytest.approx(0.01 / lambda_cm)


class TestSites:
    def test_a_point_is_found_in_the_piece_that_holds_it(self, default: Compartments) -> None:
        neuron = INDEX["AVAL"]
        sites = default.of_site[neuron]
        section = max(range(len(sites)), key=lambda k: len(sites[k][0]))
        ends, pieces = sites[section]
        assert len(ends) > 3
        middle = 0.5 * (ends[1] + ends[2])
        assert default.at(neuron, section, middle) == pieces[2]
        assert default.at(neuron, section, 1e9) == pieces[-1], "beyond the tip is the tip"
        assert default.at(neuron, section, -5.0) == pieces[0]

    def test_a_negative_section_is_the_soma(self, default: Compartments) -> None:
        assert default.at(7, -1, 3.0) == default.soma[7]

    def test_all_pieces_of_a_site_belong_to_the_neuron(self, default: Compartments) -> None:
        for neuron, sites in enumerate(default.of_site):
            for _, pieces in sites:
                assert (default.neuron[pieces] == neuron).all()


class TestResolution:
    def test_names_and_numbers_are_understood(self) -> None:
        assert resolution_lambda("fine") == RESOLUTIONS["fine"]
        assert resolution_lambda(0.2) == 0.2
        assert resolution_lambda("0.2") == 0.2

    @pytest.mark.parametrize("bad", ["finest", 0.0, -1.0, 7.0, float("nan")])
    def test_others_are_refused_with_what_is_allowed(self, bad: str | float) -> None:
        with pytest.raises(ValueError, match=r"coarse, default, fine nor a number .* 0\.01"):
            build_compartments(bad)
