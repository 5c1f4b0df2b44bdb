"""The panels: what one can read and set beside the picture."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from imgui_bundle import imgui

from viewer import panels_scene, panels_theme, panels_time
from viewer.app_input import HELP
from viewer.imgui_backend import ImGuiBackend
from viewer.panels_activity import Activity
from viewer.panels_neuron import NeuronPanel
from viewer.renderer import LAYERS
from viewer.renderer_styles import QUALITIES, STYLES

if TYPE_CHECKING:
    from viewer.app import App
    from viewer.app_pane import Pane
    from viewer.snapshot import Moment

#: Sizes on a screen of ordinary density; see ``Panels.unit``.
_LEFT, _RIGHT, _GAP, _TIMELINE = 236, 360, 10, 92
_NARROW = 700
_LABEL = -52
_FIXED = imgui.WindowFlags_.no_resize | imgui.WindowFlags_.no_move | imgui.WindowFlags_.no_collapse
_WARNING = (1.0, 0.62, 0.25, 1.0)


class Panels:
    """The panels of one window.

    Attributes:
        backend: draws them and hears their events.
        unit: pixels of the window for one pixel of a screen of ordinary density.
    """

    def __init__(self, app: App) -> None:
        self._app = app
        self.backend = ImGuiBackend(app.window, app.ctx)
        panels_theme.load_font()
        self._theme: tuple[str, float] | None = None
        self.unit = 1.0
        self._neuron = NeuronPanel(app)
        self._activities = {id(pane): Activity(app.ctx, self.backend, pane) for pane in app.panes}

    def take(self, pane: Pane, moments: Sequence[Moment]) -> None:
        """Add what a worm lived to its plots."""
        self._activities[id(pane)].take(moments)

    def build(self) -> None:
        """Lay out the panels of a frame."""
        self._dress()
        width, height = self._app.window.get_size()
        clock, gap = self._app.clock, self._px(_GAP)
        below = 0 if clock is None else self._px(_TIMELINE) + gap
        side = height - 2 * gap - below
        if self._app.settings.panels:
            self._window("Worm", (gap, gap), (self._px(_LEFT), side), self._worm)
            if width > self._px(_NARROW):
                left = width - self._px(_RIGHT) - gap
                self._window("Activity", (left, gap), (self._px(_RIGHT), side), self._activity)
        if clock is not None:
            place = (gap, height - self._px(_TIMELINE) - gap)
            size = (width - 2 * gap, self._px(_TIMELINE))
            self._window("Time", place, size, lambda: panels_time.build(self._app, clock))
        panels_scene.build(self._app, self.unit)
        if self._app.source.failure or not self._app.source.ready:
            self._message(width, height)
        if self._app.input.help_shown:
            self._help(width, height)

    def margins(self, width: int) -> tuple[int, int, int]:
        """Return what the panels cover at the left, at the right and below, in pixels.

        Args:
            width: of the window.
        """
        shown, gap = self._app.settings.panels, self._px(_GAP)
        left = self._px(_LEFT) + gap if shown else 0
        right = self._px(_RIGHT) + gap if shown and width > self._px(_NARROW) else 0
        return left, right, 0 if self._app.clock is None else self._px(_TIMELINE) + gap

    def _px(self, size: float) -> int:
        return round(size * self.unit)

    def _dress(self) -> None:
        """Colour and size the panels when the style or the screen has changed."""
        self.unit = panels_theme.unit_of(self._app.window)
        theme = (self._app.settings.style, self.unit)
        if theme != self._theme:
            self._theme = theme
            panels_theme.apply(dark=theme[0] == "darkfield", unit=self.unit)

    def _window(
        self,
        title: str,
        place: tuple[float, float],
        size: tuple[float, float],
        body: Callable[[], None],
    ) -> None:
        imgui.set_next_window_pos(imgui.ImVec2(*place))
        imgui.set_next_window_size(imgui.ImVec2(*size))
        imgui.begin(title, None, _FIXED)
        body()
        imgui.end()

    # ---- left -----------------------------------------------------------------------------------

    def _worm(self) -> None:
        self._clock()
        self._world()
        imgui.separator_text("Neuron")
        self._neuron.build()
        imgui.separator_text("Look")
        self._look()
        imgui.text_disabled("H: keys and mouse")

    def _clock(self) -> None:
        app = self._app
        self._pace()
        source = app.source
        if imgui.button("go on" if source.paused else "pause", imgui.ImVec2(self._px(66), 0)):
            app.input.toggle_pause()
        imgui.same_line()
        if imgui.button("step"):
            app.input.step()
        imgui.same_line()
        if imgui.button("again"):
            app.input.restart()
        flags = imgui.SliderFlags_.logarithmic
        imgui.set_next_item_width(self._px(_LABEL))
        changed, speed = imgui.slider_float("speed", source.speed, 0.0625, 16.0, "%.2g x", flags)
        if changed:
            for pane in app.panes:
                pane.source.set_speed(speed)

    def _pace(self) -> None:
        """Write the time, how each worm moves, and how fast it lives."""
        app, moment, source = self._app, self._app.panes[0].moment, self._app.source
        if moment is None:
            return
        now_s = moment.frame.time_s if app.clock is None else app.clock.now_s
        imgui.text(f"{now_s:8.2f} s    {app.fps:4.0f} fps")
        for pane in app.panes:
            history = pane.history
            speed = float(history.speed_mm_s[(history.count - 1) % len(history.speed_mm_s)])
            imgui.text(f"{history.direction():8} {speed:+.2f} mm/s")
        pace = f"{moment.realtime_factor:.2f} x real time"
        if source.is_live and not moment.keeps_up and not source.paused:
            imgui.text_colored(imgui.ImVec4(*_WARNING), f"{pace}: too slow here")
        else:
            imgui.text("paused" if source.paused else pace)

    def _world(self) -> None:
        app = self._app
        source: Any = app.source
        imgui.separator_text("World")
        arena = source.arena.name if source.arena is not None else "unknown arena"
        imgui.text(f"{arena}, {source.medium}")
        if source.is_live:
            self._touch_world(source)
        if source.grazing.lawns:
            eaten = ", ".join(f"{100.0 * share:.1f}" for share in source.grazing.eaten)
            imgui.text(f"eaten: {eaten} %")
        if source.is_live:
            recording = source.recording is not None
            if imgui.button("stop recording" if recording else "record"):
                app.keep.toggle_recording()
            imgui.same_line()
        if imgui.button("stop film" if app.keep.movie else "film"):
            app.keep.toggle_movie()
        imgui.same_line()
        if imgui.button("picture"):
            app.keep.picture()
        if source.notice:
            imgui.text_wrapped(source.notice)

    def _touch_world(self, source: Any) -> None:
        for medium in ("agar", "water"):
            if imgui.radio_button(medium, source.medium == medium):
                source.send("medium", medium=medium)
            imgui.same_line()
        imgui.new_line()
        imgui.set_next_item_width(self._px(_LABEL))
        settings = self._app.settings
        _, settings.force_uN = imgui.slider_float("touch", settings.force_uN, 1, 50, "%.0f µN")

    def _look(self) -> None:
        app = self._app
        for style in STYLES:
            if imgui.radio_button(style, app.settings.style == style):
                app.set_style(style)
        imgui.set_next_item_width(self._px(_LABEL))
        names = ["auto", *QUALITIES]
        changed, chosen = imgui.combo("quality", names.index(app.settings.quality), names)
        if changed:
            app.set_quality(names[chosen])
        _, app.settings.follow = imgui.checkbox("follow the worm", app.settings.follow)
        hidden = app.panes[0].renderer.hidden
        for number, layer in enumerate(LAYERS):
            if number % 2:
                imgui.same_line(self._px(116))
            changed, _ = imgui.checkbox(layer, layer not in hidden)
            if changed:
                app.input.toggle_layer(layer)

    # ---- right, above ---------------------------------------------------------------------------

    def _activity(self) -> None:
        panes = self._app.panes
        names = imgui.get_text_line_height_with_spacing() if len(panes) > 1 else 0.0
        room = imgui.get_content_region_avail().y / len(panes) - names
        for number, pane in enumerate(panes):
            if names:
                imgui.text(panels_scene.label_of(pane))
            self._activities[id(pane)].build(number, room, self._app.neuron)

    def _message(self, width: int, height: int) -> None:
        source: Any = self._app.source
        wide = self._px(380)
        imgui.set_next_window_pos(imgui.ImVec2(0.5 * (width - wide), height / 2 - self._px(50)))
        imgui.set_next_window_size(imgui.ImVec2(wide, 0))
        imgui.begin("wormlife", None, _FIXED)
        imgui.text_wrapped(source.failure or source.notice)
        if source.failure and imgui.button("restart (R)"):
            self._app.input.restart()
        imgui.end()

    def _help(self, width: int, height: int) -> None:
        wide, gap = self._px(460), self._px(_GAP)
        top = max(height / 2 - self._px(280), gap)
        imgui.set_next_window_pos(imgui.ImVec2(0.5 * (width - wide), top))
        imgui.set_next_window_size(imgui.ImVec2(wide, 0))
        imgui.begin("Keys and mouse", None, _FIXED)
        for what, does in HELP:
            imgui.text_colored(imgui.ImVec4(0.40, 0.75, 0.80, 1.0), what)
            imgui.same_line(self._px(190))
            imgui.text(does)
        imgui.end()
