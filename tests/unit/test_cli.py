"""The ``worm`` command: what it makes, prints and returns."""

import csv
import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from PIL import Image

from env.recording import load
from wormlife.cli import main
from wormlife.cli.run import unused
from wormlife.cli.schedule import Injection, Touch


@pytest.fixture(autouse=True)
def no_display(monkeypatch):
    monkeypatch.delenv("DISPLAY", raising=False)


@pytest.fixture(scope="module")
def recording(tmp_path_factory):
    path = tmp_path_factory.mktemp("cli") / "run.h5"
    options = ["--inject", "AVA:20@0.2-0.6", "--touch", "0.1@0.4", "--perturb", "cut gap AVA A"]
    assert (
        main(["run", "--seconds", "1", "--seed", "3", "--quiet", "--out", str(path), *options]) == 0
    )
    return path


def run_json(capfd, *arguments):
    """Return the exit code and the JSON object that a command printed, alone on stdout."""
    code = main([*map(str, arguments), "--json"])
    printed = capfd.readouterr()
    return code, json.loads(printed.out)


class TestRun:
    def test_records_what_was_asked_for(self, recording):
        episode = load(recording)
        assert episode.complete
        assert episode.seed == 3
        assert episode.time_s[-1] == pytest.approx(1.0)
        assert episode.config["perturbations"] == ["cut gap AVA A"]
        given = [event["kind"] for event in episode.events if event["kind"] != "contact"]
        assert given == ["inject", "touch", "inject"]

    def test_injects_from_start_to_end(self, recording):
        episode = load(recording)
        current = episode.channels["injected_current_pA"]
        column = episode.neuron_names.index("AVAL")
        on = (episode.time_s > 0.2 + 1e-6) & (episode.time_s < 0.6 + 1e-6)
        np.testing.assert_array_equal(current[:, column], np.where(on, 20.0, 0.0))

    def test_prints_one_json_object(self, capfd, tmp_path):
        out = tmp_path / "a.h5"
        code, result = run_json(capfd, "run", "--seconds", "0.2", "--out", out)
        assert code == 0
        assert result["recording"] == str(out)
        assert result["seconds"] == pytest.approx(0.2)
        assert "video" not in result

    def test_alone_records_and_films(self, capfd, tmp_path, monkeypatch):
        pytest.importorskip("av")
        monkeypatch.chdir(tmp_path)
        assert main(["run", "--seconds", "0.2"]) == 0
        printed = capfd.readouterr().out
        assert "run.h5" in printed
        assert "run.mp4" in printed
        assert (tmp_path / "run.mp4").stat().st_size > 1000

    def test_the_same_seed_gives_the_same_bytes_in_another_process(self, tmp_path):
        code = "import sys; from wormlife.cli import main; sys.exit(main(sys.argv[1:]))"
        command = [sys.executable, "-c", code, "run", "--seconds", "1", "--seed", "5", "--quiet"]
        written = []
        for name in ("a.h5", "b.h5"):
            out = tmp_path / name
            options = ["--touch", "0.1@0.5", "--arena", "posts", "--out", str(out)]
            subprocess.run([*command, *options], check=True)
            written.append(out.read_bytes())
        assert written[0] == written[1]

    def test_quiet_says_nothing(self, capfd, tmp_path):
        assert main(["run", "--seconds", "0.1", "--quiet", "--out", str(tmp_path / "a.h5")]) == 0
        assert capfd.readouterr() == ("", "")

    def test_default_names_never_hit_an_existing_file(self, tmp_path):
        assert unused(tmp_path / "run.h5").name == "run.h5"
        (tmp_path / "run.h5").touch()
        (tmp_path / "run-2.h5").touch()
        assert unused(tmp_path / "run.h5").name == "run-3.h5"

    def test_an_interrupt_keeps_the_recording(self, tmp_path):
        path = tmp_path / "a.h5"
        # A background job starts with the interrupt ignored; a terminal would not.
        code = (
            "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
            "from wormlife.cli import main; sys.exit(main(sys.argv[1:]))"
        )
        command = [sys.executable, "-c", code, "run", "--seconds", "3600", "--out", str(path)]
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
            try:
                deadline = time.monotonic() + 120
                while not (path.exists() and path.stat().st_size > 60_000):
                    assert time.monotonic() < deadline
                    assert process.poll() is None
                    time.sleep(0.05)
                process.send_signal(signal.SIGINT)
                _, message = process.communicate(timeout=60)
            finally:
                process.kill()
        assert process.returncode == 1
        assert message.splitlines()[-1].startswith("worm: stopped")
        assert "Traceback" not in message
        episode = load(path)
        assert not episode.complete
        assert len(episode) > 1


class TestReplay:
    def test_verifies_a_recording_bit_by_bit(self, capfd, recording):
        code, result = run_json(capfd, "replay", recording, "--verify")
        assert code == 0
        assert result["identical"]
        assert result["frames"] == len(load(recording))

    def test_names_the_first_difference(self, capfd, recording, tmp_path):
        copy = tmp_path / "a.h5"
        change_one_value(recording, copy, frame=9, neuron="AVAL", by_mV=0.5)
        code, result = run_json(capfd, "replay", copy, "--verify")
        assert code == 1
        assert not result["identical"]
        difference = result["difference"]
        assert (difference["frame"], difference["variable"]) == (9, "voltages_mV")
        assert difference["entry"] == "AVAL"
        assert difference["recorded"] - difference["replayed"] == pytest.approx(0.5, rel=1e-4)

    def test_says_so_when_another_animal_was_recorded(self, capfd, recording, tmp_path):
        copy = tmp_path / "a.h5"
        change_config(recording, copy, lambda config: config["start"].update(seed=4))
        assert main(["replay", str(copy), "--verify"]) == 1
        assert "frame 1 (0.040 s) differs" in capfd.readouterr().err

    def test_films(self, recording, tmp_path):
        video = tmp_path / "a.gif"
        assert main(["replay", str(recording), "--video", str(video), "--quiet"]) == 0
        with Image.open(video) as film:
            assert film.n_frames > 5


def change_one_value(source, target, frame, neuron, by_mV):
    h5py = pytest.importorskip("h5py")
    target.write_bytes(source.read_bytes())
    column = load(source).neuron_names.index(neuron)
    with h5py.File(target, "r+") as file:
        file["voltages_mV"][frame, column] += by_mV
        file["digest"][frame] += np.uint64(1)


def change_config(source, target, change):
    h5py = pytest.importorskip("h5py")
    target.write_bytes(source.read_bytes())
    with h5py.File(target, "r+") as file:
        header = json.loads(bytes(file["header_json"][:]))
        change(header["config"])
        del file["header_json"]
        file["header_json"] = np.frombuffer(json.dumps(header).encode(), np.uint8)


class TestInfo:
    def test_tells_what_others_rely_on(self, capfd, recording):
        code, result = run_json(capfd, "info", recording)
        assert code == 0
        assert (result["neurons"], result["muscles"], result["segments"]) == (302, 95, 24)
        assert result["compartments"] > 302
        assert result["seconds"] == pytest.approx(1.0)
        assert (result["seed"], result["medium"], result["arena"]) == (3, "agar", "plate")
        assert result["complete"] is True
        assert result["versions"]["numpy"] == np.__version__
        assert len(result["versions"]["source"]) == 16

    def test_prints_a_line_per_fact(self, capfd, recording):
        assert main(["info", str(recording)]) == 0
        assert "neurons       302" in capfd.readouterr().out


class TestExport:
    def test_csv_holds_the_recording(self, recording, tmp_path):
        out = tmp_path / "a.csv"
        assert main(["export", str(recording), "--to", "csv", "--out", str(out), "--quiet"]) == 0
        with out.open(newline="") as file:
            rows = list(csv.DictReader(file))
        episode = load(recording)
        assert len(rows) == len(episode)
        assert np.float32(rows[7]["AVAL_mV"]) == np.float32(episode["AVAL"][7])
        assert np.float32(rows[-1]["x24_mm"]) == np.float32(episode.centreline_mm[-1, 24, 0])

    def test_png_is_the_moment_asked_for(self, recording, tmp_path):
        for name, at in (("a.png", "0.2"), ("b.png", "0.8"), ("c.png", "0.2")):
            out = str(tmp_path / name)
            assert main(["export", str(recording), "--to", "png", "--at", at, "--out", out]) == 0
        a, b, c = ((tmp_path / name).read_bytes() for name in ("a.png", "b.png", "c.png"))
        assert a == c != b

    def test_mp4_plays_at_the_pace_of_life(self, recording, tmp_path):
        av = pytest.importorskip("av")
        out = tmp_path / "a.mp4"
        assert main(["export", str(recording), "--to", "mp4", "--out", str(out), "--quiet"]) == 0
        with av.open(str(out)) as container:
            stream = container.streams.video[0]
            frames = [frame.to_ndarray(format="rgb24") for frame in container.decode(stream)]
            assert float(stream.average_rate) == pytest.approx(25.0)
            assert stream.pix_fmt == "yuv420p"
        assert len(frames) == len(load(recording))
        assert all(frame.std() > 5 for frame in frames)

    def test_a_failed_export_leaves_nothing_behind(self, recording, tmp_path, monkeypatch):
        def fail(*_):
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(Image.Image, "save", fail)
        out = str(tmp_path / "a.png")
        assert main(["export", str(recording), "--to", "png", "--out", out]) == 1
        assert list(tmp_path.iterdir()) == []


class TestOthers:
    @pytest.mark.parametrize(
        ("what", "name"), [("neurons", "AVAL"), ("arenas", "chemotaxis"), ("envs", "Worm/Crawl-v0")]
    )
    def test_list_names_what_there_is(self, capfd, what, name):
        code, result = run_json(capfd, "list", what)
        assert code == 0
        assert name in result[what]
        assert main(["list", what]) == 0
        assert name in capfd.readouterr().out

    def test_doctor_checks_this_machine(self, capfd):
        code, result = run_json(capfd, "doctor")
        names = [check["name"] for check in result["checks"]]
        assert {"python", "platform", "numpy", "numba cache", "display", "av"} <= set(names)
        (cluster,) = (check for check in result["checks"] if check["name"] == "distributed")
        assert not cluster["needed"]
        assert code == (0 if result["ok"] else 1)

    def test_doctor_fails_where_a_package_is_missing(self, capfd, monkeypatch):
        monkeypatch.setattr("wormlife.cli.doctor._CORE", ("numpy", "no-such-package"))
        assert main(["doctor"]) == 1
        assert "FAIL no-such-package" in capfd.readouterr().out

    def test_help_and_version(self, capfd):
        for arguments in (["--help"], ["run", "--help"], ["--version"]):
            with pytest.raises(SystemExit, match="0"):
                main(arguments)
        assert "--perturb RULE" in capfd.readouterr().out

    def test_debug_shows_where_it_went_wrong(self, tmp_path):
        with pytest.raises(ValueError, match="there is no recording"):
            main(["info", str(tmp_path / "none.h5"), "--debug"])

    def test_parsing_the_command_line_loads_nothing_heavy(self):
        code = (
            "import sys; from wormlife.cli.parsing import build_parser; build_parser()\n"
            "heavy = {'numba', 'pybullet', 'pyglet', 'matplotlib', 'torch', 'h5py', 'av'}\n"
            "assert not heavy & set(sys.modules), heavy & set(sys.modules)"
        )
        subprocess.run([sys.executable, "-c", code], check=True, env=os.environ)


def test_bench_measures_every_part(monkeypatch):
    from wormlife import bench

    monkeypatch.setattr(bench, "N_WINDOWS", 1)
    result = {
        "closed_loop": bench.closed_loop(seconds=0.2),
        "body": bench.body(n_steps=20),
    }
    assert all(section["realtime_factor"] > 0 for section in result.values())
    assert bench.machine()["cores"] >= 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("AVA:20@5-7", ("AVA", 20.0, 5.0, 7.0)),
        ("AVA,PVCL:-3.5@5", ("AVA,PVCL", -3.5, 5.0, np.inf)),
        ("B:1e1", ("B", 10.0, 0.0, np.inf)),
    ],
)
def test_an_injection_is_read(text, expected):
    given = Injection.parse(text)
    assert (given.cells, given.current_pA, given.start_s, given.end_s) == expected


def test_a_touch_is_read():
    assert Touch.parse("0.1@5") == Touch(position=0.1, time_s=5.0)
