"""The agents that come with the package: baselines, and those that were trained."""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path

from agents.agent import Agent, AgentError, load_agent

__all__ = ["find_agent", "shipped_agents"]

TRAINED = Path(__file__).parent / "trained"

# About the gaits of the real animal on agar and in water (Fang-Yen et al. 2010,
# doi:10.1073/pnas.1003016107): frequency in Hz, wavelength in body lengths.
WAVES = {"Crawl": (0.4, 0.65), "Swim": (1.7, 1.5)}
TASKS = ("Crawl", "Swim", "Chemotaxis", "TouchEscape", "Forage")
MUSCLES = {"action_mode": "muscles"}


def _baselines() -> list[Agent]:
    agents = []
    for task in TASKS:
        frequency_hz, wavelength_l = WAVES.get(task, WAVES["Crawl"])
        wave = {"frequency_hz": frequency_hz, "wavelength_l": wavelength_l, "amplitude": 1.0}
        env_id, name = f"Worm/{task}-v0", task.lower()
        agents += [
            Agent(
                name=f"{name}-random",
                about="Random drives of the muscles.",
                env_id=env_id,
                env=MUSCLES,
                policy="random",
            ),
            Agent(
                name=f"{name}-wave",
                about="A wave of the real animal's frequency and length on the muscles, open loop.",
                env_id=env_id,
                env=MUSCLES,
                policy="wave",
                settings=wave,
            ),
            Agent(
                name=f"{name}-brain",
                about="The connectome alone.",
                env_id=env_id,
                env={"action_mode": "brain"},
                policy="brain",
            ),
        ]
    return agents


def shipped_agents() -> dict[str, Agent]:
    """Return all agents of the package by name: baselines first, then those that were trained."""
    found = [*_baselines(), *(load_agent(path) for path in sorted(TRAINED.glob("*.npz")))]
    return {agent.name: agent for agent in found}


def find_agent(name_or_path: str) -> Agent:
    """Return an agent of the package by name, or one of a file.

    Raises:
        AgentError: there is none of this name, or the file does not hold one.
    """
    if name_or_path.endswith(".npz"):
        return load_agent(name_or_path)
    agents = shipped_agents()
    if name_or_path not in agents:
        close = get_close_matches(name_or_path, agents, 1)
        hint = f"; did you mean {close[0]!r}?" if close else ";"
        raise AgentError(
            f"unknown agent {name_or_path!r}{hint} see `worm list agents`, or give an .npz file"
        )
    return agents[name_or_path]
