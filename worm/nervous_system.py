"""All 302 neurons: built once from the tables, advanced by the compiled kernel."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from worm.connectome import Connectome
from worm.kernels import neurons as kernel
from worm.kernels.tables import CALCIUM, N_STATES, WIDTH, aligned, gate_table, packed, unpacked
from worm.membrane import ACTIVE_NEURITES, Membrane, build_membrane
from worm.morphology import build_compartments, load_cells
from worm.muscles import junction_weights
from worm.noise import Noise
from worm.parameters import Parameters
from worm.resting import reference_states, tonic_leak
from worm.wiring import chemical_links, gap_links, place, shuffled_chemical, shuffled_gaps

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
KernelTables = tuple[kernel.Cable, kernel.Release, kernel.Contacts, kernel.Gaps]
Kind = Literal["chemical", "gap", "neuromuscular"]

CALCIUM_uM_um3_PER_ms_nA = 5182.0  # 1e9 / (2 F)
FREE_CALCIUM_SHARE = 0.01  # assumed: buffers bind 99 %; the published 0.001 leaves the pool inert
CALCIUM_TAU_ms, CALCIUM_GATE_TAU_ms = 50.0, 6.3
START_STEPS, START_PARTS = 8, 4  # after a reset, so many steps are taken in so many parts
SETTLE_PASSES = 4  # calcium gates follow their partners: a few passes reach the joint steady state


@dataclass(frozen=True, kw_only=True)
class Sites:
    """Where channels are: all somata in the order of the neurons, then active neurites.

    Attributes:
        compartment: (n_sites,).
        shift: (n_sites,) mV by which EGL-19 gates later.
        gbar: (n_sites, n_channels) nS, ordered as ``channels.CHANNELS``.
        calcium_scale: (n_sites,) steady uM per pA of calcium current.
    """

    compartment: NDArray[np.int64]
    shift: FloatArray
    gbar: FloatArray
    calcium_scale: FloatArray


def channel_tables(worms: Sequence[Sites], n_compartments: int) -> kernel.Ions:
    """Return the channels of one worm, or of WIDTH worms with the same sites, for the kernel."""
    lanes, first = len(worms), worms[0]
    filling = -len(first.compartment) * lanes % WIDTH  # of one worm; these see the dummy entry

    def entries(of_worms: list[FloatArray]) -> FloatArray:
        stacked = np.stack(of_worms, axis=1)
        flat = stacked.reshape(-1, *stacked.shape[2:])
        return np.concatenate([flat, np.zeros((filling, *flat.shape[1:]))])

    place = first.compartment[:, None] * lanes + np.arange(lanes)
    return kernel.Ions(
        site=np.append(place, np.full(filling, n_compartments)).astype(np.uint32),
        rows=gate_table(1e9),  # until a step is chosen
        shift=entries([worm.shift for worm in worms]),
        gbar=packed(entries([worm.gbar for worm in worms])),
        calcium_scale=entries([worm.calcium_scale for worm in worms]),
        calcium_decay=0.0,
        calcium_gate_decay=0.0,
    )


def start_step(
    state: kernel.State, young: int, advance: Callable[[float, bool], None], dt_ms: float
) -> None:
    """Take one of the first START_STEPS steps in parts, while the reference state relaxes.

    ``advance`` takes START_PARTS steps of the length it is given, by backward Euler where it is
    told to. After the last of these steps the earlier voltages are those whole steps ago.
    """
    before = state.v.copy()
    advance(dt_ms / START_PARTS, young == START_STEPS)
    state.whole_older[:] = state.whole_old
    state.whole_old[:] = before
    if young == 1:
        state.v_old[:], state.v_older[:] = state.whole_old, state.whole_older


class NervousSystem:
    """The nervous system of one animal.

    Args:
        connectome: wiring.
        parameters: class-level constants.
        resolution: "coarse", "default", "fine" or length constants per compartment.
        dt_ms: time step of the neurons.
    """

    def __init__(
        self,
        connectome: Connectome,
        parameters: Parameters,
        *,
        resolution: str | float = "default",
        dt_ms: float = 0.5,
    ) -> None:
        self.connectome, self.parameters, self.dt_ms = connectome, parameters, float(dt_ms)
        self.compartments = build_compartments(resolution)
        self.n_neurons, self.n_compartments = len(connectome.names), self.compartments.n
        self._membrane: Membrane = build_membrane(connectome, parameters, self.compartments)
        self._placement = place(resolution)
        self.reference = reference_states(connectome, parameters)
        self._wire()
        capacitance = self._membrane.capacitance_pF
        whole_pF: FloatArray = np.bincount(self.compartments.neuron, capacitance).astype(float)
        self.noise = Noise(connectome, parameters, self.input_nS, whole_pF)
        self.clear_perturbations()
        self.reset(np.random.default_rng(0))

    # Building

    def _wire(self) -> None:
        """Connect the cells as in the tables."""
        placement, leak = self._placement, self._membrane.cell_leak_nS
        self._chemical = chemical_links(self.parameters, placement, leak)
        self._gaps = gap_links(self.parameters, placement, leak)
        self._junction_neuron = self.connectome.neuromuscular.neuron
        self._place_release_sites(placement.junction)
        self.shuffled: tuple[Kind, ...] = ()
        self._scale_channels()
        self._balance()

    def _place_release_sites(self, junction: NDArray[np.int64]) -> None:
        """One release variable per presynaptic compartment, shared by all its contacts."""
        used = np.concatenate([self._chemical.pre_compartment, junction])
        self._site_compartment, index = np.unique(used, return_inverse=True)
        self._contact_site = index[: len(self._chemical.pre)]
        self.junction_sites = index[len(self._chemical.pre) :]
        cell = self.compartments.neuron[self._site_compartment]
        filling = -len(cell) % WIDTH  # the kernel takes whole vectors; these see the dummy entry
        at = np.append(self._site_compartment, np.full(filling, self.n_compartments))
        self._release = kernel.Release(
            compartment=at.astype(np.uint32),
            threshold=np.append(self.reference.threshold_mV[cell], np.zeros(filling)),
            decay=np.array([math.exp(-self.dt_ms / self.parameters["release.tau"])]),
            slope=np.array([self.parameters["release.slope"]]),
        )
        self.junction_weight = junction_weights(self.connectome, self.parameters)

    def _released(self, v_mV: FloatArray) -> FloatArray:
        """Steady release (302,) at a uniform potential per cell."""
        u = (v_mV - self.reference.threshold_mV) / self.parameters["release.slope"]
        return np.asarray(1.0 / (1.0 + np.exp(-u)))

    def _scale_channels(self) -> None:
        """Own channel sets scale with the input conductance: leak + synapses as each cell rests."""
        links, states = self._chemical, self.reference
        share = states.forward_share[links.post]
        release = share * self._released(states.forward_mV)[links.pre]
        release += (1 - share) * self._released(states.backward_mV)[links.pre]
        synaptic = np.bincount(links.post, links.g_nS * release, self.n_neurons)
        self.input_nS: FloatArray = self._membrane.cell_leak_nS + synaptic
        gbar = self._membrane.gbar_nS + self._membrane.gbar_relative * self.input_nS[:, None]
        site, cell, share = self._active_sites()
        diameter = np.array([soma.soma_diameter_um for soma in load_cells()])[cell]
        # In proportion to the channels it holds, so that calcium does not depend on the resolution.
        area = np.where(share < 1.0, self.compartments.area_um2[site], math.pi * diameter**2)
        volume = area * diameter / 6.0
        per_pA = 1e-3 * FREE_CALCIUM_SHARE * CALCIUM_uM_um3_PER_ms_nA * CALCIUM_TAU_ms
        self.sites = Sites(
            compartment=site,
            shift=self._membrane.gate_shift_mV[cell],
            gbar=gbar[cell] * share[:, None],
            calcium_scale=per_pA / volume,
        )
        self._ions = channel_tables([self.sites], self.n_compartments)
        self._at_step: dict[float, tuple[kernel.Ions, kernel.Release]] = {}

    def at_step(self, dt_ms: float) -> tuple[kernel.Ions, kernel.Release]:
        """Return channels and release with the tables and factors of one time step."""
        if dt_ms not in self._at_step:
            decay = np.array([math.exp(-dt_ms / self.parameters["release.tau"])])
            ions = self._ions._replace(
                rows=gate_table(dt_ms),
                calcium_decay=math.exp(-dt_ms / CALCIUM_TAU_ms),
                calcium_gate_decay=math.exp(-dt_ms / CALCIUM_GATE_TAU_ms),
            )
            self._at_step[dt_ms] = ions, self._release._replace(decay=decay)
        return self._at_step[dt_ms]

    def _active_sites(self) -> tuple[NDArray[np.int64], NDArray[np.int64], FloatArray]:
        """Return compartment, neuron and share of the channels: all somata, then neurites."""
        compartments = self.compartments
        active = self.connectome.is_class(ACTIVE_NEURITES)
        inside = active[compartments.neuron]
        inside[compartments.soma] = False
        neurites = np.flatnonzero(inside)
        site = np.concatenate([compartments.soma, neurites])
        cell = compartments.neuron[site]
        area = compartments.area_um2
        total = np.bincount(compartments.neuron, area)
        return site, cell, np.where(active[cell], area[site] / total[cell], 1.0)

    def _settle(self, v_mV: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return gates at steady state, and the ionic conductance and its drive per compartment."""
        n, none = self.n_compartments, np.zeros(0)
        ions = self._ions._replace(rows=gate_table(1e9))
        gates = aligned(len(ions.site) // WIDTH * N_STATES, WIDTH)
        state = kernel.State(v_mV, v_mV, v_mV, none, none, gates, none, none, none)
        for _ in range(SETTLE_PASSES):
            diag, rhs = np.zeros(n + 1), np.zeros(n + 1)
            kernel.step_channels(ions, state, diag, rhs)
        return gates, diag[:n], rhs[:n]

    def _inflow(self, v_cell: FloatArray) -> FloatArray:
        """Net depolarising current (pA) of every compartment, each cell uniform."""
        v = np.append(v_cell[self.compartments.neuron], 0.0)
        _, conductance, drive = self._settle(v)
        membrane, links, gaps, n = self._membrane, self._chemical, self._gaps, self.n_compartments
        at = v[:n]
        inflow = drive - conductance * at + membrane.leak_nS * (membrane.e_leak_mV - at)
        g = links.g_nS * self._released(v_cell)[links.pre]
        inflow += np.bincount(
            links.post_compartment, g * (links.reversal_mV - v_cell[links.post]), n
        )
        across = gaps.g_nS * (v_cell[gaps.b] - v_cell[gaps.a])
        inflow += np.bincount(gaps.a_compartment, across, n) - np.bincount(
            gaps.b_compartment, across, n
        )
        return np.asarray(inflow)

    def _balance(self) -> None:
        """Give each stretch of neurite the tonic leak that holds it at its reference potential."""
        states, neuron = self.reference, self.compartments.neuron
        share = states.forward_share[neuron]
        needed = -share * self._inflow(states.forward_mV) - (1 - share) * self._inflow(
            states.backward_mV
        )
        reference = (
            states.forward_share * states.forward_mV
            + (1 - states.forward_share) * states.backward_mV
        )
        stretch = self.compartments.stretch
        self._tonic_nS, self._tonic_pA = tonic_leak(needed, reference[neuron], stretch)

    # Perturbations

    def clear_perturbations(self) -> None:
        """Undo every ablation, block, cut and shuffle."""
        if self.shuffled:
            self._wire()
        self._alive = np.ones(self.n_neurons, bool)
        self._keep_chemical = np.ones(len(self._chemical.pre), bool)
        self._keep_gap = np.ones(len(self._gaps.a), bool)
        self._keep_junction = np.ones(len(self.junction_sites), bool)
        self._assemble()

    def ablate(self, neurons: Sequence[int]) -> None:
        """Disconnect neurons: none of their synapses and junctions remains."""
        self._alive[list(neurons)] = False
        self._assemble()

    def block_transmitter(self, name: str) -> None:
        """Silence what ``name`` carries: all output of the neurons whose primary transmitter it is.

        RIM's extrasynaptic tyramine is a transmitter of its own, apart from RIM's glutamate.

        Raises:
            ValueError: no neuron releases it.
        """
        primary = np.array(self.connectome.transmitters)
        carried = primary[self._chemical.pre].astype(object)
        carried[self._chemical.n_synapses :] = "tyramine"
        known = sorted(set(carried) - {"unknown"})
        if name not in known:
            raise ValueError(f"no neuron releases {name!r}; known transmitters: {', '.join(known)}")
        self._keep_chemical &= carried != name
        self._keep_junction &= primary[self._junction_neuron] != name
        self._assemble()

    def cut(self, kind: Kind, pre: Sequence[int], post: Sequence[int]) -> None:
        """Remove the connections of one kind from ``pre`` to ``post`` (gap junctions: either way).

        For "neuromuscular", ``post`` holds muscle indices.
        """
        if kind == "chemical":
            self._keep_chemical &= ~(
                np.isin(self._chemical.pre, pre) & np.isin(self._chemical.post, post)
            )
        elif kind == "gap":
            a, b = self._gaps.a, self._gaps.b
            self._keep_gap &= ~(
                (np.isin(a, pre) & np.isin(b, post)) | (np.isin(b, pre) & np.isin(a, post))
            )
        elif kind == "neuromuscular":
            muscle = self.connectome.neuromuscular.muscle
            self._keep_junction &= ~(np.isin(self._junction_neuron, pre) & np.isin(muscle, post))
        else:
            raise ValueError(f"kind={kind!r} is not one of chemical, gap, neuromuscular")
        self._assemble()

    def shuffle(self, kind: Kind, rng: np.random.Generator) -> None:
        """Rewire at random: every cell and muscle keeps its number of connections of this kind.

        Each cell is then brought to its operating point again. A control, not an experiment.
        """
        leak = self._membrane.cell_leak_nS
        if kind == "chemical":
            self._chemical = shuffled_chemical(self._chemical, leak, rng)
        elif kind == "gap":
            self._gaps = shuffled_gaps(self._gaps, leak, rng)
        elif kind == "neuromuscular":
            order = rng.permutation(len(self._junction_neuron))
            self._junction_neuron = self._junction_neuron[order]
            self.junction_sites = self.junction_sites[order]
            self.junction_weight = self.junction_weight[order]
        else:
            raise ValueError(f"kind={kind!r} is not one of chemical, gap, neuromuscular")
        self.shuffled = (*self.shuffled, kind)
        self._scale_channels()
        self._balance()
        self._assemble()

    def _kept(self) -> tuple[BoolArray, BoolArray]:
        """Return which synapses and which gap junctions are left."""
        links, gaps, alive = self._chemical, self._gaps, self._alive
        return (
            self._keep_chemical & alive[links.pre] & alive[links.post],
            self._keep_gap & alive[gaps.a] & alive[gaps.b],
        )

    def _assemble(self) -> None:
        """Build the kernel's arrays from what is left of the connections."""
        n, membrane, gaps = self.n_compartments, self._membrane, self._gaps
        chemical, gap = self._kept()
        junction = self._keep_junction & self._alive[self._junction_neuron]
        compartments = self.compartments
        g_static = membrane.leak_nS + self._tonic_nS
        g_static = g_static + compartments.axial_nS
        inner = compartments.parent < n
        g_static += np.bincount(compartments.parent[inner], compartments.axial_nS[inner], n)
        for ends in (gaps.a_compartment, gaps.b_compartment):
            g_static += np.bincount(ends[gap], gaps.g_nS[gap], n)
        cell_area = np.bincount(compartments.neuron, compartments.area_um2)
        self._cable = kernel.Cable(
            parent=compartments.parent.astype(np.uint32),
            axial=np.append(compartments.axial_nS, 0.0),
            capacitance=membrane.capacitance_pF,
            g_static=g_static,
            i_static=membrane.leak_nS * membrane.e_leak_mV + self._tonic_pA,
            soma=compartments.soma.astype(np.uint32),
            neuron=compartments.neuron.astype(np.uint32),
            area_fraction=compartments.area_um2 / cell_area[compartments.neuron],
        )
        self._contacts, self._gap_arrays = self._connections(chemical, gap)
        self._junction_active = junction

    def _connections(
        self, chemical: BoolArray, gap: BoolArray
    ) -> tuple[kernel.Contacts, kernel.Gaps]:
        """Return the kernel's arrays of some of the synapses and gap junctions."""
        links, gaps = self._chemical, self._gaps
        order = np.argsort(links.post_compartment[chemical], kind="stable")
        contacts = kernel.Contacts(
            site=self._contact_site[chemical][order].astype(np.uint32),
            post=links.post_compartment[chemical][order].astype(np.uint32),
            g=links.g_nS[chemical][order],
            reversal=links.reversal_mV[chemical][order],
        )
        a, b = gaps.a_compartment[gap].astype(np.uint32), gaps.b_compartment[gap].astype(np.uint32)
        return contacts, kernel.Gaps(a=a, b=b, g=gaps.g_nS[gap], node=np.union1d(a, b))

    def kernel_tables(self) -> KernelTables:
        """Return cable, release, synapses and gap junctions as the kernel takes them.

        Removed connections are there with a conductance of 0, so that worms with different
        perturbations have the same arrays.
        """
        chemical, gap = self._kept()
        everything = [np.ones(len(kept), bool) for kept in (chemical, gap)]
        contacts, gaps = self._connections(*everything)
        order = np.argsort(self._chemical.post_compartment, kind="stable")
        contacts = contacts._replace(g=np.where(chemical[order], contacts.g, 0.0))
        gaps = gaps._replace(g=np.where(gap, gaps.g, 0.0))
        return self._cable, self._release, contacts, gaps

    # Running

    def reset(self, rng: np.random.Generator) -> None:
        """Return to the forward reference state; ``rng`` feeds the noise from here on."""
        v = np.append(self.reference.forward_mV[self.compartments.neuron], 0.0)
        gates, _, _ = self._settle(v)
        cell = self.compartments.neuron[self._site_compartment]
        release = np.zeros(len(self._release.compartment))
        release[: len(cell)] = self._released(self.reference.forward_mV)[cell]
        self._state = kernel.State(
            v=v,
            v_old=v.copy(),
            v_older=v.copy(),
            whole_old=v.copy(),
            whole_older=v.copy(),
            gates=gates,
            release=release,
            soma_pA=np.zeros(self.n_neurons),
            spread_pA=np.zeros(self.n_neurons),
        )
        self.young, self.rng = START_STEPS, rng
        self.noise.reset()
        self._work = tuple(np.zeros(self.n_compartments + 1) for _ in range(9))

    def step(self, n_steps: int, current_pA: FloatArray, spread_pA: FloatArray) -> None:
        """Advance by ``n_steps`` of ``dt_ms``.

        Args:
            n_steps: number of steps; the currents and the noise are constant during them.
            current_pA: (302,) into the soma.
            spread_pA: (302,) spread over the membrane of each cell.

        Raises:
            ValueError: a current is not finite or not one per neuron.
        """
        for name, given in (("current_pA", current_pA), ("spread_pA", spread_pA)):
            if given.shape != (self.n_neurons,) or not math.isfinite(given.sum()):
                raise ValueError(
                    f"{name} has shape {given.shape} and sum {given.sum()}; give one finite number"
                    f" for each of the {self.n_neurons} neurons"
                )
        slow_pA, fast_pA = self.noise.draw(self.rng, n_steps * self.dt_ms)
        current_pA, spread_pA = current_pA + slow_pA, spread_pA + fast_pA
        while n_steps > 0 and self.young > 0:
            start_step(
                self._state,
                self.young,
                lambda dt_ms, euler: self._advance(
                    START_PARTS, dt_ms, euler, current_pA, spread_pA
                ),
                self.dt_ms,
            )
            self.young -= 1
            n_steps -= 1
        self._advance(n_steps, self.dt_ms, False, current_pA, spread_pA)

    def _advance(
        self, steps: int, dt_ms: float, euler: bool, soma_pA: FloatArray, spread_pA: FloatArray
    ) -> None:
        ions, release = self.at_step(dt_ms)
        kernel.advance(
            steps, dt_ms, euler, self._cable, ions, release, self._contacts, self._gap_arrays,
            self._state, soma_pA, spread_pA, self._work,
        )  # fmt: skip

    @property
    def soma_mV(self) -> FloatArray:
        """(302,) membrane potential of every soma."""
        return np.asarray(self._state.v[self.compartments.soma])

    @property
    def calcium_uM(self) -> FloatArray:
        """(302,) calcium of every soma."""
        return unpacked(self._state.gates, N_STATES)[: self.n_neurons, CALCIUM].copy()

    @property
    def active_junction_weight(self) -> FloatArray:
        """Weight of every neuromuscular junction, 0 where it is cut."""
        return np.asarray(self.junction_weight * self._junction_active)

    @property
    def muscle_drive(self) -> FloatArray:
        """(95,) signed sum of neuromuscular release; 0 where nothing reaches a muscle."""
        nmj = self.connectome.neuromuscular
        drive = self.active_junction_weight * self._state.release[self.junction_sites]
        summed = np.bincount(nmj.muscle, drive, len(self.connectome.muscle_names))
        return summed.astype(np.float64, copy=False)

    def state(self) -> dict[str, FloatArray]:
        """Return a copy of everything that evolves, except the random stream."""
        arrays = {name: array.copy() for name, array in self._state._asdict().items()}
        return {**arrays, "young": np.array(float(self.young)), "noise": self.noise.slow.copy()}

    def set_state(self, state: dict[str, FloatArray]) -> None:
        """Restore a copy made by :meth:`state`.

        Raises:
            ValueError: the copy is of another resolution.
        """
        for name, array in self._state._asdict().items():
            if state[name].shape != array.shape:
                raise ValueError(
                    f"state[{name!r}] has shape {state[name].shape}, but this nervous system needs"
                    f" {array.shape}: restore it into one of the same resolution"
                )
            array[:] = state[name]
        self.young, self.noise.slow = int(state["young"]), state["noise"].copy()
