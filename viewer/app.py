"""The window: events become commands, moments become pictures.

Imported only when a window is wanted: pyglet opens the display as soon as its windows are imported.
"""

from __future__ import annotations

import math
import os
import signal
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

import pyglet

pyglet.options.debug_gl = False  # before pyglet.gl, or every call is followed by a query for errors
pyglet.options.headless = bool(os.environ.get("PYGLET_HEADLESS", ""))

import moderngl  # noqa: E402
import pyglet.window  # noqa: E402

from viewer.app_input import Input  # noqa: E402
from viewer.app_keep import Keep  # noqa: E402
from viewer.app_pane import Pane, Source  # noqa: E402
from viewer.renderer_styles import STYLES, fitting_quality, is_software  # noqa: E402
from viewer.replay import Replay  # noqa: E402
from viewer.replay_clock import Clock  # noqa: E402
from viewer.settings import Settings  # noqa: E402

if TYPE_CHECKING:
    from viewer.panels import Panels

_GPU_FPS, _SOFTWARE_FPS = 60.0, 30.0
#: Without a graphics card no more pixels than this are drawn, then enlarged to the window.
_SOFTWARE_PIXELS = 200_000


class App:
    """One window on one worm, or on two beside each other.

    Args:
        sources: living or recorded worms; closed by :meth:`close`.
        settings: what the window looks like; remembered when it closes.
        title: of the window.

    Attributes:
        panes: one for each source.
        clock: of the recordings, or None without one.
        keep: pictures, videos and recordings of what is seen.
        panels: the panels, or None without imgui-bundle.
        screen: what the window shows.
        fps: pictures per second lately.
        most_pixels: of the pictures of all worms together; larger ones are drawn smaller.
        neuron: index of the chosen neuron, or None.
    """

    def __init__(self, sources: Sequence[Source], settings: Settings, title: str) -> None:
        config = pyglet.gl.Config(  # type: ignore[abstract]  # of this platform at run time
            major_version=3,
            minor_version=3,
            forward_compatible=True,
            double_buffer=True,
            depth_size=0,
            sample_buffers=0,
        )
        self.settings, self._title = settings, title
        self.window = pyglet.window.Window(
            settings.width, settings.height, title, resizable=True, vsync=False, config=config
        )
        self.window.set_minimum_size(320, 240)
        self.window.switch_to()
        # Not create_context(): that asks X11, and a window need not be on X11.
        moderngl.init_context()
        self.ctx = moderngl.get_context()
        self.screen = self.ctx.detect_framebuffer()
        self.is_software = is_software(self.ctx.info["GL_RENDERER"])
        self.most_pixels = _SOFTWARE_PIXELS if self.is_software else math.inf
        quality = self._preset(settings.quality)
        self.panes = [Pane(self.ctx, source, settings.style, quality) for source in sources]
        recorded = [source for source in sources if isinstance(source, Replay)]
        self.clock = Clock(recorded) if recorded else None
        self.keep = Keep(self)
        self.neuron: int | None = None
        self.fps = 0.0
        self.frames = 0
        self.input = Input(self)
        self.window.push_handlers(**self.input.handlers(), on_draw=self._on_draw)
        self.panels = self._make_panels()
        self._last_s = time.perf_counter()

    def _make_panels(self) -> Panels | None:
        try:
            from viewer.panels import Panels
        except ImportError:
            return None  # keys and mouse do without
        panels = Panels(self)
        self.window.push_handlers(**panels.backend.handlers())
        return panels

    @property
    def source(self) -> Source:
        """The first worm."""
        return self.panes[0].source

    # ---- a picture ------------------------------------------------------------------------------

    def _on_draw(self) -> None:
        now_s = time.perf_counter()
        elapsed_s, self._last_s = now_s - self._last_s, now_s
        self.frame(elapsed_s)

    def frame(self, elapsed_s: float) -> None:
        """Draw the window as it is after ``elapsed_s`` of real time."""
        self.fps += (1.0 / max(elapsed_s, 1e-3) - self.fps) * min(1.0, elapsed_s / 0.5)
        self.frames += 1
        for pane in self.panes:
            passed = pane.advance(elapsed_s, follow=self.settings.follow)
            if self.panels is not None:
                self.panels.take(pane, passed)
        self._draw_panes()
        if self.panels is not None:
            self.panels.backend.begin(elapsed_s)
            self.panels.build()
            self.panels.backend.end(self.screen)
        elif self.frames % 10 == 0:
            self.window.set_caption(self.caption())
        self.keep.take()

    def _draw_panes(self) -> None:
        wide, tall = self.window.get_framebuffer_size()
        self.screen.use()
        self.screen.color_mask, self.ctx.scissor = (True,) * 4, None
        self.screen.viewport = (0, 0, wide, tall)
        red, green, blue = (channel**0.5 for channel in STYLES[self.settings.style].far)
        self.screen.clear(red, green, blue, 1.0)
        ratio = wide / max(self.window.get_size()[0], 1)
        left, below, width, height = (round(v * ratio) for v in self.scene())
        share = width // len(self.panes)
        scale = min(1.0, math.sqrt(self.most_pixels / (width * height)))
        for index, pane in enumerate(self.panes):
            pane.resize(max(int(share * scale), 16), max(int(height * scale), 16))
            pane.renderer.selected_neuron = self.neuron
            self.screen.viewport = (left + index * share, below, share, height)
            pane.draw(self.screen)

    def scene(self) -> tuple[int, int, int, int]:
        """Return left, lower edge, width and height of what panels leave free of the window."""
        width, height = self.window.get_size()
        left, right, below = (0, 0, 0) if self.panels is None else self.panels.margins(width)
        return left, below, max(width - left - right, 16), max(height - below, 16)

    def caption(self) -> str:
        """Return the title with time, pace and rate of pictures."""
        moment = self.panes[0].moment
        if moment is None:
            return f"{self._title}: {self.source.failure or self.source.notice}"
        pace = f"{moment.realtime_factor:.2f}x real time"
        return f"{self._title}: {moment.frame.time_s:.1f} s, {pace}, {self.fps:.0f} fps"

    def set_quality(self, quality: str) -> None:
        """Change what pictures cost: one of ``renderer_styles.QUALITIES``, or "auto"."""
        self.settings.quality = quality
        for pane in self.panes:
            pane.set_quality(self._preset(quality))

    def _preset(self, quality: str) -> str:
        """Return the preset that a setting stands for."""
        return fitting_quality(self.ctx.info["GL_RENDERER"]) if quality == "auto" else quality

    def set_style(self, style: str) -> None:
        """Change the look."""
        self.settings.style = style
        for pane in self.panes:
            pane.renderer.set_style(style)

    # ---- life of the window ---------------------------------------------------------------------

    def run(self) -> None:
        """Show the window until it is closed, or the process is asked to end (SIGTERM)."""
        usual = signal.signal(signal.SIGTERM, lambda *_: pyglet.app.exit())
        try:
            self.frame(0.0)  # something to see from the start
            pyglet.app.run(1.0 / (_SOFTWARE_FPS if self.is_software else _GPU_FPS))
        finally:
            self.close()
            signal.signal(signal.SIGTERM, usual)

    def close(self) -> None:
        """End everything: video, worms, panels, window; remember the settings."""
        self.keep.close()
        for pane in self.panes:
            pane.source.close()
        self.settings.width, self.settings.height = self.window.get_size()
        self.settings.save()
        if self.panels is not None:
            self.panels.backend.close()
        if self.window.context is not None:  # else its own button has closed it already
            self.window.close()
