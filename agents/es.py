"""Evolution strategies: train a policy by trying many, without torch or gradients of a network.

Salimans et al. 2017, arXiv:1703.03864: mirrored samples, ranks instead of returns, Adam. What is
ranked are the differences within mirrored pairs: each pair lives an episode of its own, and it
then does not matter how hard that episode is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from typing import Any

import gymnasium
import numpy as np
from numpy.typing import NDArray

from agents.evaluation import play
from agents.genomes import build_genome
from agents.policies import build_policy
from agents.settings import Settings
from agents.trainer import Learnt
from env.assays.pool import Pool

__all__ = ["EvolutionTrainer", "Evolver", "signed_ranks"]

Array = NDArray[np.float64]
DEFAULTS = {"pairs": 8.0, "sigma": 0.05, "learning_rate": 0.02, "decay": 0.005}
FIRST_MOMENT, SECOND_MOMENT, TINY = 0.9, 0.999, 1e-8  # of Adam, doi:10.48550/arXiv.1412.6980


def signed_ranks(differences: Array) -> Array:
    """Return the rank of each difference by size, 1 for the largest, with its sign; 0 stays 0."""
    size = np.abs(differences)
    order = np.searchsorted(np.sort(size), size, side="left")
    order = order + np.searchsorted(np.sort(size), size, side="right") + 1
    return np.sign(differences) * order / (2.0 * len(differences))


class Evolver:
    """Climbs a noisy function of n parameters; asks for its values at mirrored samples.

    Args:
        start: (n,) parameters to begin with.
        seed: of the samples; each generation draws from a stream of its own.
        pairs: of mirrored samples per generation.
        sigma: standard deviation of the samples.
        learning_rate: of Adam.
        decay: share of each parameter that is lost per unit of learning rate.
    """

    def __init__(
        self,
        start: Array,
        seed: int,
        *,
        pairs: int,
        sigma: float,
        learning_rate: float,
        decay: float,
    ) -> None:
        if pairs < 1 or not (sigma > 0.0 and learning_rate > 0.0 and decay >= 0.0):
            raise ValueError(
                f"evolution needs pairs >= 1, sigma and learning_rate > 0 and decay >= 0; got "
                f"{pairs}, {sigma}, {learning_rate} and {decay}"
            )
        self.mean = np.array(start, dtype=np.float64)
        self.generation = 0
        self._first, self._second = np.zeros_like(self.mean), np.zeros_like(self.mean)
        self._seed, self._pairs, self._sigma = seed, pairs, sigma
        self._rate, self._decay = learning_rate, decay

    def ask(self) -> Array:
        """Return (2 pairs, n) parameters to try; the second half mirrors the first."""
        self._noise = np.random.default_rng([self._seed, self.generation]).standard_normal(
            (self._pairs, self.mean.size)
        )
        return self.mean + self._sigma * np.concatenate([self._noise, -self._noise])

    def tell(self, values: Sequence[float]) -> None:
        """Move towards what had the higher values, given in the order of :meth:`ask`."""
        one, other = np.split(np.asarray(values, dtype=np.float64), 2)
        slope = signed_ranks(one - other) @ self._noise / (2.0 * self._pairs * self._sigma)
        self.generation += 1
        self._first += (1.0 - FIRST_MOMENT) * (slope - self._first)
        self._second += (1.0 - SECOND_MOMENT) * (slope**2 - self._second)
        first = self._first / (1.0 - FIRST_MOMENT**self.generation)
        second = self._second / (1.0 - SECOND_MOMENT**self.generation)
        self.mean += self._rate * (first / (np.sqrt(second) + TINY) - self._decay * self.mean)

    def state(self) -> dict[str, Array]:
        """Return everything that decides the future."""
        return {
            "mean": self.mean.copy(),
            "first": self._first.copy(),
            "second": self._second.copy(),
            "generation": np.array(self.generation),
        }

    def set_state(self, state: Mapping[str, Array]) -> None:
        """Go on from a state, to the bit.

        Raises:
            ValueError: it has another number of parameters.
        """
        if np.shape(state["mean"]) != self.mean.shape:
            raise ValueError(
                f"the checkpoint has {np.size(state['mean'])} parameters, this policy "
                f"{self.mean.size}; train anew"
            )
        self.mean, self._first, self._second = (
            np.array(state[name], dtype=np.float64) for name in ("mean", "first", "second")
        )
        self.generation = int(state["generation"])


class EvolutionTrainer:
    """Trains a policy by evolution; the same settings give the same one, however many workers.

    Args:
        settings: of the training; ``options`` replaces entries of ``DEFAULTS``.

    Raises:
        ValueError: an option is unknown or out of range.
    """

    def __init__(self, settings: Settings) -> None:
        for name in settings.options:
            if name not in DEFAULTS:
                raise ValueError(
                    f"unknown option {name!r} of es; choose from {', '.join(DEFAULTS)}"
                )
        options = {**DEFAULTS, **settings.options}
        self._settings = settings
        self._env = _Lives(settings.env_id, settings.training_env)
        self._genome = build_genome(
            settings.policy,
            self._env.inputs,
            settings.hidden,
            self._env.outputs,
            settings.seed,
        )
        self._evolver = Evolver(
            self._genome.start(settings.seed),
            settings.seed,
            pairs=int(options["pairs"]),
            sigma=options["sigma"],
            learning_rate=options["learning_rate"],
            decay=options["decay"],
        )
        self._open = ExitStack()
        self._open.callback(self._env.close)
        self._pool: Pool | None = None
        if settings.workers > 1:
            self._pool = self._open.enter_context(Pool(settings.workers))
        self.steps_done = 0

    def advance(self, steps: int) -> None:
        """Train for at least that many steps, in whole generations."""
        goal = self.steps_done + steps
        while self.steps_done < goal:
            asked = self._evolver.ask()
            # Mirrored samples live the same episode: their difference is then that of the policies.
            first = self._settings.seed + 1 + self._evolver.generation * len(asked)
            seeds = [first + i % (len(asked) // 2) for i in range(len(asked))]
            tasks = [(self._learnt(one), seed) for one, seed in zip(asked, seeds, strict=True)]
            if self._pool is None:
                lived = [self._env.live(*task) for task in tasks]
            else:
                where = (self._settings.env_id, self._settings.training_env)
                lived = self._pool.map(_live, [(*where, *task) for task in tasks])
            self._evolver.tell([total for total, _ in lived])
            self.steps_done += sum(n for _, n in lived)

    def learnt(self) -> Learnt:
        """Return the policy at the middle of the samples."""
        return self._learnt(self._evolver.mean)

    def _learnt(self, parameters: Array) -> Learnt:
        genome = self._genome
        arrays = genome.arrays(parameters)
        return Learnt(policy=genome.policy, settings=dict(genome.settings), arrays=arrays)

    def state(self) -> dict[str, Any]:
        """Return everything that decides the future."""
        return {**self._evolver.state(), "steps_done": np.array(self.steps_done)}

    def set_state(self, state: Mapping[str, Any]) -> None:
        """Go on from a state, to the bit."""
        self._evolver.set_state(state)
        self.steps_done = int(state["steps_done"])

    def close(self) -> None:
        """Close the environment and end the processes."""
        self._open.close()


class _Lives:
    """One worm that lives the episodes of many policies."""

    def __init__(self, env_id: str, arguments: Mapping[str, Any]) -> None:
        self._env = gymnasium.make(f"wormlife:{env_id}", **arguments)
        seen, done = self._env.observation_space.shape, self._env.action_space.shape
        if seen is None or done is None:
            raise ValueError("evolution trains on flat observations; make the environment flat")
        self.inputs, self.outputs = seen[0], done[0]

    def live(self, one: Learnt, seed: int) -> tuple[float, int]:
        policy = build_policy(one.policy, self.outputs, one.arrays, one.settings)
        total, steps, _ = play(self._env, policy, seed)
        return total, steps

    def close(self) -> None:
        self._env.close()


_OF_PROCESS: dict[str, _Lives] = {}  # a worker builds its worm once, and serves one trainer


def _live(job: tuple[str, Mapping[str, Any], Learnt, int]) -> tuple[float, int]:
    env_id, arguments, one, seed = job
    if "lives" not in _OF_PROCESS:
        _OF_PROCESS["lives"] = _Lives(env_id, arguments)
    return _OF_PROCESS["lives"].live(one, seed)
