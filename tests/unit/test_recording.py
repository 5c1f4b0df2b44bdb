"""Recordings: what goes in comes out, at any moment, or a sentence says why not."""

import multiprocessing
import os
import resource
import signal
import time
from types import SimpleNamespace

import numpy as np
import pytest

from env.recording import Recorder, RecordingError, load
from env.recording_format import channels


class MovingSimulation:
    """Every recorded attribute of a Simulation, each a different function of time."""

    dt_control_ms = 40.0
    seed = 7

    def __init__(self):
        self.step_count = 0
        self.listeners = []
        self.events = []
        self.config = {"seed": 7, "medium": "agar", "arena": "plate", "resolution": "default"}
        self.connectome = SimpleNamespace(
            names=tuple(f"N{i}" for i in range(302)), muscle_names=tuple(f"M{i}" for i in range(95))
        )

    @property
    def time_s(self):
        return self.step_count * self.dt_control_ms / 1000.0

    def wave(self, shape, phase):
        count = int(np.prod(shape))
        return np.sin(np.arange(count) * 0.1 + self.time_s + phase).reshape(shape)

    centreline_mm = property(lambda self: self.wave((25, 3), 0))
    voltages_mV = property(lambda self: 40 * self.wave((302,), 1))
    activation = property(lambda self: self.wave((95,), 2) ** 2)
    curvature_L = property(lambda self: self.wave((23,), 3))
    sense_current_pA = property(lambda self: self.wave((302,), 4))
    senses_reading = property(lambda self: {"salt_mM": self.time_s, "nose_uN": 2.0})
    injected_current_pA = property(lambda self: self.wave((302,), 5))

    @property
    def body(self):
        return SimpleNamespace(
            segment_rotation=self.wave((24, 3, 3), 6),
            joint_angle_rad=self.wave((46,), 7),
            joint_rate_rad_s=self.wave((46,), 8),
            contact_force_uN=self.wave((24, 3), 9),
        )

    def step(self):
        self.step_count += 1
        for listener in tuple(self.listeners):
            listener(self)


@pytest.fixture
def sim():
    return MovingSimulation()


def test_what_was_recorded_is_read_back(sim, tmp_path):
    with Recorder(sim, tmp_path / "a.h5"):
        for step in range(60):
            if step == 30:
                sim.events.append({"time_s": sim.time_s, "kind": "touch", "position": 0.1})
            sim.step()
    episode = load(tmp_path / "a.h5")
    assert len(episode) == 61
    assert episode.complete
    assert episode.seed == 7
    assert episode.config == sim.config
    assert episode.events == tuple(sim.events)
    assert episode.versions["numpy"] == np.__version__
    np.testing.assert_array_equal(episode.time_s, np.arange(61) * 40.0 / 1000.0)
    np.testing.assert_allclose(episode.voltages_mV[-1], sim.voltages_mV, rtol=1e-6)
    np.testing.assert_array_equal(episode["N3"], episode.voltages_mV[:, 3])
    np.testing.assert_array_equal(episode["M94"], episode.activation[:, 94])
    assert episode.reading_names == ("salt_mM", "nose_uN")
    for channel in channels(episode.reading_names):
        last = np.asarray(channel.read(sim))
        np.testing.assert_allclose(episode.channels[channel.name][-1], last, rtol=1e-6, atol=1e-7)


def test_writing_the_same_moment_twice_keeps_one_frame(sim, tmp_path):
    with Recorder(sim, tmp_path / "a.h5") as recorder:
        recorder.write()
        sim.step()
        recorder.write()
    assert len(load(tmp_path / "a.h5")) == 2


def test_closing_ends_listening_and_may_be_repeated(sim, tmp_path):
    recorder = Recorder(sim, tmp_path / "a.h5")
    recorder.close()
    recorder.close()
    assert sim.listeners == []
    with pytest.raises(RecordingError, match="closed"):
        recorder.write()


def test_same_frames_give_the_same_bytes(tmp_path):
    for name in ("a.h5", "b.h5"):
        sim = MovingSimulation()
        with Recorder(sim, tmp_path / name):
            for _ in range(40):
                sim.step()
    assert (tmp_path / "a.h5").read_bytes() == (tmp_path / "b.h5").read_bytes()


def test_a_growing_recording_can_be_read(sim, tmp_path):
    with Recorder(sim, tmp_path / "a.h5"):
        for _ in range(51):
            sim.step()
        episode = load(tmp_path / "a.h5")
        assert not episode.complete
        assert sim.time_s - episode.time_s[-1] <= 1.0


def test_an_existing_file_is_kept_unless_told_otherwise(sim, tmp_path):
    (tmp_path / "a.h5").write_text("precious")
    with pytest.raises(RecordingError, match="exists already"):
        Recorder(sim, tmp_path / "a.h5")
    assert (tmp_path / "a.h5").read_text() == "precious"
    with Recorder(sim, tmp_path / "a.h5", overwrite=True):
        pass
    assert len(load(tmp_path / "a.h5")) == 1


def test_going_back_in_time_is_refused(sim, tmp_path):
    with Recorder(sim, tmp_path / "a.h5") as recorder:
        sim.step()
        sim.step_count = 0
        with pytest.raises(RecordingError, match="went back"):
            recorder.write()


def test_a_quantity_of_the_wrong_shape_is_refused(sim, tmp_path):
    sim.__class__ = type("Odd", (MovingSimulation,), {"activation": np.zeros(94)})
    with pytest.raises(RecordingError, match=r"activation has shape \(94,\)"):
        Recorder(sim, tmp_path / "a.h5")


def _record_for_ever(path, steps):
    sim = MovingSimulation()
    with Recorder(sim, path):
        while True:
            sim.step()
            steps.value = sim.step_count
            time.sleep(0.001)


@pytest.mark.parametrize("steps_before_kill", [30, 101, 257])
def test_a_kill_loses_at_most_the_last_second(tmp_path, steps_before_kill):
    path = tmp_path / "a.h5"
    context = multiprocessing.get_context("fork")
    steps = context.Value("i", 0)
    writer = context.Process(target=_record_for_ever, args=(path, steps))
    writer.start()
    while steps.value < steps_before_kill:
        assert writer.is_alive()
        time.sleep(0.002)
    os.kill(writer.pid, signal.SIGKILL)
    writer.join()
    episode = load(path)
    assert not episode.complete
    assert steps.value * 0.04 - episode.time_s[-1] <= 1.0
    sim = MovingSimulation()
    for index in (0, len(episode) // 2, len(episode) - 1):
        sim.step_count = index
        np.testing.assert_allclose(episode.voltages_mV[index], sim.voltages_mV, rtol=1e-6)


def _record_into_a_limit(path, answer):
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))
    sim = MovingSimulation()
    try:
        with Recorder(sim, path):
            for _ in range(5000):
                sim.step()
    except RecordingError as error:
        answer.put((str(error), sim.step_count))
    else:
        answer.put(("nothing happened", sim.step_count))


def test_a_full_disk_stops_with_a_sentence_and_keeps_what_was_written(tmp_path):
    context = multiprocessing.get_context("fork")
    answer = context.Queue()
    writer = context.Process(target=_record_into_a_limit, args=(tmp_path / "a.h5", answer))
    writer.start()
    message, steps = answer.get(timeout=30)
    writer.join()
    assert message.startswith("cannot go on writing the recording")
    episode = load(tmp_path / "a.h5")
    assert not episode.complete
    assert 25 < len(episode) <= steps
    assert steps * 0.04 - episode.time_s[-1] <= 2.0


@pytest.mark.parametrize("path", ["/dev/full", "missing/folder/a.h5", "/proc/a.h5"])
def test_a_path_that_cannot_be_written_is_named(sim, tmp_path, path):
    with pytest.raises(RecordingError, match="cannot create the recording"):
        Recorder(sim, tmp_path / path, overwrite=True)
    assert sim.listeners == []
