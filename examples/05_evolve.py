"""Evolve a policy that crawls with the muscles, without torch, and go on where it stopped."""

from pathlib import Path

from agents.agent import Agent
from agents.settings import Settings
from agents.training import train


def main(
    folder: Path = Path("runs/example-es"), steps: int = 100_000, episode_steps: int = 250
) -> Agent:
    """Train for half of the steps, and then for the other half from the checkpoint."""
    for part, resume in ((steps // 2, False), (steps, True)):
        settings = Settings(
            env_id="Worm/Crawl-v0",
            env={"action_mode": "muscles", "observations": ["proprioception"]},
            algorithm="es",
            steps=part,
            hidden=(16,),
            episode_steps=episode_steps,
            evaluate_every=steps // 4,
        )
        agent = train(settings, folder, resume=resume)
    for done, mean, low, high in agent.curve:
        print(f"{done:8.0f} steps: return {mean:.4g} ({low:.4g} to {high:.4g})")
    return agent


if __name__ == "__main__":
    main()
