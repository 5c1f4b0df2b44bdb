"""The panels: what one can read and set beside the picture."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from imgui_bundle import imgui

from viewer import panels_theme
from viewer.app_input import HELP
from viewer.imgui_backend import ImGuiBackend
from viewer.panels_neuron import NeuronPanel
from viewer.panels_plots import ScrollingImage, plot_traces
from viewer.renderer import LAYERS
from viewer.renderer_styles import STYLES
from worm.connectome import load_connectome

if TYPE_CHECKING:
    from viewer.app import App
    from viewer.snapshot import Moment

_LEFT_PX, _RIGHT_PX, _GAP_PX, _TIMELINE_PX = 236, 360, 10, 92
_FIXED = imgui.WindowFlags_.no_resize | imgui.WindowFlags_.no_move | imgui.WindowFlags_.no_collapse
#: Neurons whose potentials are plotted beside the chosen one: those of the direction.
_WATCHED = ("AVAL", "AVBL", "RIML", "DB3", "VB4")
_NARROW_PX = 700


class Panels:
    """The panels of one window.

    Attributes:
        backend: draws them and hears their events.
    """

    def __init__(self, app: App) -> None:
        self._app = app
        self.backend = ImGuiBackend(app.window, app.ctx)
        panels_theme.load_font()
        self._theme_style = ""
        self._neuron = NeuronPanel(app)
        self._images = {
            label: ScrollingImage(app.ctx, self.backend, kind, rows)
            for label, kind, rows in (
                ("302 neurons", "neurons", 302),
                ("bends", "curvature", 23),
                ("95 muscles", "muscles", 95),
            )
        }
        index_of = load_connectome().index_of
        self._watched = [(name, index_of[name]) for name in _WATCHED]

    def take(self, moments: Sequence[Moment]) -> None:
        """Add what was lived to the plots; they end with the newest moment of the history."""
        count = self._app.panes[0].history.count
        for behind, moment in zip(range(len(moments) - 1, -1, -1), moments, strict=True):
            if count - behind >= 1:
                for image in self._images.values():
                    image.push(moment, count - behind)

    def build(self) -> None:
        """Lay out the panels of a frame."""
        if self._theme_style != self._app.settings.style:
            self._theme_style = self._app.settings.style
            panels_theme.apply(dark=self._theme_style == "darkfield")
        width, height = self._app.window.get_size()
        source = self._app.source
        below = 0 if source.is_live else _TIMELINE_PX + _GAP_PX
        side = height - 2 * _GAP_PX - below
        if self._app.settings.panels:
            self._window("Worm", (_GAP_PX, _GAP_PX), (_LEFT_PX, side), self._worm)
            if width > _NARROW_PX:
                left = width - _RIGHT_PX - _GAP_PX
                self._window("Activity", (left, _GAP_PX), (_RIGHT_PX, side), self._activity)
        if not source.is_live:
            place = (_GAP_PX, height - _TIMELINE_PX - _GAP_PX)
            self._window("Time", place, (width - 2 * _GAP_PX, _TIMELINE_PX), self._timeline)
        if source.failure or not source.ready:
            self._message(width, height)
        if self._app.input.help_shown:
            self._help(width, height)

    def margins(self, width: int) -> tuple[int, int, int]:
        """Return what the panels cover at the left, at the right and below, in pixels.

        Args:
            width: of the window.
        """
        shown = self._app.settings.panels
        left = _LEFT_PX + _GAP_PX if shown else 0
        right = _RIGHT_PX + _GAP_PX if shown and width > _NARROW_PX else 0
        return left, right, 0 if self._app.source.is_live else _TIMELINE_PX + _GAP_PX

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
        app, moment = self._app, self._app.panes[0].moment
        source = app.source
        if moment is not None:
            history = app.panes[0].history
            speed = float(history.speed_mm_s[(history.count - 1) % len(history.speed_mm_s)])
            imgui.text(f"{moment.frame.time_s:8.2f} s    {app.fps:4.0f} fps")
            imgui.text(f"{history.direction():8} {speed:+.2f} mm/s")
            pace = f"{moment.realtime_factor:.2f} x real time"
            if source.is_live and not moment.keeps_up and not source.paused:
                imgui.text_colored(imgui.ImVec4(1.0, 0.62, 0.25, 1.0), f"{pace}: too slow here")
            else:
                imgui.text("paused" if source.paused else pace)
        if imgui.button("go on" if source.paused else "pause", imgui.ImVec2(66, 0)):
            app.input.toggle_pause()
        imgui.same_line()
        if imgui.button("step"):
            app.input.step()
        imgui.same_line()
        if imgui.button("again"):
            app.input.restart()
        flags = imgui.SliderFlags_.logarithmic
        imgui.set_next_item_width(-52)
        changed, speed = imgui.slider_float("speed", source.speed, 0.0625, 16.0, "%.2g x", flags)
        if changed:
            for pane in app.panes:
                pane.source.set_speed(speed)

    def _world(self) -> None:
        app = self._app
        source: Any = app.source
        imgui.separator_text("World")
        arena = source.arena.name if source.arena is not None else "unknown arena"
        imgui.text(f"{arena}, {source.medium}")
        if source.is_live:
            for medium in ("agar", "water"):
                if imgui.radio_button(medium, source.medium == medium):
                    source.send("medium", medium=medium)
                imgui.same_line()
            imgui.new_line()
            imgui.set_next_item_width(-52)
            settings = app.settings
            _, settings.force_uN = imgui.slider_float("touch", settings.force_uN, 1, 50, "%.0f µN")
            recording = source.recording is not None
            if imgui.button("stop recording" if recording else "record"):
                app.toggle_recording()
            imgui.same_line()
        if imgui.button("picture"):
            app.screenshot()
        if source.notice:
            imgui.text_wrapped(source.notice)

    def _look(self) -> None:
        app = self._app
        for style in STYLES:
            if imgui.radio_button(style, app.settings.style == style):
                app.set_style(style)
        _, app.settings.follow = imgui.checkbox("follow the worm", app.settings.follow)
        hidden = app.panes[0].renderer.hidden
        for number, layer in enumerate(LAYERS):
            if number % 2:
                imgui.same_line(116)
            changed, _ = imgui.checkbox(layer, layer not in hidden)
            if changed:
                app.input.toggle_layer(layer)

    # ---- right, below, above --------------------------------------------------------------------

    def _activity(self) -> None:
        history = self._app.panes[0].history
        room = imgui.get_content_region_avail().y
        chosen = list(self._watched)
        if self._app.neuron is not None:
            name = load_connectome().names[self._app.neuron]
            chosen = [(name, self._app.neuron), *(c for c in chosen if c[0] != name)]
        plot_traces(history, chosen, 0.30 * room)
        for (label, image), share in zip(self._images.items(), (0.32, 0.14, 0.20), strict=True):
            image.plot(label, share * room)

    def _timeline(self) -> None:
        replay: Any = self._app.source
        for label, action in (
            ("|<", lambda: [p.source.seek(p.source.first_s) for p in self._recorded()]),
            ("<", lambda: [p.source.step(-1) for p in self._recorded()]),
            ("go on" if replay.paused else "pause", self._app.input.toggle_pause),
            (">", self._app.input.step),
            ("last event", lambda: [p.source.jump(-1) for p in self._recorded()]),
            ("next event", lambda: [p.source.jump(1) for p in self._recorded()]),
        ):
            if imgui.button(label):
                action()
            imgui.same_line()
        changed, loop = imgui.checkbox("loop", replay.loop)
        if changed:
            for pane in self._recorded():
                pane.source.loop = loop
        imgui.same_line()
        near = [m.kind for m in replay.marks if abs(m.time_s - replay.now_s) < 0.4]
        imgui.text(", ".join(dict.fromkeys(near)))
        imgui.set_next_item_width(-1)
        first, last = replay.first_s, replay.last_s
        changed, now_s = imgui.slider_float("##time", replay.now_s, first, last, "%.2f s")
        if changed:
            for pane in self._recorded():
                pane.source.seek(now_s)
        self._draw_marks(replay)

    def _recorded(self) -> list[Any]:
        return [pane for pane in self._app.panes if not pane.source.is_live]

    def _draw_marks(self, replay: Any) -> None:
        """Draw the events as ticks on the slider that was drawn last."""
        low, high = imgui.get_item_rect_min(), imgui.get_item_rect_max()
        span_s = max(replay.last_s - replay.first_s, 1e-6)
        canvas = imgui.get_window_draw_list()
        for mark in replay.marks:
            x = low.x + (mark.time_s - replay.first_s) / span_s * (high.x - low.x)
            rgb = (1.0, 0.45, 0.25) if mark.kind == "reversal" else (1.0, 0.85, 0.35)
            colour = imgui.get_color_u32(imgui.ImVec4(*rgb, 0.9))
            canvas.add_line(imgui.ImVec2(x, low.y), imgui.ImVec2(x, high.y), colour, 2.0)

    def _message(self, width: int, height: int) -> None:
        source: Any = self._app.source
        imgui.set_next_window_pos(imgui.ImVec2(width / 2 - 190, height / 2 - 50))
        imgui.set_next_window_size(imgui.ImVec2(380, 0))
        imgui.begin("wormlife", None, _FIXED)
        imgui.text_wrapped(source.failure or source.notice)
        if source.failure and imgui.button("restart (R)"):
            self._app.input.restart()
        imgui.end()

    def _help(self, width: int, height: int) -> None:
        imgui.set_next_window_pos(imgui.ImVec2(width / 2 - 230, max(height / 2 - 270, 10)))
        imgui.set_next_window_size(imgui.ImVec2(460, 0))
        imgui.begin("Keys and mouse", None, _FIXED)
        for what, does in HELP:
            imgui.text_colored(imgui.ImVec4(0.40, 0.75, 0.80, 1.0), what)
            imgui.same_line(190)
            imgui.text(does)
        imgui.end()
