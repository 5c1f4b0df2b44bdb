"""Assays that were stopped go on: the journal of their trials."""

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from math import inf, isnan, nan
from pathlib import Path

import numpy as np
import pytest

from env.arena import arena as arena_named
from env.assays import Assay, Current, Setup, Trial, registry, run_assay
from env.assays.journal import Journal
from wormlife.cli import assay as command
from wormlife.cli import main

SETUP = Setup(body="free", resolution="coarse", dt_neuron_ms=1.0)
WORDS = ("--body", "free", "--resolution", "coarse", "--dt-neuron-ms", "1", "--workers", "1")
CONDITIONS = ("plain", "sham")
ABOUT = {"assay": "fake", "medium": "agar", "perturb": ["block GABA"]}


def fake_trial(_: Setup, seed: int, condition: str) -> Trial:
    """Numbers that no short decimal holds, and all that JSON does not."""
    rng = np.random.default_rng([seed, CONDITIONS.index(condition)])
    figures = {"x": rng.standard_normal(), "missing": nan, "beyond": -inf, "whole": seed}
    series = {
        "path_mm": rng.standard_normal((4, 3)) / 3.0,
        "bouts": np.empty((0, 3)),
        "gaps": np.array([nan, -0.0, 5e-324]),
    }
    return Trial(seed=seed, condition=condition, figures=figures, series=series)


class Fake:
    """An assay without a simulation that counts its trials and can be interrupted."""

    def __init__(self) -> None:
        self.ran: list[tuple[str, int]] = []
        self.stop_after = 10**6

    def trial(self, setup: Setup, seed: int, condition: str) -> Trial:
        if len(self.ran) == self.stop_after:
            raise KeyboardInterrupt
        self.ran.append((condition, seed))
        return fake_trial(setup, seed, condition)


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> Fake:
    fake = Fake()
    made = Assay(
        name="fake",
        about="Nothing happens.",
        trials=3,
        trial=fake.trial,
        draw=lambda *_: None,
        conditions=CONDITIONS,
    )
    monkeypatch.setitem(registry._ASSAYS, "fake", made)
    return fake


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "fake.jsonl"


def interrupted(fake: Fake, path: Path, after: int) -> None:
    fake.stop_after = after
    with pytest.raises(KeyboardInterrupt):
        run_assay("fake", SETUP, trials=3, journal=path)
    fake.stop_after = 10**6
    fake.ran.clear()


class TestGoingOn:
    @pytest.mark.parametrize("after", [0, 1, 4])
    def test_the_outcome_is_that_of_a_run_without_interruption(
        self, fake: Fake, path: Path, after: int
    ):
        whole = run_assay("fake", SETUP, trials=3)
        order = list(fake.ran)
        fake.ran.clear()
        interrupted(fake, path, after)
        known: list[int] = []
        again = run_assay("fake", SETUP, trials=3, journal=path, known=known.append)
        assert (known, fake.ran) == ([after], order[after:])
        assert json.dumps(again.plain()) == json.dumps(whole.plain())
        for one, other in zip(again.trials, whole.trials, strict=True):
            assert list(one.series) == list(other.series)
            for name, array in one.series.items():
                assert (array.dtype, array.shape) == (np.float64, other.series[name].shape)
                assert array.tobytes() == other.series[name].tobytes(), name

    def test_a_finished_assay_runs_nothing(self, fake: Fake, path: Path):
        first = run_assay("fake", SETUP, trials=3, journal=path).plain()
        written = path.read_bytes()
        fake.ran.clear()
        assert json.dumps(run_assay("fake", SETUP, trials=3, journal=path).plain()) == json.dumps(
            first
        )
        assert fake.ran == []
        assert path.read_bytes() == written

    def test_more_trials_and_other_seeds_are_added(self, fake: Fake, path: Path):
        run_assay("fake", SETUP, trials=2, seed=1, journal=path)
        fake.ran.clear()
        run_assay("fake", SETUP, trials=4, seed=0, journal=path)
        assert fake.ran == [(c, seed) for seed in (0, 3) for c in CONDITIONS]
        fake.ran.clear()
        outcome = run_assay("fake", SETUP, trials=1, seed=3, journal=path)
        assert fake.ran == []
        assert [t.seed for t in outcome.trials] == [3, 3]

    def test_only_new_trials_are_told(self, fake: Fake, path: Path):
        interrupted(fake, path, 4)
        told: list[Trial] = []
        run_assay("fake", SETUP, trials=3, journal=path, done=told.append)
        assert [(t.condition, t.seed) for t in told] == fake.ran == [("plain", 2), ("sham", 2)]

    def test_a_kill_costs_the_trial_that_was_running(self, fake: Fake, path: Path):
        code = (
            "import os, signal, sys\n"
            "from dataclasses import replace\n"
            "from pathlib import Path\n"
            "sys.path.insert(0, sys.argv[2])\n"
            "from test_assay_journal import SETUP, fake_trial\n"
            "from env.assays import Assay, registry, run_assay\n"
            "def trial(setup, seed, condition):\n"
            "    if (seed, condition) == (1, 'sham'):\n"
            "        os.kill(os.getpid(), signal.SIGKILL)\n"
            "    return fake_trial(setup, seed, condition)\n"
            "registry._ASSAYS['fake'] = replace(registry.assay('crawl'), name='fake',\n"
            "    trial=trial, conditions=('plain', 'sham'))\n"
            "run_assay('fake', SETUP, trials=3, journal=Path(sys.argv[1]))\n"
        )
        arguments = [sys.executable, "-c", code, str(path), str(Path(__file__).parent)]
        assert subprocess.run(arguments, check=False, timeout=120).returncode == -9
        run_assay("fake", SETUP, trials=3, journal=path)
        assert fake.ran == [("sham", 1), ("plain", 2), ("sham", 2)]


class TestDamage:
    @pytest.mark.parametrize("lost", [1, 2, 50])
    def test_a_last_line_that_was_cut_off_is_run_again(self, fake: Fake, path: Path, lost: int):
        whole = run_assay("fake", SETUP, trials=3, journal=path).plain()
        written = path.read_bytes()
        path.write_bytes(written[:-lost])
        fake.ran.clear()
        again = run_assay("fake", SETUP, trials=3, journal=path).plain()
        assert fake.ran == [("sham", 2)]
        assert json.dumps(again) == json.dumps(whole)
        assert path.read_bytes() == written

    @pytest.mark.parametrize("kept", [0, 1, 30])
    def test_a_first_line_that_was_cut_off_is_written_again(
        self, fake: Fake, path: Path, kept: int
    ):
        run_assay("fake", SETUP, trials=1, journal=path)
        written = path.read_bytes()
        path.write_bytes(written[:kept])
        run_assay("fake", SETUP, trials=1, journal=path)
        assert path.read_bytes() == written

    @pytest.mark.parametrize(
        "broken",
        [
            b'{"seed": 0, "condi',
            b"\xff\x00",
            b"",
            b"7",
            b"{}",
            b'{"seed": 0, "condition": "plain", "figures": 7, "series": {}}',
            b'{"seed": [], "condition": "plain", "figures": {}, "series": {}}',
            b'{"seed": 0, "condition": "plain", "figures": {}, "series": {"a": [1.0]}}',
            b'{"seed": 0, "condition": "plain", "figures": {}, '
            b'"series": {"a": {"shape": [3], "values": [1.0]}}}',
        ],
    )
    def test_a_broken_line_elsewhere_is_named_and_kept(self, fake: Fake, path: Path, broken: bytes):
        run_assay("fake", SETUP, trials=3, journal=path)
        lines = path.read_bytes().split(b"\n")
        path.write_bytes(b"\n".join([*lines[:3], broken, *lines[4:]]))
        damaged = path.read_bytes()
        with pytest.raises(ValueError, match=r"fake\.jsonl, line 4, is no trial; delete the line"):
            run_assay("fake", SETUP, trials=3, journal=path)
        assert path.read_bytes() == damaged
        path.write_bytes(b"\n".join([*lines[:3], *lines[4:]]))
        fake.ran.clear()
        run_assay("fake", SETUP, trials=3, journal=path)
        assert fake.ran == [("plain", 1)]

    @pytest.mark.parametrize("text", ["my notes", "my notes\n", "{}\n", "[1]\n", '{"journal"\n'])
    def test_another_file_is_refused_and_left_alone(self, path: Path, text: str):
        path.write_text(text)
        with pytest.raises(ValueError, match=r"fake\.jsonl is no journal of an assay"):
            Journal(path, ABOUT)
        assert path.read_text() == text

    def test_two_writers_are_refused(self, path: Path):
        wanted = pytest.raises(ValueError, match="is being written by another process")
        with Journal(path, ABOUT), wanted:
            Journal(path, ABOUT)
        with Journal(path, ABOUT) as journal:
            assert journal.trials == {}

    def test_a_place_that_cannot_be_written_is_found_before_the_work(
        self, fake: Fake, tmp_path: Path
    ):
        for wrong in (tmp_path, tmp_path / "nowhere" / "a.jsonl"):
            with pytest.raises(OSError, match=str(wrong)):
                run_assay("fake", SETUP, trials=1, journal=wrong)
        assert fake.ran == []


class TestHeader:
    @pytest.mark.parametrize(
        ("change", "message"),
        [
            (lambda s: replace(s, medium="water"), r"medium 'agar' \(now 'water'\); go back"),
            (lambda s: replace(s, ablate="AVB"), r"ablate '' \(now 'AVB'\)"),
            (lambda s: replace(s, perturb=("block GABA",)), r"perturb \[\] \(now \['block GABA'\]"),
            (lambda s: replace(s, inject=(Current(cells="AVA", current_pA=1.0),)), "AVA:1@0-inf"),
            (lambda s: replace(s, dt_neuron_ms=0.5), r"dt_neuron_ms 1\.0 \(now 0\.5\)"),
        ],
    )
    def test_another_setup_is_refused_by_name(
        self, fake: Fake, path: Path, change: Callable[[Setup], Setup], message: str
    ):
        run_assay("fake", SETUP, trials=1, journal=path)
        written = path.read_bytes()
        with pytest.raises(ValueError, match=message):
            run_assay("fake", change(SETUP), trials=1, journal=path)
        assert path.read_bytes() == written
        assert len(fake.ran) == 2

    def test_nearly_the_same_is_another_setup(self, fake: Fake, path: Path):
        """A rounded current and the name of an arena are not what decides."""
        one, two = (
            replace(SETUP, inject=(Current(cells="AVA", current_pA=pA),)) for pA in (1.0, 1.0000001)
        )
        run_assay("fake", one, trials=1, journal=path)
        with pytest.raises(ValueError, match=r"AVA:1\.0000001@0-inf"):
            run_assay("fake", two, trials=1, journal=path)
        wide = replace(arena_named("chemotaxis"), start_distance_mm=(9.0, 9.0))
        path.unlink()
        run_assay("fake", replace(SETUP, arena=wide), trials=1, journal=path)
        run_assay("fake", replace(SETUP, arena=wide), trials=1, journal=path)
        assert len(fake.ran) == 4
        near = replace(wide, start_distance_mm=(8.0, 8.0))
        with pytest.raises(ValueError, match=r"begun with arena"):
            run_assay("fake", replace(SETUP, arena=near), trials=1, journal=path)

    @pytest.mark.parametrize("name", ["journal", "assay", "parameters", "source", "wormlife"])
    def test_other_code_or_parameters_are_refused(self, fake: Fake, path: Path, name: str):
        run_assay("fake", SETUP, trials=1, journal=path)
        first, _, rest = path.read_text().partition("\n")
        path.write_text(json.dumps({**json.loads(first), name: "other"}) + "\n" + rest)
        with pytest.raises(ValueError, match=rf"begun with {name} 'other' \(now "):
            run_assay("fake", SETUP, trials=1, journal=path)

    def test_what_was_not_said_is_another_setup(self, path: Path):
        with Journal(path, {"assay": "fake"}):
            pass
        with pytest.raises(ValueError, match=r"medium None \(now 'agar'\)"):
            Journal(path, ABOUT)


def test_a_trial_comes_back_as_it_was(path: Path):
    with Journal(path, ABOUT) as journal:
        journal.add(fake_trial(SETUP, 5, "sham"))
    with Journal(path, ABOUT) as journal:
        (trial,) = journal.trials.values()
    wanted = fake_trial(SETUP, 5, "sham")
    assert list(journal.trials) == [("sham", 5)]
    assert trial.figures["x"] == wanted.figures["x"]
    assert isnan(trial.figures["missing"])
    assert trial.figures["beyond"] == -inf
    assert trial.series["bouts"].shape == (0, 3)


class TestCommand:
    def run(self, path: Path, *words: str) -> int:
        return main(["assay", "fake", *WORDS, "--journal", str(path), *words])

    def test_an_interrupt_says_what_goes_on(
        self,
        fake: Fake,
        path: Path,
        capfd: pytest.CaptureFixture[str],
        monkeypatch: pytest.MonkeyPatch,
    ):
        monkeypatch.setattr(sys, "argv", ["worm", "assay", "fake", "--journal", "a b.jsonl"])
        fake.stop_after = 2
        assert self.run(path) == 1
        printed = capfd.readouterr()
        assert printed.out == ""
        assert printed.err.splitlines()[-1] == (
            f"worm: stopped; the trials that ended are in {path}, "
            "`worm assay fake --journal 'a b.jsonl'` goes on"
        )
        fake.stop_after = 10**6
        assert self.run(path) == 0
        printed = capfd.readouterr()
        assert f"2 of them are in {path}" in printed.err
        assert "x " in printed.out
        assert len(fake.ran) == 6

    def test_without_a_journal_an_interrupt_says_that_all_is_lost(
        self, fake: Fake, capfd: pytest.CaptureFixture[str]
    ):
        fake.stop_after = 1
        assert main(["assay", "fake", *WORDS]) == 1
        assert "its trials are lost, give --journal FILE" in capfd.readouterr().err

    def test_the_json_is_the_same_with_and_without(
        self, fake: Fake, path: Path, capfd: pytest.CaptureFixture[str]
    ):
        assert main(["assay", "fake", *WORDS, "--json"]) == 0
        plain = capfd.readouterr().out
        fake.stop_after = len(fake.ran) + 3
        assert self.run(path, "--json") == 1
        assert capfd.readouterr().out == ""
        fake.stop_after = 10**6
        assert self.run(path, "--json") == 0
        assert capfd.readouterr().out == plain

    def test_another_setup_is_one_sentence(
        self, fake: Fake, path: Path, capfd: pytest.CaptureFixture[str]
    ):
        assert self.run(path) == 0
        capfd.readouterr()
        assert self.run(path, "--medium", "water") == 1
        said = capfd.readouterr().err.splitlines()[-1]
        assert said.startswith(f"worm: {path} was begun with medium 'agar' (now 'water')")
        assert command.stopped(path).startswith("stopped")
