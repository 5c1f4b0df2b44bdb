"""Write the table of environments in docs/environments.md: picture, sizes, scores of the agents.

    python benchmarks/environments.py results/environments.json

measures what is not in the file yet (about a quarter of an hour of CPU time in all; the file is
written after every agent, so that a measurement goes on where it was stopped), draws the pictures
and writes the table. What was measured with other parameters, or of an agent that was trained
since, is measured again.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
from PIL import Image

import wormlife
from agents.agent import Agent, described
from agents.catalogue import shipped_agents
from agents.evaluation import evaluate
from agents.training import JUDGED_FROM
from env.actions import ACTION_MODES
from worm.parameters import Parameters

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "environments.md"
IMAGES = ROOT / "docs" / "images"
BEGIN, END = "<!-- table of environments: begin -->", "<!-- table of environments: end -->"
IDS = ("Crawl", "Swim", "Chemotaxis", "TouchEscape", "Forage")
BASELINES = ("random", "wave", "brain")
LONG = 2000  # steps; of episodes that may last longer fewer are lived
EPISODES, LONG_EPISODES = 5, 3
PICTURE_SIZE = (320, 240)
PICTURE_STEPS, MOST_STEPS = 50, 400
# Where the picture is taken, so that it shows what the task is about: options of reset.
PLACES: dict[str, dict[str, Any]] = {
    "Chemotaxis": {"position_mm": (-1.2, -0.9), "heading_rad": 0.6},
    "Forage": {"position_mm": (0.3, 4.6), "heading_rad": 1.6},
}


def agents_of(name: str) -> Iterator[Agent]:
    """Yield the baselines of an environment, and the agents trained for it."""
    for agent in shipped_agents().values():
        if agent.env_id == f"Worm/{name}-v0":
            yield agent


def fingerprint(agent: Agent) -> str:
    """Return what the score of an agent depends on, as a digest."""
    about = json.dumps({k: v for k, v in described(agent).items() if k != "versions"})
    learnt = b"".join(np.float32(a).tobytes() for _, a in sorted(agent.arrays.items()))
    return sha256(f"{Parameters.load().digest} {about}".encode() + learnt).hexdigest()[:16]


def measure(path: Path, only: Sequence[str] | None = None) -> dict[str, Any]:
    """Return the scores in a file, after measuring those that are missing or out of date.

    Args:
        path: of the file.
        only: agents to measure; others stay as they are in the file.
    """
    results: dict[str, Any] = json.loads(path.read_text("utf-8")) if path.is_file() else {}
    for name in IDS:
        steps = gymnasium.spec(f"Worm/{name}-v0").max_episode_steps or 0
        for agent in agents_of(name):
            mark = fingerprint(agent)
            if only is not None and agent.name not in only:
                continue
            if results.get(agent.name, {}).get("fingerprint") == mark:
                continue
            episodes = LONG_EPISODES if steps > LONG else EPISODES
            score = evaluate(agent, episodes=episodes, seed=JUDGED_FROM)
            print(f"{agent.name}: {score.mean:.1f} ({score.low:.1f} to {score.high:.1f})")
            results[agent.name] = {"fingerprint": mark, **score.values}
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(results, indent=1), "utf-8")
    return results


def draw(name: str) -> None:
    """Write a picture of an environment with the worm that its connectome moves."""
    env = gymnasium.make(f"Worm/{name}-v0", render_mode="rgb_array")
    env.reset(seed=1, options=PLACES.get(name))
    still = np.zeros(1, np.float32)
    for step in range(MOST_STEPS):
        info = env.step(still)[4]
        if step >= PICTURE_STEPS and info.get(
            "touches", 1
        ):  # show the first touch, if there are any
            break
    for _ in range(3):  # the painter needs some pictures to know the speed
        picture: Any = env.render()
        env.step(still)
    env.close()
    small = Image.fromarray(picture).resize(PICTURE_SIZE, Image.Resampling.LANCZOS)
    # A palette makes the file a third of the size, and no difference that is seen.
    small.quantize(128).save(IMAGES / f"env-{name.lower()}.png", optimize=True)


def row(name: str, results: dict[str, Any]) -> str:
    """Return the line of an environment."""
    env_id = f"Worm/{name}-v0"
    sizes = []
    for mode in ACTION_MODES:
        env = gymnasium.make(env_id, action_mode=mode, body="free")
        actions, seen = env.action_space.shape or (0,), env.observation_space.shape or (0,)
        sizes.append(str(actions[0]))
        env.close()
    trained = [agent.name for agent in agents_of(name) if agent.command]
    cells = [
        f"![{name}](images/env-{name.lower()}.png)",
        f"`{env_id}`",
        " / ".join(sizes),
        str(seen[0]),
        *(shown(results.get(f"{name.lower()}-{kind}")) for kind in BASELINES),
        "<br>".join(f"{shown(results.get(one))} `{one}`" for one in trained) or "none yet",
    ]
    return f"| {' | '.join(cells)} |"


def shown(score: dict[str, Any] | None) -> str:
    """Return a score in words."""
    if score is None:
        return "not measured"
    return f"{score['mean']:.0f} ({score['low']:.0f} to {score['high']:.0f})"


def table(results: dict[str, Any]) -> str:
    """Return the table with the sentence about what it holds."""
    head = "| | id | actions | observation | random | wave | brain | trained |"
    lines = [head, "|" + " --- |" * head.count(" |"), *(row(name, results) for name in IDS)]
    digest = Parameters.load().digest[:12]
    about = (
        f"Actions in the modes {', '.join(ACTION_MODES)}; size of the default observation. Scores "
        f"are returns of whole episodes in pybullet, mean and 95 % bootstrap interval of "
        f"{EPISODES} episodes, {LONG_EPISODES} where one may last 5 min; parameters {digest}, "
        f"wormlife {wormlife.__version__}. Written by `python benchmarks/environments.py "
        "results/environments.json`."
    )
    return "\n".join([*lines, "", about])


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, draw and write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("results", type=Path, metavar="FILE.json")
    parser.add_argument("--no-pictures", action="store_true", help="keep those that are there")
    parser.add_argument("--only", metavar="A,B", help="agents to measure, or '' for none")
    options = parser.parse_args(arguments)
    only = None if options.only is None else options.only.split(",")
    results = measure(options.results, only)
    if not options.no_pictures:
        IMAGES.mkdir(exist_ok=True)
        for name in IDS:
            draw(name)
    before, _, rest = PAGE.read_text("utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text(f"{before}{BEGIN}\n{table(results)}\n{END}{after}", "utf-8")


if __name__ == "__main__":
    main()
