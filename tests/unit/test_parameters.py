"""The parameter loader: shipped files with provenance, user files, typed errors."""

import hashlib
import pickle
from pathlib import Path

import pytest

from worm.parameters import ORIGINS, Parameters
from worm.parameters.reading import read_entries

TABLE = {
    "synapse": {
        "unit": "nS",
        "origin": "fitted",
        "source": "stage 3",
        "stage": 3,
        "range": [0.001, 10.0],
        "scale": "log",
        "command_A": 0.5,
        "slow": {"tau": {"value": 20, "unit": "ms", "origin": "literature", "source": "x"}},
    },
    "body": {"length": {"value": 1.0, "unit": "mm", "origin": "measured", "source": "y"}},
}


@pytest.fixture
def parameters() -> Parameters:
    return Parameters(read_entries(TABLE, "test.toml"))


@pytest.fixture
def shipped() -> Parameters:
    return Parameters.load()


def user_file(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "mine.toml"
    path.write_text(text)
    return path


class TestShippedTables:
    def test_bare_numbers_inherit_from_the_tables_around_them(self, parameters: Parameters) -> None:
        entry = parameters.entry("synapse.command_A")
        assert (entry.value, entry.unit, entry.origin) == (0.5, "nS", "fitted")
        assert (entry.source, entry.range, entry.scale, entry.stage) == (
            "stage 3",
            (0.001, 10.0),
            "log",
            "3",
        )

    def test_a_leaf_overrides_what_it_would_inherit(self, parameters: Parameters) -> None:
        entry = parameters.entry("synapse.slow.tau")
        assert (entry.value, entry.unit, entry.origin) == (20.0, "ms", "literature")

    def test_keys_are_sorted_and_values_are_floats(self, parameters: Parameters) -> None:
        assert list(parameters) == ["body.length", "synapse.command_A", "synapse.slow.tau"]
        assert all(type(value) is float for value in parameters.values())

    def test_free_lists_the_fitted_keys(self, parameters: Parameters) -> None:
        assert parameters.free() == ("synapse.command_A",)

    @pytest.mark.parametrize(
        ("leaf", "message"),
        [
            ({"value": 1.0, "origin": "assumed", "source": "s"}, "has no unit"),
            ({"value": 1.0, "unit": "mV", "origin": "guess", "source": "s"}, "allowed: measured"),
            ({"value": 1.0, "unit": "mV", "origin": "assumed", "source": " "}, "has no source"),
            (
                {"value": 1.0, "unit": "1", "origin": "assumed", "source": "s", "range": [2, 1]},
                "low, high",
            ),
            (
                {"value": 3.0, "unit": "1", "origin": "assumed", "source": "s", "range": [0, 1]},
                "outside its range",
            ),
            (
                {"value": 0.0, "unit": "1", "origin": "assumed", "source": "s", "scale": "sqrt"},
                "allowed: linear",
            ),
            (
                {"value": 0.0, "unit": "1", "origin": "assumed", "source": "s", "unti": "mV"},
                "unknown field 'unti'",
            ),
        ],
    )
    def test_a_bad_leaf_is_refused(self, leaf: dict[str, object], message: str) -> None:
        with pytest.raises(ValueError, match=message):
            read_entries({"a": {"b": leaf}}, "test.toml")

    def test_every_shipped_value_has_a_pedigree_and_lies_in_its_range(
        self, shipped: Parameters
    ) -> None:
        assert len(shipped) > 0
        for key in shipped:
            entry = shipped.entry(key)
            assert entry.unit
            assert entry.source
            assert entry.origin in ORIGINS
            if entry.range is not None:
                assert entry.range[0] <= entry.value <= entry.range[1]


class TestMapping:
    def test_with_values_changes_a_copy_and_keeps_the_pedigree(
        self, parameters: Parameters
    ) -> None:
        changed = parameters.with_values({"body.length": 2})
        assert changed["body.length"] == 2.0
        assert parameters["body.length"] == 1.0
        assert changed.entry("body.length").unit == "mm"

    def test_with_values_refuses_a_value_out_of_range(self, parameters: Parameters) -> None:
        with pytest.raises(ValueError, match=r"give 0\.001 to 10\.0"):
            parameters.with_values({"synapse.command_A": 11.0})

    def test_unknown_keys_get_a_suggestion(self, parameters: Parameters) -> None:
        with pytest.raises(KeyError, match=r"did you mean 'synapse\.command_A'"):
            parameters["synapse.comand_A"]
        with pytest.raises(KeyError, match=r"did you mean 'body\.length'"):
            parameters.with_values({"body.lenght": 1.0})

    def test_it_cannot_be_changed_or_hashed(self, parameters: Parameters) -> None:
        with pytest.raises(TypeError):
            parameters["body.length"] = 2.0  # type: ignore[index]
        with pytest.raises(AttributeError):
            parameters.entries = {}  # type: ignore[misc]
        with pytest.raises(TypeError):
            hash(parameters)

    def test_the_digest_is_that_of_the_canonical_lines(self, parameters: Parameters) -> None:
        lines = b"body.length=1.0\nsynapse.command_A=0.5\nsynapse.slow.tau=20.0\n"
        assert parameters.digest == hashlib.sha256(lines).hexdigest()
        assert parameters.with_values({"body.length": 2.0}).digest != parameters.digest

    def test_pickling_keeps_everything(self, parameters: Parameters) -> None:
        copy = pickle.loads(pickle.dumps(parameters))
        assert copy == parameters
        assert copy.digest == parameters.digest
        assert copy.entry("body.length") == parameters.entry("body.length")


class TestUserFiles:
    def test_nested_flat_and_table_forms_mean_the_same(
        self, tmp_path: Path, shipped: Parameters
    ) -> None:
        key = "senses.ASEL.gain"
        unit = shipped.entry(key).unit
        for text in (
            "[senses.ASEL]\ngain = 3",
            f'"{key}" = 3.0',
            f'{key} = {{value = 3.0, unit = "{unit}"}}',
        ):
            loaded = Parameters.load(user_file(tmp_path, text))
            assert loaded == shipped.with_values({key: 3.0})

    def test_an_empty_file_changes_nothing(self, tmp_path: Path, shipped: Parameters) -> None:
        assert Parameters.load(user_file(tmp_path, "")).digest == shipped.digest

    @pytest.mark.parametrize(
        ("text", "error", "message"),
        [
            ("senses.ASEL.gian = 1.0", KeyError, r"did you mean 'senses\.ASEL\.gain'"),
            ("senses.ASEL = 1.0", KeyError, "unknown parameter 'senses.ASEL'"),
            ("senses.ASEL.gain = true", TypeError, "give a number in pA"),
            ('senses.ASEL.gain = "3"', TypeError, "give a number in pA"),
            ("senses.ASEL.gain = [1.0]", TypeError, "give a number in pA"),
            ("senses.ASEL.gain = nan", ValueError, "give a finite number"),
            ("senses.ASEL.gain = inf", ValueError, "give a finite number"),
            ("senses.ASEL.gain = -1e9", ValueError, "outside its range"),
            ('senses.ASEL.gain = {value = 1.0, unit = "nA"}', ValueError, "convert it to 'pA'"),
            ("senses.ASEL.gain = {value = 1.0, source = 'me'}", ValueError, "field 'source'"),
            ("senses.ASEL.gain = {unit = 'pA'}", ValueError, "no value"),
            ("senses.ASEL.gain = = 1", ValueError, "not a TOML file"),
        ],
    )
    def test_a_mistake_gets_one_clear_sentence(
        self, tmp_path: Path, text: str, error: type[Exception], message: str
    ) -> None:
        path = user_file(tmp_path, text)
        with pytest.raises(error, match=message) as caught:
            Parameters.load(path)
        assert "mine.toml" in str(caught.value)

    def test_a_file_that_cannot_be_read_is_named(self, tmp_path: Path) -> None:
        with pytest.raises(ValueError, match='give "default" or the path'):
            Parameters.load(tmp_path / "absent.toml")
        with pytest.raises(ValueError, match="cannot read parameters"):
            Parameters.load(tmp_path)
        (tmp_path / "bytes.toml").write_bytes(b"\xff\xfe\x00")
        with pytest.raises(ValueError, match="not UTF-8 text"):
            Parameters.load(tmp_path / "bytes.toml")
