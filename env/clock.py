"""The one simulated clock: neuron, physics and control steps that divide each other."""

from dataclasses import dataclass
from math import isfinite

__all__ = ["Clock"]

_TOLERANCE = 1e-9  # relative; 4 / 0.1 is not exactly 40 in binary


@dataclass(frozen=True, kw_only=True)
class Clock:
    """Step lengths in ms; ``neuron_ms`` divides ``physics_ms``, which divides ``control_ms``.

    Raises:
        ValueError: a step is not positive and finite, or one does not divide the next.
    """

    neuron_ms: float
    physics_ms: float
    control_ms: float

    def __post_init__(self) -> None:
        for name in ("neuron_ms", "physics_ms", "control_ms"):
            value = getattr(self, name)
            if not (isfinite(value) and value > 0.0):
                raise ValueError(f"dt_{name}={value} must be a positive number of milliseconds")
        _ratio("dt_physics_ms", self.physics_ms, "dt_neuron_ms", self.neuron_ms)
        _ratio("dt_control_ms", self.control_ms, "dt_physics_ms", self.physics_ms)

    @property
    def neuron_steps(self) -> int:
        """The number of neuron steps in a physics step."""
        return _ratio("dt_physics_ms", self.physics_ms, "dt_neuron_ms", self.neuron_ms)

    @property
    def physics_steps(self) -> int:
        """The number of physics steps in a control step."""
        return _ratio("dt_control_ms", self.control_ms, "dt_physics_ms", self.physics_ms)

    @property
    def physics_s(self) -> float:
        """The length of a physics step in s."""
        return self.physics_ms / 1000.0

    @property
    def control_s(self) -> float:
        """The length of a control step in s."""
        return self.control_ms / 1000.0

    def control_steps(self, seconds: float) -> int:
        """Return how many control steps cover ``seconds``, rounded up to a whole step.

        Raises:
            ValueError: ``seconds`` is negative, not finite or beyond counting.
        """
        if not (isfinite(seconds / self.control_s) and seconds >= 0.0):
            raise ValueError(f"seconds={seconds} must be a finite duration of at least 0 s")
        steps = seconds / self.control_s
        whole = round(steps)
        return whole if abs(steps - whole) < 1e-6 else int(steps) + 1


def _ratio(coarse_name: str, coarse_ms: float, fine_name: str, fine_ms: float) -> int:
    ratio = coarse_ms / fine_ms
    whole = round(ratio)
    if whole >= 1 and abs(ratio - whole) <= _TOLERANCE * ratio:
        return whole
    legal = [f"{n * fine_ms:g}" for n in sorted({max(int(ratio), 1), int(ratio) + 1})]
    raise ValueError(
        f"{coarse_name}={coarse_ms:g} is not a multiple of {fine_name}={fine_ms:g}; "
        f"nearest legal values of {coarse_name}: {', '.join(legal)}"
    )
