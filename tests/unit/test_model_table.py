"""docs/model.md says what the parameter files say."""

from benchmarks.model_table import TARGET, TITLES, document
from worm.parameters import ORIGINS, Parameters

MOST_FREE = 80


def test_the_page_is_the_one_that_the_parameters_give() -> None:
    written = TARGET.read_text(encoding="utf-8")
    assert written == document(Parameters.load()), "run python -m benchmarks.model_table"


def test_a_changed_value_changes_the_page() -> None:
    parameters = Parameters.load()
    changed = parameters.with_values({"body.length": parameters["body.length"] + 0.1})
    assert document(changed) != document(parameters)


def test_every_origin_has_its_table() -> None:
    assert set(TITLES) == set(ORIGINS)


def test_fitted_constants_are_few() -> None:
    assert len(Parameters.load().free()) <= MOST_FREE
