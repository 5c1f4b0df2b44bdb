"""Keeping and rebuilding: snapshots, configurations, events, seeds."""

import hashlib
import json
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from env.arena import arena as arena_named
from env.components import BodyKind
from env.simulation import Simulation
from worm.obstacles import Post


def everything(sim: Simulation) -> bytes:
    """Every bit that a later step could depend on, and what is seen of it."""
    seen = (
        sim.centreline_mm,
        sim.voltages_mV,
        sim.activation,
        sim.calcium_uM,
        sim.body.joint_angle_rad,
        sim.body.joint_rate_rad_s,
        sim.sense_current_pA,
    )
    return b"".join(np.ascontiguousarray(array).tobytes() for array in seen)


@pytest.mark.parametrize("body", ["free", "pybullet"])
def test_a_snapshot_goes_on_to_the_last_bit(body: BodyKind) -> None:
    with Simulation(seed=4, body=body, arena="foraging") as sim:
        sim.perturb("proprioception-off DB")
        sim.run(0.2)
        sim.inject({"AVA": 10.0})
        sim.touch(0.2, "left", 8.0, 0.3)
        sim.run(0.08)
        snapshot = sim.snapshot()
        sim.run(0.4)
        first, events = everything(sim), list(sim.events)
        sim.clear_perturbations()
        sim.inject({"AVB": 30.0})
        sim.run(0.2)
        sim.restore(snapshot)
        assert sim.time_s == 0.28
        assert sim.perturbations == ("proprioception-off DB",)
        sim.run(0.4)
        assert everything(sim) == first
        assert sim.events == events


def test_a_snapshot_can_be_restored_by_another_simulation_even_before_its_first_step() -> None:
    with Simulation(seed=4, body="free") as sim, Simulation(seed=9, body="free") as other:
        start = sim.snapshot()
        sim.run(0.2)
        later = sim.snapshot()
        sim.run(0.2)
        for snapshot, seconds in ((later, 0.2), (start, 0.4)):
            other.restore(snapshot)
            other.run(seconds)
            assert everything(other) == everything(sim)
        assert other.seed == 4


def test_a_snapshot_is_untouched_by_what_follows() -> None:
    with Simulation(seed=1, body="free") as sim:
        sim.run(0.08)
        snapshot = sim.snapshot()
        kept = snapshot["loop"]["nervous"]["v"].copy()
        for _ in range(2):
            sim.restore(snapshot)
            sim.inject({"AVA": 1.0})
            sim.run(0.08)
        assert np.array_equal(snapshot["loop"]["nervous"]["v"], kept)
        assert snapshot["events"] == []


def test_something_else_is_no_snapshot() -> None:
    with (
        Simulation(body="free") as sim,
        pytest.raises(ValueError, match="not a snapshot: 'loop' is missing"),
    ):
        sim.restore({"time_s": 1.0})


class TestConfig:
    def test_it_survives_json_and_rebuilds_the_same_run(self) -> None:
        with Simulation(
            seed=7, medium=0.5, arena="chemotaxis", ablate="AVA", body="free", resolution="coarse"
        ) as sim:
            sim.perturb("cut gap AVB B")
            sim.reset(seed=8, heading_rad=0.3)
            config = json.loads(json.dumps(sim.config))
            assert config["perturbations"] == ["ablate AVA", "cut gap AVB B"]
            sim.run(0.2)
            with Simulation.from_config(config) as again:
                assert again.config == config
                again.run(0.2)
                assert everything(again) == everything(sim)

    def test_events_done_again_give_the_same_run(self) -> None:
        with Simulation(seed=7, body="free") as sim:
            sim.step()
            sim.inject({"AVA": 10.0})
            sim.touch(0.2, "left", 8.0, 0.1)
            sim.step()
            sim.perturb("block GABA")
            sim.muscle_override = np.full(95, 0.25)
            sim.step()
            sim.muscle_override = None
            sim.step()
            events = json.loads(json.dumps(sim.events))
            with Simulation.from_config(sim.config) as again:
                while again.time_s < sim.time_s:
                    for event in events:
                        if event["time_s"] == again.time_s:
                            again.replay(event)
                    again.step()
                assert everything(again) == everything(sim)
                assert again.events == events

    def test_another_arena_of_the_same_name_is_not_rebuilt_silently(self) -> None:
        arena = replace(arena_named("plate"), obstacles=(Post(2.0, 0.0, 0.5),))
        with (
            Simulation(body="free", arena=arena) as sim,
            pytest.raises(ValueError, match="arena 'plate' is not the one shipped"),
        ):
            Simulation.from_config(sim.config)

    def test_an_unknown_event_is_refused(self) -> None:
        with (
            Simulation(body="free") as sim,
            pytest.raises(ValueError, match="unknown kind of event 'dance'"),
        ):
            sim.replay({"kind": "dance", "details": {}})

    @pytest.mark.parametrize(
        ("change", "error", "message"),
        [
            ({"start": None}, KeyError, "start"),
            ({"parameters": {"no.such": 1.0}}, KeyError, "no.such"),
            ({"arena": "moon"}, KeyError, "moon"),
        ],
    )
    def test_an_unusable_config_is_refused(
        self, change: dict[str, object], error: type[Exception], message: str
    ) -> None:
        with Simulation(body="free") as sim:
            config = {**sim.config, **change}
        with pytest.raises(error, match=message):
            Simulation.from_config({k: v for k, v in config.items() if v is not None})


PROGRAM = """
import hashlib
from env.simulation import Simulation
with Simulation(seed=11, arena="chemotaxis") as sim:
    sim.inject({"AVB": 4.0})
    digest = hashlib.sha256()
    for _ in range(10):
        sim.step()
        digest.update(sim.centreline_mm.tobytes() + sim.voltages_mV.tobytes())
print(digest.hexdigest())
"""


def test_same_seed_and_actions_give_the_same_bytes_across_processes() -> None:
    runs = [
        subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
        for _ in range(2)
    ]
    assert runs[0].stdout == runs[1].stdout
    assert len(runs[0].stdout.strip()) == hashlib.sha256().digest_size * 2
    assert runs[0].stderr == ""
