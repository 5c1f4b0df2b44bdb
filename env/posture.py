"""The shape in which a worm starts an episode."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["N_JOINTS", "POSTURES", "curvature_of"]

Array = NDArray[np.float64]

N_JOINTS = 23
POSTURES = ("random", "sine", "straight")

_RANDOM_MODES = 3
_RANDOM_RMS = 1.0  # of the first mode, in 1 / body length; a crawling worm reaches about 8
_SINE_AMPLITUDE = 6.0  # 1 / body length
_SINE_WAVELENGTH = 0.65  # body lengths, as of a crawling worm
_MAX_CURVATURE = 25.0  # 1 / body length; beyond it the body would cross itself within a bend


def curvature_of(posture: str | ArrayLike | None, rng: np.random.Generator) -> Array:
    """Return the dorsoventral curvature of a starting posture.

    Args:
        posture: "straight", "random" (small smooth bends; also None), "sine" (a crawling wave,
            frozen), or (23,) curvatures times body length, head first, positive where the dorsal
            side is concave.
        rng: the source of the random bends; drawn from only by "random".

    Returns:
        (23,) curvature times body length.

    Raises:
        ValueError: the name is unknown, or the array has another shape, is not finite or bends
            more than 25 per body length.
    """
    s = np.arange(1, N_JOINTS + 1) / (N_JOINTS + 1.0)
    if posture is None:
        posture = "random"
    if isinstance(posture, str):
        return _named(posture, s, rng)
    kappa_L = np.array(posture, dtype=np.float64)
    if kappa_L.shape != (N_JOINTS,):
        raise ValueError(
            f"posture has shape {kappa_L.shape}; give ({N_JOINTS},) curvatures times body length, "
            f"or one of {', '.join(POSTURES)}"
        )
    if not np.all(np.abs(kappa_L) <= _MAX_CURVATURE):
        raise ValueError(
            f"posture holds {kappa_L[~(np.abs(kappa_L) <= _MAX_CURVATURE)][0]}; curvatures times "
            f"body length must be finite and within ±{_MAX_CURVATURE:g}"
        )
    return kappa_L


def _named(name: str, s: Array, rng: np.random.Generator) -> Array:
    if name == "straight":
        return np.zeros(N_JOINTS)
    if name == "sine":
        return np.asarray(_SINE_AMPLITUDE * np.sin(2.0 * np.pi * s / _SINE_WAVELENGTH))
    if name == "random":
        mode = np.arange(1, _RANDOM_MODES + 1)[:, None]
        amplitude = rng.standard_normal((_RANDOM_MODES, 1)) * _RANDOM_RMS / mode
        phase = rng.uniform(0.0, 2.0 * np.pi, (_RANDOM_MODES, 1))
        return np.asarray((amplitude * np.cos(np.pi * mode * s + phase)).sum(axis=0))
    raise ValueError(f"unknown posture {name!r}; choose one of {', '.join(POSTURES)}")
