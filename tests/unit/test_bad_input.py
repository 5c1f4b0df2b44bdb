"""Whatever a user gives: an exit code that tells, one sentence on stderr, nothing lost."""

import os
import shutil

import h5py
import numpy as np
import pytest

from env.recording import RecordingError, load
from wormlife.cli import main
from wormlife.cli.output import sentence


@pytest.fixture(scope="module")
def recording(tmp_path_factory):
    path = tmp_path_factory.mktemp("bad") / "good.h5"
    assert main(["run", "--seconds", "1.2", "--quiet", "--body", "free", "--out", str(path)]) == 0
    return path


def complaint(capfd, arguments):
    """Return exit code and the single line a failing command leaves on stderr."""
    code = main([str(argument) for argument in arguments])
    out, err = capfd.readouterr()
    assert out == ""
    lines = err.splitlines()
    assert len(lines) == 1, err
    assert lines[0].startswith("worm: ")
    assert "Traceback" not in err
    assert "internal error" not in err
    return code, lines[0]


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        ([], 2, "required: COMMAND"),
        (["crawl"], 2, "invalid choice: 'crawl'"),
        (["run", "--secs", "3"], 2, "did you mean --seconds?"),
        (["run", "--seconds", "nan"], 2, "'nan' is not a number above 0"),
        (["run", "--seconds", "-1"], 2, "'-1' is not a number above 0"),
        (["run", "--seconds", "ten"], 2, "'ten' is not a number above 0"),
        (["run", "--seed", "x"], 2, "invalid int value: 'x'"),
        (["run", "--inject", "AVA"], 2, "CELLS:PICOAMPERE@START-END"),
        (["run", "--inject", "AVA:x@1-2"], 2, "CELLS:PICOAMPERE@START-END"),
        (["run", "--inject", "AVA:20@7-5"], 2, "CELLS:PICOAMPERE@START-END"),
        (["run", "--touch", "1.2@5"], 2, "POSITION@TIME"),
        (["run", "--touch", "0.1@nan"], 2, "POSITION@TIME"),
        (["run", "--body", "mujoco"], 2, "invalid choice: 'mujoco'"),
        (["run", "--dt-neuron-ms", "0"], 2, "'0' is not a number above 0"),
        (["export", "a.h5", "--to", "xlsx"], 2, "invalid choice: 'xlsx'"),
        (["export", "a.h5"], 2, "required: --to"),
        (["train", "Worm/Fly-v0", "--quiet"], 1, "choose one of Worm/Chemotaxis-v0, Worm/Crawl-v0"),
        (["list", "worms"], 2, "invalid choice: 'worms'"),
        (["info", "missing.h5"], 1, "there is no recording missing.h5"),
        (["replay", "missing.h5", "--verify"], 1, "there is no recording missing.h5"),
        (["export", "missing.h5", "--to", "csv"], 1, "there is no recording missing.h5"),
        (["run", "--quiet", "--seed", "-1"], 1, "seed=-1 must be at least 0"),
        (["run", "--quiet", "--arena", "chemotaxi"], 1, "did you mean 'chemotaxis'"),
        (["run", "--quiet", "--seconds", "1e308"], 1, "must be a finite duration"),
        (["view"], 1, "there is no display here"),
        (["run", "--quiet", "--medium", "jelly"], 1, "unknown medium 'jelly'"),
        (["run", "--quiet", "--medium", "nan"], 1, "medium"),
        (["run", "--quiet", "--ablate", "AVAX"], 1, "did you mean"),
        (["run", "--quiet", "--inject", "AVX:20@1-2"], 1, "unknown neuron or class 'AVX'"),
        (["run", "--quiet", "--inject", "AVA:nan@9"], 2, "CELLS:PICOAMPERE@START-END"),
        (["run", "--quiet", "--inject", "AVA:1e9"], 1, "current_pA"),
        (["run", "--quiet", "--perturb", "tickle AVA"], 1, "'tickle AVA' is not understood"),
        (["run", "--quiet", "--perturb", "block caffeine"], 1, "caffeine"),
        (["run", "--quiet", "--dt-neuron-ms", "0.7"], 1, "nearest legal values"),
        (["run", "--quiet", "--resolution", "ultra"], 1, "ultra"),
        (["run", "--quiet", "--parameters", "missing.toml"], 1, "missing.toml"),
        (["run", "--quiet", "--video", "a.avi"], 1, ".mp4 or .gif"),
        (["run", "--quiet", "--video", "no/folder/a.gif"], 1, "there is no folder"),
    ],
)
def test_a_bad_command_line(capfd, tmp_path, monkeypatch, arguments, code, words):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DISPLAY", raising=False)
    got, line = complaint(capfd, arguments)
    assert got == code
    assert words in line


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[no.such]\nparameter = 1.0\n", "no.such"),
        ("[body]\nbending_stiffness = 'soft'\n", "bending_stiffness"),
        ("[body]\nbending_stiffness = nan\n", "bending_stiffness"),
        ("[body.bending_stiffness]\nvalue = 0.1\nunit = 'pounds'\n", "pounds"),
        ("body = [\n", "parameters.toml"),
        ("\x00\x01\x02", "parameters.toml"),
    ],
)
def test_a_bad_parameter_file(capfd, tmp_path, monkeypatch, text, words):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "parameters.toml").write_text(text)
    code, line = complaint(capfd, ["run", "--quiet", "--parameters", "parameters.toml"])
    assert code == 1
    assert words in line
    assert not (tmp_path / "run.h5").exists()


@pytest.mark.parametrize(
    ("out", "words"),
    [
        ("/dev/full", "No space left on device"),
        ("/proc/run.h5", "cannot create the recording"),
        ("no/folder/run.h5", "No such file or directory"),
        (".", "cannot create the recording"),
    ],
)
def test_a_recording_that_cannot_be_written(capfd, tmp_path, monkeypatch, out, words):
    monkeypatch.chdir(tmp_path)
    arguments = ["run", "--seconds", "1", "--quiet", "--force", "--body", "free", "--out", out]
    code, line = complaint(capfd, arguments)
    assert code == 1
    assert words in line


def test_an_existing_recording_is_kept(capfd, recording):
    before = recording.read_bytes()
    code, line = complaint(capfd, ["run", "--quiet", "--out", recording])
    assert (code, "exists already" in line) == (1, True)
    assert recording.read_bytes() == before


def test_an_export_never_takes_the_place_of_a_device(capfd, recording, tmp_path):
    pipe = tmp_path / "a.csv"
    os.mkfifo(pipe)
    code, line = complaint(capfd, ["export", recording, "--to", "csv", "--out", pipe, "--force"])
    assert (code, "not a regular file" in line) == (1, True)
    assert pipe.is_fifo()


def foreign(file):
    for name in list(file.attrs):
        del file.attrs[name]


def newer(file):
    file.attrs["version"] = 99


def older(file):
    file.attrs["version"] = 0


def without_voltages(file):
    del file["voltages_mV"]


def with_odd_shape(file):
    del file["activation"]
    file["activation"] = np.zeros((31, 94))


def without_config(file):
    file["header_json"][:] = ord("{")


def without_digest(file):
    del file["digest"]
    file["digest"] = np.zeros(3, np.uint64)


def without_frames(file):
    file["frames_committed"][0] = 0


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (foreign, "not a wormlife recording"),
        (newer, "format 99, newer than"),
        (older, "format 0, older than"),
        (without_voltages, "damaged"),
        (with_odd_shape, "activation has shape (31, 94)"),
        (without_config, "damaged"),
        (without_digest, "lack their digest"),
        (without_frames, "holds no frame"),
    ],
)
def test_a_recording_with_wrong_contents(capfd, recording, tmp_path, damage, words):
    path = tmp_path / "bad.h5"
    shutil.copy(recording, path)
    with h5py.File(path, "r+") as file:
        damage(file)
    for arguments in (["info", path], ["replay", path, "--verify", "--quiet"]):
        code, line = complaint(capfd, arguments)
        assert code == 1
        assert words in line


def test_an_hdf5_file_of_another_program(capfd, tmp_path):
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["time_s"] = np.arange(3.0)
    code, line = complaint(capfd, ["info", tmp_path / "other.h5"])
    assert (code, "not a wormlife recording" in line) == (1, True)


@pytest.mark.parametrize("content", [b"", b"time,x\n0,1\n", b"\x89HDF\r\n\x1a\n" + b"\xff" * 900])
def test_a_file_that_is_no_recording(capfd, tmp_path, content):
    (tmp_path / "bad.h5").write_bytes(content)
    code, line = complaint(capfd, ["info", tmp_path / "bad.h5"])
    assert code == 1
    assert "bad.h5" in line


@pytest.mark.parametrize("share", [0.02, 0.2, 0.5, 0.9, 0.999])
def test_a_truncated_recording(capfd, recording, tmp_path, share):
    content = recording.read_bytes()
    (tmp_path / "bad.h5").write_bytes(content[: int(share * len(content))])
    code, line = complaint(capfd, ["info", tmp_path / "bad.h5"])
    assert code == 1
    assert "damaged" in line


def test_flipped_bytes_are_noticed_or_harmless(recording, tmp_path):
    content = np.frombuffer(recording.read_bytes(), np.uint8)
    good = load(recording)
    rng = np.random.default_rng(0)
    path = tmp_path / "bad.h5"
    noticed = 0
    # Each byte in turn would take minutes; these places are spread over the whole file.
    for place in rng.integers(0, content.size, 60):
        bad = content.copy()
        bad[place] ^= 0xFF
        path.write_bytes(bad.tobytes())
        try:
            episode = load(path)
        except RecordingError:
            noticed += 1
            continue
        # A byte that no data hang on: what was read must still be the truth.
        for name, values in good.channels.items():
            np.testing.assert_array_equal(episode.channels[name], values)
        assert episode.config == good.config
    assert noticed > 10


@pytest.mark.parametrize(
    ("error", "bug"),
    [
        (ImportError("training with ppo needs torch"), False),
        (ModuleNotFoundError("No module named 'worm.body'"), True),
        (ZeroDivisionError("division by zero"), True),
    ],
)
def test_only_our_own_bugs_ask_for_a_report(error, bug):
    assert ("please report it" in sentence(error)) == bug
    assert str(error) in sentence(error)
