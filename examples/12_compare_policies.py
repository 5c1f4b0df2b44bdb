"""Find salt with a neural circuit of 19 neurons, with an MLP of equal size, and without either."""

from pathlib import Path

from agents.agent import Agent
from agents.evaluation import evaluate
from agents.settings import PolicyKind, Settings
from agents.training import JUDGED_FROM, train

ENV = {
    "action_mode": "neurons",
    "neurons": ["RIV"],  # they bend the neck to the ventral side
    "current_scale_pA": 8.0,
    "observations": ["chemo_trend"],
}
POLICIES: dict[PolicyKind, tuple[int, ...]] = {"ncp": (), "mlp": (49,)}  # 248 and 246 numbers


def main(
    folder: Path = Path("runs/example-compare"),
    steps: int = 144_000,
    episode_steps: int = 3000,
    max_steps: int = 7500,
) -> dict[str, float]:
    """Return the mean return of each in the same ten episodes; a training takes half an hour."""
    connectome = Agent(
        name="connectome", about="", env_id="Worm/Chemotaxis-v0", env=ENV, policy="brain"
    )
    alone = evaluate(connectome, seed=JUDGED_FROM, max_episode_steps=max_steps)
    scores = {"connectome": alone.values}
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
        scores[policy] = train(settings, folder / policy).score  # judged in pybullet
    for name, score in scores.items():
        print("{0:10} {mean:.4g} ({low:.4g} to {high:.4g}), ends {ends}".format(name, **score))
    return {name: score["mean"] for name, score in scores.items()}


if __name__ == "__main__":
    main()
