"""``worm play``: let an agent live in its environment, and say what that was worth."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wormlife.cli.output import print_json, progress, say

if TYPE_CHECKING:
    from agents.agent import Agent

NAME = "play"
ABOUT = "Let an agent live in its environment (see `worm list agents`)."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``worm play``."""
    parser.add_argument("agent", metavar="AGENT", help="a name, or an .npz file of `worm train`")
    parser.add_argument("--episodes", type=int, default=1, help="(%(default)s)")
    parser.add_argument("--seed", type=int, default=0, help="of the first episode (%(default)s)")
    parser.add_argument("--max-steps", type=int, metavar="N", help="per episode, of 40 ms")
    parser.add_argument("--body", choices=("pybullet", "free"), default="pybullet")
    parser.add_argument("--out", type=Path, metavar="FILE.h5", help="record the first episode")
    parser.add_argument("--video", type=Path, metavar="FILE.mp4", help="of the first episode")
    parser.add_argument("--force", action="store_true", help="overwrite existing files")
    parser.add_argument("--quiet", action="store_true", help="say nothing but errors")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def execute(options: argparse.Namespace) -> int:
    """Play, record and report."""
    from agents.catalogue import find_agent

    agent = find_agent(options.agent)
    quiet = options.quiet or options.json
    if options.video is not None:
        from viewer.video import check_target

        check_target(options.video, overwrite=options.force)
        options.out = options.out or options.video.with_suffix(".h5")
    say(f"{agent.name}: {agent.about}", quiet=quiet)
    episodes = _live(agent, options, quiet=quiet)
    if options.video is not None:
        from wormlife.cli.export import write_pictures

        write_pictures(options.out, options.video, quiet=quiet, overwrite=options.force)
    _report(agent, episodes, options)
    return 0


def _live(agent: Agent, options: argparse.Namespace, *, quiet: bool) -> list[dict[str, Any]]:
    from agents.evaluation import play

    if options.episodes < 1:
        raise ValueError(f"--episodes {options.episodes} must be at least 1")
    limit = {} if options.max_steps is None else {"max_episode_steps": options.max_steps}
    env = agent.make_env(body=options.body, **limit)
    longest = env.spec.max_episode_steps if env.spec and env.spec.max_episode_steps else 0
    if options.out is not None:
        env = _recorded(env, options)
    policy = agent.build(env)
    lived = []
    try:
        for seed in range(options.seed, options.seed + options.episodes):
            with progress(longest, "steps", quiet=quiet) as bar:
                total, steps, end = play(env, policy, seed, after=bar.update)
            lived.append({"seed": seed, "return": total, "steps": steps, "end": end})
    finally:
        env.close()
    return lived


def _recorded(env: Any, options: argparse.Namespace) -> Any:
    from env.wrappers import RecordEpisode

    out: Path = options.out
    name = out.stem.replace("{", "{{").replace("}", "}}")
    return RecordEpisode(
        env, out.parent, every=options.episodes, name=name, overwrite=options.force
    )


def _report(agent: Agent, episodes: list[dict[str, Any]], options: argparse.Namespace) -> None:
    out = options.out and str(options.out)
    if options.json:
        print_json(
            {"agent": agent.name, "env": agent.env_id, "episodes": episodes, "recording": out}
        )
        return
    if options.quiet:
        return
    for one in episodes:
        print(
            f"seed {one['seed']}: return {one['return']:.4g} in {one['steps']} steps ({one['end']})"
        )
    if out:
        print(f"recording: {out}")
    if options.video:
        print(f"video: {options.video}")
