"""Mouse and keys of the window: what each does to the camera and to the worm."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from pyglet.window import key, mouse

from viewer.pick import Hit
from viewer.renderer import LAYERS
from viewer.renderer_styles import STYLES

if TYPE_CHECKING:
    from viewer.app import App
    from viewer.app_pane import Pane

HELP = (
    ("click the body", "touch it there"),
    ("shift + click", "choose a neuron"),
    ("drag food, a post, an odour", "move it"),
    ("drag", "turn the view"),
    ("right drag", "shift the view"),
    ("wheel", "come nearer, go away"),
    ("space", "pause, go on"),
    ("right, left", "step; left in recordings"),
    ("+, -", "faster, slower"),
    ("F", "follow the worm"),
    ("R", "begin again; after a failure, restart"),
    ("N", "begin again with the next seed"),
    ("W", "agar or water"),
    ("A", "ablate or restore the chosen neuron"),
    ("V", "record (.h5)"),
    ("M", "film the window (.mp4)"),
    ("C", "picture (.png)"),
    ("S", "next look"),
    ("1 .. 7", "show or hide a layer, as listed under look"),
    ("J, K", "last and next event of a recording"),
    ("P", "panels"),
    ("H", "this help"),
    ("escape", "close"),
)
_TOUCH_S = 0.2
_RAD_PER_PX = 0.006
_MOVE_EVERY_S = 0.12
_NEURON_REACH_PX = 12.0
_SLOWEST, _FASTEST = 0.0625, 16.0
#: Dragged things by the command that moves them.
_MOVES = {"lawn": "move_lawn", "obstacle": "move_obstacle", "goal": "move_goal"}


class Input:
    """Handlers of one window.

    Attributes:
        help_shown: whether the list of keys is shown.
    """

    def __init__(self, app: App) -> None:
        self._app = app
        self._drag: str | None = None
        self._dragged = Hit("nothing")
        self._moved_s = 0.0
        self._seed = 0
        self.help_shown = False
        self._keys = self._key_table()

    def handlers(self) -> dict[str, Callable[..., Any]]:
        """Return the keyword arguments for ``window.push_handlers``."""
        names = ("mouse_press", "mouse_drag", "mouse_release", "mouse_motion", "mouse_scroll")
        return {f"on_{name}": getattr(self, f"_{name}") for name in (*names, "key_press")}

    # ---- mouse ----------------------------------------------------------------------------------

    def _at(self, x: float, y: float) -> tuple[Pane, float, float, tuple[int, int]]:
        """Return the pane at a place of the window, the place in it (y down), and its size."""
        left, below, width, height = self._app.scene()
        share = max(width // len(self._app.panes), 1)
        index = min(max(int(x - left) // share, 0), len(self._app.panes) - 1)
        return self._app.panes[index], x - left - index * share, below + height - y, (share, height)

    def _mouse_press(self, x: float, y: float, button: int, modifiers: int) -> None:
        pane, px, py, size = self._at(x, y)
        if button != mouse.LEFT:
            self._drag = "pan"
            return
        if modifiers & key.MOD_SHIFT:
            self._app.neuron = pane.neuron(px, py, size, _NEURON_REACH_PX)
            return
        hit = pane.hit(px, py, size)
        self._dragged, self._drag = hit, "orbit"
        if hit.kind == "body":
            self._drag = None
            self._touch(pane, hit)
        elif hit.kind in _MOVES and pane.source.is_live:
            self._drag = hit.kind

    def _touch(self, pane: Pane, hit: Hit) -> None:
        source: Any = pane.source
        pane.renderer.selected_position = hit.position
        if source.is_live:
            force_uN = self._app.settings.force_uN
            source.send(
                "touch",
                position=hit.position,
                side=hit.side,
                force_uN=force_uN,
                duration_s=_TOUCH_S,
            )
            source.notice = f"touched {hit.side} at {hit.position:.2f} with {force_uN:.0f} µN"

    def _mouse_drag(
        self, x: float, y: float, dx: float, dy: float, _buttons: int, _modifiers: int
    ) -> None:
        pane, _, _, (_, height) = self._at(x, y)
        cameras = [p.camera for p in self._app.panes]  # panes beside each other turn together
        if self._drag == "orbit":
            for camera in cameras:
                camera.orbit(-dx * _RAD_PER_PX, -dy * _RAD_PER_PX)
        elif self._drag == "pan":
            self._app.settings.follow = False
            for camera in cameras:
                camera.pan(-dx / height, -dy / height)
        elif self._drag in _MOVES and time.perf_counter() - self._moved_s > _MOVE_EVERY_S:
            self._move(pane, x, y)

    def _move(self, pane: Pane, x: float, y: float) -> None:
        _, px, py, size = self._at(x, y)
        place = pane.ground(px, py, size)
        if self._drag is None or place is None:
            return
        self._moved_s = time.perf_counter()
        source: Any = pane.source
        which = {} if self._drag == "goal" else {"index": self._dragged.index}
        source.send(_MOVES[self._drag], **which, x_mm=place[0], y_mm=place[1])

    def _mouse_release(self, x: float, y: float, _button: int, _modifiers: int) -> None:
        if self._drag in _MOVES and self._moved_s > 0.0:
            self._move(self._at(x, y)[0], x, y)
        self._drag, self._moved_s = None, 0.0
        for pane in self._app.panes:
            pane.renderer.selected_position = None

    def _mouse_motion(self, x: float, y: float, _dx: float, _dy: float) -> None:
        pane, px, py, size = self._at(x, y)
        hit = pane.hit(px, py, size)
        pane.renderer.selected_position = hit.position if hit.kind == "body" else None

    def _mouse_scroll(self, _x: float, _y: float, _right: float, up: float) -> None:
        for pane in self._app.panes:
            pane.camera.zoom(up)

    # ---- keys -----------------------------------------------------------------------------------

    def _key_table(self) -> dict[int, Callable[[], object]]:
        app = self._app
        table: dict[int, Callable[[], object]] = {
            key.SPACE: self.toggle_pause,
            key.RIGHT: self.step,
            key.LEFT: self._step_back,
            key.PLUS: lambda: self.change_speed(2.0),
            key.EQUAL: lambda: self.change_speed(2.0),
            key.NUM_ADD: lambda: self.change_speed(2.0),
            key.MINUS: lambda: self.change_speed(0.5),
            key.NUM_SUBTRACT: lambda: self.change_speed(0.5),
            key.F: lambda: setattr(app.settings, "follow", not app.settings.follow),
            key.R: self.restart,
            key.N: self._next_seed,
            key.W: self._switch_medium,
            key.A: self.toggle_ablation,
            key.V: app.keep.toggle_recording,
            key.M: app.keep.toggle_movie,
            key.C: app.keep.picture,
            key.S: self._next_style,
            key.J: lambda: self._jump(-1),
            key.K: lambda: self._jump(1),
            key.P: lambda: setattr(app.settings, "panels", not app.settings.panels),
            key.H: lambda: setattr(self, "help_shown", not self.help_shown),
            key.ESCAPE: lambda: app.window.dispatch_event("on_close"),
        }
        for number, layer in enumerate(LAYERS, start=1):
            table[getattr(key, f"_{number}")] = functools.partial(self.toggle_layer, layer)
        return table

    def _key_press(self, symbol: int, _modifiers: int) -> bool:
        action = self._keys.get(symbol)
        if action is not None:
            action()
        return True  # pyglet's own handler would close the window on escape without asking us

    def _each(self) -> list[Any]:
        return [pane.source for pane in self._app.panes]

    def toggle_pause(self) -> None:
        """Stop, or go on."""
        paused = not self._app.source.paused
        for source in self._each():
            source.pause(paused)

    def step(self) -> None:
        """Pause, and advance a little."""
        if self._app.clock is not None:
            self._app.clock.step()
        for source in self._each():
            if source.is_live:
                source.step()

    def _step_back(self) -> None:
        if self._app.clock is not None:
            self._app.clock.step(-1)

    def change_speed(self, factor: float) -> None:
        """Live faster or slower."""
        speed = min(max(self._app.source.speed * factor, _SLOWEST), _FASTEST)
        for source in self._each():
            source.set_speed(speed)

    def restart(self) -> None:
        """Begin again: the same episode, or a new process after a failure."""
        if self._app.clock is not None:
            self._app.clock.seek(self._app.clock.first_s)
        for source in self._each():
            if not source.is_live:
                continue
            if source.failure is not None:
                source.restart()
            else:
                source.send("reset")

    def _next_seed(self) -> None:
        self._seed += 1
        for source in self._each():
            if source.is_live:
                source.send("reset", seed=self._seed)
                source.notice = f"seed {self._seed}"

    def _switch_medium(self) -> None:
        for source in self._each():
            if source.is_live:
                source.send("medium", medium="water" if source.medium == "agar" else "agar")

    def toggle_ablation(self) -> None:
        """Kill the chosen neuron, or bring it back."""
        from worm.connectome import load_connectome

        source: Any = self._app.source
        if self._app.neuron is not None and source.is_live:
            cell = load_connectome().names[self._app.neuron]
            source.send("restore" if cell in source.ablated else "ablate", cell=cell)

    def toggle_layer(self, layer: str) -> None:
        """Show or hide one of ``renderer.LAYERS``."""
        for pane in self._app.panes:
            pane.renderer.hidden = set(pane.renderer.hidden) ^ {layer}

    def _next_style(self) -> None:
        names = list(STYLES)
        index = names.index(self._app.settings.style)
        self._app.set_style(names[(index + 1) % len(names)])

    def _jump(self, direction: int) -> None:
        if self._app.clock is not None:
            self._app.clock.jump(direction)
