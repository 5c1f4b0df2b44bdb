"""The shipped tables say what the published data sets say."""

import re
from collections import Counter

import pytest

import connectome_data

Rows = list[dict[str, str]]
Edges = dict[tuple[str, str], int]

TABLES = {
    "neurons": 302,
    "muscles": 95,
    "chemical": 3709,
    "chemical_not_in_cook": 1271,
    "signs": 3709,
    "gap_junctions": 1105,
    "gap_not_in_cook": 326,
    "neuromuscular": 703,
    "neuromuscular_all": 1269,
    "other_targets": 214,
    "sections": 1738,
    "morphology": 9761,
    "synapse_sites": 5465,
    "monoamines": 2626,
    "peptides": 8931,
    "functional_atlas": 35651,
}
A, B, D = r"[VD]A\d", r"[VD]B\d", r"[VD]D\d"


def rows(name: str) -> Rows:
    table = connectome_data.read_table(name)
    return [dict(zip(table, values, strict=True)) for values in zip(*table.values(), strict=True)]


def edges(kind: str, column: str) -> Edges:
    """Return {pair: count} of one data set, wherever the pair is listed."""
    name, ends = ("gap_junctions", "ab") if kind == "gap" else ("chemical", ("pre", "post"))
    listed = rows(name) + ([] if column == "sections" else rows(f"{kind}_not_in_cook"))
    return {(r[ends[0]], r[ends[1]]): int(r[column]) for r in listed if r[column] not in ("", "0")}


def total(found: Edges, pre: str, post: str, undirected: bool = False) -> tuple[int, int]:
    """Return (pairs, weight) between two patterns of names."""

    def fits(a: str, b: str) -> bool:
        return bool(re.match(pre, a) and re.match(post, b))

    counts = [n for (a, b), n in found.items() if fits(a, b) or (undirected and fits(b, a))]
    return len(counts), sum(counts)


@pytest.fixture(scope="module")
def neurons() -> set[str]:
    return {row["name"] for row in rows("neurons")}


@pytest.fixture(scope="module")
def muscles() -> set[str]:
    return {row["name"] for row in rows("muscles")}


class TestTables:
    @pytest.mark.parametrize(("name", "count"), TABLES.items())
    def test_a_table_has_its_published_number_of_rows(self, name: str, count: int) -> None:
        assert len(rows(name)) == count

    @pytest.mark.parametrize("name", TABLES)
    def test_no_value_is_not_a_number(self, name: str) -> None:
        for column in connectome_data.read_table(name).values():
            assert not {"nan", "inf", "-inf", "None"} & {value.lower() for value in column}

    def test_an_unknown_table_is_refused_with_the_known_ones(self) -> None:
        with pytest.raises(KeyError, match=r"unknown table 'neuron'; the tables are .*neurons"):
            connectome_data.read_table("neuron")

    @pytest.mark.parametrize("name", ["muscles", "muscles.csv", "functional_atlas.csv.gz"])
    def test_a_table_is_found_with_and_without_its_ending(self, name: str) -> None:
        assert connectome_data.path(name).is_file()

    @pytest.mark.parametrize(
        ("name", "columns"),
        [
            ("chemical", ("pre", "post")),
            ("chemical_not_in_cook", ("pre", "post")),
            ("signs", ("pre", "post")),
            ("gap_junctions", ("a", "b")),
            ("gap_not_in_cook", ("a", "b")),
            ("neuromuscular_all", ("neuron",)),
            ("other_targets", ("neuron",)),
            ("sections", ("neuron",)),
            ("morphology", ("neuron",)),
            ("monoamines", ("pre", "post")),
            ("peptides", ("pre", "post")),
            ("functional_atlas", ("stimulated", "responding")),
        ],
    )
    def test_every_neuron_named_is_one_of_the_302(
        self, name: str, columns: tuple[str, ...], neurons: set[str]
    ) -> None:
        table = connectome_data.read_table(name)
        assert {value for column in columns for value in table[column]} <= neurons

    def test_no_pair_is_listed_twice(self) -> None:
        for name, ends in (("chemical", ("pre", "post")), ("gap_junctions", ("a", "b"))):
            pairs = Counter(tuple(row[end] for end in ends) for row in rows(name))
            assert max(pairs.values()) == 1


class TestCells:
    def test_classes_have_their_published_sizes(self) -> None:
        classes = Counter(row["neuron_class"] for row in rows("neurons"))
        sizes = {"DD": 6, "VD": 13, "DA": 9, "DB": 7, "VA": 12, "VB": 11, "AS": 11, "VC": 6}
        assert len(classes) == 118
        assert {name: classes[name] for name in sizes} == sizes

    def test_types_have_their_published_numbers(self) -> None:
        assert Counter(row["type"] for row in rows("neurons")) == {
            "motor": 121,
            "inter": 80,
            "sensory": 79,
            "pharyngeal": 20,
            "unknown": 2,
        }

    def test_transmitters_have_their_published_numbers(self) -> None:
        found = Counter(row["transmitter"] for row in rows("neurons"))
        assert found == {"ACh": 161, "Glu": 80, "GABA": 31, "unknown": 22, "DA": 6, "5-HT": 2}

    @pytest.mark.parametrize(
        ("prefix", "primary", "other"),
        [("SMD", "ACh", "GABA"), ("HSN", "ACh", "5-HT"), ("RIM", "Glu", "tyramine")],
    )
    def test_known_neurons_release_two_transmitters(
        self, prefix: str, primary: str, other: str
    ) -> None:
        found = [row for row in rows("neurons") if row["name"].startswith(prefix)]
        assert found
        assert all(row["transmitter"] == primary for row in found)
        assert all(other in row["co_transmitters"].split("|") for row in found)

    def test_quadrants_have_24_muscles_but_ventral_left_23(self) -> None:
        table = rows("muscles")
        sizes = {"DL": 24, "DR": 24, "VL": 23, "VR": 24}
        assert Counter(row["quadrant"] for row in table) == sizes
        assert "MVL24" not in {row["name"] for row in table}

    def test_muscle_rows_are_evenly_spaced_or_follow_the_axons(self) -> None:
        # Known to about 0.01: it depends on how the bent body is straightened.
        axons = ".020 .037 .054 .070 .085 .100 .117 .136 .160 .186 .217 .268 .330 .398 .463 .513"
        expected = [float(v) for v in (axons + " .562 .617 .676 .743 .801 .832 .876 .955").split()]
        for row in rows("muscles"):
            index = int(row["row"])
            assert float(row["body_position"]) == pytest.approx((index - 0.5) / 24, abs=1e-4)
            found = float(row["body_position_axons"])
            assert found == pytest.approx(expected[index - 1], abs=0.01)

    def test_somata_lie_inside_the_body_and_pairs_face_each_other(self) -> None:
        table = {row["name"]: row for row in rows("neurons")}
        for row in table.values():
            assert 0 < float(row["body_position"]) < 1
            assert abs(float(row["soma_dorsal_um"])) < 40
        for name in ("ADA", "AVA", "ASE", "PVD", "PLM"):
            left, right = (float(table[name + side]["soma_left_um"]) for side in "LR")
            assert left > 1 > -1 > right


class TestWiring:
    @pytest.mark.parametrize(
        ("kind", "column", "expected"),
        [
            ("chemical", "sections", (3709, 20965)),
            ("chemical", "n_white", (2266, 6509)),
            ("chemical", "n_witvliet7", (1944, 6587)),
            ("chemical", "n_witvliet8", (1933, 7099)),
            ("gap", "sections", (1105, 5779)),
            ("gap", "n_white", (569, 965)),
            ("gap", "n_witvliet7", (267, 369)),
            ("gap", "n_witvliet8", (304, 424)),
        ],
    )
    def test_totals(self, kind: str, column: str, expected: tuple[int, int]) -> None:
        assert total(edges(kind, column), "", "") == expected

    @pytest.mark.parametrize(
        ("pre", "post", "cook", "white"),
        [
            ("AVA", A, (40, 282), (37, 167)),
            ("AVB", B, (1, 3), (1, 1)),
            ("PVC", B, (21, 59), (24, 48)),
            (B, D, (70, 770), (41, 406)),
            (A, D, (81, 701), (51, 383)),
        ],
    )
    def test_classes_of_the_locomotor_circuit(
        self, pre: str, post: str, cook: tuple[int, int], white: tuple[int, int]
    ) -> None:
        assert total(edges("chemical", "sections"), pre, post) == cook
        assert total(edges("chemical", "n_white"), pre, post) == white

    @pytest.mark.parametrize(
        ("a", "b", "cook", "white"),
        [
            ("AVB", B, (31, 156), (31, 55)),
            ("AVB", A, (0, 0), (2, 2)),
            ("AVA", A, (37, 194), (33, 102)),
            ("AVA", B, (1, 2), (4, 14)),
            ("DD", "DD", (5, 17), (3, 4)),
            ("VD", "VD", (13, 82), (7, 19)),
            ("VB", "VB", (11, 41), (7, 13)),
            ("DB", "DB", (6, 35), (4, 9)),
            ("AVAL", "AVAR", (1, 18), (1, 5)),
            ("AVBL", "AVBR", (1, 18), (1, 3)),
            ("RMGL", "ASKL", (0, 0), (1, 1)),
            ("RMGL", "URXL", (1, 3), (1, 1)),
        ],
    )
    def test_gap_junctions_of_known_classes(
        self, a: str, b: str, cook: tuple[int, int], white: tuple[int, int]
    ) -> None:
        assert total(edges("gap", "sections"), a, b, undirected=True) == cook
        assert total(edges("gap", "n_white"), a, b, undirected=True) == white

    @pytest.mark.parametrize(
        ("pre", "post", "counts"),
        [
            ("AVAL", "VA8", (7, 9, 0, 0)),
            ("AVAR", "VA8", (7, 12, 0, 0)),
            ("AIYL", "AIZL", (67, 13, 10, 10)),
            ("AIYL", "RIAL", (51, 7, 6, 1)),
            ("AIYL", "RIBL", (42, 4, 4, 7)),
            ("ASEL", "AIYL", (32, 13, 13, 11)),
            ("AFDL", "AIYL", (25, 7, 12, 10)),
            ("AWCL", "AIYL", (22, 10, 4, 11)),
            ("RIAL", "RMDDL", (48, 12, 22, 19)),
            ("RIAL", "SMDDL", (22, 8, 20, 11)),
            ("AIZL", "RIML", (35, 4, 12, 20)),
            ("AVDL", "AVAL", (37, 13, 0, 0)),
        ],
    )
    def test_single_synapses(self, pre: str, post: str, counts: tuple[int, ...]) -> None:
        columns = ("sections", "n_white", "n_witvliet7", "n_witvliet8")
        found = tuple(edges("chemical", column).get((pre, post), 0) for column in columns)
        assert found == counts

    def test_cells_outside_a_data_set_are_blank_not_zero(self) -> None:
        (row,) = [r for r in rows("chemical") if (r["pre"], r["post"]) == ("AVAL", "VA8")]
        assert row["n_witvliet7"] == row["n_witvliet8"] == ""
        assert (row["seen"], row["possible"]) == ("2", "2")

    def test_the_best_connected_neurons(self) -> None:
        found = edges("chemical", "sections")
        into = Counter(post for _, post in found)
        out = Counter(pre for pre, _ in found)
        assert into.most_common(2) == [("AVAL", 65), ("AVAR", 59)]
        assert (out["AVAR"], out["DVA"]) == (48, 44)

    def test_self_connections(self) -> None:
        assert sum(a == b for a, b in edges("chemical", "sections")) == 38
        assert sum(a == b for a, b in edges("gap", "sections")) == 14

    def test_cells_without_output_or_input(self, neurons: set[str]) -> None:
        found = edges("chemical", "sections")
        silent = neurons - {pre for pre, _ in found}
        assert {"CANL", "CANR", "DD4", "DD5", "MCL", "MCR", "SABVR"} <= silent
        assert {"PLML", "PLMR"} <= neurons - {post for _, post in found}
        coupled = {name for pair in edges("gap", "sections") for name in pair}
        assert neurons - coupled == {"AS7", "AS8", "AS9", "RMFR"}

    def test_long_gap_junction_runs_are_capped(self) -> None:
        table = rows("gap_junctions")
        changed = [row for row in table if row["sections"] != row["sections_capped"]]
        assert len(changed) == 21
        assert sum(int(row["sections_capped"]) for row in table) == 4129

    def test_estimated_synapses_are_at_least_one_and_half_the_sections_in_all(self) -> None:
        synapses = [float(row["synapses"]) for row in rows("chemical")]
        assert min(synapses) == 1
        assert sum(synapses) == pytest.approx(10471, abs=1)


class TestSigns:
    def test_signs_and_their_evidence_have_the_expected_numbers(self) -> None:
        table = rows("signs")
        assert Counter(row["sign"] for row in table) == {"1": 2689, "-1": 576, "0": 444}
        by_confidence = {"3": 411, "2": 1433, "1": 330, "0": 1535}
        assert Counter(row["confidence"] for row in table) == by_confidence

    def test_signs_cover_the_chemical_synapses_in_the_same_order(self) -> None:
        signs, synapses = rows("signs"), rows("chemical")
        assert [(r["pre"], r["post"]) for r in signs] == [(r["pre"], r["post"]) for r in synapses]

    @pytest.mark.parametrize(
        ("pre", "post", "sign"),
        [("AWCL", "AIYL", -1), ("AWCL", "AIBL", 1), ("RIML", "AVBL", -1), ("AVAL", "VA8", 1)],
    )
    def test_textbook_signs(self, pre: str, post: str, sign: int) -> None:
        (row,) = [r for r in rows("signs") if (r["pre"], r["post"]) == (pre, post)]
        assert (int(row["sign"]), row["confidence"]) == (sign, "3")
        assert row["doi"].startswith("10.")

    def test_an_override_without_a_paper_says_so(self) -> None:
        blank = [row for row in rows("sign_overrides") if not row["doi"]]
        assert blank
        assert all("no recording of this pair" in row["evidence"] for row in blank)


class TestNeuromuscular:
    def test_every_muscle_is_driven_by_acetylcholine(self, muscles: set[str]) -> None:
        driven = {
            r["muscle"]
            for r in rows("neuromuscular")
            if (r["transmitter"], r["sign"]) == ("ACh", "1")
        }
        assert driven == muscles

    def test_only_two_muscles_lack_gaba(self, muscles: set[str]) -> None:
        relaxed = {r["muscle"] for r in rows("neuromuscular") if r["transmitter"] == "GABA"}
        assert muscles - relaxed == {"MVL06", "MVR06"}

    def test_numbers_of_pairs_junctions_and_neurons(self) -> None:
        table = rows("neuromuscular")
        assert len({row["neuron"] for row in table}) == 120
        assert sum(float(row["junctions"]) for row in table) == pytest.approx(1799, abs=1)

    @pytest.mark.parametrize(
        ("neuron", "side", "at"),
        [
            ("RMED", "V", 1),
            ("RMEV", "D", 1),
            ("RMEL", "R", 2),
            ("RMER", "L", 2),
            ("RMDL", "R", 2),
            ("RMDR", "L", 2),
        ],
    )
    def test_head_motor_neurons_cross_to_the_other_side(
        self, neuron: str, side: str, at: int
    ) -> None:
        found = {row["muscle"][at] for row in rows("neuromuscular") if row["neuron"] == neuron}
        assert found == {side}

    def test_dorsal_and_ventral_classes_keep_to_their_side(self) -> None:
        for row in rows("neuromuscular"):
            if match := re.match(r"(AS|D[ABD]|V[ABCD])\d", row["neuron"]):
                assert row["muscle"][1] == ("V" if match.group(1)[0] == "V" else "D")

    def test_neurons_with_neither_transmitter_nor_paper_have_no_sign(self) -> None:
        for row in rows("neuromuscular"):
            expected = {"ACh": "1", "GABA": "-1", "tyramine": "-1"}.get(row["transmitter"], "0")
            assert row["sign"] == expected

    def test_what_is_left_out_has_no_junctions(self) -> None:
        every = {
            (r["neuron"], r["muscle"]): float(r["junctions"]) for r in rows("neuromuscular_all")
        }
        used = {(r["neuron"], r["muscle"]) for r in rows("neuromuscular")}
        assert used == {pair for pair, number in every.items() if number > 0}
