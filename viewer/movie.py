"""A video of the window as it is seen, written while one works with it."""

from __future__ import annotations

import queue
import threading
from contextlib import ExitStack
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from viewer.files import ExportError, replacing
from viewer.video import encoder

Picture = NDArray[np.uint8]

#: Pictures carry the time at which they were seen, in ms: the window need not draw evenly.
_TICK = Fraction(1, 1000)
_NOMINAL_FPS = 25
#: Pictures that may wait for the encoder; with more, one is left out and none is late.
_MOST_WAITING = 6


class Movie:
    """Encodes pictures beside the window, under a temporary name until it is whole.

    Args:
        path: of the mp4; it must not exist.
        size: width and height of the pictures.

    Attributes:
        path: where the video will be.
        size: of the pictures.
        failure: why nothing more is written, or None.

    Raises:
        ExportError: PyAV is missing, or the file exists or cannot be made.
    """

    def __init__(self, path: Path, size: tuple[int, int]) -> None:
        self.path, self.size = path, size
        self.failure: str | None = None
        self._av = encoder()
        self._last_ms = -1
        self._waiting: queue.Queue[tuple[Picture, int] | None] = queue.Queue(_MOST_WAITING)
        self._held = ExitStack()
        draft = self._held.enter_context(replacing(path, overwrite=False))
        try:
            self._container: Any = self._av.open(str(draft), "w", format="mp4")
        except OSError as error:  # of which PyAV's own errors are a kind
            self._held.close()
            raise ExportError(f"cannot write {path}: {error.strerror}") from error
        self._stream = self._begin()
        self._worker = threading.Thread(target=self._work, name="movie", daemon=True)
        self._worker.start()

    def _begin(self) -> Any:
        stream = self._container.add_stream("libx264", rate=_NOMINAL_FPS)
        stream.pix_fmt = "yuv420p"
        # This pixel format halves the resolution of colour: both sides must be even.
        stream.width, stream.height = (side // 2 * 2 for side in self.size)
        stream.codec_context.time_base = _TICK
        stream.options = {"preset": "veryfast", "crf": "20"}
        return stream

    def add(self, picture: Picture, time_s: float) -> None:
        """Add what is seen at a time since the beginning; returns at once.

        Args:
            picture: (height, width, 3) uint8, red green blue, top first.
            time_s: later than that of the picture before.
        """
        time_ms = round(1000.0 * time_s)
        if time_ms <= self._last_ms or self.failure is not None:
            return
        try:
            self._waiting.put_nowait((picture, time_ms))
            self._last_ms = time_ms
        except queue.Full:
            pass  # the picture before stands a little longer

    def _work(self) -> None:
        while (item := self._waiting.get()) is not None:
            if self.failure is None:
                try:
                    self._encode(*item)
                except (OSError, ValueError) as error:
                    self.failure = f"{self.path}: {error}"

    def _encode(self, picture: Picture, time_ms: int) -> None:
        even = picture[: self._stream.height, : self._stream.width]
        frame = self._av.VideoFrame.from_ndarray(np.ascontiguousarray(even), format="rgb24")
        frame.pts, frame.time_base = time_ms, _TICK
        self._container.mux(self._stream.encode(frame))

    def close(self) -> None:
        """Finish the video and give it its name.

        Raises:
            ExportError: it could not be written, or holds no picture; then there is no file.
        """
        self._waiting.put(None)
        self._worker.join()
        if self._last_ms < 0:
            self.failure = self.failure or f"{self.path}: there was no picture to write"
        with self._held:  # takes the temporary file away, or gives it its name
            if self.failure is None:
                self._container.mux(self._stream.encode())
            self._container.close()
            if self.failure is not None:
                raise ExportError(f"the video is lost: {self.failure}")
