"""What evolution changes: vectors of numbers, and the policies they stand for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from agents.ncp import NEURONS, wire
from agents.policies import mlp_shapes

__all__ = ["Genome", "MlpGenome", "NcpGenome", "build_genome"]

Array = NDArray[np.float64]

# How the numbers of a neural-circuit policy are drawn at the start (lowest, highest) and whether
# they are kept positive by searching their logarithm. As in ncps, but for sigma: observations are
# within -1..1 and small, so that a flatter sigmoid sees more of them.
START: dict[str, tuple[float, float, bool]] = {
    "gleak": (0.1, 1.0, True),
    "vleak": (-0.2, 0.2, False),
    "cm": (0.4, 0.6, True),
    "w": (0.1, 1.0, True),
    "mu": (-0.3, 0.3, False),
    "sigma": (2.0, 5.0, True),
}


class Genome(Protocol):
    """How a vector of parameters becomes the arrays of a policy.

    Attributes:
        policy: kind of policy.
        settings: its plain values.
    """

    policy: str
    settings: dict[str, Any]

    def start(self, seed: int) -> Array:
        """Return (n,) parameters to begin with."""

    def arrays(self, parameters: Array) -> dict[str, Array]:
        """Return the arrays of the policy."""


class MlpGenome:
    """The weights and biases of an ``Mlp``."""

    policy = "mlp"

    def __init__(self, inputs: int, hidden: Sequence[int], outputs: int) -> None:
        self.settings: dict[str, Any] = {"hidden": "tanh", "output": "clip"}
        self._shapes = mlp_shapes(inputs, hidden, outputs)

    def start(self, seed: int) -> Array:
        """Return weights of variance 1 / inputs, small in the last layer, and biases of 0."""
        rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(1,)))
        last = f"weight{len(self._shapes) // 2 - 1}"
        parts = []
        for name, shape in self._shapes.items():
            scale = 1.0 / np.sqrt(shape[0]) if name.startswith("weight") else 0.0
            scale *= 0.1 if name == last else 1.0
            parts.append(scale * rng.standard_normal(shape).ravel())
        return np.concatenate(parts)

    def arrays(self, parameters: Array) -> dict[str, Array]:
        """Return weights and biases."""
        ends = np.cumsum([int(np.prod(shape)) for shape in self._shapes.values()])
        pieces = np.split(parameters, ends[:-1])
        return {
            name: piece.reshape(shape)
            for (name, shape), piece in zip(self._shapes.items(), pieces, strict=True)
        }


class NcpGenome:
    """Neurons, synapses and outputs of an ``Ncp`` whose wiring and polarities are drawn once."""

    policy = "ncp"

    def __init__(self, inputs: int, outputs: int, seed: int) -> None:
        self.settings: dict[str, Any] = {"unfolds": 6}
        self._outputs = outputs
        sensory, inner = wire(inputs, outputs, seed)
        self._polarity = {"sensory_": sensory, "": inner}
        self._mask: dict[str, NDArray[np.bool_]] = {
            name: np.ones(len(inner), dtype=bool) for name in NEURONS
        }
        for kind, polarity in self._polarity.items():
            self._mask |= {f"{kind}{name}": polarity != 0.0 for name in ("w", "mu", "sigma")}

    def start(self, seed: int) -> Array:
        """Return parameters drawn evenly from their ranges; the motor neurons begin weak."""
        rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(1,)))
        parts = []
        for name, mask in self._mask.items():
            low, high, positive = START[name.removeprefix("sensory_")]
            drawn = rng.uniform(low, high, int(mask.sum()))
            parts.append(np.log(drawn) if positive else drawn)
        return np.concatenate([*parts, np.full(self._outputs, 0.3), np.zeros(self._outputs)])

    def arrays(self, parameters: Array) -> dict[str, Array]:
        """Return the arrays of an ``Ncp``."""
        arrays, place = {}, 0
        for name, mask in self._mask.items():
            n, positive = int(mask.sum()), START[name.removeprefix("sensory_")][2]
            found = np.zeros(mask.shape)
            piece = parameters[place : place + n]
            found[mask] = np.exp(piece) if positive else piece
            arrays[name], place = found, place + n
        for kind, polarity in self._polarity.items():
            arrays[f"{kind}erev"] = polarity
        arrays["output_w"], arrays["output_b"] = np.split(parameters[place:], 2)
        return arrays


def build_genome(
    policy: str, inputs: int, hidden: Sequence[int], outputs: int, seed: int
) -> Genome:
    """Return the genome of a kind of policy."""
    if policy == "ncp":
        return NcpGenome(inputs, outputs, seed)
    return MlpGenome(inputs, hidden, outputs)
