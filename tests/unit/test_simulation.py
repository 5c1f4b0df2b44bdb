"""The simulation's clock, start, readings and failures."""

from collections.abc import Iterator

import numpy as np
import pytest

from env.simulation import Simulation, SimulationDiverged
from worm.parameters import Parameters


@pytest.fixture(scope="module")
def sim() -> Iterator[Simulation]:
    with Simulation(seed=0, body="free") as simulation:
        yield simulation


class TestClock:
    @pytest.mark.parametrize(
        ("steps", "message"),
        [
            ({"dt_neuron_ms": 0.3}, r"dt_physics_ms=4 .*dt_neuron_ms=0\.3.*3\.9, 4\.2"),
            ({"dt_control_ms": 42.0}, r"dt_control_ms=42 .*nearest legal values.*40, 44"),
            ({"dt_physics_ms": 0.25}, r"dt_physics_ms=0\.25 is not a multiple.*0\.5"),
            ({"dt_neuron_ms": 0.0}, r"dt_neuron_ms=0\.0 must be a positive"),
            ({"dt_control_ms": float("nan")}, r"dt_control_ms=nan must be a positive"),
        ],
    )
    def test_steps_that_do_not_divide_are_refused_with_the_nearest_legal_ones(
        self, steps: dict[str, float], message: str
    ) -> None:
        with pytest.raises(ValueError, match=message):
            Simulation(body="free", **steps)  # type: ignore[arg-type]

    def test_time_counts_steps_without_drift(self, sim: Simulation) -> None:
        sim.reset()
        sim.step()
        assert sim.time_s == 0.04
        sim.run(seconds=1.0)
        assert sim.time_s == 1.04

    def test_a_run_is_rounded_up_to_whole_control_steps(self, sim: Simulation) -> None:
        sim.reset()
        sim.run(seconds=0.05)
        assert sim.time_s == 0.08

    @pytest.mark.parametrize("seconds", [-1.0, float("inf"), float("nan")])
    def test_a_run_of_no_duration_is_refused(self, sim: Simulation, seconds: float) -> None:
        with pytest.raises(ValueError, match="finite duration"):
            sim.run(seconds=seconds)

    def test_listeners_hear_every_control_step_in_order(self, sim: Simulation) -> None:
        sim.reset()
        heard: list[float] = []
        sim.listeners.append(lambda s: heard.append(s.time_s))
        sim.run(0.12)
        sim.listeners.clear()
        assert heard == [0.04, 0.08, 0.12]


class TestStart:
    def test_given_place_heading_and_posture_are_taken(self, sim: Simulation) -> None:
        posture = np.linspace(-3.0, 3.0, 23)
        sim.reset(position_mm=(1.5, -2.0), heading_rad=0.7, posture=posture)
        assert sim.position_mm[:2] == pytest.approx([1.5, -2.0], abs=1e-12)
        assert sim.heading_rad == pytest.approx(0.7, abs=1e-12)
        assert sim.curvature_L == pytest.approx(posture, abs=1e-12)

    def test_the_usual_posture_is_a_small_bend_that_follows_from_the_seed(
        self, sim: Simulation
    ) -> None:
        shapes = []
        for seed in (1, 2, 1):
            sim.reset(seed=seed)
            shapes.append(sim.curvature_L)
        assert 0.05 < np.abs(shapes[0]).max() < 10.0
        assert np.array_equal(shapes[0], shapes[2])
        assert not np.allclose(shapes[0], shapes[1])

    def test_fixing_the_place_does_not_move_the_heading(self) -> None:
        with Simulation(seed=3, body="free", arena="chemotaxis") as sim:
            heading = sim.heading_rad
            sim.reset(position_mm=(0.0, 0.0))
            assert sim.heading_rad == pytest.approx(heading, abs=1e-12)

    def test_no_seed_repeats_the_last_one(self, sim: Simulation) -> None:
        sim.reset(seed=5)
        sim.run(0.2)
        first = sim.voltages_mV
        sim.reset()
        sim.run(0.2)
        assert np.array_equal(sim.voltages_mV, first)

    @pytest.mark.parametrize(
        ("start", "error", "message"),
        [
            ({"seed": -1}, ValueError, "at least 0"),
            ({"seed": 1.5}, TypeError, "must be an integer"),
            ({"seed": True}, TypeError, "must be an integer"),
            ({"position_mm": (0.0, np.nan)}, ValueError, "two finite coordinates"),
            ({"position_mm": (0.0, 0.0, 0.0)}, ValueError, "two finite coordinates"),
            ({"position_mm": "ab"}, ValueError, "position_mm='ab' must be two finite"),
            ({"position_mm": ((1.0,), 2.0)}, ValueError, "two finite coordinates"),
            ({"heading_rad": np.inf}, ValueError, "finite angle"),
            ({"heading_rad": "north"}, TypeError, "'north' must be an angle in rad"),
            ({"posture": "coiled"}, ValueError, "unknown posture 'coiled'.*straight"),
            ({"posture": np.zeros(24)}, ValueError, r"shape \(24,\).*\(23,\)"),
            ({"posture": np.full(23, np.nan)}, ValueError, "must be finite"),
            ({"posture": np.full(23, 30.0)}, ValueError, "within ±25"),
        ],
    )
    def test_a_bad_start_is_refused_and_changes_nothing(
        self, sim: Simulation, start: dict[str, object], error: type[Exception], message: str
    ) -> None:
        sim.reset(seed=1)
        sim.step()
        before, seed = sim.voltages_mV, sim.seed
        with pytest.raises(error, match=message):
            sim.reset(**start)  # type: ignore[arg-type]
        assert sim.seed == seed
        assert np.array_equal(sim.voltages_mV, before)


class TestChoices:
    @pytest.mark.parametrize(
        ("choice", "error", "message"),
        [
            ({"body": "mujoco"}, ValueError, "unknown body 'mujoco'.*pybullet, free"),
            ({"medium": "honey"}, ValueError, "unknown medium 'honey'.*agar"),
            ({"arena": "chemotaxys"}, KeyError, "chemotaxis"),
            ({"arena": 3}, TypeError, "got int; choose one of chemotaxis"),
            ({"ablate": "AVQ"}, KeyError, "unknown neuron or class 'AVQ'"),
            ({"parameters": "no/such/file.toml"}, ValueError, "no/such/file.toml"),
        ],
    )
    def test_an_unknown_choice_is_refused(
        self, choice: dict[str, str], error: type[Exception], message: str
    ) -> None:
        with pytest.raises(error, match=message):
            Simulation(**{"body": "free", **choice})  # type: ignore[arg-type]


class TestReadings:
    def test_shapes_and_ranges(self, sim: Simulation) -> None:
        sim.reset()
        sim.run(0.2)
        assert sim.centreline_mm.shape == (25, 3)
        assert sim.voltages_mV.shape == (302,)
        assert sim.activation.shape == (95,)
        assert (sim.activation >= 0.0).all()
        assert (sim.activation <= 1.0).all()
        assert (np.abs(sim.voltages_mV) < 150.0).all()

    def test_a_voltage_is_asked_for_by_name(self, sim: Simulation) -> None:
        sim.reset()
        sim.step()
        index = sim.connectome.names.index("AVAL")
        assert sim.voltage_mV("AVAL") == sim.voltages_mV[index]
        with pytest.raises(ValueError, match=r"'AVA' stands for several.*AVAL, AVAR"):
            sim.voltage_mV("AVA")
        with pytest.raises(KeyError, match="unknown neuron or class 'AVAX'"):
            sim.voltage_mV("AVAX")

    def test_what_is_read_is_a_copy(self, sim: Simulation) -> None:
        sim.reset()
        sim.step()
        for name in ("centreline_mm", "voltages_mV", "activation", "sense_current_pA"):
            expected = getattr(sim, name).copy()
            getattr(sim, name)[:] = 99.0
            assert np.array_equal(getattr(sim, name), expected), name


class TestFailure:
    def test_a_voltage_that_is_no_number_is_named(self) -> None:
        with Simulation(body="free") as sim:
            sim.run(0.04)
            snapshot = sim.snapshot()
            snapshot["loop"]["nervous"]["v"][:] = np.nan
            sim.restore(snapshot)
            with pytest.raises(SimulationDiverged, match=r"voltage of ADAL is nan mV at 0\.0"):
                sim.step()

    def test_a_body_that_cannot_follow_is_named(self) -> None:
        with Simulation(body="free") as sim:
            sim.muscle_override = np.zeros(95)
            sim._loop.muscle_override = np.full(95, np.nan)
            with pytest.raises(SimulationDiverged, match=r"body.*\(at 0\.000 s\)"):
                sim.step()


def test_the_body_is_as_long_as_the_parameters_say() -> None:
    parameters = Parameters.load().with_values({"body.length": 1.2})
    with Simulation(body="free", parameters=parameters) as sim:
        links_mm = np.linalg.norm(np.diff(sim.centreline_mm, axis=0), axis=1)
    assert links_mm.sum() == pytest.approx(1.2)


def test_every_parameter_is_read_by_something(monkeypatch: pytest.MonkeyPatch) -> None:
    read: set[str] = set()
    value_of = Parameters.__getitem__

    def spy(parameters: Parameters, key: str) -> float:
        read.add(key)
        return value_of(parameters, key)

    monkeypatch.setattr(Parameters, "__getitem__", spy)
    parameters = Parameters.load()
    with Simulation(body="free", parameters=parameters):
        assert read == set(parameters)


def test_both_bodies_crawl_alike() -> None:
    """The same mechanics with and without pybullet; they differ by its rounding only."""
    places = []
    for body in ("free", "pybullet"):
        with Simulation(seed=2, body=body) as sim:  # type: ignore[arg-type]
            sim.run(0.4)
            places.append(sim.centreline_mm)
    assert places[0] == pytest.approx(places[1], abs=1e-6)
