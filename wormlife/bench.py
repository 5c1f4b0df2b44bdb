"""How fast the closed loop and its parts run: CPU time, median of several windows."""

from __future__ import annotations

import os
import platform
import resource
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from wormlife.bench_env import realtime_factors
from wormlife.bench_neural import measure_neural
from wormlife.bench_render import frame_times

N_WINDOWS = 5


def measure() -> dict[str, Any]:
    """Return the speed of everything; a realtime factor is simulated by CPU seconds.

    CPU time of this process, so that other programs disturb less; each figure is the median of
    ``N_WINDOWS`` windows after a warm-up that also compiles.
    """
    return {
        "closed_loop": closed_loop(),
        "body": body(),
        **measure_neural(),
        "env": realtime_factors(),
        "render": frame_times(),
        "memory_MB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0,
        "machine": machine(),
    }


def cpu_s(work: Callable[[], object]) -> float:
    """Return the median CPU time of one call, in s, over ``N_WINDOWS`` calls after a warm-up."""
    work()
    windows = []
    for _ in range(N_WINDOWS):
        began = time.process_time()
        work()
        windows.append(time.process_time() - began)
    return statistics.median(windows)


def closed_loop(seconds: float = 1.0) -> dict[str, float]:
    """Return the realtime factor of the whole animal on agar, unrecorded."""
    from env.simulation import Simulation

    with Simulation() as sim:
        window_s = cpu_s(lambda: sim.run(seconds))
        steps = sim.clock.control_steps(seconds)
        return {
            "realtime_factor": seconds / window_s,
            "ms_per_control_step": 1000.0 * window_s / steps,
        }


def body(n_steps: int = 250) -> dict[str, float]:
    """Return the realtime factor of the body alone under a wave of torque, in both realisations."""
    from env.physics import PybulletWorld
    from worm.body import BodyPlan, FreeBody
    from worm.media import Medium
    from worm.parameters import Parameters

    parameters = Parameters.load("default")
    plan = BodyPlan(
        length_mm=parameters["body.length"],
        bending_stiffness=parameters["body.bending_stiffness"],
        internal_viscosity_s=parameters["body.internal_viscosity_s"],
    )
    dt_s = 0.004
    wave = np.zeros((n_steps, 46))
    phase = 2.0 * np.pi * (np.arange(23) / 15.0 - 0.5 * dt_s * np.arange(n_steps)[:, None])
    wave[:, 0::2] = 0.05 * np.sin(phase)
    factors = {}
    for key, kind in (("realtime_factor", PybulletWorld), ("free_realtime_factor", FreeBody)):
        world = kind(plan, Medium.named("agar"), dt_s)
        world.reset()

        def move(world: Any = world) -> None:
            for torque in wave:
                world.step(torque)

        factors[key] = n_steps * dt_s / cpu_s(move)
        world.close()
    return factors


def machine() -> dict[str, Any]:
    """Return what the figures were measured on."""
    model = platform.processor()
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            model = line.partition(":")[2].strip()
            break
    return {
        "cpu": model,
        "cores": os.cpu_count(),
        "load_1min": os.getloadavg()[0],
        "python": platform.python_version(),
        "platform": platform.platform(),
    }
