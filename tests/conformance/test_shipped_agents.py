"""The agents that are shipped are worth what they say, here as where they were trained."""

import numpy as np
import pytest

from agents.catalogue import TRAINED as TRAINED_IN
from agents.catalogue import find_agent, shipped_agents
from agents.evaluation import evaluate
from agents.training import JUDGED_FROM

TRAINED = sorted(name for name, agent in shipped_agents().items() if agent.command)
# Another machine rounds otherwise, and a gait amplifies that; a lost gait costs far more.
TOLERANCE = 0.05
BY_CURRENTS = [name for name in TRAINED if find_agent(name).env["action_mode"] == "neurons"]
# The nervous system takes its time: half a minute for an episode.
JUDGED = [
    pytest.param(name, marks=[pytest.mark.slow] if name in BY_CURRENTS else []) for name in TRAINED
]


@pytest.mark.parametrize("name", JUDGED)
def test_a_shipped_agent_is_worth_what_it_says(name: str) -> None:
    agent = find_agent(name)
    n = 1 if name in BY_CURRENTS else 2
    score = evaluate(agent, episodes=n, seed=JUDGED_FROM)
    assert score.mean == pytest.approx(np.mean(agent.score["returns"][:n]), rel=TOLERANCE)


@pytest.mark.parametrize("name", TRAINED)
def test_a_shipped_agent_is_small_and_says_how_it_was_trained(name: str) -> None:
    agent = find_agent(name)
    assert (TRAINED_IN / f"{name}.npz").stat().st_size <= 300_000
    assert agent.command.startswith(f"worm train {agent.env_id} --agent ")
    assert agent.seed is not None
    assert agent.curve
    score = agent.score
    assert score["n"] == len(score["returns"]) >= 10
    assert score["low"] <= score["mean"] <= score["high"]


@pytest.mark.parametrize("gait", ["crawl", "swim"])
def test_the_trained_beats_the_wave_and_the_wave_random_drives(gait: str) -> None:
    trained, wave, random = (
        evaluate(find_agent(f"{gait}-{name}"), episodes=2, seed=JUDGED_FROM, max_episode_steps=125)
        for name in ("ppo", "wave", "random")
    )
    assert trained.low > wave.high
    assert wave.low > random.high


@pytest.mark.parametrize("name", BY_CURRENTS)
def test_currents_that_were_learnt_answer_to_salt_that_fades_and_grows(name: str) -> None:
    agent = find_agent(name)
    env = agent.make_env(body="free")
    policy, growth = agent.build(env), np.full_like(env.observation_space.sample(), 0.5)
    env.close()
    fading, growing = policy.act(-growth), policy.act(growth)
    assert (fading > 0.5).all()
    assert (growing < 0.0).all()


@pytest.mark.slow
@pytest.mark.parametrize("name", BY_CURRENTS)
def test_currents_that_were_learnt_beat_the_connectome_alone(name: str) -> None:
    alone = find_agent(f"{name.split('-')[0]}-brain")
    trained, untouched = (
        evaluate(one, episodes=3, seed=JUDGED_FROM, max_episode_steps=4000)
        for one in (find_agent(name), alone)
    )
    assert trained.mean > untouched.mean
