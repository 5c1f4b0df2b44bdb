"""``worm export``: turn a recording into tables and pictures."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from wormlife.cli.output import print_json, progress

NAME = "export"
ABOUT = (
    "Write a recording as a table (csv), tracking data (wcon), neurodata (nwb), a dataset for "
    "offline learning (minari), a video (mp4, gif), a page for a browser (html) or a picture (png)."
)
KINDS = ("csv", "wcon", "nwb", "minari", "mp4", "gif", "html", "png")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``worm export``."""
    parser.add_argument("file", type=Path, help="a recording (.h5)")
    parser.add_argument("--to", choices=KINDS, required=True)
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
    elif options.to == "minari":
        from viewer.export_minari import write_minari

        write_minari([options.file], out)
    else:
        write_data(options, out)
    if options.json:
        print_json({"recording": str(options.file), "to": options.to, "out": str(out)})
    elif not options.quiet:
        print(f"{options.to}: {out}")
    return 0


def write_data(options: argparse.Namespace, out: Path) -> None:
    """Write a recording as the one file asked for.

    Raises:
        ExportError: a library is not installed, or the file exists or cannot be written.
        RecordingError: the recording cannot be read.
    """
    from env.recording import load
    from viewer.export import write_csv, write_png
    from viewer.export_nwb import write_nwb
    from viewer.export_wcon import write_wcon
    from viewer.html import write_html

    episode, overwrite = load(options.file), options.force
    if options.to == "png":
        write_png(episode, out, time_s=options.at, overwrite=overwrite)
    else:
        writers = {"csv": write_csv, "wcon": write_wcon, "nwb": write_nwb, "html": write_html}
        writers[options.to](episode, out, overwrite=overwrite)


def write_pictures(
    recording: Path,
    out: Path,
    *,
    quiet: bool,
    overwrite: bool,
    kind: str | None = None,
    beside: Sequence[Path] = (),
) -> None:
    """Draw every frame of a recording into a video, with others beside it by the same clock.

    Raises:
        RecordingError: the recording cannot be read.
        ValueError: the video cannot be written.
    """
    from env.recording import load
    from viewer.video import paint_episodes, write_video

    episodes = [load(path) for path in (recording, *beside)]
    with progress(max(map(len, episodes)), "frames", quiet=quiet) as bar:
        pictures, fps = paint_episodes(episodes, progress=bar.update)
        write_video(pictures, out, fps=fps, overwrite=overwrite, kind=kind)
