"""The nervous system as an object: what it conserves, what a perturbation removes, what repeats."""

from __future__ import annotations

import inspect
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from worm.channels import CA_REST_uM, E_CA_mV
from worm.connectome import load_connectome
from worm.kernels import neurons as kernel
from worm.kernels.tables import N_STATES, unpacked
from worm.nervous_system import CALCIUM_TAU_ms, NervousSystem
from worm.parameters import Parameters

Array = NDArray[np.float64]
Pairs = Counter[tuple[int, int]]

CONNECTOME = load_connectome()
QUIET = Parameters.load().with_values({"noise.voltage": 0.0, "noise.command": 0.0})
ZERO = np.zeros(302)


def current(**of_class_pA: float) -> Array:
    """Return (302,) currents by neuron or class name."""
    out = np.zeros(302)
    for name, value in of_class_pA.items():
        out[CONNECTOME.members(name)] = value
    return out


INPUT_pA = current(AVA=12.0, ASEL=-4.0)


def scaled(groups: tuple[str, ...], factor: float) -> Parameters:
    """Return quiet parameters with whole groups multiplied, beyond their ranges if need be."""
    entries = {
        key: replace(entry, value=entry.value * factor) if key.startswith(groups) else entry
        for key, entry in QUIET.entries.items()
    }
    return Parameters(entries)


@pytest.fixture(scope="module")
def shared() -> NervousSystem:
    return NervousSystem(CONNECTOME, QUIET, resolution="coarse")


@pytest.fixture
def nervous(shared: NervousSystem) -> NervousSystem:
    shared.clear_perturbations()
    shared.reset(np.random.default_rng(0))
    return shared


def chemical_pairs(nervous: NervousSystem) -> Pairs:
    """Neuron pairs of every contact the kernel sees."""
    cell = nervous.compartments.neuron
    contacts = nervous._contacts
    pre = cell[nervous._site_compartment[contacts.site]]
    return Counter(zip(pre.tolist(), cell[contacts.post].tolist(), strict=True))


def gap_pairs(nervous: NervousSystem) -> Pairs:
    """Neuron pairs of every gap junction the kernel sees."""
    cell, gaps = nervous.compartments.neuron, nervous._gap_arrays
    return Counter(zip(cell[gaps.a].tolist(), cell[gaps.b].tolist(), strict=True))


class TestPerturbations:
    def test_ablation_removes_all_and_only_the_connections_of_a_cell(
        self, nervous: NervousSystem
    ) -> None:
        chemical, gaps = chemical_pairs(nervous), gap_pairs(nervous)
        ava = set(CONNECTOME.members("AVA"))
        nervous.ablate(sorted(ava))
        assert chemical_pairs(nervous) == Counter(
            {pair: n for pair, n in chemical.items() if not ava & set(pair)}
        )
        assert gap_pairs(nervous) == Counter(
            {pair: n for pair, n in gaps.items() if not ava & set(pair)}
        )

    def test_an_ablated_motor_neuron_no_longer_drives_a_muscle(
        self, nervous: NervousSystem
    ) -> None:
        db3, nmj = CONNECTOME.index_of["DB3"], CONNECTOME.neuromuscular
        before = nervous.muscle_drive
        nervous.ablate([db3])
        mine = (nmj.neuron == db3) & (nmj.sign != 0)
        changed = np.flatnonzero(nervous.muscle_drive != before)
        assert changed.tolist() == sorted(set(nmj.muscle[mine].tolist()))

    def test_cutting_synapses_removes_one_direction_only(self, nervous: NervousSystem) -> None:
        before = chemical_pairs(nervous)
        gaps = gap_pairs(nervous)
        pre, post = CONNECTOME.members("AVA"), CONNECTOME.members("VA")
        nervous.cut("chemical", pre, post)
        lost = before - chemical_pairs(nervous)
        assert lost == Counter({p: n for p, n in before.items() if p[0] in pre and p[1] in post})
        assert lost
        assert gap_pairs(nervous) == gaps

    def test_cutting_gap_junctions_works_from_either_side(self, nervous: NervousSystem) -> None:
        chemical, before = chemical_pairs(nervous), gap_pairs(nervous)
        avb, b = CONNECTOME.members("AVB"), CONNECTOME.members("B")
        nervous.cut("gap", avb, b)
        one_way = gap_pairs(nervous)
        nervous.clear_perturbations()
        nervous.cut("gap", b, avb)
        assert gap_pairs(nervous) == one_way
        assert sum((before - one_way).values()) > 10
        assert all({a in avb, c in avb} == {True, False} for a, c in before - one_way)
        assert chemical_pairs(nervous) == chemical

    def test_blocking_a_transmitter_silences_the_cells_that_release_it(
        self, nervous: NervousSystem
    ) -> None:
        before = chemical_pairs(nervous)
        nervous.block_transmitter("GABA")
        lost = before - chemical_pairs(nervous)
        assert {CONNECTOME.transmitters[pre] for pre, _ in lost} == {"GABA"}
        left = chemical_pairs(nervous)
        assert not any(CONNECTOME.transmitters[pre] == "GABA" for pre, _ in left)
        releases = np.array([t == "GABA" for t in CONNECTOME.transmitters])
        silent = releases[CONNECTOME.neuromuscular.neuron]
        assert silent.sum() > 100
        np.testing.assert_array_equal(nervous._junction_active, ~silent)

    def test_tyramine_is_blocked_apart_from_the_glutamate_of_the_same_cells(
        self, nervous: NervousSystem
    ) -> None:
        before = chemical_pairs(nervous)
        nervous.block_transmitter("tyramine")
        tyramine = before - chemical_pairs(nervous)
        assert set(tyramine) == set(CONNECTOME.tyramine_targets)
        nervous.clear_perturbations()
        nervous.block_transmitter("Glu")
        left = chemical_pairs(nervous)
        glutamate = {i for i, t in enumerate(CONNECTOME.transmitters) if t == "Glu"}
        assert Counter({p: n for p, n in left.items() if p[0] in glutamate}) == tyramine

    def test_perturbations_add_up_until_cleared(self, nervous: NervousSystem) -> None:
        chemical, gaps = chemical_pairs(nervous), gap_pairs(nervous)
        nervous.ablate(CONNECTOME.members("AVA"))
        nervous.cut("gap", CONNECTOME.members("AVB"), CONNECTOME.members("B"))
        nervous.block_transmitter("GABA")
        assert chemical_pairs(nervous) != chemical
        nervous.clear_perturbations()
        assert chemical_pairs(nervous) == chemical
        assert gap_pairs(nervous) == gaps

    def test_muscles_hear_only_neuromuscular_junctions(self, nervous: NervousSystem) -> None:
        everyone, muscles = list(range(302)), list(range(95))
        nervous.cut("neuromuscular", everyone, muscles)
        for pA in (0.0, 30.0, -30.0):
            nervous.step(40, np.full(302, pA), ZERO)
            assert (nervous.muscle_drive == 0.0).all()

    def test_a_lone_cell_hears_no_other(self, nervous: NervousSystem) -> None:
        cell = CONNECTOME.index_of["VD5"]
        nervous.ablate([i for i in range(302) if i != cell])
        nervous.step(100, ZERO, ZERO)
        alone = nervous.soma_mV[cell]
        nervous.reset(np.random.default_rng(0))
        others = np.full(302, 20.0)
        others[cell] = 0.0
        nervous.step(100, others, ZERO)
        assert nervous.soma_mV[cell] == alone

    def test_nonsense_is_refused_with_what_is_allowed(self, nervous: NervousSystem) -> None:
        with pytest.raises(ValueError, match=r"no neuron releases 'water'; known .*GABA"):
            nervous.block_transmitter("water")
        with pytest.raises(ValueError, match=r"kind='electric' is not one of chemical, gap"):
            nervous.cut("electric", [0], [1])  # type: ignore[arg-type]


class TestRepetition:
    def test_the_same_rng_gives_the_same_bytes(self) -> None:
        nervous = NervousSystem(CONNECTOME, Parameters.load(), resolution="coarse")
        runs = []
        for seed in (5, 5, 6):
            nervous.reset(np.random.default_rng(seed))
            for _ in range(20):
                nervous.step(8, current(ASEL=5.0), current(DB=2.0))
            runs.append(nervous.soma_mV.tobytes())
        assert runs[0] == runs[1]
        assert runs[0] != runs[2]

    def test_a_restored_state_continues_exactly(self, nervous: NervousSystem) -> None:
        nervous.step(33, current(AVA=15.0), current(DB=3.0))
        saved = nervous.state()
        nervous.step(17, current(AVB=9.0), ZERO)
        voltages, calcium = nervous.soma_mV, nervous.calcium_uM
        nervous.step(50, current(AVA=-20.0), ZERO)
        nervous.set_state(saved)
        nervous.step(17, current(AVB=9.0), ZERO)
        assert (nervous.soma_mV == voltages).all()
        assert (nervous.calcium_uM == calcium).all()

    def test_a_state_taken_before_the_first_step_restores_that_too(
        self, nervous: NervousSystem
    ) -> None:
        saved = nervous.state()
        nervous.step(10, current(AVA=15.0), ZERO)
        voltages = nervous.soma_mV
        nervous.set_state(saved)
        nervous.step(10, current(AVA=15.0), ZERO)
        assert (nervous.soma_mV == voltages).all()

    def test_what_is_read_is_a_copy(self, nervous: NervousSystem) -> None:
        saved = nervous.state()
        nervous.soma_mV[:] = 7.0
        nervous.calcium_uM[:] = 7.0
        nervous.state()["v"][:] = 7.0
        for name, array in nervous.state().items():
            np.testing.assert_array_equal(array, saved[name])

    def test_a_state_of_another_resolution_is_refused(self, nervous: NervousSystem) -> None:
        other = nervous.state()
        other["v"] = np.zeros(17)
        with pytest.raises(ValueError, match=r"shape \(17,\).*same resolution"):
            nervous.set_state(other)

    def test_no_clock_reaches_the_neurons(self, nervous: NervousSystem) -> None:
        for function in (kernel.advance.py_func, NervousSystem.step, NervousSystem.reset):
            names = inspect.signature(function).parameters
            assert not {"t", "time", "time_ms", "time_s", "now", "phase"} & set(names)
        # The same state at another moment evolves the same way.
        saved = nervous.state()
        nervous.step(40, ZERO, ZERO)
        once = nervous.soma_mV
        nervous.step(333, ZERO, ZERO)
        nervous.set_state(saved)
        nervous.step(40, ZERO, ZERO)
        assert (nervous.soma_mV == once).all()


class TestInput:
    @pytest.mark.parametrize("bad", [np.zeros(301), np.full(302, np.nan), np.full(302, np.inf)])
    def test_currents_must_be_finite_and_one_per_neuron(
        self, nervous: NervousSystem, bad: Array
    ) -> None:
        with pytest.raises(ValueError, match="one finite number for each of the 302 neurons"):
            nervous.step(1, bad, ZERO)
        with pytest.raises(ValueError, match="spread_pA has shape"):
            nervous.step(1, ZERO, bad)

    @pytest.mark.parametrize("name", ["AVAL", "VD5", "ASEL", "RIML", "DB3"])
    def test_positive_current_depolarises(self, nervous: NervousSystem, name: str) -> None:
        cell = CONNECTOME.index_of[name]
        voltages = []
        for pA in (-3.0, 0.0, 3.0):
            nervous.reset(np.random.default_rng(0))
            nervous.step(100, current(**{name: pA}), ZERO)
            voltages.append(nervous.soma_mV[cell])
        assert voltages[0] < voltages[1] < voltages[2]

    def test_current_charges_the_capacitance_at_the_rate_it_must(
        self, nervous: NervousSystem
    ) -> None:
        """Over 1/50 ms dV of the spread current is I dt / C; channels have no time to act."""
        brief = NervousSystem(CONNECTOME, QUIET, resolution="coarse", dt_ms=0.01)
        cell, pA = CONNECTOME.index_of["VD5"], 2.0
        mine = brief.compartments.neuron == cell
        pF = brief._membrane.capacitance_pF[mine].sum()
        ends = []
        for given in (0.0, pA):
            brief.reset(np.random.default_rng(0))
            brief.step(2, ZERO, current(VD5=given))
            ends.append(brief.soma_mV[cell])
        assert ends[1] - ends[0] == pytest.approx(pA * 0.02 / pF, rel=0.01)

    @pytest.mark.parametrize("name", ["AVAL", "DB3"])
    def test_calcium_rises_under_20_pA_and_is_never_negative(
        self, nervous: NervousSystem, name: str
    ) -> None:
        cell = CONNECTOME.index_of[name]
        nervous.step(400, ZERO, ZERO)
        rest, peak, lowest = nervous.calcium_uM[cell], 0.0, np.inf
        for _ in range(100):
            nervous.step(8, current(**{name: 20.0}), ZERO)
            peak = max(peak, nervous.calcium_uM[cell])
            lowest = min(lowest, nervous.calcium_uM.min())
        assert peak > 1.1 * rest
        assert lowest >= 0.0


def _couple(matrix: Array, i: int, j: int, g: float) -> None:
    matrix[i, i] += g
    matrix[j, j] += g
    matrix[i, j] -= g
    matrix[j, i] -= g


class TestOneStep:
    """One step of the kernel against a dense solution of the same equations."""

    @pytest.fixture
    def system(self, nervous: NervousSystem) -> tuple[Array, Array, Array, NervousSystem]:
        nervous.step(60, INPUT_pA, ZERO)
        cable, gaps, state = nervous._cable, nervous._gap_arrays, nervous._state
        n, dt = nervous.n_compartments, nervous.dt_ms
        v, v_old = state.v[:n], state.v_old[:n]
        diag, rhs, work = np.zeros(n + 1), np.zeros(n + 1), np.zeros(n + 1)
        ions, release = nervous.at_step(dt)
        ahead = state._replace(gates=state.gates.copy(), release=state.release.copy())
        kernel.step_channels(ions, ahead, diag, rhs)
        kernel.step_release(release, ahead, ahead.release, work)
        kernel.add_synapses(nervous._contacts, ahead.release, diag, rhs)
        for i in np.flatnonzero(INPUT_pA):
            c = int(cable.soma[i])
            kernel.add_current(INPUT_pA[i], c, 2.0 * v[c] - v_old[c], diag, rhs)
        membrane_nS = diag[:n] + nervous._membrane.leak_nS + nervous._tonic_nS
        charge = cable.capacitance / dt
        matrix = np.diag(1.5 * charge + membrane_nS)
        for child, parent in enumerate(cable.parent.tolist()):
            if parent < n:
                _couple(matrix, child, parent, cable.axial[child])
        for a, b, g in zip(gaps.a.tolist(), gaps.b.tolist(), gaps.g, strict=True):
            _couple(matrix, a, b, g)
        drive = rhs[:n] + cable.i_static + charge * (2.0 * v - 0.5 * v_old)
        return matrix, drive, 1.5 * charge + membrane_nS, nervous

    def test_trees_and_gap_junctions_are_solved_together(
        self, system: tuple[Array, Array, Array, NervousSystem]
    ) -> None:
        matrix, drive, _, nervous = system
        nervous.step(1, INPUT_pA, ZERO)
        found = nervous._state.v[: nervous.n_compartments]
        np.testing.assert_allclose(found, np.linalg.solve(matrix, drive), atol=5e-3)

    def test_axial_and_gap_currents_conserve_charge(
        self, system: tuple[Array, Array, Array, NervousSystem]
    ) -> None:
        _, drive, membrane, nervous = system
        nervous.step(1, INPUT_pA, ZERO)
        found = nervous._state.v[: nervous.n_compartments]
        gained, inward = (membrane * found).sum(), drive.sum()
        assert gained == pytest.approx(inward, rel=1e-5)

    def test_calcium_gains_what_flows_in_and_is_not_pumped_out(self) -> None:
        """Over 10 ms under current; the balance is closed to the square of the step."""
        misses = []
        for dt_ms in (0.2, 0.1):
            nervous = NervousSystem(CONNECTOME, QUIET, resolution="coarse", dt_ms=dt_ms)
            nervous.step(round(20.0 / dt_ms), INPUT_pA, ZERO)  # past the first, divided steps
            start, gained = nervous.calcium_uM, np.zeros(302)
            before = self._calcium_rate(nervous)
            for _ in range(round(10.0 / dt_ms)):
                nervous.step(1, INPUT_pA, ZERO)
                rate = self._calcium_rate(nervous)
                gained += 0.5 * dt_ms * (before + rate)
                before = rate
            misses.append(np.abs(nervous.calcium_uM - start - gained).max())
            moved = np.abs(nervous.calcium_uM - start).max()
        assert moved > 100 * misses[1]
        assert misses[1] < 0.4 * misses[0]

    @staticmethod
    def _calcium_rate(nervous: NervousSystem) -> Array:
        """Return d[Ca]/dt (302,) in uM per ms, from the state alone."""
        sites, x = nervous.sites, unpacked(nervous.state()["gates"], N_STATES)[:302]
        g_nS = sites.gbar[:302]
        open_nS = g_nS[:, 7] * x[:, 16] * x[:, 17] + g_nS[:, 8] * x[:, 18] * x[:, 19]
        open_nS += g_nS[:, 9] * x[:, 20] ** 2 * x[:, 21]
        inward_pA = np.maximum(open_nS * (E_CA_mV - nervous.soma_mV), 0.0)
        pumped = (nervous.calcium_uM - CA_REST_uM) / CALCIUM_TAU_ms
        return sites.calcium_scale[:302] * inward_pA / CALCIUM_TAU_ms - pumped


class TestRest:
    def test_cells_referred_to_the_forward_state_start_at_rest(self) -> None:
        brief = NervousSystem(CONNECTOME, QUIET, resolution="coarse", dt_ms=0.001)
        held = brief.reference.forward_share == 1.0
        assert held.sum() > 10
        before = brief.soma_mV
        brief.step(1, ZERO, ZERO)
        moved = np.abs(brief.soma_mV - before)
        assert moved[held].max() < 1e-4 * moved.max()

    def test_every_resolution_rests_alike(self) -> None:
        rest = [
            NervousSystem(CONNECTOME, QUIET, resolution=r).soma_mV for r in ("coarse", "default")
        ]
        np.testing.assert_array_equal(rest[0], rest[1])


class TestStability:
    @staticmethod
    def _extremes(nervous: NervousSystem, steps: int) -> tuple[float, float]:
        rng = np.random.default_rng(2)
        low, high = np.inf, -np.inf
        for _ in range(steps):
            nervous.step(4, rng.choice([-1000.0, 0.0, 1000.0], 302), ZERO)
            v = nervous._state.v[: nervous.n_compartments]
            low, high = min(low, v.min()), max(high, v.max())
        return low, high

    @pytest.mark.parametrize("dt_ms", [0.25, 1.0])
    def test_a_nanoampere_into_any_neuron_stays_within_physiology(self, dt_ms: float) -> None:
        nervous = NervousSystem(CONNECTOME, QUIET, resolution="coarse", dt_ms=dt_ms)
        low, high = self._extremes(nervous, 60)
        assert low >= -120.0
        assert high <= 60.0

    @pytest.mark.parametrize("dt_ms", [0.5, 1.0])
    def test_tenfold_coupling_stays_stable(self, dt_ms: float) -> None:
        strong = scaled(("gap.", "synapse."), 10.0)
        nervous = NervousSystem(CONNECTOME, strong, resolution="coarse", dt_ms=dt_ms)
        low, high = self._extremes(nervous, 60)
        assert low >= -120.0
        assert high <= 60.0

    @pytest.mark.parametrize("seed", range(3))
    def test_random_parameters_with_tenfold_coupling_stay_stable(self, seed: int) -> None:
        rng = np.random.default_rng(100 + seed)
        entries = dict(QUIET.entries)
        for key, entry in entries.items():
            if entry.range is not None and key != "noise.voltage":
                strength = 10.0 if key.startswith(("gap.", "synapse.")) else 1.0
                entries[key] = replace(entry, value=strength * rng.uniform(*entry.range))
        nervous = NervousSystem(CONNECTOME, Parameters(entries), resolution="coarse", dt_ms=1.0)
        low, high = self._extremes(nervous, 40)
        assert low >= -120.0
        assert high <= 60.0

    @pytest.mark.parametrize("seed", range(4))
    def test_random_parameters_within_their_ranges_stay_stable(self, seed: int) -> None:
        rng = np.random.default_rng(seed)
        values = {
            key: rng.uniform(*entry.range)
            for key, entry in QUIET.entries.items()
            if entry.range is not None and key != "noise.voltage"
        }
        assert len(values) > 30
        nervous = NervousSystem(
            CONNECTOME, QUIET.with_values(values), resolution="coarse", dt_ms=1.0
        )
        low, high = self._extremes(nervous, 40)
        assert low >= -120.0
        assert high <= 60.0

    def test_full_noise_stays_within_physiology(self) -> None:
        noisy = QUIET.with_values({"noise.voltage": 20.0})
        low, high = self._extremes(NervousSystem(CONNECTOME, noisy, resolution="coarse"), 60)
        assert low >= -120.0
        assert high <= 60.0
