"""Pictures without a window: OpenGL through EGL where there is any, else the plain painter."""

from __future__ import annotations

import functools
import os
from collections.abc import Collection
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from env.frame import Frame
from viewer.camera import Camera
from viewer.grazing import Grazing
from viewer.overlay import Overlay
from viewer.painter import Painter
from viewer.renderer_track import Track

if TYPE_CHECKING:
    import moderngl

    from env.simulation import Simulation

Picture = NDArray[np.uint8]

#: The camera looks a little above the plate, at the middle of the body.
_LOOK_AT_MM = 0.03
_LONGEST_STEP_S = 1.0


class OpenGLMissingError(RuntimeError):
    """There is no OpenGL that can be used here; the message says what was tried."""


def open_context() -> moderngl.Context:
    """Return the OpenGL context of this process for pictures without a window.

    Through EGL, or else on the display if there is one. A forked process gets its own.

    Raises:
        OpenGLMissingError: neither works, or moderngl is not installed.
    """
    return _context_of(os.getpid())


@functools.cache
def _context_of(_process: int) -> moderngl.Context:
    try:
        import moderngl
    except ImportError as error:
        raise OpenGLMissingError(
            "moderngl is not installed; run pip install 'wormlife[viewer]'"
        ) from error
    backends = ["egl", *(["x11"] if os.environ.get("DISPLAY") else [])]
    reasons = []
    for backend in backends:
        settings = {"backend": "egl"} if backend == "egl" else {}
        try:
            ctx = moderngl.create_standalone_context(**settings)  # type: ignore[arg-type]
        except Exception as error:  # each driver fails in its own way, with its own exception
            reasons.append(f"{backend}: {' '.join(str(error).split()) or type(error).__name__}")
            continue
        if ctx.version_code >= 330:
            ctx.gc_mode = "context_gc"  # what painters leave behind is collected by ctx.gc()
            return ctx
        reasons.append(f"{backend}: OpenGL {ctx.version_code / 100:.1f} is older than 3.3")
        ctx.release()
    raise OpenGLMissingError(
        f"no OpenGL here ({'; '.join(reasons)}); pictures are plain without it"
    )


class ScenePainter:
    """Draws frames of one episode in three dimensions; used like ``Painter``.

    Args:
        width: of the pictures in pixels.
        height: of the pictures in pixels.
        style: "darkfield", "paper" or "brightfield".
        quality: "lite", "high" or "ultra"; None chooses by whether there is a graphics card.

    Attributes:
        camera: may be turned at any time; its target follows the worm.
        overlay: whether time, speed, scales and a map are written on the picture.
        dead: names of ablated neurons, drawn without colour.

    Raises:
        OpenGLMissingError: there is no usable OpenGL.
        ValueError: too small a picture, unknown style or quality.
    """

    def __init__(
        self,
        width: int = 960,
        height: int = 640,
        *,
        style: str = "darkfield",
        quality: str | None = None,
    ) -> None:
        self._flat = Painter(width, height)
        self.width, self.height = width, height
        self._ctx = open_context()
        from viewer.renderer import Renderer

        with self._ctx:
            self._ctx.gc()
            self._renderer = Renderer(self._ctx, (width, height), style, quality)
        self.camera = Camera()
        self.camera.fit(width / height)
        self.overlay = True
        self.dead: Collection[str] = ()
        self._overlay = Overlay(width, height, style)
        self._track, self._grazing = Track(), Grazing()
        self._time_s: float | None = None

    def follow(self, frame: Frame) -> None:
        """Extend the track, and move the camera after the worm."""
        self._flat.follow(frame)
        self._track.follow(frame)
        self._grazing.follow(frame)
        middle = np.asarray(frame.centreline_mm)[:, :2].mean(axis=0)
        target = np.array([*middle, _LOOK_AT_MM])
        elapsed_s = -1.0 if self._time_s is None else frame.time_s - self._time_s
        self._time_s = frame.time_s
        if 0.0 <= elapsed_s <= _LONGEST_STEP_S:
            self.camera.follow(target, elapsed_s)
        else:
            self.camera.target_mm = target

    def draw(self, source: Frame | Simulation) -> Picture:
        """Return the picture of a frame or of the present moment of a simulation.

        Returns:
            (height, width, 3) uint8, red green blue.
        """
        frame = Frame.of(source)
        self.follow(frame)
        self._renderer.dead = self.dead
        with self._ctx:
            self._renderer.draw(frame, self.camera, track=self._track, grazing=self._grazing)
            picture = self._renderer.read()
        if not self.overlay:
            return picture
        return self._overlay.draw(picture, frame, self.camera, self._flat.speed_mm_s(frame))


def open_painter(
    width: int = 960, height: int = 640, *, quality: str | None = None
) -> Painter | ScenePainter:
    """Return the best painter that this machine has.

    Args:
        width: of the pictures in pixels.
        height: of the pictures in pixels.
        quality: of the pictures in three dimensions, see ``ScenePainter``.

    Raises:
        ValueError: the pictures would be too small.
    """
    try:
        return ScenePainter(width, height, quality=quality)
    except OpenGLMissingError:
        return Painter(width, height)
