"""Find salt with a neural circuit of 19 neurons, with an MLP of equal size, and without either."""

from pathlib import Path

from agents.agent import Agent
from agents.evaluation import evaluate
from agents.settings import PolicyKind, Settings
from agents.training import train

ENV = {
    "action_mode": "neurons",
    "neurons": ["RIV"],  # they bend the neck to the ventral side
    "current_scale_pA": 20.0,
    "observations": ["chemo_trend"],
}
POLICIES: dict[PolicyKind, tuple[int, ...]] = {"ncp": (), "mlp": (49,)}  # 248 and 246 numbers


def main(
    folder: Path = Path("runs/example-compare"),
    steps: int = 144_000,
    episode_steps: int = 3000,
    max_steps: int = 7500,
    episodes: int = 10,
) -> dict[str, float]:
    """Return the mean return of each; the trainings take twenty minutes of CPU time each."""
    connectome = Agent(
        name="connectome", about="", env_id="Worm/Chemotaxis-v0", env=ENV, policy="brain"
    )
    agents = [connectome]
    for policy, hidden in POLICIES.items():
        settings = Settings(
            env_id="Worm/Chemotaxis-v0",
            env={**ENV, "max_episode_steps": max_steps},
            policy=policy,
            hidden=hidden,
            steps=steps,
            episode_steps=episode_steps,
            evaluate_every=steps,
            evaluate_episodes=1,
            options={"pairs": 3.0, "sigma": 0.3, "learning_rate": 0.3, "decay": 0.0},
        )
        agents.append(train(settings, folder / policy))
    means = {}
    for agent in agents:
        score = evaluate(agent, episodes=episodes, max_episode_steps=max_steps)
        print(f"{agent.name:10} return {score.mean:.4g} ({score.low:.4g} to {score.high:.4g}), ends {score.ends}")
        means[agent.name] = score.mean
    return means


if __name__ == "__main__":
    main()
