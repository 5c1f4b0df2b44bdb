"""What can be done to the worm: currents, touches, perturbations, and their notes."""

from collections.abc import Iterator

import numpy as np
import pytest

from env.components import BodyKind
from env.perturbations import from_keywords, parse
from env.simulation import Simulation


@pytest.fixture
def sim(shared: Simulation) -> Simulation:
    shared.clear_perturbations()
    shared.reset(seed=0)
    return shared


@pytest.fixture(scope="module")
def shared() -> Iterator[Simulation]:
    with Simulation(seed=0, body="free") as simulation:
        yield simulation


class TestInject:
    def test_current_depolarises_every_member_of_a_class(self, sim: Simulation) -> None:
        names = ("AVAL", "AVAR")
        sim.run(0.2)
        before = [sim.voltage_mV(name) for name in names]
        sim.inject(current_pA={"AVA": 20.0})
        sim.run(0.2)
        after = [sim.voltage_mV(name) for name in names]
        assert all(b - a > 1.0 for a, b in zip(before, after, strict=True))

    def test_others_stay_until_changed_and_zero_clears(self, sim: Simulation) -> None:
        index = sim.connectome.index_of
        sim.inject({"AVA": 20.0})
        sim.inject({"AVBL": -3.0})
        assert sim.injected_current_pA[index["AVAR"]] == 20.0
        assert sim.injected_current_pA[index["AVBL"]] == -3.0
        sim.inject({"AVAL": 0.0})
        assert sim.injected_current_pA[index["AVAL"]] == 0.0
        assert sim.injected_current_pA[index["AVAR"]] == 20.0
        sim.reset()
        assert not sim.injected_current_pA.any()

    @pytest.mark.parametrize(
        ("current_pA", "error", "message"),
        [
            ({"AVX": 1.0}, KeyError, "unknown neuron or class 'AVX'"),
            ({"AVA": float("nan")}, ValueError, "finite number of pA"),
            ({"AVA": 5000.0}, ValueError, "±1000"),
            ({"AVA": "20"}, ValueError, "finite number of pA"),
            ({"AVA": True}, ValueError, "finite number of pA"),
            (20.0, TypeError, "give a mapping"),
        ],
    )
    def test_a_bad_current_is_refused_and_nothing_flows(
        self, sim: Simulation, current_pA: object, error: type[Exception], message: str
    ) -> None:
        with pytest.raises(error, match=message):
            sim.inject(current_pA)  # type: ignore[arg-type]
        assert not sim.injected_current_pA.any()
        assert sim.events == []


class TestTouch:
    def test_touch_is_felt_where_and_while_it_lasts(self, sim: Simulation) -> None:
        sim.touch(position=0.1, side="dorsal", force_uN=10.0, duration_s=0.06)
        sim.step()
        force = sim.touch_force_uN
        assert force.sum() == pytest.approx(10.0)
        assert force[:, 2:].sum() == 0.0
        assert np.average(np.arange(24) + 0.5, weights=force.sum(axis=1)) / 24 == pytest.approx(0.1)
        sim.step()
        sim.step()
        assert not sim.touch_force_uN.any()

    def test_gentle_touch_drives_the_receptor_neurons_nearby(self, sim: Simulation) -> None:
        sim.step()
        sim.touch(position=0.2, side="left", force_uN=10.0, duration_s=0.2)
        sim.step()
        current = sim.sense_current_pA
        index = sim.connectome.index_of
        assert current[index["ALML"]] > 0.1
        assert current[index["PLML"]] == pytest.approx(0.0, abs=1e-6)

    def test_the_tip_of_the_nose_is_not_the_body(self, sim: Simulation) -> None:
        sim.touch(position=0.0, side="dorsal", force_uN=10.0, duration_s=0.2)
        sim.step()
        assert sim.nose_force_uN == 10.0
        assert not sim.touch_force_uN.any()

    def test_the_ends_of_the_body_take_the_whole_force(self, sim: Simulation) -> None:
        sim.touch(position=1.0, side="right", force_uN=4.0, duration_s=0.2)
        sim.step()
        assert sim.touch_force_uN[23].tolist() == [0.0, 2.0, 0.0, 2.0]

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            ({"position": 1.2}, "position=1.2 must lie in 0"),
            ({"position": float("nan")}, "must lie in 0"),
            ({"side": "top"}, "unknown side 'top'.*dorsal, ventral"),
            ({"force_uN": -1.0}, "at least 0 µN"),
            ({"force_uN": float("inf")}, "finite force"),
            ({"duration_s": 0.0}, "above 0 s"),
        ],
    )
    def test_a_bad_touch_is_refused(
        self, sim: Simulation, change: dict[str, object], message: str
    ) -> None:
        touch = {"position": 0.1, "side": "dorsal", "force_uN": 5.0, "duration_s": 0.2, **change}
        with pytest.raises(ValueError, match=message):
            sim.touch(**touch)  # type: ignore[arg-type]
        assert sim.events == []


class TestContact:
    def test_a_post_is_felt_on_the_side_it_presses_and_noted(self) -> None:
        with Simulation(body="free", arena="posts") as sim:
            post = next(o for o in sim.arena.obstacles if hasattr(o, "x_mm"))
            # The worm's middle lies on top of the post's rim, dorsal side (+y) to it.
            radius_mm = 0.04
            place = (post.x_mm, post.y_mm - post.radius_mm - 0.5 * radius_mm)
            sim.reset(position_mm=place, heading_rad=0.0, posture="straight")
            sim.step()
            dorsal, ventral = sim.touch_force_uN[:, :2].sum(), sim.touch_force_uN[:, 2:].sum()
            assert dorsal > 1.0
            assert ventral < 0.01 * dorsal
            (event,) = [e for e in sim.events if e["kind"] == "contact"]
            assert set(event["details"]["segments"]) & {11, 12}


class TestPerturb:
    @pytest.mark.parametrize(
        ("rule", "keywords"),
        [
            ("block GABA", {"block_transmitter": "GABA"}),
            ("cut gap AVA A", {"cut": ("gap", "AVA", "A")}),
            ("cut chemical AVA,AVB DA,VA", {"cut": ("chemical", ("AVA", "AVB"), "DA, VA")}),
            ("proprioception-off DB,VB", {"proprioception_off": "DB,VB"}),
            ("senses-off ASE", {"senses_off": ["ASE"]}),
            ("hold 0.3-0.5 0.0", {"hold_curvature": ((0.3, 0.5), 0)}),
        ],
    )
    def test_rule_and_keyword_say_the_same(self, rule: str, keywords: dict[str, object]) -> None:
        (perturbation,) = from_keywords(**keywords)  # type: ignore[arg-type]
        assert perturbation.rule == rule
        assert parse(rule) == perturbation

    @pytest.mark.parametrize(
        ("rule", "error", "message"),
        [
            ("", ValueError, "not understood; write 'ablate CELLS'"),
            ("stop AVA", ValueError, "not understood"),
            ("cut AVA A", ValueError, "not understood"),
            ("cut wires AVA A", ValueError, "choose chemical | gap"),
            ("cut gap AVA ZZ", KeyError, "unknown neuron or class 'ZZ'"),
            ("cut neuromuscular VD MXX", KeyError, "unknown muscle 'MXX'"),
            ("block love", ValueError, "no neuron releases 'love'.*GABA"),
            ("hold 0.5-0.3 0", ValueError, "FROM < TO"),
            ("hold 0.3-0.5 much", ValueError, "needs numbers"),
            ("hold 0.3-0.5 nan", ValueError, "within ±25"),
            ("proprioception-off ,", ValueError, "names no neuron"),
            (
                "shuffle gap",
                ValueError,
                "not understood; .*'shuffle chemical|gap|neuromuscular SEED'",
            ),
            ("shuffle gap 1 2", ValueError, "not understood"),
            ("shuffle wires 1", ValueError, "shuffles 'wires'; choose chemical | gap"),
            ("shuffle gap one", ValueError, "needs a whole number as its seed"),
            ("shuffle gap -1", ValueError, "needs a whole number as its seed"),
            ("shuffle gap 1.5", ValueError, "needs a whole number as its seed"),
        ],
    )
    def test_a_bad_rule_is_refused_and_not_kept(
        self, sim: Simulation, rule: str, error: type[Exception], message: str
    ) -> None:
        with pytest.raises(error, match=message.replace("|", r"\|")):
            sim.perturb(rule)
        assert sim.perturbations == ()

    def test_nothing_to_do_is_refused(self, sim: Simulation) -> None:
        with pytest.raises(TypeError, match="nothing to perturb"):
            sim.perturb()

    @pytest.mark.parametrize("cells", [5, None, 2.5, [1, 2], {"AVA": 1, 3: 1}])
    def test_cells_that_are_no_text_are_refused(self, sim: Simulation, cells: object) -> None:
        for act in (sim.ablate, lambda names: sim.perturb(senses_off=names or 0)):
            with pytest.raises(TypeError, match=r"are no names of cells; give .* 'AVA,AVBL'"):
                act(cells)  # type: ignore[arg-type]
        assert sim.perturbations == ()

    def test_a_shuffle_is_kept_repeated_and_undone(self, sim: Simulation) -> None:
        def ends(*rules: str) -> bytes:
            sim.clear_perturbations()
            for rule in rules:
                sim.perturb(rule)
            sim.reset(seed=0)
            sim.run(0.2)
            assert sim.perturbations == rules
            return sim.voltages_mV.tobytes()

        intact, first = ends(), ends("shuffle chemical 1")
        assert ends("shuffle chemical 2") != first
        assert ends("shuffle chemical 1") == first
        assert ends() == intact != first

    def test_without_neuromuscular_junctions_nothing_moves(self, sim: Simulation) -> None:
        """Law 1: the muscles hear nothing but neuromuscular junctions."""
        sim.perturb("cut neuromuscular all all")
        sim.reset(seed=0)
        sim.run(1.0)
        settled = sim.activation
        sim.inject({"AVA": 50.0, "AVB": -50.0})
        sim.run(0.5)
        assert np.array_equal(sim.activation, settled)

    def test_an_ablated_neuron_is_heard_no_more(self, sim: Simulation) -> None:
        drives = []
        for current_pA in (0.0, 50.0):
            sim.clear_perturbations()
            sim.ablate("AVA")
            sim.reset(seed=0)
            sim.inject({"AVA": current_pA})
            sim.run(0.2)
            drives.append(np.delete(sim.voltages_mV, sim.connectome.members("AVA")))
        assert np.array_equal(drives[0], drives[1])

    @pytest.mark.parametrize("body", ["free", "pybullet"])
    def test_a_held_range_keeps_its_curvature_and_the_rest_bends(self, body: BodyKind) -> None:
        held = (np.arange(1, 24) / 24 >= 0.3) & (np.arange(1, 24) / 24 <= 0.5)
        with Simulation(body=body) as sim:
            sim.reset(posture="sine")
            sim.perturb(hold_curvature=((0.3, 0.5), 2.0))
            sim.run(1.0)
            assert sim.curvature_L[held] == pytest.approx(np.full(held.sum(), 2.0), abs=0.05)
            assert np.abs(sim.curvature_L[~held] - 2.0).max() > 0.5
            sim.clear_perturbations()
            sim.muscle_override = (sim.connectome.muscle_dorsal > 0).astype(float)
            sim.run(1.0)
            assert np.abs(sim.curvature_L[held] - 2.0).max() > 0.2

    def test_proprioception_off_adds_up_over_rules(self, sim: Simulation) -> None:
        sim.reset(posture="sine")
        sim.perturb("proprioception-off DB")
        sim.perturb("proprioception-off VB")
        sim.step()
        current = sim._loop.parts.proprioception.update(0.004, sim.curvature_L)
        assert not current[sim.connectome.indices("DB,VB")].any()
        assert current[sim.connectome.indices("DA,VA")].any()

    def test_perturbations_outlive_a_reset_until_cleared(self, sim: Simulation) -> None:
        sim.run(0.2)
        intact = sim.voltages_mV
        sim.perturb("block GABA")
        sim.reset(seed=0)
        sim.run(0.2)
        assert sim.perturbations == ("block GABA",)
        assert not np.allclose(sim.voltages_mV, intact)
        sim.clear_perturbations()
        sim.reset(seed=0)
        sim.run(0.2)
        assert np.array_equal(sim.voltages_mV, intact)


class TestMuscleOverride:
    def test_it_bypasses_the_nervous_system_and_bends_the_body(self, sim: Simulation) -> None:
        sim.reset(posture="straight")
        before = sim.voltages_mV
        sim.muscle_override = (sim.connectome.muscle_dorsal > 0).astype(float)
        sim.run(0.4)
        assert (sim.curvature_L > 0.0).all()
        assert sim.curvature_L.mean() > 0.5
        assert np.array_equal(sim.voltages_mV, before)
        sim.muscle_override = None
        sim.run(0.2)
        assert not np.array_equal(sim.voltages_mV, before)

    @pytest.mark.parametrize("bad", [np.zeros(24), np.full(95, 1.5), np.full(95, np.nan)])
    def test_bad_activations_are_refused(self, sim: Simulation, bad: object) -> None:
        with pytest.raises(ValueError, match=r"must be \(95,\) activations within 0..1"):
            sim.muscle_override = bad  # type: ignore[assignment]


def test_events_tell_what_was_done_and_when(sim: Simulation) -> None:
    sim.step()
    sim.inject({"AVA": 5})
    sim.inject({"AVA": 5})
    sim.touch(0.1, "dorsal", 10, 0.2)
    sim.step()
    sim.ablate(["AVB"])
    sim.clear_perturbations()
    assert sim.events == [
        {"time_s": 0.04, "kind": "inject", "details": {"current_pA": {"AVA": 5.0}}},
        {
            "time_s": 0.04,
            "kind": "touch",
            "details": {"position": 0.1, "side": "dorsal", "force_uN": 10.0, "duration_s": 0.2},
        },
        {"time_s": 0.08, "kind": "perturb", "details": {"rule": "ablate AVB"}},
        {"time_s": 0.08, "kind": "clear_perturbations", "details": {}},
    ]
