"""A window that plays a recording: in three dimensions, or else with the painter's pictures."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from env.recording import load
from viewer.painter import Painter
from viewer.show import WindowError, show_recordings

if TYPE_CHECKING:
    from env.episode import Episode


__all__ = ["WindowError", "play"]


def play(*recordings: Path) -> None:
    """Show recordings beside each other in a window until it is closed.

    Without OpenGL 3.3 or moderngl the first one is shown plainly: the space bar pauses, R starts
    again.

    Raises:
        RecordingError: the recording cannot be read.
        WindowError: there is no display, or it lacks OpenGL.
    """
    try:
        show_recordings(recordings)
    except WindowError:
        _play_plainly(recordings[0])  # needs no moderngl, and an older OpenGL


def _play_plainly(recording: Path) -> None:
    episode = load(recording)
    # Imported here: pyglet opens the display as soon as it is imported.
    try:
        import pyglet

        player = _Player(pyglet, episode, recording.name)
    except Exception as error:
        # Each driver and display fails in its own way, with its own exception.
        raise WindowError(" ".join(str(error).split()) or type(error).__name__) from error
    pyglet.clock.schedule_interval(player.advance, 1.0 / 30.0)
    pyglet.app.run()


class _Player:
    """The window and the moment it shows."""

    def __init__(self, pyglet: Any, episode: Episode, title: str) -> None:
        self._pyglet = pyglet
        self._episode = episode
        self._painter = Painter()
        width, height = self._painter.width, self._painter.height
        self._window = pyglet.window.Window(width, height, caption=f"wormlife: {title}")
        self._image = pyglet.image.ImageData(width, height, "RGB", bytes(3 * width * height))
        self._time_s = float(episode.time_s[0])
        self._shown = -1
        self._paused = False
        self._window.push_handlers(on_draw=self._draw, on_key_press=self._key)

    def advance(self, elapsed_s: float) -> None:
        """Move on by the time that has gone by, through every frame, so that the track is whole."""
        if not self._paused:
            self._time_s += elapsed_s
        last = len(self._episode) - 1
        index = min(int(self._episode.time_s.searchsorted(self._time_s, "right")) - 1, last)
        if index == self._shown:
            return
        for passed in range(self._shown + 1, index):
            self._painter.follow(self._episode.frame(passed))
        picture = self._painter.draw(self._episode.frame(index))
        # Rows from the top, which a negative pitch tells.
        self._image.set_data("RGB", -3 * self._painter.width, picture.tobytes())
        self._shown = index

    def _draw(self) -> None:
        self._window.clear()
        self._image.blit(0, 0)

    def _key(self, symbol: int, _modifiers: int) -> None:
        key = self._pyglet.window.key
        if symbol == key.SPACE:
            self._paused = not self._paused
        elif symbol == key.R:
            self._time_s, self._shown = float(self._episode.time_s[0]), -1
