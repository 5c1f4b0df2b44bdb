"""Shapes, sites and signalling tables hold together and match their sources."""

import math
from collections import Counter, defaultdict

import pytest

import connectome_data

Rows = list[dict[str, str]]


def rows(name: str) -> Rows:
    table = connectome_data.read_table(name)
    return [dict(zip(table, values, strict=True)) for values in zip(*table.values(), strict=True)]


@pytest.fixture(scope="module")
def neurons() -> set[str]:
    return {row["name"] for row in rows("neurons")}


class TestShapes:
    def test_total_length_and_area_of_the_neurites(self) -> None:
        table = rows("sections")
        assert sum(float(r["length_um"]) for r in table) == pytest.approx(93881, abs=2)
        assert sum(float(r["area_um2"]) for r in table) == pytest.approx(140887, abs=2)

    def test_every_neuron_has_sections_and_only_pvd_hundreds(self, neurons: set[str]) -> None:
        counts = Counter(row["neuron"] for row in rows("sections"))
        assert set(counts) == neurons
        assert {name: n for name, n in counts.items() if n > 100} == {"PVDL": 451, "PVDR": 451}

    def test_parents_come_before_children_and_paths_add_up(self) -> None:
        end: dict[tuple[str, int], float] = {}
        for row in rows("sections"):
            name, parent = row["neuron"], int(row["parent"])
            start = 0.0 if parent < 0 else end[name, parent]
            listed = float(row["path_start_um"])
            assert listed == pytest.approx(start, abs=0.02)  # three roundings to 0.01
            end[name, int(row["section"])] = listed + float(row["length_um"])

    def test_the_diameter_gives_the_area(self) -> None:
        for row in rows("sections"):
            length, diameter = float(row["length_um"]), float(row["diameter_um"])
            # The diameter is rounded to a nanometre, the length to ten.
            tolerance = math.pi * (0.0005 * length + 0.005 * diameter) + 0.01
            area = math.pi * diameter * length
            assert area == pytest.approx(float(row["area_um2"]), abs=tolerance)

    def test_points_start_and_end_where_the_section_does(self) -> None:
        points = defaultdict(list)
        for row in rows("morphology"):
            points[row["neuron"], row["section"]].append(float(row["body_position"]))
        for row in rows("sections"):
            found = points[row["neuron"], row["section"]]
            assert found[0] == pytest.approx(float(row["body_position_start"]), abs=1e-4)
            assert found[-1] == pytest.approx(float(row["body_position_end"]), abs=1e-4)

    def test_points_lie_within_the_body(self) -> None:
        for row in rows("morphology"):
            assert 0 <= float(row["body_position"]) <= 1
            assert math.hypot(float(row["dorsal_um"]), float(row["left_um"])) < 40

    def test_the_centreline_is_853_um_long_and_runs_from_nose_to_tail(self) -> None:
        line = rows("centreline")
        assert (line[0]["body_position"], line[-1]["body_position"]) == ("0", "1")
        assert float(line[-1]["arc_um"]) == pytest.approx(853, abs=2)
        arc = [float(row["arc_um"]) for row in line]
        assert arc == sorted(arc)


class TestSites:
    def test_one_site_for_each_pair(self) -> None:
        found = defaultdict(set)
        for row in rows("synapse_sites"):
            found[row["kind"]].add((row["pre"], row["post"]))
        for kind, table, a, b in (
            ("chemical", "chemical", "pre", "post"),
            ("gap", "gap_junctions", "a", "b"),
            ("neuromuscular", "neuromuscular", "neuron", "muscle"),
        ):
            assert found[kind] == {(r[a], r[b]) for r in rows(table) if r[a] != r[b]}

    def test_sites_lie_within_their_section(self) -> None:
        span = {}
        for row in rows("sections"):
            start = float(row["path_start_um"])
            span[row["neuron"], row["section"]] = (start, start + float(row["length_um"]))
        for row in rows("synapse_sites"):
            for end in ("pre", "post"):
                section, path = row[f"{end}_section"], row[f"{end}_path_um"]
                if section == "-1":
                    assert float(path) == 0
                elif section:
                    start, stop = span[row[end], section]
                    assert start - 0.02 <= float(path) <= stop + 0.02  # both are rounded
                else:
                    assert (end, row["kind"], path) == ("post", "neuromuscular", "")

    def test_wired_cells_come_close(self) -> None:
        near = [
            float(r["distance_um"]) < 5 for r in rows("synapse_sites") if r["kind"] == "chemical"
        ]
        assert sum(near) / len(near) == pytest.approx(0.983, abs=0.002)


class TestSignalling:
    def test_monoamines(self) -> None:
        found = Counter(row["transmitter"] for row in rows("monoamines"))
        assert sorted(found.values()) == [72, 262, 540, 1752]

    def test_peptides(self) -> None:
        table = rows("peptides")
        assert len({row["peptide"] for row in table}) == 15
        assert len({row["receptor"] for row in table}) == 12
        assert len({(row["pre"], row["post"]) for row in table}) == 7078

    def test_functional_atlas_counts_significant_wild_type_pairs(self) -> None:
        table = [row for row in rows("functional_atlas") if row["strain"] == "wt"]
        measured = [row for row in table if row["q"]]
        assert len(measured) == 23902
        significant = [row for row in measured if float(row["q"]) < 0.05]
        assert len(significant) == 1151
        responses = [float(row["dff"]) for row in significant if row["dff"]]
        assert Counter(response > 0 for response in responses) == {True: 1000, False: 150}
