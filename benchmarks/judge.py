"""Judge trained agents again and keep the scores in their files, as after a change of parameters.

    python benchmarks/judge.py agents/trained/crawl-ppo.npz

Each lives the ten episodes that ``worm train`` ends with; what was learnt is left as it is.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from agents.agent import load_agent, save_agent
from agents.evaluation import evaluate
from agents.training import FINAL_EPISODES, JUDGED_FROM


def main(arguments: Sequence[str] | None = None) -> None:
    """Judge, say what changed, and save."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("agents", type=Path, nargs="+", metavar="FILE.npz")
    for path in parser.parse_args(arguments).agents:
        agent = load_agent(path)
        score = evaluate(agent, episodes=FINAL_EPISODES, seed=JUDGED_FROM)
        before = f"{agent.score['mean']:.4g}" if agent.score else "not judged"
        print(f"{agent.name}: {score.mean:.4g} ({score.low:.4g} to {score.high:.4g}), was {before}")
        save_agent(replace(agent, score=score.values), path)


if __name__ == "__main__":
    main()
