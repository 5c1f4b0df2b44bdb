"""CMA-ES over the unit cube, one generation at a time, and its exact resumption.

The optimiser itself is never stored. What is stored is what was evaluated: every point of every
generation with its cost. A search with the same seed that is told the same costs again is in the
same state to the last bit, so a resumed search goes on as if it had never stopped.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["History", "Search"]

Array = NDArray[np.float64]

OUTSIDE = 0.5  # cost per unit by which a point lies outside the cube


@dataclass
class History:
    """What has been evaluated.

    Attributes:
        points: one (population, n) array per generation.
        costs: one (population,) array per generation.
    """

    points: list[Array] = field(default_factory=list)
    costs: list[Array] = field(default_factory=list)

    @property
    def evaluations(self) -> int:
        """The number of points."""
        return sum(len(costs) for costs in self.costs)

    @property
    def best(self) -> tuple[Array, float]:
        """The point of the lowest cost, moved into the cube, and its cost.

        Raises:
            ValueError: nothing has been evaluated.
        """
        if not self.costs:
            raise ValueError("no generation has been evaluated yet; run the search first")
        costs, points = np.concatenate(self.costs), np.concatenate(self.points)
        return np.clip(points[costs.argmin()], 0.0, 1.0), float(costs.min())


class Search:
    """A search that remembers all it was told.

    Args:
        start: (n,) where it begins, within the cube.
        sigma: its first step, as a share of the cube.
        population: points per generation.
        seed: of its random numbers.
        history: of an earlier search with the same start, sigma, population and seed.

    Raises:
        ImportError: the extra [evolve] is not installed.
        ValueError: the history is not that of such a search.
    """

    def __init__(
        self,
        start: Array,
        sigma: float,
        population: int,
        seed: int,
        history: History | None = None,
    ) -> None:
        self.history = History()
        rng = np.random.default_rng(seed)

        def normal(*shape: int) -> Array:
            return rng.standard_normal(shape)

        settings: dict[str, Any] = {
            "popsize": population,
            "seed": np.nan,  # leaves the global generator of numpy alone
            "randn": normal,
            "verbose": -9,
        }
        self._strategy: Any = _cma().CMAEvolutionStrategy(start, sigma, settings)
        # The start is a candidate too, so that a search never ends worse than it began.
        self._strategy.inject([start], force=True)
        earlier = history or History()
        for points, costs in zip(earlier.points, earlier.costs, strict=True):
            self._repeat(points, costs)

    def _repeat(self, points: Array, costs: Array) -> None:
        asked = self.ask()
        if asked.shape != points.shape or not np.array_equal(asked, points):
            raise ValueError(
                "the checkpoint does not continue with these settings (or this version of cma); "
                "resume with the same options, or begin anew under another name"
            )
        self.tell(asked, costs)

    @property
    def ended(self) -> str:
        """Why the optimiser would stop, or an empty string."""
        return ", ".join(self._strategy.stop())

    @property
    def sigma(self) -> float:
        """Its present step."""
        return float(self._strategy.sigma)

    def ask(self) -> Array:
        """Return (population, n) the points of the next generation; some may lie outside."""
        return np.array(self._strategy.ask())

    def tell(self, points: Array, costs: Array) -> None:
        """Take in the costs of a generation; a cost outside the cube is raised."""
        outside = np.maximum(0.0, np.maximum(-points, points - 1.0)).sum(axis=1)
        self._strategy.tell(list(points), (costs + OUTSIDE * outside).tolist())
        self.history.points.append(points)
        self.history.costs.append(costs)

    def run(
        self,
        evaluate: Callable[[Array], Array],
        evaluations: int,
        each: Callable[[Search], None],
    ) -> None:
        """Go on until so many points have been evaluated, or the optimiser has converged.

        Args:
            evaluate: from points (population, n) to costs (population,).
            evaluations: in all, those of the history included.
            each: called after every generation.
        """
        while self.history.evaluations < evaluations and not self.ended:
            points = self.ask()
            self.tell(points, evaluate(points))
            each(self)


def _cma() -> Any:
    try:
        import cma
    except ImportError:
        raise ImportError(
            "the search needs the package cma, which is not installed; `pip install "
            "wormlife[evolve]`"
        ) from None
    return cma
