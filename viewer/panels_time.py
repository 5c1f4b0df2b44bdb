"""The time line of recordings: scrub, step, jump from event to event."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from imgui_bundle import imgui

if TYPE_CHECKING:
    from viewer.app import App
    from viewer.replay import Mark, Replay
    from viewer.replay_clock import Clock

#: Events this near to the time shown are named.
_NAMED_S = 0.4
_REVERSAL, _OTHER = (1.0, 0.45, 0.25), (1.0, 0.85, 0.35)


def build(app: App, clock: Clock) -> None:
    """Lay out the time line in the present panel.

    Args:
        app: the window.
        clock: of its recordings.
    """
    actions: tuple[tuple[str, Callable[[], None]], ...] = (
        ("|<", lambda: clock.seek(clock.first_s)),
        ("<", lambda: clock.step(-1)),
        ("go on" if clock.paused else "pause", app.input.toggle_pause),
        (">", app.input.step),
        ("last event", lambda: clock.jump(-1)),
        ("next event", lambda: clock.jump(1)),
    )
    for label, action in actions:
        if imgui.button(label):
            action()
        imgui.same_line()
    _, clock.loop = imgui.checkbox("loop", clock.loop)
    imgui.same_line()
    replays: list[Any] = [pane.source for pane in app.panes if not pane.source.is_live]
    imgui.text(near_events(replays, clock.now_s))
    imgui.set_next_item_width(-1)
    first, last = clock.first_s, clock.last_s
    changed, now_s = imgui.slider_float("##time", clock.now_s, first, last, "%.2f s")
    if changed:
        clock.seek(now_s)
    for row, replay in enumerate(replays):
        _draw_marks(replay.marks, clock, row / len(replays), (row + 1) / len(replays))


def near_events(replays: Sequence[Replay], now_s: float) -> str:
    """Return what happens at a time, with the name of the recording where there are several."""
    lines = []
    for replay in replays:
        kinds = [mark.kind for mark in replay.marks if abs(mark.time_s - now_s) < _NAMED_S]
        if kinds:
            name = f"{replay.name}: " if len(replays) > 1 else ""
            lines.append(name + ", ".join(dict.fromkeys(kinds)))
    return "   ".join(lines)


def _draw_marks(marks: Sequence[Mark], clock: Clock, above: float, below: float) -> None:
    """Draw events as ticks on the slider that was drawn last, between two shares of its height."""
    low, high = imgui.get_item_rect_min(), imgui.get_item_rect_max()
    span_s = max(clock.last_s - clock.first_s, 1e-6)
    tall = high.y - low.y
    canvas = imgui.get_window_draw_list()
    for mark in marks:
        x = low.x + (mark.time_s - clock.first_s) / span_s * (high.x - low.x)
        rgb = _REVERSAL if mark.kind == "reversal" else _OTHER
        colour = imgui.get_color_u32(imgui.ImVec4(*rgb, 0.9))
        top, bottom = low.y + above * tall, low.y + below * tall
        canvas.add_line(imgui.ImVec2(x, top), imgui.ImVec2(x, bottom), colour, 2.0)
