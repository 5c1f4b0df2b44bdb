"""WCON, NWB and Minari hold what the recording holds; each read back by its own reader."""

import json
from pathlib import Path

import gymnasium
import numpy as np
import pytest

import wormlife
from env.episode import Episode
from env.wrappers import RecordEpisode
from viewer.export_minari import write_minari
from viewer.export_nwb import write_nwb
from viewer.export_wcon import write_wcon
from viewer.files import ExportError
from wormlife.cli import main

N_STEPS = 6


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("episodes")
    env = gymnasium.make("Worm/Crawl-v0", action_mode="muscles", max_episode_steps=N_STEPS)
    env = RecordEpisode(env, folder)
    env.action_space.seed(0)
    for _ in range(2):
        env.reset(seed=1)
        for _ in range(N_STEPS):
            env.step(env.action_space.sample())
    env.close()
    return folder / "episode-0000.h5"


@pytest.fixture(scope="module")
def episode(recording: Path) -> Episode:
    return wormlife.load(recording)


class TestWcon:
    def test_the_body_axis_comes_back(self, episode: Episode, tmp_path: Path) -> None:
        write_wcon(episode, tmp_path / "worm.wcon")
        document = json.loads((tmp_path / "worm.wcon").read_text("utf-8"))
        (worm,) = document["data"]
        line = episode.centreline_mm
        assert np.allclose(worm["x"], line[:, :, 0], atol=1e-6)
        assert np.allclose(worm["y"], line[:, :, 1], atol=1e-6)
        assert worm["t"] == pytest.approx(episode.time_s.tolist())
        assert np.allclose(worm["@wormlife"]["voltages_mV"], episode.voltages_mV, atol=1e-4)

    def test_the_form_is_the_published_one(self, episode: Episode, tmp_path: Path) -> None:
        # Requirements of wcon_schema.json, openworm/tracker-commons
        write_wcon(episode, tmp_path / "worm.wcon")
        document = json.loads((tmp_path / "worm.wcon").read_text("utf-8"))
        assert {"units", "data"} <= set(document)
        assert {"t", "x", "y"} <= set(document["units"])
        assert all(isinstance(unit, str) for unit in document["units"].values())
        metadata = document["metadata"]
        assert metadata["sex"] in ("hermaphrodite", "male")
        assert metadata["stage"] in ("L1", "L2", "L3", "L4", "adult", "dauer")
        assert isinstance(metadata["media"], str)
        assert metadata["software"]["featureID"].startswith("@")
        (worm,) = document["data"]
        assert isinstance(worm["id"], str)
        assert worm["head"] in ("L", "R", "?")
        assert len(worm["x"]) == len(worm["y"]) == len(worm["t"]) == N_STEPS + 1
        assert {len(row) for row in worm["x"]} == {25}

    def test_an_existing_file_is_left_alone(self, episode: Episode, tmp_path: Path) -> None:
        (tmp_path / "worm.wcon").write_text("mine")
        with pytest.raises(ExportError, match="exists already"):
            write_wcon(episode, tmp_path / "worm.wcon")


class TestNwb:
    def test_the_validator_accepts_it_and_the_voltages_come_back(
        self, episode: Episode, tmp_path: Path
    ) -> None:
        pynwb = pytest.importorskip("pynwb", reason="needs the extra wormlife[export]")
        path = tmp_path / "worm.nwb"
        write_nwb(episode, path)
        assert pynwb.validate(path=str(path)) == []
        with pynwb.NWBHDF5IO(str(path), "r") as io:
            file = io.read()
            volts = file.acquisition["voltages_mV"]
            assert np.array_equal(volts.data[:] * volts.conversion, episode.voltages_mV * 1e-3)
            behaviour = file.processing["behavior"]
            assert tuple(behaviour["neurons"]["label"][:]) == episode.neuron_names
            line = behaviour["centreline_mm"]
            assert np.array_equal(line.data[:], episode.centreline_mm)
            notes = [json.loads(text) for text in file.events["events"]["annotation"][:]]
            assert notes == list(episode.events)
            assert len(notes) == N_STEPS


class TestMinari:
    def test_the_dataset_loads_and_its_environment_comes_back(
        self, recording: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        minari = pytest.importorskip("minari", reason="needs the extra wormlife[export]")
        both = [recording, recording.with_name("episode-0001.h5")]
        name = write_minari(both, tmp_path)
        monkeypatch.setenv("MINARI_DATASETS_PATH", str(tmp_path))
        dataset = minari.load_dataset(name)
        assert dataset.total_episodes == 2
        assert dataset.total_steps == 2 * N_STEPS
        first = dataset[0]
        kept = np.load(recording.with_suffix(".npz"), allow_pickle=False)
        for mine, theirs in (
            ("observations", first.observations),
            ("actions", first.actions),
            ("rewards", first.rewards),
            ("truncated", first.truncations),
        ):
            assert np.array_equal(kept[mine], theirs)
        env = dataset.recover_environment()
        assert env.spec is not None
        assert env.spec.id == "Worm/Crawl-v0"
        assert np.array_equal(env.reset(seed=1)[0], kept["observations"][0])
        env.close()
        with pytest.raises(ExportError, match="exists already"):
            write_minari(both, tmp_path)

    def test_nothing_is_not_a_dataset(self, tmp_path: Path) -> None:
        pytest.importorskip("minari", reason="needs the extra wormlife[export]")
        with pytest.raises(ExportError, match="no episode to write"):
            write_minari([], tmp_path)


def test_the_command_writes_wcon(
    recording: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "worm.wcon"
    assert main(["export", str(recording), "--to", "wcon", "--out", str(out)]) == 0
    assert json.loads(out.read_text("utf-8"))["units"]["x"] == "mm"
    assert capsys.readouterr().out == f"wcon: {out}\n"
