"""The senses: who feels what, when, and how strongly."""

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from worm.chemosensation import CHANGE_CELLS
from worm.connectome import load_connectome
from worm.parameters import Parameters
from worm.senses import CHEMICALS, SENSORY, SKIN_SHAPE, Senses, Stimuli

Array = NDArray[np.float64]
DT_S = 0.004
FELT = [
    *("ASEL", "ASER", "AVM", "PVM"),
    *(f"{cls}{side}" for cls in ("AWC", "AWA", "ASH", "ALM", "PLM", "PVD", "FLP") for side in "LR"),
    *(f"{cls}{q}" for cls in ("OLQ", "CEP", "IL1") for q in ("DL", "DR", "VL", "VR")),
    *("IL1L", "IL1R"),
]


class Cells:
    """A connectome of names only: the sensory neurons among some that feel nothing."""

    names = ("AVAL", "AVAR", *FELT, "AVBL", "AVBR", "SMDDL", "DB1")

    def members(self, name: str) -> list[int]:
        found = [i for i, n in enumerate(self.names) if n == name or n[:3] == name]
        if not found:
            raise KeyError(name)
        return found


@pytest.fixture
def senses() -> Senses:
    return Senses(Cells(), Parameters.load())


@pytest.fixture
def tireless() -> Senses:
    """Return senses whose touch receptors do not tire."""
    return Senses(Cells(), Parameters.load().with_values({"senses.gentle.fatigue": 0.0}))


def at(current_pA: Array, name: str) -> float:
    return float(current_pA[Cells.names.index(name)])


def skin(segment: int, quadrant: int, force_uN: float) -> Array:
    force = np.zeros(SKIN_SHAPE)
    force[segment, quadrant] = force_uN
    return force


def run(senses: Senses, stimuli: Stimuli, seconds: float, dt_s: float = DT_S) -> list[Array]:
    return [senses.update(dt_s, stimuli) for _ in range(round(seconds / dt_s))]


class TestWhoFeels:
    def test_the_senses_reach_these_neurons_of_the_real_connectome_and_no_others(self) -> None:
        connectome = load_connectome()
        senses = Senses(connectome, Parameters.load())
        senses.update(0.1, Stimuli())
        everything = Stimuli(
            dict.fromkeys(CHEMICALS, 1e4), np.full(SKIN_SHAPE, 500.0), nose_force_uN=50.0
        )
        nothing = Stimuli()
        felt = [senses.update(0.1, stimuli) != 0.0 for stimuli in [everything] * 9 + [nothing] * 9]
        reached = {connectome.names[i] for i in np.flatnonzero(np.any(felt, axis=0))}
        assert reached == {name for name in connectome.names if name[:3] in SENSORY} == set(FELT)

    def test_no_other_neuron_ever_receives_current_and_each_of_these_does(
        self, senses: Senses
    ) -> None:
        rng = np.random.default_rng(0)
        most = np.zeros(len(Cells.names))
        for _ in range(300):
            concentrations = dict.fromkeys(CHEMICALS, float(rng.lognormal(0.0, 3.0)))
            force = rng.random(SKIN_SHAPE) * 300.0
            stimuli = Stimuli(concentrations, force, float(rng.random() * 50.0))
            most = np.maximum(most, np.abs(senses.update(0.1, stimuli)))
        assert {name for name, i in zip(Cells.names, most, strict=True) if i > 0.0} == set(FELT)
        assert {name[:3] for name in FELT} == set(SENSORY)

    def test_every_sense_has_a_source(self) -> None:
        assert all(modality and doi.startswith("doi:10.") for modality, doi in SENSORY.values())

    def test_without_stimuli_only_the_currents_of_tonic_cells_flow(self, senses: Senses) -> None:
        current = run(senses, Stimuli(), 1.0)[-1]
        tonic = {key: Parameters.load()[f"senses.{key}.tonic"] for key in ("AWC", "ASER")}
        assert all(tonic.values())
        expected = [tonic.get(name, tonic.get(name[:3], 0.0)) for name in Cells.names]
        np.testing.assert_allclose(current, expected, atol=1e-12)

    @pytest.mark.parametrize(
        ("chemical", "neurons"),
        [
            ("salt", {"ASEL", "ASER"}),
            ("diacetyl", {"AWAL", "AWAR"}),
            ("pyrazine", {"AWAL", "AWAR"}),
            ("isoamyl_alcohol", {"AWCL", "AWCR"}),
            ("benzaldehyde", {"AWCL", "AWCR"}),
            ("butanone", {"AWCR"}),
            ("pentanedione", {"AWCL"}),
            ("copper", {"ASHL", "ASHR"}),
            ("quinine", {"ASHL", "ASHR"}),
            ("glycerol", {"ASHL", "ASHR"}),
        ],
    )
    def test_a_chemical_moves_its_own_neurons_only(
        self, senses: Senses, chemical: str, neurons: set[str]
    ) -> None:
        before = senses.update(DT_S, Stimuli({chemical: 100.0}))
        changed: set[str] = set()
        for level in (1000.0, 100.0):
            for current in run(senses, Stimuli({chemical: level}), 1.0):
                moved = np.flatnonzero(np.abs(current - before) > 1e-9)
                changed |= {Cells.names[i] for i in moved}
        assert changed == neurons


class TestTaste:
    def test_ASEL_answers_a_rise_and_ASER_a_fall(self, senses: Senses) -> None:
        run(senses, Stimuli({"salt": 50.0}), 1.0)
        rise = run(senses, Stimuli({"salt": 60.0}), 1.0)[-1]
        gain, tonic = (Parameters.load()[f"senses.{key}"] for key in ("ASEL.gain", "ASER.tonic"))
        assert at(rise, "ASEL") > 0.2 * gain
        assert at(rise, "ASER") < tonic
        senses.reset()
        run(senses, Stimuli({"salt": 60.0}), 1.0)
        fall = run(senses, Stimuli({"salt": 50.0}), 1.0)[-1]
        assert at(fall, "ASEL") == 0.0
        assert at(fall, "ASER") > tonic + 1.0

    def test_the_response_to_a_step_is_transient(self, senses: Senses) -> None:
        run(senses, Stimuli({"salt": 50.0}), 1.0)
        response = [at(i, "ASEL") for i in run(senses, Stimuli({"salt": 60.0}), 30.0, 0.04)]
        assert max(response) > 0.4 * Parameters.load()["senses.ASEL.gain"]
        assert response[-1] < 0.01 * max(response)

    def test_AWC_is_silenced_by_odour_and_excited_by_its_removal(self, senses: Senses) -> None:
        tonic = at(run(senses, Stimuli({}), 1.0)[-1], "AWCL")
        odour = at(run(senses, Stimuli({"benzaldehyde": 0.1}), 0.5)[-1], "AWCL")
        run(senses, Stimuli({"benzaldehyde": 0.1}), 60.0, 0.04)
        removed = at(run(senses, Stimuli({}), 0.5)[-1], "AWCL")
        assert odour < tonic < removed

    def test_the_first_concentration_is_the_one_it_is_adapted_to(self, senses: Senses) -> None:
        tonic = Parameters.load()["senses.ASER.tonic"]
        assert at(senses.update(DT_S, Stimuli({"salt": 80.0})), "ASEL") == 0.0
        senses.update(DT_S, Stimuli({"salt": 90.0}))
        senses.reset()
        assert at(senses.update(DT_S, Stimuli({"salt": 20.0})), "ASER") == tonic

    def test_the_current_after_a_step_follows_the_closed_form(self, senses: Senses) -> None:
        p = Parameters.load()
        senses.update(DT_S, Stimuli({"salt": 10.0}))
        senses.update(1e-9, Stimuli({"salt": 14.0}))  # as good as a jump
        current = run(senses, Stimuli({"salt": 14.0}), 1.0, 0.05)[-1]
        fast, slow = (
            14.0 - 4.0 * math.exp(-1.0 / p[f"senses.ASEL.tau_{name}"]) for name in ("fast", "slow")
        )
        u = (fast - slow) / (p["senses.weber.salt"] + slow) / p["senses.ASEL.half_change"]
        assert at(current, "ASEL") == pytest.approx(p["senses.ASEL.gain"] * u / (1 + u), rel=1e-6)

    def test_the_current_does_not_depend_on_the_step_for_a_steady_climb(
        self, senses: Senses
    ) -> None:
        def climb(dt_s: float) -> Array:
            senses.reset()
            senses.update(dt_s, Stimuli({"salt": 10.0}))
            steps = round(2.0 / dt_s)
            for i in range(steps):
                current = senses.update(dt_s, Stimuli({"salt": 10.0 + 4.0 * (i + 1) / steps}))
            return current

        # Exact for a linear change: nothing is left but rounding.
        np.testing.assert_allclose(climb(0.04), climb(0.002), rtol=1e-9, atol=1e-12)

    def test_halving_the_step_changes_little_while_the_head_swings(self, senses: Senses) -> None:
        def swing(dt_s: float) -> float:
            senses.reset()
            for i in range(round(2.2 / dt_s) + 1):
                level = 20.0 + 2.0 * math.sin(2.0 * math.pi * 0.5 * i * dt_s)
                current = senses.update(dt_s, Stimuli({"salt": level}))
            return at(current, "ASEL")

        assert swing(0.004) > 0.02 * Parameters.load()["senses.ASEL.gain"]
        assert swing(0.004) == pytest.approx(swing(0.002), rel=1e-4)  # second order

    def test_ASH_needs_a_dose_above_threshold_and_time(self, senses: Senses) -> None:
        senses.update(DT_S, Stimuli())
        assert at(run(senses, Stimuli({"copper": 0.1}), 5.0, 0.04)[-1], "ASHL") == 0.0
        senses.reset()
        senses.update(DT_S, Stimuli())
        response = [at(i, "ASHL") for i in run(senses, Stimuli({"copper": 5.0}), 2.0)]
        assert response[0] == 0.0
        assert response[-1] > 5.0

    def test_unknown_or_impossible_concentrations_are_refused(self, senses: Senses) -> None:
        with pytest.raises(KeyError, match="did you mean 'diacetyl'"):
            senses.update(DT_S, Stimuli({"diacetil": 1.0}))
        for bad in (-1.0, math.nan, math.inf):
            with pytest.raises(ValueError, match="give a finite number, not negative"):
                senses.update(DT_S, Stimuli({"salt": bad}))

    def test_every_filter_is_stable_and_fast_before_slow(self) -> None:
        p = Parameters.load()
        for cell in CHANGE_CELLS:
            assert p[f"senses.{cell.key}.tau_fast"] < p[f"senses.{cell.key}.tau_slow"]


class TestTouch:
    def test_touch_is_felt_at_onset_and_offset_but_not_in_between(self, tireless: Senses) -> None:
        senses = tireless
        press = Stimuli(touch_force_uN=skin(4, 0, 10.0))
        onset = [at(i, "ALML") for i in run(senses, press, 1.0)]
        offset = [at(i, "ALML") for i in run(senses, Stimuli(), 1.0)]
        assert onset[0] > 10.0
        assert offset[0] == pytest.approx(onset[0], rel=1e-6)
        assert onset[-1] < 0.01
        assert onset[round(0.2 / DT_S)] < 0.5 * onset[0]

    def test_anterior_and_posterior_cells_have_their_own_fields(self, senses: Senses) -> None:
        front = senses.update(DT_S, Stimuli(touch_force_uN=skin(5, 2, 10.0)))
        senses.reset()
        back = senses.update(DT_S, Stimuli(touch_force_uN=skin(18, 2, 10.0)))
        assert at(front, "ALML") > 10.0
        assert at(front, "AVM") > 10.0
        assert at(front, "PLML") == 0.0
        assert at(back, "PLML") > 10.0
        assert at(back, "ALML") == 0.0
        assert at(back, "AVM") == 0.0

    def test_the_near_side_feels_more(self, senses: Senses) -> None:
        current = senses.update(DT_S, Stimuli(touch_force_uN=skin(5, 0, 2.0)))
        assert at(current, "ALML") > at(current, "ALMR") > 0.0
        assert at(current, "ALML") > at(current, "AVM")

    def test_a_stronger_touch_is_felt_more_up_to_the_gain(self, tireless: Senses) -> None:
        senses, gain = tireless, Parameters.load()["senses.gentle.gain.ALM"]
        felt = []
        for force_uN in (0.5, 2.0, 10.0, 1000.0):
            senses.reset()
            stimuli = Stimuli(touch_force_uN=skin(4, 0, force_uN))
            felt.append(at(senses.update(DT_S, stimuli), "ALML"))
        assert felt == sorted(felt)
        assert felt[1] == pytest.approx(0.5 * gain, rel=0.1)  # half_force; a little has decayed
        assert felt[-1] == pytest.approx(gain, rel=1e-3)

    def test_the_current_does_not_depend_on_the_step(
        self, senses: Senses, tireless: Senses
    ) -> None:
        def press(senses: Senses, dt_s: float) -> Array:
            senses.reset()
            steps = round(0.1 / dt_s)
            for i in range(steps):
                level = 8.0 * (i + 1) / steps
                stimuli = Stimuli(touch_force_uN=skin(4, 0, level), nose_force_uN=level)
                current = senses.update(dt_s, stimuli)
            return current

        exact = press(tireless, 0.001)
        np.testing.assert_allclose(press(tireless, 0.02), exact, rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(press(senses, 0.02), press(senses, 0.001), rtol=2e-3, atol=1e-12)

    def test_taps_tire_the_receptor_and_rest_restores_it(self, senses: Senses) -> None:
        def taps(interval_s: float) -> list[float]:
            senses.reset()
            felt = []
            for _ in range(10):
                touch = run(senses, Stimuli(touch_force_uN=skin(4, 0, 50.0)), 0.2, 0.01)
                felt.append(at(touch[0], "ALML"))
                run(senses, Stimuli(), interval_s)
            return felt

        often, seldom = taps(10.0), taps(60.0)
        assert often == sorted(often, reverse=True)
        assert often[-1] < 0.7 * often[0]
        assert often[-1] < seldom[-1] < seldom[0]
        run(senses, Stimuli(), 600.0)
        again = senses.update(0.01, Stimuli(touch_force_uN=skin(4, 0, 50.0)))
        assert at(again, "ALML") == pytest.approx(often[0], rel=1e-3)

    def test_only_harsh_touch_reaches_PVD(self, senses: Senses) -> None:
        gentle = run(senses, Stimuli(touch_force_uN=skin(12, 1, 50.0)), 1.0)
        harsh = run(senses, Stimuli(touch_force_uN=skin(12, 1, 300.0)), 1.0)
        assert max(at(i, "PVDR") for i in gentle) == 0.0
        assert at(harsh[-1], "PVDR") > 10.0
        assert at(harsh[-1], "FLPR") == 0.0

    def test_a_blow_on_the_head_and_on_the_nose_add_up_in_FLP(self, senses: Senses) -> None:
        nose = at(run(senses, Stimuli(nose_force_uN=20.0), 1.0)[-1], "FLPL")
        senses.reset()
        head = at(run(senses, Stimuli(touch_force_uN=skin(1, 0, 300.0)), 1.0)[-1], "FLPL")
        senses.reset()
        both_stimuli = Stimuli(touch_force_uN=skin(1, 0, 300.0), nose_force_uN=20.0)
        both = at(run(senses, both_stimuli, 1.0)[-1], "FLPL")
        assert nose > 1.0
        assert head > 1.0
        assert both == pytest.approx(nose + head)

    def test_impossible_forces_are_refused(self, senses: Senses) -> None:
        with pytest.raises(ValueError, match=r"give \(24, 4\)"):
            senses.update(DT_S, Stimuli(touch_force_uN=np.zeros((4, 24))))
        for bad in (-1.0, math.nan, math.inf):
            with pytest.raises(ValueError, match="give pressing forces"):
                senses.update(DT_S, Stimuli(touch_force_uN=skin(0, 0, bad)))
            with pytest.raises(ValueError, match="give pressing forces"):
                senses.update(DT_S, Stimuli(nose_force_uN=bad))
        with pytest.raises(ValueError, match="give a positive time"):
            senses.update(0.0, Stimuli())


class TestExperiments:
    def test_a_neuron_that_is_switched_off_feels_nothing_until_all_are_on(
        self, senses: Senses
    ) -> None:
        senses.switch_off(Cells().members("ALM"))
        press = Stimuli(touch_force_uN=skin(5, 2, 10.0))
        current = senses.update(DT_S, press)
        assert at(current, "ALML") == at(current, "ALMR") == 0.0
        assert at(current, "AVM") > 1.0
        senses.reset()
        assert at(senses.update(DT_S, press), "ALML") == 0.0
        senses.clear_perturbations()
        assert at(senses.update(DT_S, Stimuli()), "ALML") > 1.0

    def test_going_back_to_a_state_repeats_the_currents(self, senses: Senses) -> None:
        run(senses, Stimuli({"salt": 10.0}, skin(5, 2, 3.0), 2.0), 0.1)
        state = senses.state()
        after = Stimuli({"salt": 30.0, "copper": 3.0}, skin(17, 2, 120.0), 6.0)
        first = run(senses, after, 0.1)
        senses.set_state(state)
        np.testing.assert_array_equal(run(senses, after, 0.1), first)

    def test_a_state_of_another_shape_is_refused(self, senses: Senses) -> None:
        with pytest.raises(ValueError, match="as returned by state"):
            senses.set_state({**senses.state(), "on": np.ones(3)})

    def test_the_reading_names_stimuli_and_currents(self, senses: Senses) -> None:
        stimuli = Stimuli({"salt": 10.0}, skin(5, 0, 3.0), 2.0)
        current = senses.update(DT_S, stimuli)
        reading = senses.reading
        assert reading["salt_mM"] == 10.0
        assert reading["skin_uN"] == 3.0
        assert reading["nose_uN"] == 2.0
        assert reading["ALML_pA"] == at(current, "ALML") > 0.0
        assert len(reading) == 3 + len(FELT)
