"""The rules behind the tables, and the script that rebuilds them."""

import gzip
import math
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from connectome_data import build, read_table
from connectome_data.rules import neuromuscular, synapses
from connectome_data.rules.signs import Evidence, Override, muscle_sign
from connectome_data.rules.table import Table
from connectome_data.sources import identity, morphology, names, wheels

BRANCHED = """<neuroml xmlns="http://www.neuroml.org/schema/neuroml2"><cell><morphology>
<segment id="0"><proximal x="0" y="0" z="0" diameter="4"/>
<distal x="0" y="0" z="0" diameter="4"/></segment>
<segment id="1"><parent segment="0"/><distal x="0" y="3" z="0" diameter="1"/></segment>
<segment id="2"><parent segment="1"/><distal x="4" y="3" z="0" diameter="1"/></segment>
<segment id="3"><parent segment="2"/><distal x="4" y="9" z="0" diameter="1"/></segment>
<segment id="4"><parent segment="2"/><proximal x="4" y="3" z="0" diameter="2"/>
<distal x="4" y="3" z="5" diameter="2"/></segment>
</morphology></cell></neuroml>"""


class TestNames:
    @pytest.mark.parametrize(
        ("given", "expected"),
        [
            ("VA08", "VA8"),
            ("VA12", "VA12"),
            (" AVAL ", "AVAL"),
            ("AWCON", "AWCR"),
            ("AWCOFF", "AWCL"),
            ("DB1/3", "DB1"),
            ("dBWML1", "MDL01"),
            ("BWM-VR24", "MVR24"),
            ("MVL07", "MVL07"),
            ("vm2AL", "vm2AL"),
        ],
    )
    def test_every_spelling_becomes_the_canonical_one(self, given: str, expected: str) -> None:
        assert names.canonical(given) == expected

    def test_numbers_sort_as_numbers(self) -> None:
        assert sorted(["VA10", "VA2", "AVAL"], key=names.natural) == ["AVAL", "VA2", "VA10"]

    @pytest.mark.parametrize(
        ("name", "expected"), [("VA8", "VA"), ("AWCL", "AWC"), ("SMDDL", "SMD")]
    )
    def test_signs_are_written_by_class(self, name: str, expected: str) -> None:
        assert names.sign_class(name) == expected


class TestTransmitters:
    @pytest.mark.parametrize(
        ("cells", "primary", "others", "uptake"),
        [
            (["ACh", "*betaine (uptake) - NEW"], "ACh", (), ("betaine",)),
            (["octopamine", "Glu "], "Glu", ("octopamine",), ()),
            (["ACh", "5-HT (synthesis + uptake)"], "ACh", ("5-HT",), ()),
            (["Glu", "5-HTP - NEW"], "Glu", (), ()),
            (["GABA (uptake)"], "unknown", (), ("GABA",)),
            (["unknown (orphan)", "male - 5-HT"], "unknown", (), ()),
        ],
    )
    def test_free_text_is_read(
        self, cells: list[str], primary: str, others: tuple[str, ...], uptake: tuple[str, ...]
    ) -> None:
        found = identity.parse_transmitters("X", cells)
        assert (found.primary, found.others, found.uptake) == (primary, others, uptake)


class TestMorphology:
    def test_a_cell_is_cut_at_its_branches(self) -> None:
        cell = morphology.parse_cell(BRANCHED)
        assert [section.parent for section in cell.sections] == [-1, 0, 0]
        assert [section.length_um for section in cell.sections] == [7, 6, 5]
        assert cell.path_start_um == (0, 7, 7)
        assert cell.sections[0].points[0].tolist() == [0, 0, 0, 4]

    def test_the_area_is_that_of_the_cones(self) -> None:
        section = morphology.parse_cell(BRANCHED).sections[2]
        assert section.area_um2 == pytest.approx(math.pi * 2 * 5)

    def test_simplifying_keeps_what_sticks_out(self) -> None:
        points = np.array([[0, 0, 0], [1, 0.1, 0], [2, 3, 0], [3, 0.0, 0], [4, 0, 0]], float)
        assert morphology.simplify(points, 0.5) == [0, 1, 2, 3, 4]
        assert morphology.simplify(points[:, [0, 2, 2]], 0.5) == [0, 4]


class TestRules:
    @pytest.mark.parametrize(
        ("sections", "counts", "expected"),
        [(8, ["", 3, 5], 4.0), (8, [0, 0, ""], 4.0), (1, ["", "", ""], 1.0), (9, [2, 0, 0], 2.0)],
    )
    def test_synapses_are_counted_or_half_the_sections(
        self, sections: int, counts: list[int | str], expected: float
    ) -> None:
        assert synapses.estimate_synapses(sections, counts) == expected

    @pytest.mark.parametrize(
        ("neuron", "muscle", "sections", "imaged", "expected"),
        [
            ("VA8", "MVL12", 7, [0, 0, 0], (3.5, "cord_sections")),
            ("VA8", "MDL12", 7, [0, 0, 0], (0.0, "veto")),
            ("DD3", "MVL13", 1, [0, 0, 0], (0.0, "veto")),
            ("PDA", "MDR20", 4, [0, 0, 0], (2.0, "cord_sections")),
            ("SMDVL", "MVR03", 0, [3, 0, 6], (3.0, "head_consensus")),
            ("SMDVL", "MVR03", 9, [3, 0, 0], (0.0, "unconfirmed")),
            ("SMDDL", "MDR16", 6, [0, 0, 0], (0.0, "unconfirmed")),
        ],
    )
    def test_neuromuscular_junctions(
        self,
        neuron: str,
        muscle: str,
        sections: int,
        imaged: list[int],
        expected: tuple[float, str],
    ) -> None:
        assert neuromuscular.junctions(neuron, muscle, sections, imaged) == expected

    def test_the_best_evidence_decides_a_sign(self) -> None:
        made = {
            name: identity.Transmitters(name, transmitter, (), (), "")
            for name, transmitter in (("AWCL", "Glu"), ("RIML", "Glu"), ("ADEL", "DA"))
        }
        receptors = {"AIYL": identity.Receptors("Inter", {"Glu": (1, 3)})}
        papers = {
            ("RIM", "AVB"): Override(-1, "tyramine", "paper", "10.1/x"),
            ("RIM", "muscle"): Override(-1, "tyramine", "paper", "10.1/x"),
        }
        predicted = {("RIML", "AVBL"): "+", ("AWCL", "AIYL"): "complex", ("AWCL", "AIBL"): "-"}
        evidence = Evidence(made, receptors, predicted, papers)
        assert evidence.sign("RIML", "AVBL")[::4] == (-1, 3)
        assert evidence.sign("AWCL", "AIBL")[::4] == (-1, 2)
        assert evidence.sign("AWCL", "AIYL")[::4] == (-1, 1)
        assert evidence.sign("AWCL", "AIZL")[::4] == (1, 0)
        assert evidence.sign("ADEL", "AIZL")[::4] == (0, 0)
        assert muscle_sign(evidence, "RIML") == (-1, "tyramine")
        assert muscle_sign(evidence, "ADEL") == (0, "DA")


class TestFrame:
    def test_body_coordinates_are_perpendicular_to_a_sloping_line(self) -> None:
        pytest.importorskip("scipy")
        from scipy.spatial import cKDTree

        from connectome_data.rules.frame import Frame

        along = np.arange(0.0, 101.0)
        line = np.column_stack([np.full(101, -2.0), along * 0.8, along * 0.6])
        frame = Frame(line, along, np.tile([0.8, 0.6], (101, 1)), cKDTree(line[:, 1:]))
        # 25.3 µm along the line, 10 µm towards dorsal, 4 µm to the left.
        point = np.array([[2.0, 25.3 * 0.8 - 10 * 0.6, 25.3 * 0.6 + 10 * 0.8]])
        assert frame.locate(point)[0] == pytest.approx([0.253, 10, 4])


class TestTable:
    def test_numbers_are_short_and_compressed_files_carry_no_date(self, tmp_path: Path) -> None:
        table = Table("a.csv.gz", ("name", "x", "n"), [("A", 0.5, 1), ("B", 2.0, 3)])
        table.write(tmp_path)
        data = (tmp_path / "a.csv.gz").read_bytes()
        assert gzip.decompress(data).decode() == "name,x,n\nA,0.5,1\nB,2,3\n"
        assert data[4:8] == bytes(4)

    def test_a_row_of_the_wrong_width_is_refused(self) -> None:
        with pytest.raises(ValueError, match=r"a\.csv: a row has 1 values, expected 2"):
            Table("a.csv", ("x", "y")).extend([(1,)])


class TestBuild:
    def test_a_missing_wheel_is_named_with_the_remedy(self, tmp_path: Path) -> None:
        with pytest.raises(ValueError, match=r"cect-0\.3\.5.* is not in .*; leave out --wheels"):
            wheels.Sources(tmp_path)

    def test_a_foreign_wheel_is_refused(self, tmp_path: Path) -> None:
        (tmp_path / wheels.WHEELS[0].filename).write_bytes(b"something else")
        with pytest.raises(ValueError, match=r"has sha256 .*, expected ea47f7a6.*delete it"):
            wheels.Sources(tmp_path)

    def test_the_first_difference_names_table_and_line(self, tmp_path: Path) -> None:
        for folder, text in (("new", "x\n1\n2\n"), ("old", "x\n1\n3\n")):
            (tmp_path / folder).mkdir()
            (tmp_path / folder / "a.csv").write_text(text)
        found = build.first_difference(tmp_path / "new" / "a.csv", tmp_path / "old" / "a.csv")
        assert found == "a.csv line 3: rebuilt '2', shipped '3'"
        same = build.first_difference(tmp_path / "new" / "a.csv", tmp_path / "new" / "a.csv")
        assert same is None

    def test_a_missing_extra_is_explained(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setattr(build.importlib.util, "find_spec", lambda name: None)
        assert build.main([]) == 1
        assert "pip install 'wormlife[data]'" in capsys.readouterr().err

    @pytest.mark.network
    @pytest.mark.slow
    def test_the_shipped_tables_are_what_the_published_packages_give(self) -> None:
        for package in build._NEEDED:
            pytest.importorskip(package, reason="needs the extra wormlife[data]")
        command = [sys.executable, "-m", "connectome_data.build", "--check"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr


class TestProvenance:
    def test_every_table_and_column_has_its_source(self) -> None:
        text = (build.HERE / "SOURCES.md").read_text("utf-8")
        for file in sorted([*build.HERE.glob("*.csv"), *build.HERE.glob("*.csv.gz")]):
            assert f"**{file.name}**" in text
            for column in read_table(file.name):
                assert f"`{column}`" in text, (file.name, column)

    def test_the_pinned_packages_are_those_stated(self) -> None:
        text = (build.HERE / "SOURCES.md").read_text("utf-8")
        for wheel in wheels.WHEELS:
            row = rf"\| {wheel.package} \| {re.escape(wheel.version)} \|.*`{wheel.sha256}`"
            assert re.search(row, text)
