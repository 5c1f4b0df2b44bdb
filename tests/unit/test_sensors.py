"""Delay and noise change what an agent sees, and nothing else."""

from typing import Any

import gymnasium
import numpy as np
import pytest

from env.observations import HEAD_WIDTH_MM, Observer
from env.sensors import SensorDelay, SensorNoise
from env.simulation import Simulation
from env.worm_env import WormEnv

STEPS = 6


def crawl(**arguments: Any) -> gymnasium.Env[Any, Any]:
    return WormEnv(
        action_mode="muscles", body="free", observations=("proprioception",), **arguments
    )


def seen(env: gymnasium.Env[Any, Any], seed: int = 3) -> list[Any]:
    """Return the observations of some steps with drawn muscles."""
    rng = np.random.default_rng(0)
    found = [env.reset(seed=seed)[0]]
    found += [env.step(rng.uniform(-1, 1, 24).astype(np.float32))[0] for _ in range(STEPS)]
    env.close()
    return found


def test_a_delay_shows_the_past_and_first_the_start() -> None:
    plain, late = seen(crawl()), seen(SensorDelay(crawl(), 2))
    assert np.array_equal(late[2:], plain[: STEPS - 1])
    assert np.array_equal(late[0], plain[0])
    assert np.array_equal(late[1], plain[0])
    assert np.array_equal(seen(SensorDelay(crawl(), 0)), plain)


def test_a_delay_forgets_the_episode_before() -> None:
    env = SensorDelay(crawl(), 3)
    env.reset(seed=1)
    env.step(np.ones(24, np.float32))
    first = env.reset(seed=2)[0]
    assert np.array_equal(env.step(np.zeros(24, np.float32))[0], first)
    env.close()


def test_noise_is_as_large_as_asked_and_the_worm_lives_as_before() -> None:
    plain, noisy = np.array(seen(crawl())), np.array(seen(SensorNoise(crawl(), 0.05)))
    off = (noisy - plain)[np.abs(plain) < 0.8]
    assert off.std() == pytest.approx(0.05, rel=0.2)
    assert abs(off.mean()) < 0.02
    assert noisy.dtype == np.float32
    assert np.abs(np.array(seen(SensorNoise(crawl(), 5.0)))).max() == 1.0


def test_noise_follows_from_the_seed() -> None:
    first, again, other = (seen(SensorNoise(crawl(), 0.1), seed) for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_groups_by_name_have_their_own_noise_and_delay() -> None:
    groups = ("proprioception", "muscle")
    env = WormEnv(action_mode="muscles", body="free", observations=groups, flat=False)
    both = SensorNoise(SensorDelay(env, 1), {"muscle": 0.1})
    first, _ = both.reset(seed=0)
    after = both.step(np.ones(24, np.float32))[0]
    assert np.array_equal(first["proprioception"], after["proprioception"])
    assert not np.array_equal(first["muscle"], after["muscle"])
    assert after in both.observation_space
    both.close()


@pytest.mark.parametrize(
    ("sd", "flat", "error", "message"),
    [
        (-0.1, True, ValueError, "at least 0"),
        (np.nan, True, ValueError, "finite number"),
        ({"muscle": 0.1}, True, ValueError, "flat and has no names"),
        ({"smell": 0.1}, False, KeyError, "no observation is named 'smell'; choose from prop"),
    ],
)
def test_wrong_noise_is_refused(sd: Any, flat: bool, error: type[Exception], message: str) -> None:
    env = crawl(flat=flat)
    with pytest.raises(error, match=message):
        SensorNoise(env, sd)
    env.close()


def test_a_negative_delay_is_refused() -> None:
    env = crawl()
    with pytest.raises(ValueError, match="steps=-1 must be at least 0"):
        SensorDelay(env, -1)
    env.close()


def test_the_sides_of_the_nose_taste_the_gradient_across_it() -> None:
    observer = Observer(("chemo_sides",), bypassed=False)
    with Simulation(arena="chemotaxis", body="free") as sim:
        # The peak is at 0, 0: north of the worm, hence to its left, where its dorsal side is.
        sim.reset(position_mm=(0.0, -4.0), heading_rad=0.0, posture="straight")
        left, dorsal = 0.2 * observer.read(sim)["chemo_sides"]
        nose = sim.centreline_mm[0]
        gradient = sim.arena.chemicals["salt"].gradient_mM_mm(float(nose[0]), float(nose[1]))
        assert left == pytest.approx(0.0, abs=1e-9)
        assert dorsal == pytest.approx(gradient[1] * HEAD_WIDTH_MM, rel=1e-3)
        sim.reset(position_mm=(0.0, -4.0), heading_rad=np.pi, posture="straight")
        assert observer.read(sim)["chemo_sides"][1] < 0.0


def test_the_trend_is_what_is_tasted_minus_what_was() -> None:
    observer = Observer(("chemo_trend",), bypassed=False)
    with Simulation(arena="chemotaxis", body="free") as sim:
        sim.reset(position_mm=(-6.0, 0.0), heading_rad=0.0, posture="straight")
        observer.reset(sim)
        assert not observer.read(sim)["chemo_trend"].any()
        before = np.log10(1.0 + 1000.0 * sim.concentration_mM["salt"])
        sim.reset(position_mm=(-5.5, 0.0), heading_rad=0.0, posture="straight")
        rise = np.log10(1.0 + 1000.0 * sim.concentration_mM["salt"]) - before
        # A step up: each average follows with its own time, by 1 - exp(-0.04 / time) in a step.
        expected = rise * np.exp(-0.04 / np.array([1.0, 3.0, 10.0]))
        assert 0.3 * observer.read(sim)["chemo_trend"] == pytest.approx(expected, rel=1e-4)
