"""Turn pictures into a video: mp4 through PyAV, gif through Pillow."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from env.episode import Episode
from viewer import palette
from viewer.files import ExportError, check_unused, replacing
from viewer.offscreen import ScenePainter, open_painter
from viewer.replay import ablated

Picture = NDArray[np.uint8]

KINDS = ("mp4", "gif")
#: Frames per second of a gif at most: viewers show faster ones slower than they are.
_GIF_FPS = 12.5
_GIF_WIDTH = 480
#: Pictures from which a gif takes its colours, and the difference of channels of a strong colour.
_PALETTE_PICTURES, _STRONG, _WHITE = 10, 70, 180
#: Of the picture of one worm, and of each of several beside each other.
_SIZE, _SIZE_BESIDE = (960, 640), (640, 640)


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
        encoder()
    check_unused(path, overwrite=overwrite)


def paint_episodes(
    episodes: Sequence[Episode], *, progress: Callable[[], object] | None = None
) -> tuple[Iterator[Picture], float]:
    """Return the pictures of episodes, drawn one by one, and how many make a second.

    Several episodes are drawn beside each other by one clock, with the names of their files; one
    that has ended stands still.
    """
    width, height = _SIZE if len(episodes) == 1 else _SIZE_BESIDE
    painters = [open_painter(width, height) for _ in episodes]
    for painter, episode in zip(painters, episodes, strict=True):
        if isinstance(painter, ScenePainter):
            painter.dead = ablated(episode)
    longest = max(episodes, key=lambda episode: float(episode.time_s[-1]))

    def pictures() -> Iterator[Picture]:
        drawn = [-1] * len(episodes)
        for time_s in longest.time_s.tolist():
            parts = []
            for number, (episode, painter) in enumerate(zip(episodes, painters, strict=True)):
                index = max(int(episode.time_s.searchsorted(time_s + 1e-9, "right")) - 1, 0)
                for passed in range(drawn[number] + 1, index):
                    painter.follow(episode.frame(passed))
                drawn[number] = index
                parts.append(painter.draw(episode.frame(index)))
            yield parts[0] if len(parts) == 1 else _beside(parts, episodes)
            if progress is not None:
                progress()

    return pictures(), 1000.0 / float(longest.config["dt_control_ms"])


def _beside(parts: Sequence[Picture], episodes: Sequence[Episode]) -> Picture:
    """Return pictures in a row, each with the name of its recording above."""
    image = Image.fromarray(np.concatenate(parts, axis=1))
    draw = ImageDraw.Draw(image)
    height, width = parts[0].shape[:2]
    font = ImageFont.load_default(height / 36)
    for number, episode in enumerate(episodes):
        place = ((number + 0.5) * width, 0.03 * height)
        draw.text(place, episode.path.name, fill=palette.INK, font=font, anchor="mt")
        if number:
            draw.line((number * width, 0, number * width, height), fill=palette.EDGE, width=2)
    return np.asarray(image)


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


def encoder() -> Any:
    """Return the module of PyAV.

    Raises:
        ExportError: it is not installed.
    """
    try:
        import av
    except ImportError as error:
        raise ExportError(
            "mp4 needs the package av, which is not installed; run pip install 'wormlife[video]', "
            "or write a .gif"
        ) from error
    return av


def _write_mp4(pictures: Iterable[Picture], path: Path, fps: float) -> None:
    av = encoder()
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
    palette = _palette(kept)
    first, *others = (image.quantize(palette=palette, dither=Image.Dither.NONE) for image in kept)
    first.save(
        path,
        format="GIF",
        save_all=True,
        append_images=others,
        duration=round(1000.0 * every / fps),
        loop=0,
        optimize=True,
    )


def _small(picture: Picture) -> Image.Image:
    image = Image.fromarray(picture)
    height = round(image.height * _GIF_WIDTH / image.width)
    return image.resize((_GIF_WIDTH, height), Image.Resampling.BOX)


def _palette(pictures: Sequence[Image.Image]) -> Image.Image:
    """Return an image whose palette suits all pictures.

    Neurons, muscles and writing are small and bright on much dark ground: without more weight
    for strong colours the ground would take the whole palette.
    """
    every = max(1, len(pictures) // _PALETTE_PICTURES)
    pixels = np.concatenate([np.asarray(image).reshape(-1, 3) for image in pictures[::every]])
    is_strong = np.ptp(pixels.astype(np.int16), axis=1) > _STRONG
    strong = pixels[is_strong | (pixels.min(axis=1) > _WHITE)]
    few = max(1, len(pixels) // max(len(strong), 1))
    sample = np.concatenate([pixels[::few], strong]) if len(strong) else pixels
    column = Image.fromarray(np.ascontiguousarray(sample[:, None]))
    return column.quantize(256, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
