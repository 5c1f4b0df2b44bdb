"""Policies: from what is observed to what is done. Plain numpy, so that no agent needs torch."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

__all__ = ["Brain", "Mlp", "Policy", "Random", "Wave", "build_policy", "mlp_shapes"]

Array = NDArray[np.float64]
Float32 = NDArray[np.float32]
CONTROL_S = 0.04  # of every environment's control step
ACTIVATIONS: dict[str, Callable[[Array], Array]] = {
    "tanh": np.tanh,
    "relu": lambda x: np.maximum(x, 0.0),
}
OUTPUTS: dict[str, Callable[[Array], Array]] = {
    "clip": lambda x: np.minimum(np.maximum(x, -1.0), 1.0),
    "tanh": np.tanh,
}


class Policy(ABC):
    """Chooses an action within -1..1 from a flat observation.

    Args:
        size: of the action.
        arrays: what was learnt.
        settings: plain values, as in the description of the agent.
    """

    kind: ClassVar[str]

    def __init__(self, size: int, arrays: Mapping[str, Array], settings: Mapping[str, Any]) -> None:
        self.size = size
        self._load(arrays, settings)
        self.reset(0)

    def _load(self, arrays: Mapping[str, Array], settings: Mapping[str, Any]) -> None:
        if arrays or settings:
            given = ", ".join((*arrays, *settings))
            raise ValueError(f"policy {self.kind!r} has nothing to set, got {given}")

    def reset(self, seed: int) -> None:  # noqa: B027  (most policies have nothing to forget)
        """Begin an episode; what a policy draws follows from the seed."""

    @abstractmethod
    def act(self, observation: Float32) -> Float32:
        """Return the action, (size,) float32, for an observation, (n,) float32."""


class Random(Policy):
    """Actions drawn evenly from -1..1, anew at every step."""

    kind = "random"

    def reset(self, seed: int) -> None:
        """Begin an episode."""
        self._rng = np.random.default_rng(seed)

    def act(self, observation: Float32) -> Float32:  # noqa: ARG002
        """Return a random action, whatever is observed."""
        return self._rng.uniform(-1.0, 1.0, self.size).astype(np.float32)


class Brain(Policy):
    """Never acts: the connectome alone moves the worm."""

    kind = "brain"

    def act(self, observation: Float32) -> Float32:  # noqa: ARG002
        """Return zeros, whatever is observed."""
        return np.zeros(self.size, np.float32)


class Wave(Policy):
    """A wave of activation that travels from head to tail over the rows of muscles, open loop.

    Settings: frequency_hz, wavelength_l (in body lengths) and amplitude (0..1). The clock that no
    worm of this project has is in this baseline, to compare others with.
    """

    kind = "wave"

    def _load(self, _: Mapping[str, Array], settings: Mapping[str, Any]) -> None:
        self.frequency_hz = float(settings["frequency_hz"])
        self.wavelength_l = float(settings["wavelength_l"])
        self.amplitude = float(settings["amplitude"])
        if not (0.0 <= self.amplitude <= 1.0 and self.wavelength_l > 0.0):
            raise ValueError(f"a wave needs amplitude 0..1 and wavelength_l above 0: {settings}")
        self._place = (np.arange(self.size) + 0.5) / self.size

    def reset(self, _: int) -> None:
        """Begin an episode."""
        self._step = 0

    def act(self, observation: Float32) -> Float32:  # noqa: ARG002
        """Return the next moment of the wave, whatever is observed."""
        turns = self.frequency_hz * CONTROL_S * self._step - self._place / self.wavelength_l
        self._step += 1
        return np.asarray(self.amplitude * np.sin(2.0 * np.pi * turns), np.float32)


class Mlp(Policy):
    """Layers of neurons without memory.

    Arrays: "weight0" (n_in, n_out), "bias0" (n_out,), "weight1", ...; settings: "hidden" ("tanh" or
    "relu") and "output" ("clip" or "tanh").
    """

    kind = "mlp"

    def _load(self, arrays: Mapping[str, Array], settings: Mapping[str, Any]) -> None:
        try:
            self._hidden = ACTIVATIONS[settings["hidden"]]
            self._output = OUTPUTS[settings["output"]]
            pairs = range(len(arrays) // 2)
            self._layers = [(arrays[f"weight{i}"], arrays[f"bias{i}"]) for i in pairs]
        except KeyError as error:
            raise ValueError(f"the description of a policy 'mlp' lacks {error.args[0]!r}") from None
        if not self._layers or len(arrays) != 2 * len(self._layers):
            raise ValueError("a policy 'mlp' needs weight0, bias0, weight1, ... and nothing else")
        sizes = [weight.shape[0] for weight, _ in self._layers[1:]] + [self.size]
        for (weight, bias), size in zip(self._layers, sizes, strict=True):
            if weight.ndim != 2 or weight.shape[1:] != bias.shape or bias.shape != (size,):
                raise ValueError(
                    f"a layer of a policy 'mlp' has shapes {weight.shape} and {bias.shape}; "
                    f"the next one needs {size} inputs"
                )
        self.inputs = self._layers[0][0].shape[0]

    def act(self, observation: Float32) -> Float32:
        """Return what the network makes of the observation."""
        signal = observation.astype(np.float64)
        *hidden, (weight, bias) = self._layers
        for before, offset in hidden:
            signal = self._hidden(signal @ before + offset)
        return np.asarray(self._output(signal @ weight + bias), np.float32)


def build_policy(
    kind: str, size: int, arrays: Mapping[str, Array], settings: Mapping[str, Any]
) -> Policy:
    """Return a policy of a kind.

    Raises:
        ValueError: the kind is unknown, or arrays or settings are not those of its kind.
    """
    from agents.ncp import Ncp  # it is a Policy, too

    kinds: dict[str, type[Policy]] = {p.kind: p for p in (Random, Brain, Wave, Mlp, Ncp)}
    if kind not in kinds:
        raise ValueError(f"unknown policy {kind!r}; choose one of {', '.join(kinds)}")
    return kinds[kind](size, arrays, settings)


def mlp_shapes(inputs: int, hidden: Sequence[int], outputs: int) -> dict[str, tuple[int, ...]]:
    """Return the shapes of the arrays of an ``Mlp``, by name and in order."""
    sizes = (inputs, *hidden, outputs)
    shapes: dict[str, tuple[int, ...]] = {}
    for i, (n_in, n_out) in enumerate(pairwise(sizes)):
        shapes[f"weight{i}"], shapes[f"bias{i}"] = (n_in, n_out), (n_out,)
    return shapes
