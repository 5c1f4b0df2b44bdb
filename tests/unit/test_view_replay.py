"""Recordings beside each other: one clock, jumps over the events of all, plots of each."""

import numpy as np
import pytest

from env.recording import Recorder
from env.simulation import Simulation
from viewer.replay import Replay
from viewer.replay_clock import Clock


def recorded(path, seconds, touch_s):
    with Simulation(body="free") as sim, Recorder(sim, path):
        sim.run(touch_s)
        sim.touch(0.1, "dorsal", 10.0, 0.1)
        sim.run(seconds - touch_s)
    return path


@pytest.fixture(scope="module")
def paths(tmp_path_factory):
    folder = tmp_path_factory.mktemp("beside")
    return recorded(folder / "long.h5", 2.0, 1.4), recorded(folder / "short.h5", 1.0, 0.6)


@pytest.fixture
def both(paths):
    replays = [Replay(path) for path in paths]
    for replay in replays:
        replay.marks = [mark for mark in replay.marks if mark.kind == "touch"]
    return replays, Clock(replays)


def shown_s(replays, elapsed_s=0.0):
    """Advance, and return the time of the last moment of each recording, None for none new."""
    passed = [replay.moments(elapsed_s) for replay in replays]
    return [moments[-1].frame.time_s if moments else None for moments in passed]


def test_one_clock_moves_both(both):
    replays, clock = both
    assert shown_s(replays, 0.5) == pytest.approx([0.48, 0.48])
    assert clock.now_s == pytest.approx(0.5)


def test_the_shorter_one_stands_still_until_both_begin_again(both):
    replays, clock = both
    shown_s(replays, 1.5)
    assert shown_s(replays, 0.2) == [pytest.approx(1.68), None]
    assert shown_s(replays, 0.5) == pytest.approx([0.0, 0.0])
    assert clock.now_s == 0.0


def test_jumps_go_over_the_events_of_both(both):
    replays, clock = both
    clock.paused = True
    times = []
    for _ in range(3):
        clock.jump(1)
        times.append(clock.now_s)
    assert times == pytest.approx([0.6, 1.4, 1.4], abs=0.05)
    clock.jump(-1)
    assert clock.now_s == pytest.approx(0.6, abs=0.05)
    assert shown_s(replays) == pytest.approx([0.6, 0.6], abs=0.05)


def test_a_jump_passes_the_seconds_before_it_again(both):
    (replay, _), clock = both
    shown_s([replay], 0.5)
    clock.seek(0.3)
    times = [moment.frame.time_s for moment in replay.moments(0.0)]
    assert times == pytest.approx(np.arange(0.0, 0.29, 0.04).tolist())


def test_steps_go_on_and_back_by_one_frame(both):
    replays, clock = both
    clock.step()
    assert shown_s(replays) == pytest.approx([0.04, 0.04])
    clock.step()
    clock.step(-1)
    assert clock.now_s == pytest.approx(0.04)
    assert clock.paused


def test_the_video_of_both_is_as_long_as_the_longer(paths):
    from env.recording import load
    from viewer.video import paint_episodes

    episodes = [load(path) for path in paths]
    pictures, fps = paint_episodes(episodes)
    first = next(pictures)
    assert fps == 25.0
    assert first.shape == (640, 1280, 3)
    assert 1 + sum(1 for _ in pictures) == len(episodes[0]) > len(episodes[1])


def test_the_command_verifies_only_one(paths, capsys):
    from wormlife.cli import main

    assert main(["replay", "--verify", *map(str, paths)]) == 2
    assert "--verify takes one recording, got 2" in capsys.readouterr().err
