"""How much faster than real time the body's mechanics run, without neurons: both realisations."""

from __future__ import annotations

import json
import statistics
import time

import numpy as np

from env.physics import PybulletWorld
from worm.body import Body, BodyPlan, FreeBody
from worm.media import Medium

DT_S = 4e-3
STEPS, REPEATS = 250, 9


def _step_us(body: Body) -> float:
    """Return the median time of one step of a crawling body in µs."""
    plan = body.plan
    joints = np.arange(1, plan.n_segments) / plan.n_segments
    torque, times = np.zeros(plan.n_joints), []
    body.step(torque)  # compiles and connects
    for repeat in range(REPEATS):
        begin = time.perf_counter()
        for step in range(repeat * STEPS, (repeat + 1) * STEPS):
            phase = 2.0 * np.pi * (joints / 0.65 - 0.4 * step * DT_S)
            torque[::2] = 8.0 * plan.bending_stiffness * plan.joint_taper * np.sin(phase)
            body.step(torque)
        times.append((time.perf_counter() - begin) / STEPS)
    return statistics.median(times) * 1e6


def measure() -> dict[str, float]:
    """Return µs per step and simulated over elapsed time of both bodies on agar, at 4 ms.

    ``realtime_factor`` is that of the body in pybullet.
    """
    plan, agar = BodyPlan(), Medium.named("agar")
    free = FreeBody(plan, agar, DT_S)
    world = PybulletWorld(plan, agar, DT_S)
    free_us, world_us = _step_us(free), _step_us(world)
    world.close()
    return {
        "realtime_factor": DT_S * 1e6 / world_us,
        "step_us": world_us,
        "free_realtime_factor": DT_S * 1e6 / free_us,
        "free_step_us": free_us,
    }


if __name__ == "__main__":
    print(json.dumps(measure(), indent=2))
