"""wormlife: an embodied C. elegans.

``Simulation`` is the closed loop, ``load`` reads a recorded episode. Importing this package also
makes the gymnasium environments ``Worm/...-v0`` known; `worm list envs` names them.
"""

from importlib import metadata
from typing import TYPE_CHECKING, Any

from gymnasium.envs.registration import register

if TYPE_CHECKING:
    from env.recording import load
    from env.simulation import Simulation

__all__ = ["Simulation", "__version__", "load"]

try:
    __version__ = metadata.version("wormlife")
except metadata.PackageNotFoundError:  # run from a checkout that was never installed
    __version__ = "0+unknown"

# Name to module: imported on first use, because numba and pybullet take seconds to load.
_LAZY = {"Simulation": "env.simulation", "load": "env.recording"}


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module 'wormlife' has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(_LAZY[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)


# Id to (task, steps until the time limit); a step is 40 ms.
_ENVIRONMENTS = {
    "Worm/Crawl-v0": ("crawl", 500),
    "Worm/Swim-v0": ("swim", 500),
    "Worm/Chemotaxis-v0": ("chemotaxis", 7500),
    "Worm/TouchEscape-v0": ("touch_escape", 1500),
    "Worm/Forage-v0": ("forage", 7500),
}
for _id, (_task, _steps) in _ENVIRONMENTS.items():
    register(
        _id,
        "wormlife.environments:PaintedWormEnv",
        max_episode_steps=_steps,
        kwargs={"task": _task},
    )
