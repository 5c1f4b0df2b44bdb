"""A neural-circuit policy: a few liquid time-constant neurons, wired in layers and sparsely.

Lechner et al. 2020, doi:10.1038/s42256-020-00237-3: sensory neurons drive inter neurons, these
drive command neurons, which also drive each other, and these drive motor neurons. The neuron is
that of Hasani et al. 2021, doi:10.1609/aaai.v35i9.16936, solved as in the package ``ncps``, whose
names the arrays bear; a test compares the two. Plain numpy, so that playing one needs no torch.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from agents.policies import CONTROL_S, OUTPUTS, Policy

__all__ = ["NEURONS", "SYNAPSES", "Ncp", "wire"]

Array = NDArray[np.float64]
Float32 = NDArray[np.float32]

NEURONS = ("gleak", "vleak", "cm")
SYNAPSES = ("w", "mu", "sigma", "erev")
N_UNITS = 19  # as the policy that steered a car
COMMAND_SHARE, DENSITY = 0.4, 0.5  # of the layers, and of the synapses between them, as in ncps


class Ncp(Policy):
    """Liquid time-constant neurons; the first ones are motor neurons and set the action.

    Arrays, for n neurons and k inputs: "gleak", "vleak", "cm" (n,); "w", "mu", "sigma", "erev"
    (n, n), from row to column; the same with "sensory_" (k, n), from inputs; "output_w", "output_b"
    (size,). Where w is 0 there is no synapse. Settings: "unfolds", steps of the solver in a control
    step. Conductances and capacitances are relative: 1 of each makes a time constant of 1 s.
    """

    kind = "ncp"

    def _load(self, arrays: Mapping[str, Array], settings: Mapping[str, Any]) -> None:
        needed = (*NEURONS, *SYNAPSES, *(f"sensory_{s}" for s in SYNAPSES), "output_w", "output_b")
        if set(arrays) != set(needed) or "unfolds" not in settings:
            raise ValueError(f"a policy 'ncp' needs the setting unfolds and {', '.join(needed)}")
        n, self.inputs = len(arrays["gleak"]), len(arrays["sensory_w"])
        for name in needed:
            shape = _shape(name, n, self.inputs, self.size)
            if arrays[name].shape != shape:
                raise ValueError(
                    f"{name!r} of a policy 'ncp' has shape {arrays[name].shape}; it needs {shape}"
                )
        for name in ("gleak", "cm", "w", "sensory_w"):
            if (arrays[name] < 0.0).any():
                raise ValueError(f"{name!r} of a policy 'ncp' holds numbers below 0")
        self._a = dict(arrays)
        self._unfolds = int(settings["unfolds"])
        self._cm_t = self._a["cm"] / (CONTROL_S / self._unfolds)
        self._leak = self._a["gleak"] * self._a["vleak"]

    def reset(self, seed: int) -> None:  # noqa: ARG002
        """Begin an episode with all neurons at 0."""
        self._v = np.zeros(len(self._a["gleak"]))

    def act(self, observation: Float32) -> Float32:
        """Return what the motor neurons say after a control step."""
        a = self._a
        conductance, current = self._synapses(observation.astype(np.float64), "sensory_")
        for _ in range(self._unfolds):
            g, i = self._synapses(self._v, "")
            # The fused solver: implicit in the potential, so that it is stable for any step.
            top = self._cm_t * self._v + self._leak + i + current
            self._v = top / (self._cm_t + a["gleak"] + g + conductance)
        motor = self._v[: self.size] * a["output_w"] + a["output_b"]
        return np.asarray(OUTPUTS["clip"](motor), np.float32)

    def _synapses(self, before: Array, kind: str) -> tuple[Array, Array]:
        """Return the conductance onto each neuron, and that times the reversal potential."""
        a = self._a
        x = a[f"{kind}sigma"] * (before[:, None] - a[f"{kind}mu"])
        # The logistic function, in a form that cannot overflow.
        g = a[f"{kind}w"] * (0.5 + 0.5 * np.tanh(0.5 * x))
        return g.sum(axis=0), (g * a[f"{kind}erev"]).sum(axis=0)


def _shape(name: str, n: int, inputs: int, outputs: int) -> tuple[int, ...]:
    if name in NEURONS:
        return (n,)
    if name.startswith("output_"):
        return (outputs,)
    return (inputs if name.startswith("sensory_") else n, n)


def wire(inputs: int, outputs: int, seed: int) -> tuple[Array, Array]:
    """Draw the wiring of a policy of ``N_UNITS`` neurons: motor first, then command, then inter.

    Returns:
        (inputs, n) and (n, n) polarities, from row to column: 1 excites, -1 inhibits, 0 is none.

    Raises:
        ValueError: there are too many outputs for the neurons.
    """
    n_command = int(COMMAND_SHARE * (N_UNITS - outputs))
    if n_command < 2:
        raise ValueError(
            f"a policy of {N_UNITS} neurons has no room for {outputs} outputs; "
            f"give at most {N_UNITS - 5}, as with action_mode 'neurons'"
        )
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(2,)))
    motor = np.arange(outputs)
    command = outputs + np.arange(n_command)
    inter = np.arange(outputs + n_command, N_UNITS)
    sensory, inner = np.zeros((inputs, N_UNITS)), np.zeros((N_UNITS, N_UNITS))
    _connect(sensory, np.arange(inputs), inter, rng)
    _connect(inner, inter, command, rng)
    for _ in range(n_command):  # the recurrent synapses
        inner[rng.choice(command), rng.choice(command)] = rng.choice((-1.0, 1.0))
    # The motor neurons choose whom to listen to, hence the transposed view.
    _connect(inner.T, motor, command, rng)
    return sensory, inner


def _connect(polarity: Array, sources: Any, targets: Any, rng: np.random.Generator) -> None:
    """Connect each source with a share of the targets, and each target with a source at least."""
    fan = max(int(DENSITY * len(targets)), 1)
    for source in sources:
        chosen = rng.choice(targets, fan, replace=False)
        polarity[source, chosen] = rng.choice((-1.0, 1.0), fan)
    for target in targets:
        if not polarity[sources, target].any():
            polarity[rng.choice(sources), target] = rng.choice((-1.0, 1.0))
