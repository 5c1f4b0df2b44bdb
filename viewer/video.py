"""Turn pictures into a video: mp4 through PyAV, gif through Pillow."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from env.episode import Episode
from viewer.files import ExportError, check_unused, replacing
from viewer.offscreen import open_painter

Picture = NDArray[np.uint8]

KINDS = ("mp4", "gif")
#: Frames per second of a gif at most: viewers show faster ones slower than they are.
_GIF_FPS = 12.5
_GIF_WIDTH = 480


def kind_of(path: Path) -> str:
    """Return "mp4" or "gif" by the ending of a path.

    Raises:
        ExportError: it ends otherwise.
    """
    kind = path.suffix.lower().lstrip(".")
    if kind not in KINDS:
        raise ExportError(f"{path} does not say what kind of video it is; end it in .mp4 or .gif")
    return kind


def check_target(path: Path, *, overwrite: bool) -> None:
    """Refuse, before any work is done, a video that could not be written in the end.

    Raises:
        ExportError: wrong ending, existing file, no folder, or no encoder.
    """
    if kind_of(path) == "mp4":
        _encoder()
    check_unused(path, overwrite=overwrite)


def paint_episode(
    episode: Episode, *, progress: Callable[[], object] | None = None
) -> tuple[Iterator[Picture], float]:
    """Return the pictures of an episode, drawn one by one, and how many make a second."""
    painter = open_painter()

    def pictures() -> Iterator[Picture]:
        for frame in episode.frames():
            yield painter.draw(frame)
            if progress is not None:
                progress()

    return pictures(), 1000.0 / float(episode.config["dt_control_ms"])


def write_video(
    pictures: Iterable[Picture],
    path: Path,
    *,
    fps: float,
    overwrite: bool = False,
    kind: str | None = None,
) -> None:
    """Write pictures as a video that plays at ``fps``.

    Args:
        pictures: (height, width, 3) uint8 each, all of one size.
        path: the file to write; the ending says which kind, unless ``kind`` does.
        fps: pictures per second.
        overwrite: replace an existing file.
        kind: "mp4" or "gif".

    Raises:
        ExportError: unknown kind, existing file, path not writable, or PyAV is missing.
    """
    writer = {"mp4": _write_mp4, "gif": _write_gif}[kind or kind_of(path)]
    with replacing(path, overwrite=overwrite) as draft:
        writer(pictures, draft, fps)


def _encoder() -> Any:
    try:
        import av
    except ImportError as error:
        raise ExportError(
            "mp4 needs the package av, which is not installed; run pip install 'wormlife[video]', "
            "or write a .gif"
        ) from error
    return av


def _write_mp4(pictures: Iterable[Picture], path: Path, fps: float) -> None:
    av = _encoder()
    try:
        with av.open(str(path), "w", format="mp4") as container:
            stream = container.add_stream("libx264", rate=Fraction(fps).limit_denominator(1000))
            stream.pix_fmt = "yuv420p"
            stream.options = {"preset": "veryfast", "crf": "20"}
            for picture in pictures:
                # This pixel format halves the resolution of colour: both sides must be even.
                even = picture[: picture.shape[0] // 2 * 2, : picture.shape[1] // 2 * 2]
                if not stream.codec_context.is_open:
                    stream.height, stream.width = even.shape[:2]
                frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(even), format="rgb24")
                container.mux(stream.encode(frame))
            container.mux(stream.encode())
    except av.error.FFmpegError as error:
        raise OSError(error.errno, error.strerror) from error


def _write_gif(pictures: Iterable[Picture], path: Path, fps: float) -> None:
    every = max(1, round(fps / _GIF_FPS))
    kept = [_small(picture) for index, picture in enumerate(pictures) if index % every == 0]
    if not kept:
        raise ExportError("there is no picture to write; give at least one frame")
    kept[0].save(
        path,
        format="GIF",
        save_all=True,
        append_images=kept[1:],
        duration=round(1000.0 * every / fps),
        loop=0,
        optimize=True,
    )


def _small(picture: Picture) -> Image.Image:
    image = Image.fromarray(picture)
    height = round(image.height * _GIF_WIDTH / image.width)
    small = image.resize((_GIF_WIDTH, height), Image.Resampling.BOX)
    return small.quantize(128, dither=Image.Dither.NONE)
