"""``worm replay``: look at recordings again, or live one again and compare."""

from __future__ import annotations

import argparse
from pathlib import Path

from wormlife.cli.output import print_json, progress, say

NAME = "replay"
ABOUT = (
    "Play a recording, or several beside each other by one clock; "
    "or rebuild one from its configuration and compare (--verify)."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``worm replay``."""
    parser.add_argument("files", type=Path, nargs="+", metavar="FILE", help="recordings (.h5)")
    parser.add_argument(
        "--verify", action="store_true", help="simulate again and name the first difference"
    )
    parser.add_argument("--video", type=Path, metavar="FILE.mp4", help="write a video or .gif")
    parser.add_argument("--force", action="store_true", help="overwrite an existing video")
    parser.add_argument("--quiet", action="store_true", help="say nothing but errors")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def execute(options: argparse.Namespace) -> int:
    """Verify or show recordings.

    Raises:
        UsageError: several recordings, of which only one can be verified.
    """
    if options.verify:
        if len(options.files) > 1:
            from wormlife.cli.parsing import UsageError

            raise UsageError(f"--verify takes one recording, got {len(options.files)}")
        return _verify(options)
    from wormlife.cli.export import write_pictures
    from wormlife.cli.run import show

    quiet = options.quiet or options.json
    video = options.video or show(*options.files)
    if video is not None:
        first, *others = options.files
        write_pictures(first, video, beside=others, quiet=quiet, overwrite=options.force)
    if options.json:
        recordings = [str(file) for file in options.files]
        print_json(
            {"recording": recordings[0], "recordings": recordings, "video": video and str(video)}
        )
    elif video is not None and not options.quiet:
        print(f"video: {video}")
    return 0


def _verify(options: argparse.Namespace) -> int:
    from env.recording import load
    from env.replay import verify
    from env.versions import versions

    file: Path = options.files[0]
    episode = load(file)
    quiet = options.quiet or options.json
    say("simulating again from the recorded configuration", quiet=quiet)
    with progress(len(episode), "frames", quiet=quiet) as bar:
        difference = verify(episode, progress=bar.update)
    here = versions()
    changed = {
        name: f"{then} then, {here[name]} now"
        for name, then in episode.versions.items()
        if name in here and here[name] != then
    }
    if options.json:
        print_json(
            {
                "identical": difference is None,
                "frames": len(episode),
                "difference": None if difference is None else vars(difference),
                "versions_changed": changed,
            }
        )
    elif difference is None:
        print(f"identical: all {len(episode)} frames of {file} came out the same")
    if difference is not None:
        why = "; ".join(f"{name}: {text}" for name, text in changed.items())
        reason = f" (made with other versions: {why})" if why else ""
        raise ValueError(f"{file}: {difference}{reason}")
    return 0
