"""Train a network with PPO to crawl with the muscles; needs pip install 'wormlife[rl]'."""

from pathlib import Path

from agents.agent import Agent
from agents.settings import Settings
from agents.training import train


def main(folder: Path = Path("runs/example-ppo"), steps: int = 60_000, n_steps: int = 512) -> Agent:
    """Train for some steps of the environment; a minute of CPU time for each 50,000."""
    settings = Settings(
        env_id="Worm/Crawl-v0",
        env={"action_mode": "muscles", "observations": ["proprioception", "angular_velocity"]},
        algorithm="ppo",
        steps=steps,
        hidden=(64, 64),
        episode_steps=250,
        evaluate_every=20_000,
        options={"n_steps": n_steps},
    )
    agent = train(settings, folder, progress=lambda done, score: print(done, score.mean))
    print(f"return {agent.score['mean']:.4g} in 20 s; watch it: worm play {folder}/agent.npz")
    return agent


if __name__ == "__main__":
    main()
