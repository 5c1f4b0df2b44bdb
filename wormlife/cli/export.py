"""``worm export``: turn a recording into tables and pictures."""

from __future__ import annotations

import argparse
from pathlib import Path

from wormlife.cli.output import print_json, progress

NAME = "export"
ABOUT = "Write a recording as a table (csv), a video (mp4, gif) or a picture (png)."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``worm export``."""
    parser.add_argument("file", type=Path, help="a recording (.h5)")
    parser.add_argument("--to", choices=("csv", "mp4", "gif", "png"), required=True)
    parser.add_argument("--out", type=Path, help="where to (the recording's name by default)")
    parser.add_argument(
        "--at", type=float, metavar="S", help="time of the png in s (the end by default)"
    )
    parser.add_argument("--force", action="store_true", help="overwrite an existing file")
    parser.add_argument("--quiet", action="store_true", help="say nothing but errors")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def execute(options: argparse.Namespace) -> int:
    """Write the file asked for."""
    out: Path = options.out or options.file.with_suffix(f".{options.to}")
    quiet = options.quiet or options.json
    if options.to in ("mp4", "gif"):
        write_pictures(options.file, out, quiet=quiet, overwrite=options.force, kind=options.to)
    else:
        from env.recording import load
        from viewer.export import write_csv, write_png

        episode = load(options.file)
        if options.to == "csv":
            write_csv(episode, out, overwrite=options.force)
        else:
            write_png(episode, out, time_s=options.at, overwrite=options.force)
    if options.json:
        print_json({"recording": str(options.file), "to": options.to, "out": str(out)})
    elif not options.quiet:
        print(f"{options.to}: {out}")
    return 0


def write_pictures(
    recording: Path, out: Path, *, quiet: bool, overwrite: bool, kind: str | None = None
) -> None:
    """Draw every frame of a recording into a video.

    Raises:
        RecordingError: the recording cannot be read.
        ValueError: the video cannot be written.
    """
    from env.recording import load
    from viewer.video import paint_episode, write_video

    episode = load(recording)
    with progress(len(episode), "frames", quiet=quiet) as bar:
        pictures, fps = paint_episode(episode, progress=bar.update)
        write_video(pictures, out, fps=fps, overwrite=overwrite, kind=kind)
