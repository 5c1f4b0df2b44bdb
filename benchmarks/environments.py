"""Write the tables of environments in README.md and docs/environments.md, with their pictures.

    python benchmarks/environments.py results/environments.json

measures what is not in the file yet (about a quarter of an hour of CPU time in all; the file is
written after every agent, so that a measurement goes on where it was stopped), draws the pictures
and writes the tables: sizes and scores of the agents. What was measured with other parameters, or
of an agent that was trained since, is measured again.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Mapping, Sequence
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
PAGE, FRONT = ROOT / "docs" / "environments.md", ROOT / "README.md"
IMAGES = ROOT / "docs" / "images"
BEGIN, END = "<!-- table of environments: begin -->", "<!-- table of environments: end -->"
IDS = {
    "Crawl": "crawl forward on agar",
    "Swim": "swim forward in water",
    "Chemotaxis": "find a peak of salt 10 mm away",
    "TouchEscape": "get away from touches at head or tail",
    "Forage": "eat three lawns of bacteria, one of them behind copper",
}
BASELINES = ("random", "wave", "brain")
LONG = 2000  # steps; of episodes that may last longer fewer are lived
EPISODES, LONG_EPISODES = 5, 3
PICTURE_SIZE = (320, 240)
PICTURE_STEPS, MOST_STEPS = 150, 400
# Where the picture is taken, so that it shows what the task is about: options of reset.
PLACES: dict[str, dict[str, Any]] = {
    "Chemotaxis": {"position_mm": (-1.8, -1.4), "heading_rad": 0.6},
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


def measure(
    path: Path, only: Sequence[str] | None = None, at_least: int = 0
) -> dict[str, dict[str, Any]]:
    """Return the scores in a file, after measuring those that are missing or out of date.

    Args:
        path: of the file.
        only: agents to measure; others stay as they are in the file.
        at_least: episodes of each agent that is measured; more than usual if that many are asked.
    """
    results: dict[str, Any] = json.loads(path.read_text("utf-8")) if path.is_file() else {}
    for name in IDS:
        for agent in agents_of(name):
            mark = fingerprint(agent)
            if only is not None and agent.name not in only:
                continue
            episodes = max(at_least, usual_episodes(name))
            known = results.get(agent.name, {"n": 0})
            if known["n"] >= episodes and known["fingerprint"] == mark:
                continue
            score = evaluate(agent, episodes=episodes, seed=JUDGED_FROM)
            print(f"{agent.name}: {score.mean:.1f} ({score.low:.1f} to {score.high:.1f})")
            results[agent.name] = {"fingerprint": mark, **score.values}
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(results, indent=1), "utf-8")
    return results


def usual_episodes(name: str) -> int:
    """Return how many episodes an agent of an environment lives."""
    steps = gymnasium.spec(f"Worm/{name}-v0").max_episode_steps or 0
    return LONG_EPISODES if steps > LONG else EPISODES


def draw(name: str) -> None:
    """Write a picture of an environment with the worm that its connectome moves."""
    env = gymnasium.make(f"Worm/{name}-v0", render_mode="rgb_array")
    env.reset(seed=1, options=PLACES.get(name))
    still = np.zeros(1, np.float32)
    for step in range(MOST_STEPS):
        info = env.step(still)[4]
        # Where worms are touched, the picture is that of the first touch.
        if step >= PICTURE_STEPS and info.get("touches", 1):
            break
    for _ in range(3):  # the painter needs some pictures to know the speed
        picture: Any = env.render()
        env.step(still)
    env.close()
    small = Image.fromarray(picture).resize(PICTURE_SIZE, Image.Resampling.LANCZOS)
    # A palette makes the file a third of the size, and no difference that is seen.
    small.quantize(128).save(IMAGES / f"env-{name.lower()}.png", optimize=True)


def sizes_of(name: str) -> tuple[str, str]:
    """Return the size of the actions in each mode, and of the default observation."""
    actions, seen = [], 0
    for mode in ACTION_MODES:
        env = gymnasium.make(f"Worm/{name}-v0", action_mode=mode, body="free")
        actions.append(str((env.action_space.shape or (0,))[0]))
        seen = (env.observation_space.shape or (0,))[0]
        env.close()
    return " / ".join(actions), str(seen)


def scores_of(name: str, results: Mapping[str, dict[str, Any]]) -> list[str]:
    """Return the cells of the baselines and of what was trained."""
    usual = usual_episodes(name)
    trained = [agent.name for agent in agents_of(name) if agent.command]
    return [
        *(shown(results.get(f"{name.lower()}-{kind}"), usual) for kind in BASELINES),
        "<br>".join(f"{shown(results.get(one), usual)} `{one}`" for one in trained) or "none yet",
    ]


def shown(score: Mapping[str, Any] | None, usual: int) -> str:
    """Return a score in words, with the number of episodes if it is not the usual one."""
    if score is None:
        return "not measured"
    number = "" if score["n"] == usual else f", n = {score['n']}"
    mean, low, high = (f"{score[key]:z.0f}" for key in ("mean", "low", "high"))
    return f"{mean} ({low} to {high}{number})"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table in Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def write_tables(results: Mapping[str, dict[str, Any]]) -> None:
    """Write the table of the documentation, and the one with small pictures of the README."""
    scores = ("random", "wave", "brain", "trained")
    page, front = [], []
    for name, aim in IDS.items():
        env_id, image = f"`Worm/{name}-v0`", f"images/env-{name.lower()}.png"
        actions, seen = sizes_of(name)
        worth = scores_of(name, results)
        page.append([f"![{name}]({image})", env_id, actions, seen, *worth])
        small = f'<img src="docs/{image}" width="160" alt="{name}">'
        front.append([small, f"{env_id}<br>{aim}", f"{actions}<br>{seen}", *worth])
    about = (
        f"Actions in the modes {', '.join(ACTION_MODES)}; size of the default observation. Scores "
        f"are returns of whole episodes in pybullet, mean and 95 % bootstrap interval of "
        f"{EPISODES} episodes, {LONG_EPISODES} where one may last 5 min, unless n says otherwise; "
    )
    made = (
        f"parameters {Parameters.load().digest[:12]}, wormlife {wormlife.__version__}. Written by "
        "`python benchmarks/environments.py results/environments.json`."
    )
    of_page = ("", "id", "actions", "observation", *scores)
    between(PAGE, f"{table(of_page, page)}\n\n{about}{made}")
    of_front = ("", "task", "actions, observation", *scores)
    between(FRONT, f"{table(of_front, front)}\n\n{about}`docs/environments.md` says more.")


def between(path: Path, text: str) -> None:
    """Write what stands between the marks of a page.

    Raises:
        ValueError: the page has no marks.
    """
    before, begin, rest = path.read_text("utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"{path} lacks the line {BEGIN} or {END}; put both where the table goes")
    path.write_text(f"{before}{BEGIN}\n{text}\n{END}{after}", "utf-8")


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, draw and write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("results", type=Path, metavar="FILE.json")
    parser.add_argument("--no-pictures", action="store_true", help="keep those that are there")
    parser.add_argument("--only", metavar="A,B", help="agents to measure, or '' for none")
    parser.add_argument("--episodes", type=int, default=0, metavar="N", help="at least, of each")
    options = parser.parse_args(arguments)
    only = None if options.only is None else options.only.split(",")
    results = measure(options.results, only, options.episodes)
    if not options.no_pictures:
        IMAGES.mkdir(exist_ok=True)
        for name in IDS:
            draw(name)
    write_tables(results)


if __name__ == "__main__":
    main()
