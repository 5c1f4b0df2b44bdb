"""``worm list``: the names that other commands take."""

from __future__ import annotations

import argparse

from wormlife.cli.output import print_json

NAME = "list"
ABOUT = "List the names of neurons, arenas, environments, agents or assays."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``worm list``."""
    parser.add_argument("what", choices=("neurons", "arenas", "envs", "agents", "assays"))
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def execute(options: argparse.Namespace) -> int:
    """Print one name with its description a line."""
    lists = {
        "neurons": _neurons,
        "arenas": _arenas,
        "envs": _envs,
        "agents": _agents,
        "assays": _assays,
    }
    rows = lists[options.what]()
    if options.json:
        print_json({options.what: rows})
        return 0
    wide = max(len(name) for name in rows)
    for name, about in rows.items():
        print(f"{name:{wide}}  {about}")
    return 0


def _neurons() -> dict[str, str]:
    from worm.connectome import load_connectome

    connectome = load_connectome()
    about = zip(connectome.classes, connectome.types, connectome.transmitters, strict=True)
    return {name: "  ".join(row) for name, row in zip(connectome.names, about, strict=True)}


def _arenas() -> dict[str, str]:
    from env.arena import arena, names

    return {name: arena(name).about for name in names()}


def _envs() -> dict[str, str]:
    import gymnasium

    import wormlife  # importing it registers the environments

    ids = sorted(name for name in gymnasium.registry if name.startswith("Worm/"))
    steps = {name: gymnasium.registry[name].max_episode_steps for name in ids}
    version = wormlife.__version__
    return {name: f"at most {steps[name]} steps (wormlife {version})" for name in ids}


def _agents() -> dict[str, str]:
    from agents.catalogue import shipped_agents

    rows = {}
    for name, agent in shipped_agents().items():
        score = agent.score
        worth = ""
        if score:
            worth = f"; return {score['mean']:.4g} ({score['low']:.4g} to {score['high']:.4g})"
        rows[name] = f"{agent.env_id} in mode {agent.env['action_mode']}: {agent.about}{worth}"
    return rows


def _assays() -> dict[str, str]:
    from env.assays import assay, names

    return {name: assay(name).about for name in names()}
