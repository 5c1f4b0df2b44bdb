"""Many worms advanced in one call: each with parameters of its own, on one connectome."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from copy import deepcopy

import numpy as np
from numpy.typing import NDArray

from worm.kernels import neurons as kernel
from worm.kernels.tables import CALCIUM, N_STATES, WIDTH, aligned, packed, unpacked
from worm.nervous_system import (
    START_PARTS,
    START_STEPS,
    NervousSystem,
    channel_tables,
    start_step,
)

FloatArray = NDArray[np.float64]


class NervousBatch:
    """Nervous systems side by side; each does, to the last bits, what it would do alone.

    A step costs about half of what the steps of its worms would cost alone: WIDTH of them share
    instructions. A last group that is not full is filled up with copies of the last worm.

    Args:
        worms: built on the same connectome, resolution and time step, with any parameters and
            perturbations. They are read, not changed; the batch goes on from their present states,
            and draws noise from their generators until ``reset``.

    Raises:
        ValueError: there is no worm, they differ in resolution or step, only some have started, or
            one is shuffled.
    """

    def __init__(self, worms: Sequence[NervousSystem]) -> None:
        if not worms:
            raise ValueError("worms is empty; give at least one nervous system")
        first = worms[0]
        kinds = {(worm.n_compartments, worm.dt_ms, worm.young) for worm in worms}
        if len(kinds) > 1:
            raise ValueError(
                "worms of a batch need one resolution, one dt_ms and one beginning; got"
                f" (compartments, dt_ms, first steps left) {sorted(kinds)}:"
                " build and reset them alike"
            )
        if any(worm.shuffled for worm in worms):
            raise ValueError("a batch shares one wiring; advance shuffled worms one by one")
        self.worms, self.dt_ms, self.n_neurons = tuple(worms), first.dt_ms, first.n_neurons
        groups = [worms[i : i + WIDTH] for i in range(0, len(worms), WIDTH)]
        self._groups = [_Group([*g, *[g[-1]] * (WIDTH - len(g))]) for g in groups]
        self._young = first.young
        self._rngs = [worm.rng for worm in worms]
        self._noises = [deepcopy(worm.noise) for worm in worms]
        self._junctions = first.junction_sites
        self._weight = np.array([worm.active_junction_weight for worm in worms])
        self._muscle = first.connectome.neuromuscular.muscle
        self._n_muscles = len(first.connectome.muscle_names)

    def __len__(self) -> int:
        return len(self.worms)

    def reset(self, rngs: Sequence[np.random.Generator]) -> None:
        """Return every worm to its forward reference state; ``rngs`` feed the noise, one each.

        Raises:
            ValueError: there is not one generator for each worm.
        """
        if len(rngs) != len(self):
            raise ValueError(f"{len(rngs)} generators for {len(self)} worms; give one for each")
        for worm, rng in zip(self.worms, rngs, strict=True):
            worm.reset(rng)
        for group in self._groups:
            group.read()
        self._young, self._rngs = START_STEPS, list(rngs)
        for noise in self._noises:
            noise.reset()

    def step(self, n_steps: int, current_pA: FloatArray, spread_pA: FloatArray) -> None:
        """Advance every worm by ``n_steps`` of ``dt_ms``.

        Args:
            n_steps: number of steps; the currents and the noise are constant during them.
            current_pA: (worms, 302) into the soma.
            spread_pA: (worms, 302) spread over the membrane of each cell.

        Raises:
            ValueError: a current is not finite or the shape is another.
        """
        shape = (len(self), self.n_neurons)
        for name, given in (("current_pA", current_pA), ("spread_pA", spread_pA)):
            if given.shape != shape or not math.isfinite(given.sum()):
                raise ValueError(
                    f"{name} has shape {given.shape} and sum {given.sum()}; give finite numbers of"
                    f" shape {shape}, worms by neurons"
                )
        draws = zip(self._noises, self._rngs, strict=True)
        noise_pA = np.array([noise.draw(rng, n_steps * self.dt_ms) for noise, rng in draws])
        current_pA, spread_pA = current_pA + noise_pA[:, 0], spread_pA + noise_pA[:, 1]
        for k, group in enumerate(self._groups):
            mine = slice(k * WIDTH, (k + 1) * WIDTH)
            group.step(n_steps, self.dt_ms, self._young, current_pA[mine], spread_pA[mine])
        self._young = max(self._young - n_steps, 0)

    def _gather(self, read: Callable[[_Group], FloatArray]) -> FloatArray:
        return np.concatenate([read(group).T for group in self._groups])[: len(self)]

    @property
    def soma_mV(self) -> FloatArray:
        """(worms, 302) membrane potential of every soma."""
        soma = self.worms[0].compartments.soma
        return self._gather(lambda group: group.state.v[soma])

    @property
    def calcium_uM(self) -> FloatArray:
        """(worms, 302) calcium of every soma."""
        return self._gather(
            lambda group: group.state.gates.reshape(-1, N_STATES, WIDTH)[: self.n_neurons, CALCIUM]
        )

    @property
    def muscle_drive(self) -> FloatArray:
        """(worms, 95) signed sum of neuromuscular release; 0 where nothing reaches a muscle."""
        release = self._gather(lambda group: group.state.release[self._junctions])
        cell = self._muscle + self._n_muscles * np.arange(len(self))[:, None]
        drive = np.bincount(
            cell.ravel(), (self._weight * release).ravel(), len(self) * self._n_muscles
        )
        return drive.reshape(len(self), self._n_muscles).astype(np.float64, copy=False)


class _Group:
    """WIDTH worms in the arrays of the kernel, worms innermost."""

    def __init__(self, worms: Sequence[NervousSystem]) -> None:
        self._worms = worms
        tables = [worm.kernel_tables() for worm in worms]
        cable, release, contacts, gaps = (list(of) for of in zip(*tables, strict=True))
        self._cable = cable[0]._replace(
            capacitance=_lanes([c.capacitance for c in cable]),
            g_static=_lanes([c.g_static for c in cable]),
            i_static=_lanes([c.i_static for c in cable]),
        )
        self._ions = channel_tables([worm.sites for worm in worms], worms[0].n_compartments)
        self._release = release[0]._replace(
            threshold=_lanes([r.threshold for r in release]),
            slope=_lanes([r.slope for r in release]),
        )
        self._contacts = contacts[0]._replace(g=_lanes([c.g for c in contacts]))
        self._gaps = gaps[0]._replace(g=_lanes([g.g for g in gaps]))
        self._at_step: dict[float, tuple[kernel.Ions, kernel.Release]] = {}
        self._n_sites = len(worms[0].sites.compartment)
        self._work = tuple(aligned(worms[0].n_compartments + 1, WIDTH) for _ in range(9))
        self.read()

    def read(self) -> None:
        """Take over the states of the worms."""
        states = [worm.state() for worm in self._worms]
        lanes = {name: _lanes([s[name] for s in states]) for name in kernel.State._fields}
        sites = [unpacked(s["gates"], N_STATES)[: self._n_sites] for s in states]
        lanes["gates"] = packed(np.stack(sites, axis=1).reshape(-1, N_STATES))
        self.state = kernel.State(**lanes)

    def step(
        self, steps: int, dt_ms: float, young: int, soma_pA: FloatArray, spread_pA: FloatArray
    ) -> None:
        """Advance by ``steps``; the currents are (worms, 302) and may be of fewer worms."""
        soma, spread = (_lanes([*c, *[c[-1]] * (WIDTH - len(c))]) for c in (soma_pA, spread_pA))
        while steps > 0 and young > 0:
            start_step(
                self.state,
                young,
                lambda dt_ms, euler: self._advance(START_PARTS, dt_ms, euler, soma, spread),
                dt_ms,
            )
            young, steps = young - 1, steps - 1
        self._advance(steps, dt_ms, False, soma, spread)

    def _advance(
        self, steps: int, dt_ms: float, euler: bool, soma: FloatArray, spread: FloatArray
    ) -> None:
        if dt_ms not in self._at_step:
            at = [worm.at_step(dt_ms) for worm in self._worms]
            keys = ("rows", "calcium_decay", "calcium_gate_decay")
            ions = self._ions._replace(**{key: getattr(at[0][0], key) for key in keys})
            decay = _lanes([release.decay for _, release in at])
            self._at_step[dt_ms] = ions, self._release._replace(decay=decay)
        ions, release = self._at_step[dt_ms]
        kernel.advance(
            steps, dt_ms, euler, self._cable, ions, release, self._contacts, self._gaps, self.state,
            soma, spread, self._work,
        )  # fmt: skip


def _lanes(of_worms: Sequence[FloatArray]) -> FloatArray:
    """Return arrays of several worms as one, worms last."""
    joined = aligned(*of_worms[0].shape, len(of_worms))
    for worm, array in enumerate(of_worms):
        joined[..., worm] = array
    return joined
