"""What the tasks reward, and that their worlds stay inside the spaces for long."""

from typing import Any

import gymnasium
import numpy as np
import pytest

import wormlife
from env.actions import ACTION_MODES
from env.task_forage import Forage
from env.tasks import TASKS
from env.worm_env import WormEnv

IDS = sorted(name for name in gymnasium.registry if name.startswith("Worm/"))
NOTHING = np.zeros(24, np.float32)


def bypassed(task: str, **arguments: Any) -> WormEnv:
    return WormEnv(task=task, action_mode="muscles", body="free", **arguments)


@pytest.mark.parametrize("env_id", IDS)
@pytest.mark.parametrize(
    "mode", [m if m == "muscles" else pytest.param(m, marks=pytest.mark.slow) for m in ACTION_MODES]
)
def test_a_thousand_extreme_steps_stay_inside_the_space(env_id: str, mode: str) -> None:
    env = gymnasium.make(env_id, action_mode=mode, disable_env_checker=True)
    rng = np.random.default_rng(0)
    env.reset(seed=0)
    for _ in range(1000):
        action = rng.choice([-1.0, 1.0], env.action_space.shape).astype(np.float32)
        observation, reward, terminated, truncated, _ = env.step(action)
        assert observation in env.observation_space
        assert np.isfinite(float(reward))
        if terminated or truncated:
            env.reset()
    env.close()


def test_every_task_has_an_id_and_every_id_a_task() -> None:
    assert wormlife.__version__  # importing it is what registers the ids
    assert {gymnasium.spec(env_id).kwargs["task"] for env_id in IDS} == set(TASKS)


class TestSwim:
    def test_the_worm_swims_in_water_unless_asked_otherwise(self) -> None:
        for arguments, name in (({}, "water"), ({"medium": "agar"}, "agar")):
            env = bypassed("swim", **arguments)
            assert env.sim.medium.name == name
            env.close()


class TestTouchEscape:
    def run(self, seed: int, seconds: float) -> tuple[list[dict[str, Any]], list[float]]:
        env = bypassed("touch_escape")
        env.reset(seed=seed)
        rewards = []
        for _ in range(round(seconds / 0.04)):
            rewards.append(env.step(NOTHING)[4]["reward_terms"]["escape"])
        events = [event for event in env.sim.events if event["kind"] == "touch"]
        env.close()
        return events, rewards

    def test_touches_come_at_drawn_times_at_head_or_tail(self) -> None:
        events, rewards = self.run(0, 30.0)
        times = np.array([event["time_s"] for event in events])
        assert ((np.diff(times) >= 8.0) & (np.diff(times) <= 12.05)).all()
        assert len(times) in (2, 3)
        assert {event["details"]["position"] for event in events} <= {0.15, 0.85}
        assert not any(rewards[: round(times[0] / 0.04)])

    def test_another_seed_draws_other_touches_and_the_same_the_same(self) -> None:
        first, again, other = (self.run(seed, 13.0)[0] for seed in (0, 0, 1))
        assert first == again
        assert first != other

    def test_moving_away_from_the_touched_end_is_rewarded(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        env = bypassed("touch_escape")
        env.reset(seed=0)
        task: Any = env.task
        task._next_s = 0.0
        env.step(NOTHING)
        (touch,) = [event for event in env.sim.events if event["kind"] == "touch"]
        away = -1.0 if touch["details"]["position"] == 0.15 else 1.0
        monkeypatch.setattr(task._progress, "speed", lambda: 0.5)
        assert task.rewards(env.sim)["escape"] == 0.5 * away
        task._touched_s = -10.0
        assert task.rewards(env.sim)["escape"] == 0.0
        env.close()


class TestForage:
    def test_eating_is_rewarded_by_what_is_gone_from_the_lawn(self) -> None:
        env = bypassed("forage")
        lawn = env.sim.arena.lawns[0]
        env.reset(seed=0, options={"position_mm": lawn.centre_mm, "posture": "straight"})
        before = float(env.sim.food.amount.sum())
        total = sum(env.step(NOTHING)[4]["reward_terms"]["food"] for _ in range(25))
        gone = before - float(env.sim.food.amount.sum())
        assert gone > 0.001
        assert total * 0.04 * 0.005 == pytest.approx(gone, rel=1e-9)
        env.close()

    def test_off_the_lawn_there_is_nothing_to_eat(self) -> None:
        env = bypassed("forage")
        env.reset(seed=0, options={"position_mm": (0.0, 0.0)})
        assert env.step(NOTHING)[4]["reward_terms"]["food"] == 0.0
        env.close()

    def test_a_repellent_costs(self) -> None:
        env = bypassed("forage")
        copper = env.sim.arena.chemicals["copper"]
        costs = []
        for place in ((0.0, -3.0), copper.centre_mm):
            env.reset(seed=0, options={"position_mm": place, "posture": "straight"})
            info = env.step(NOTHING)[4]
            costs.append(info["reward_terms"]["repellent"])
            assert costs[-1] == pytest.approx(-info["repellent_mM"] / 10.0)
        assert costs[0] == pytest.approx(0.0, abs=1e-6)
        assert -1.0 < costs[1] < -0.7
        env.close()

    def test_each_lawn_is_depleted_where_the_worm_eats(self) -> None:
        env = bypassed("forage")
        _, info = env.reset(seed=0, options={"position_mm": env.sim.arena.lawns[1].centre_mm})
        fresh = info["food_left_mm2"]
        assert fresh.shape == (3,)
        left = [env.step(NOTHING)[4]["food_left_mm2"] for _ in range(3)]
        gone = fresh - left[-1]
        assert gone[1] > 0.0
        assert gone[0] == gone[2] == 0.0
        assert left[0][1] > left[1][1] > left[2][1]  # each info keeps its own numbers
        env.close()

    def test_the_episode_ends_when_the_food_is_eaten(self) -> None:
        env = WormEnv(task=Forage(satiety=1.0), action_mode="muscles", body="free")
        env.reset(seed=0)
        *_, terminated, _, info = env.step(NOTHING)
        assert terminated
        assert info["termination_reason"] == "eaten"
        env.close()

    def test_a_world_without_food_is_refused(self) -> None:
        env = bypassed("forage", arena="plate")
        with pytest.raises(ValueError, match="arena 'plate' has no lawn to forage on"):
            env.reset(seed=0)
        env.close()
