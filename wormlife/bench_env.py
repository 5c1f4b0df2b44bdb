"""How fast the environments run, and where the time of a step goes."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import cycle
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np

from env.actions import ACTION_MODES
from env.worm_env import WormEnv

__all__ = ["measure_env", "realtime_factors"]

ENV_ID = "wormlife:Worm/Crawl-v0"
LIMIT = 100_000  # steps of an episode, so that none ends within a measurement
N_WINDOWS = 3
N_STEPS = {"brain": 25, "neurons": 25, "muscles": 100}  # per window: a second of CPU time at most
N_WORMS = 2


def realtime_factors() -> dict[str, float]:
    """Return simulated by CPU seconds of one environment, per action mode."""
    return {mode: _single(mode)["realtime_factor"] for mode in ACTION_MODES}


def measure_env(*, vectorised: bool = True) -> dict[str, dict[str, Any]]:
    """Return the speed of ``Worm/Crawl-v0`` per action mode.

    Returns:
        By mode "steps_per_cpu_s" and "realtime_factor" (simulated by CPU seconds), "share" of a
        step spent in "physics", "neurons", "observation", the rest of the gymnasium layer
        ("python": wrappers, action, reward, info) and of the simulation ("loop"), "gymnasium_share"
        (observation and python), "reset_ms" in an unchanged world, and if ``vectorised`` the first
        two figures for two worms in processes of their own ("vector"), over the CPU time of all
        three.
    """
    result: dict[str, dict[str, Any]] = {}
    for mode in ACTION_MODES:
        result[mode] = _single(mode)
        if vectorised:
            result[mode]["vector"] = _vector(mode)
    return result


def _single(mode: str, env_id: str = ENV_ID) -> dict[str, Any]:
    arguments: dict[str, Any] = {
        "action_mode": mode,
        "max_episode_steps": LIMIT,
        "disable_env_checker": True,
    }
    env = gymnasium.make(env_id, **arguments)
    worm = env.unwrapped
    assert isinstance(worm, WormEnv)
    env.reset(seed=0)
    # Drawn beforehand, and small, so that the worm stays what it is: a repeated action is cheaper.
    rng = np.random.default_rng(0)
    actions = cycle(
        rng.uniform(-0.1, 0.1, (64, *(env.action_space.shape or ()))).astype(np.float32)
    )
    n = N_STEPS[mode]
    step_s = _seconds(lambda: env.step(next(actions)), n)
    share = {name: part_s / step_s for name, part_s in _parts(worm, mode, n).items()}
    reset_s = _seconds(lambda: env.reset(), 20)
    with _standing_still(worm):
        layer = _seconds(lambda: env.step(next(actions)), 100) / step_s
    share["python"] = layer - share["observation"]
    share["loop"] = 1.0 - sum(share.values())
    control_s = worm.sim.clock.control_s
    env.close()
    return {
        **_rates(step_s, control_s),
        "share": share,
        "gymnasium_share": layer,
        "reset_ms": 1000.0 * reset_s,
    }


@contextmanager
def _standing_still(worm: WormEnv) -> Iterator[None]:
    """Let the simulation do nothing in a step, so that what is left is the layer around it."""
    vars(worm.sim)["step"] = lambda: None
    try:
        yield
    finally:
        del vars(worm.sim)["step"]


def _parts(worm: WormEnv, mode: str, n: int) -> dict[str, float]:
    """Return the CPU time of parts of one control step, in s, each called on its own."""
    parts, clock = worm.sim._parts, worm.sim.clock
    still_uNmm, silent_pA = np.zeros(46), np.zeros(len(parts.connectome.names))
    neurons_s = 0.0
    if mode != "muscles":  # there the nervous system stands still
        neurons_s = clock.physics_steps * _seconds(
            lambda: parts.nervous.step(clock.neuron_steps, silent_pA, silent_pA), n
        )
    return {
        "physics": clock.physics_steps * _seconds(lambda: parts.body.step(still_uNmm), n),
        "neurons": neurons_s,
        "observation": _seconds(worm._observe, n),
    }


def _seconds(work: Callable[[], object], n: int) -> float:
    """Return the CPU time of one call in s: median over windows of n calls, after a warm-up."""
    windows = []
    for _ in range(N_WINDOWS + 1):
        began = time.process_time()
        for _ in range(n):
            work()
        windows.append((time.process_time() - began) / n)
    return statistics.median(windows[1:])


def _rates(step_s: float, control_s: float) -> dict[str, float]:
    return {"steps_per_cpu_s": 1.0 / step_s, "realtime_factor": control_s / step_s}


def _vector(mode: str) -> dict[str, float]:
    vector: Any = gymnasium.make_vec(
        ENV_ID,
        num_envs=N_WORMS,
        vectorization_mode="async",
        vector_kwargs={"context": "spawn"},
        action_mode=mode,
    )
    pids = [os.getpid(), *(process.pid for process in vector.processes)]
    action = np.zeros(vector.action_space.shape, np.float32)
    try:
        vector.reset(seed=0)
        vector.step(action)  # compiles
        n = N_STEPS[mode] * N_WINDOWS
        before_s = sum(map(_cpu_s, pids))
        for _ in range(n):
            vector.step(action)
        spent_s = sum(map(_cpu_s, pids)) - before_s
        return _rates(spent_s / (n * N_WORMS), 1.0 / float(vector.metadata["render_fps"]))
    finally:
        vector.close()


def _cpu_s(pid: int) -> float:
    """Return the CPU time that a process has used, in s."""
    # Fields 14 and 15, counted after the name of the program, which may hold blanks.
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
