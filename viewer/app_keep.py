"""What one keeps of a window: pictures, videos, recordings; all in the present folder."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from viewer.files import ExportError
from viewer.movie import Movie, Picture

if TYPE_CHECKING:
    from viewer.app import App

#: A video holds no more pictures than this a second, however fast the window draws.
_MOVIE_FPS = 30.0


class Keep:
    """Saves what a window shows.

    Attributes:
        movie: the video that is being written, or None.
    """

    def __init__(self, app: App) -> None:
        self._app = app
        self.movie: Movie | None = None
        self._wanted: Path | None = None
        self._began_s = self._filmed_s = 0.0

    def seen(self) -> Picture:
        """Return what the window shows: (height, width, 3) uint8, top first."""
        width, height = self._app.window.get_framebuffer_size()
        raw = self._app.screen.read((0, 0, width, height), components=3, alignment=1)
        return np.frombuffer(raw, np.uint8).reshape(height, width, 3)[::-1]

    def picture(self, path: Path | None = None) -> Path:
        """Save what the window shows next; return where to."""
        # Between two pictures what is read from a window is not defined.
        self._wanted = path or unused(Path("worm.png"))
        return self._wanted

    def _save(self, target: Path) -> None:
        self._wanted = None
        try:
            Image.fromarray(self.seen()).save(target)
            self._say(f"picture: {target}")
        except OSError as error:
            self._say(f"no picture: cannot write {target} ({error.strerror})")

    def toggle_movie(self) -> None:
        """Begin or end a video of the window."""
        if self.movie is not None:
            self._end_movie("video")
            return
        size = self._app.window.get_framebuffer_size()
        try:
            self.movie = Movie(unused(Path("worm.mp4")), size)
        except ExportError as error:
            self._say(str(error))
            return
        self._began_s, self._filmed_s = time.perf_counter(), -1.0
        self._say(f"filming to {self.movie.path}; M ends it")

    def take(self) -> None:
        """Save what the window shows now, if that is wanted; add it to the video."""
        if self._wanted is not None:
            self._save(self._wanted)
        movie = self.movie
        if movie is None:
            return
        now_s = time.perf_counter() - self._began_s
        if self._app.window.get_framebuffer_size() != movie.size:
            self._end_movie("the window changed its size, which ended the video")
        elif movie.failure is not None:
            self._end_movie("video")
        elif now_s - self._filmed_s > 0.9 / _MOVIE_FPS:
            movie.add(self.seen(), now_s)
            self._filmed_s = now_s

    def _end_movie(self, why: str) -> None:
        movie, self.movie = self.movie, None
        if movie is not None:
            try:
                movie.close()
                self._say(f"{why}: {movie.path}")
            except ExportError as error:
                self._say(str(error))

    def toggle_recording(self) -> None:
        """Begin or end a recording of the living worm."""
        source: Any = self._app.source
        if source.is_live and source.ready:
            path = None if source.recording else str(unused(Path("worm.h5")))
            self._say(f"recording to {path}" if path else f"recorded: {source.recording}")
            source.send("record", path=path)
            source.recording = path  # at once: a second press of the key ends it

    def close(self) -> None:
        """Finish the video, if there is one."""
        self._end_movie("video")

    def _say(self, notice: str) -> None:
        self._app.source.notice = notice


def unused(path: Path) -> Path:
    """Return ``path``, or the first of ``name-2``, ``name-3`` ... that does not exist."""
    candidate, number = path, 1
    while candidate.exists():
        number += 1
        candidate = path.with_stem(f"{path.stem}-{number}")
    return candidate
