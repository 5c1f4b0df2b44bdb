"""The ring in shared memory: the newest moment, whole, without waiting."""

import multiprocessing

import numpy as np
import pytest

from env.simulation import Simulation
from viewer.snapshot import N_SLOTS, SNAPSHOT, Ring, moment_of


@pytest.fixture
def ring():
    made = Ring()
    yield made
    made.close()


def stand_in(value):
    """Return what a ring reads of a simulation, all of one value."""

    class Body:
        segment_rotation = np.full((24, 3, 3), value)

    class Simulated:
        time_s = float(value)
        centreline_mm = np.full((25, 3), value)
        body = Body()
        voltages_mV = np.full(302, value)
        activation = np.full(95, value)
        curvature_L = np.full(23, value)

    return Simulated()


def write_many(name, count):
    ring = Ring(name)
    for value in range(1, count + 1):
        ring.publish(stand_in(value))
    ring.close()


def test_an_empty_ring_has_nothing(ring):
    assert ring.since() == []


def test_every_moment_is_read_once(ring):
    for value in (1, 2, 3):
        ring.publish(stand_in(value), realtime_factor=0.5)
    *_, newest = found = ring.since()
    assert [float(snapshot["time_s"]) for snapshot in found] == [1.0, 2.0, 3.0]
    assert float(newest["realtime_factor"]) == 0.5
    assert ring.since(after=int(newest["count"])) == []


def test_a_slow_reader_gets_the_newest(ring):
    for value in range(1, 2 * N_SLOTS + 1):
        ring.publish(stand_in(value))
    times = [float(snapshot["time_s"]) for snapshot in ring.since()]
    assert times == list(range(N_SLOTS + 2, 2 * N_SLOTS + 1))


def test_a_real_simulation_comes_back_as_it_was(ring):
    with Simulation(body="free", arena="foraging") as sim:
        sim.run(0.1)
        ring.publish(sim, realtime_factor=1.0, keeps_up=1, paused=0)
        moment = moment_of(ring.since()[-1], sim.arena, sim.medium.name)
        assert moment.frame.centreline_mm == pytest.approx(sim.centreline_mm, abs=1e-6)
        assert moment.frame.voltages_mV == pytest.approx(sim.voltages_mV, rel=1e-6)
        assert moment.curvature_L == pytest.approx(sim.curvature_L, rel=1e-5, abs=1e-6)
        assert moment.keeps_up
        assert not moment.paused


def test_no_snapshot_is_torn_while_another_process_writes(ring):
    context = multiprocessing.get_context("spawn")
    count = 2000
    writer = context.Process(target=write_many, args=(ring.name, count))
    writer.start()
    last = 0
    while last < count:
        snapshots = ring.since(last)
        if not snapshots:
            assert writer.is_alive() or int(ring.since()[-1]["count"]) == count
        for snapshot in snapshots:
            last = int(snapshot["count"])
            for field in ("centreline_mm", "dorsal", "voltages_mV", "activation", "curvature_L"):
                assert (snapshot[field] == last).all(), field
    writer.join()


def test_a_snapshot_is_a_few_kilobytes():
    assert SNAPSHOT.itemsize < 4096
