"""Open a window, or say in one sentence why there is none and what to do instead."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from viewer.settings import Settings

if TYPE_CHECKING:
    from viewer.app_pane import Source

_INSTEAD = "use `worm run --video FILE.mp4`, or `worm export FILE.h5 --to html` for a browser"


#: A display reached over ssh -X rarely has an OpenGL of its own that is new enough.
_DRAW_HERE = (
    "LIBGL_ALWAYS_SOFTWARE=1 __GLX_VENDOR_LIBRARY_NAME=mesa LIBGL_ALWAYS_INDIRECT= worm view"
)


class WindowError(RuntimeError):
    """No window could be opened."""


def show(
    sources: Callable[[], Sequence[Source]], title: str, settings: Settings | None = None
) -> None:
    """Show worms in a window until it is closed.

    Args:
        sources: makes the living or recorded worms, once a window is known to be possible.
        title: of the window.
        settings: of the window; the remembered ones by default.

    Raises:
        WindowError: moderngl is missing, there is no display, or it lacks OpenGL.
    """
    try:
        import moderngl  # noqa: F401
    except ImportError as error:
        raise WindowError(
            "the window needs moderngl, which is not installed; run "
            f"pip install 'wormlife[viewer]', or {_INSTEAD}"
        ) from error
    if not os.environ.get("DISPLAY") and not os.environ.get("PYGLET_HEADLESS"):
        raise WindowError(f"there is no display here (DISPLAY is not set); {_INSTEAD}")
    try:
        # Each driver and display fails in its own way, with its own exception.
        from viewer.app import App
    except Exception as error:
        raise WindowError(f"the display cannot be used ({_sentence(error)}); {advice()}") from error
    opened: list[Any] = list(sources())
    try:
        app = App(opened, settings or Settings.load(), title)
    except Exception as error:
        for source in opened:
            source.close()
        raise WindowError(f"no window with OpenGL 3.3 ({_sentence(error)}); {advice()}") from error
    app.run()


def show_recordings(paths: Sequence[Path], settings: Settings | None = None) -> None:
    """Play recordings beside each other, by one clock.

    Raises:
        RecordingError: one cannot be read.
        WindowError: see :func:`show`.
    """
    from viewer.replay import Replay

    replays = [Replay(path) for path in paths]
    title = " | ".join(path.name for path in paths)
    show(lambda: replays, f"wormlife: {title}", settings)


def advice() -> str:
    """Return what to do where no window with OpenGL can be had."""
    if not os.environ.get("SSH_CONNECTION"):
        return _INSTEAD
    return f"over ssh -X, try `{_DRAW_HERE}`, which draws on this machine; or {_INSTEAD}"


def _sentence(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__
