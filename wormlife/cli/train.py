"""``worm train``: teach an agent to move the worm."""

from __future__ import annotations

import argparse
import shlex
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wormlife.cli.output import print_json, progress, say

if TYPE_CHECKING:
    from agents.evaluation import Score
    from agents.settings import Settings

NAME = "train"
ABOUT = "Train an agent in an environment (see `worm list envs`)."
# What the command line does not say: these decide the outcome, and the defaults are one place.
ALGORITHMS = ("es", "ppo", "sac")
POLICIES = ("mlp", "ncp")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``worm train``."""
    parser.add_argument("env", metavar="ENV", help="as Worm/Crawl-v0")
    parser.add_argument(
        "--agent",
        choices=ALGORITHMS,
        default="es",
        help="ppo and sac need wormlife[rl] (%(default)s)",
    )
    parser.add_argument("--steps", type=int, default=200_000, help="of 40 ms (%(default)s)")
    parser.add_argument("--seed", type=int, default=0, help="of everything drawn (%(default)s)")
    world = parser.add_argument_group("environment")
    world.add_argument("--action-mode", choices=("brain", "neurons", "muscles"), default="muscles")
    world.add_argument(
        "--observations", metavar="A,B", help="groups to see (those of the task by default)"
    )
    world.add_argument(
        "--neurons",
        metavar="A,B+C",
        help="cells or classes to drive in mode neurons; + joins those that share a current",
    )
    world.add_argument(
        "--current-scale-pA", type=float, metavar="PA", help="current of an action of 1"
    )
    world.add_argument(
        "--episode-steps", type=int, help="time limit in training (that of ENV by default)"
    )
    learning = parser.add_argument_group("learning")
    learning.add_argument(
        "--policy",
        choices=POLICIES,
        default="mlp",
        help="layers, or with es a neural circuit of 19 neurons (%(default)s)",
    )
    learning.add_argument(
        "--hidden",
        default="32",
        metavar="N,N",
        help="sizes of the hidden layers of an mlp, or none (%(default)s)",
    )
    learning.add_argument(
        "--option",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="of the algorithm, as sigma=0.1 (repeatable)",
    )
    learning.add_argument("--body", choices=("free", "pybullet"), default="free")
    learning.add_argument("--workers", type=int, default=1, help="processes (%(default)s)")
    output = parser.add_argument_group("output")
    output.add_argument("--out", type=Path, metavar="FOLDER", help="(runs/ENV-AGENT-seedN)")
    output.add_argument("--name", help="of the agent (that of the folder by default)")
    output.add_argument("--resume", action="store_true", help="go on from the checkpoint in --out")
    output.add_argument("--evaluate-every", type=int, default=50_000, metavar="STEPS")
    output.add_argument("--evaluate-episodes", type=int, default=3, metavar="N")
    output.add_argument(
        "--evaluate-steps", type=int, metavar="N", help="of each of these (to the end by default)"
    )
    output.add_argument(
        "--record-every", type=int, default=0, metavar="K", help="record every k-th evaluation"
    )
    output.add_argument("--tensorboard", action="store_true", help="logs of ppo and sac")
    output.add_argument("--quiet", action="store_true", help="say nothing but errors")
    output.add_argument("--json", action="store_true", help="print one JSON object")


def execute(options: argparse.Namespace) -> int:
    """Train, and say what the agent is worth."""
    from agents.settings import unused_folder
    from agents.training import FINISHED, train

    settings = settings_of(options)
    folder: Path = options.out or unused_folder(settings, Path("runs"))
    quiet = options.quiet or options.json
    say(f"training in {folder}; a kill loses no more than one evaluation", quiet=quiet)
    with progress(settings.steps, "steps", quiet=quiet) as bar:

        def report(done: int, score: Score) -> None:
            bar.update(done - bar.n)
            text = f"{done} steps: return {score.mean:.4g} ({score.low:.4g} to {score.high:.4g})"
            say(text, quiet=quiet)

        agent = train(
            settings,
            folder,
            resume=options.resume,
            name=options.name,
            command=command_of(options),
            tensorboard=options.tensorboard,
            progress=report,
        )
    if options.json:
        print_json({"agent": str(folder / FINISHED), "score": agent.score, "curve": agent.curve})
    elif not options.quiet:
        score = agent.score
        print(
            f"return {score['mean']:.4g} ({score['low']:.4g} to {score['high']:.4g}, "
            f"{score['n']} episodes)"
        )
        print(f"agent: {folder / FINISHED}")
    return 0


def settings_of(options: argparse.Namespace) -> Settings:
    """Return the training that the options describe.

    Raises:
        ValueError: an option is wrong.
    """
    import gymnasium

    import wormlife  # noqa: F401  # importing it registers the environments
    from agents.settings import Settings

    known = sorted(name for name in gymnasium.registry if name.startswith("Worm/"))
    if options.env not in known:
        raise ValueError(f"unknown environment {options.env!r}; choose one of {', '.join(known)}")
    env: dict[str, Any] = {"action_mode": options.action_mode}
    if options.observations:
        env["observations"] = options.observations.split(",")
    if options.neurons:
        env["neurons"] = [shared.replace("+", ",") for shared in options.neurons.split(",")]
    if options.current_scale_pA is not None:
        env["current_scale_pA"] = options.current_scale_pA
    settings = Settings(
        env_id=options.env,
        env=env,
        algorithm=options.agent,
        policy=options.policy,
        steps=options.steps,
        seed=options.seed,
        episode_steps=options.episode_steps,
        body=options.body,
        evaluate_every=options.evaluate_every,
        evaluate_episodes=options.evaluate_episodes,
        evaluate_steps=options.evaluate_steps,
        record_every=options.record_every,
        workers=options.workers,
        options=dict(_named_number(text) for text in options.option),
    )
    return replace(settings, hidden=_sizes(options.hidden))


def _sizes(text: str) -> tuple[int, ...]:
    if text == "none":
        return ()
    try:
        return tuple(int(size) for size in text.split(","))
    except ValueError:
        raise ValueError(f"--hidden {text} is not a list of sizes, as 64,64 or none") from None


def _named_number(text: str) -> tuple[str, float]:
    name, _, value = text.partition("=")
    try:
        return name, float(value)
    except ValueError:
        raise ValueError(f"--option {text} is not NAME=VALUE, as sigma=0.1") from None


def command_of(options: argparse.Namespace) -> str:
    """Return the command that repeats this training, as it stands in the agent's description."""
    words = ["worm", "train", options.env, "--agent", options.agent]
    words += ["--steps", str(options.steps), "--seed", str(options.seed)]
    words += ["--action-mode", options.action_mode, "--policy", options.policy]
    words += ["--hidden", options.hidden]
    words += ["--body", options.body, "--evaluate-every", str(options.evaluate_every)]
    words += ["--evaluate-episodes", str(options.evaluate_episodes)]
    for name in (
        "observations",
        "neurons",
        "current_scale_pA",
        "episode_steps",
        "evaluate_steps",
    ):
        if getattr(options, name):
            words += [f"--{name.replace('_', '-')}", str(getattr(options, name))]
    for text in options.option:
        words += ["--option", text]
    if options.agent != "es":  # evolution gives the same agent with any number of processes
        words += ["--workers", str(options.workers)]
    return shlex.join(words)
