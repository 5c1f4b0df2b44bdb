"""The shipped worm on short assays: what it does must stay in the range of the animal.

One worm and short trials, so that the default run stays short; docs/validation.md holds the rest.
"""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType

import pytest

from env.assays import Outcome, Setup, run_assay

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def crawl() -> Outcome:
    return run_assay("crawl", Setup(), trials=1, seed=11)


@pytest.fixture(scope="module")
def backing() -> Outcome:
    return run_assay("backward", Setup(), trials=2, seed=11)


@pytest.fixture(scope="module")
def report() -> ModuleType:
    path = ROOT / "benchmarks" / "validation.py"
    spec = importlib.util.spec_from_file_location("validation_report", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


class TestCrawl:
    """Ranges of the adult on agar, see Fang-Yen et al. 2010, doi:10.1073/pnas.1003016107."""

    @pytest.mark.parametrize(
        ("metric", "low", "high"),
        [
            ("speed_mm_s", 0.12, 0.30),
            ("frequency_hz", 0.3, 0.6),
            ("wavelength_l", 0.55, 0.80),
            ("peak_curvature_l", 6.0, 11.0),
            ("wave_direction", 1.0, 1.0),
            ("voltage_min_mV", -100.0, 0.0),
            ("voltage_max_mV", -40.0, 40.0),
        ],
    )
    def test_it_crawls_like_the_animal(
        self, crawl: Outcome, metric: str, low: float, high: float
    ) -> None:
        assert low <= crawl.summary[metric]["mean"] <= high

    def test_the_cord_carries_it(self, crawl: Outcome) -> None:
        """Without AVB the worm is slow; with B neurons deaf to stretch its wave fades."""
        whole = crawl.summary
        no_avb = run_assay("crawl", Setup(ablate="AVB"), trials=1, seed=11).summary
        deaf = Setup(perturb=("proprioception-off B",))
        no_stretch = run_assay("crawl", deaf, trials=1, seed=11).summary
        assert no_avb["speed_mm_s"]["mean"] < 0.7 * whole["speed_mm_s"]["mean"]
        assert no_stretch["peak_curvature_l"]["mean"] < 0.6 * whole["peak_curvature_l"]["mean"]

    def test_without_PLM_and_PVC_it_crawls_on(self, crawl: Outcome) -> None:
        for cells in ("PLM", "PVC"):
            found = run_assay("crawl", Setup(ablate=cells), trials=1, seed=11).summary
            assert found["speed_mm_s"]["mean"] > 0.75 * crawl.summary["speed_mm_s"]["mean"]

    def test_without_junctions_to_muscles_nothing_moves(self) -> None:
        cut = Setup(perturb=("cut neuromuscular all all",))
        found = run_assay("crawl", cut, trials=1, seed=11).summary
        assert abs(found["speed_mm_s"]["mean"]) < 0.01
        assert found["peak_curvature_l"]["mean"] < 0.5


class TestBackward:
    """Current into AVA turns the crawl about, by way of the A motor neurons and nothing else."""

    @pytest.mark.parametrize(
        ("metric", "low", "high"),
        [
            ("speed_mm_s", -0.30, -0.10),
            ("wave_direction", -1.0, -1.0),
            ("switch_s", 0.0, 1.0),
            ("voltage_min_mV", -100.0, 0.0),
            ("voltage_max_mV", -40.0, 40.0),
        ],
    )
    def test_it_backs_for_as_long_as_AVA_is_driven(
        self, backing: Outcome, metric: str, low: float, high: float
    ) -> None:
        assert low <= backing.summary[metric]["mean"] <= high

    def test_without_A_neurons_it_does_not(self) -> None:
        found = run_assay("backward", Setup(ablate="A"), trials=2, seed=11).summary
        assert found["backing_mm_s"]["mean"] < 0.05


class TestReport:
    def test_holds_what_was_measured_and_says_what_was_not(
        self, report: ModuleType, crawl: Outcome, tmp_path: Path
    ) -> None:
        (tmp_path / "crawl.json").write_text(json.dumps(crawl.plain()))
        text = report.document(report.read_results(tmp_path))
        speed = crawl.summary["speed_mm_s"]["mean"]
        assert f"| crawl | speed forward, mm/s | 0.12 to 0.3 | {speed:.3g} [" in text
        assert "Not measured yet: backward, chemotaxis" in text
        assert "touch in front" not in text

    def test_calls_what_is_out_of_range_wrong(self, report: ModuleType) -> None:
        target = next(t for t in report.TARGETS if t.metric == "speed_mm_s")
        assert report._verdict(target, 0.2) == "yes"
        assert report._verdict(target, 0.05) == "**no**"
        assert report._verdict(target, None) == "no value"

    def test_a_row_with_nothing_left_to_measure_is_wrong_and_not_left_out(
        self, report: ModuleType
    ) -> None:
        gone = {"worms": 3, "change": {"n": 0}, "shown": False, "verdict": "wrong"}
        assert report._row_verdict(gone) == "**wrong** (nothing left to measure)"
        assert report._row_verdict({**gone, "worms": 0}) == "not run"

    def test_rows_that_were_seen_are_told_from_those_that_were_not(
        self, report: ModuleType
    ) -> None:
        right = {"seen": True, "worms": 3, "verdict": "right"}
        wrong = {"seen": False, "worms": 3, "verdict": "wrong"}
        assert "of the other 1, 0 are right" in report._seen_in_words([right, wrong])
        assert report._seen_in_words([wrong]) == ""

    def test_every_target_of_crawl_is_one_of_its_figures(
        self, report: ModuleType, crawl: Outcome
    ) -> None:
        assert {t.metric for t in report.TARGETS if t.assay == "crawl"} <= set(crawl.summary)

    def test_a_foreign_file_is_refused(self, report: ModuleType, tmp_path: Path) -> None:
        (tmp_path / "a.json").write_text("[1]")
        with pytest.raises(ValueError, match="does not hold the output of `worm assay"):
            report.read_results(tmp_path)
