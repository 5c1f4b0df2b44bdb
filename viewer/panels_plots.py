"""Plots that scroll: traces of potentials, and images that cost the same however long they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import moderngl
import numpy as np
from imgui_bundle import imgui, implot
from numpy.typing import NDArray

from viewer.panels_history import COLUMN_S, N_COLUMNS, columns_of
from viewer.renderer_styles import VOLTAGE_RANGE_mV

if TYPE_CHECKING:
    from collections.abc import Sequence

    from viewer.imgui_backend import ImGuiBackend
    from viewer.panels_history import History
    from viewer.snapshot import Moment

_QUIET = implot.Flags_.no_legend | implot.Flags_.no_menus | implot.Flags_.no_mouse_text


class ScrollingImage:
    """One row for each neuron, joint or muscle, one column for each ``COLUMN_S`` of time.

    The columns lie in a ring, of which two parts are shown: a heat map would be drawn as one
    square for each value. A moment that was missed is filled with its neighbour, so that the
    time axis is even.

    Args:
        ctx: the OpenGL context of the window.
        backend: of the panels.
        kind: see ``panels_history.columns_of``.
        rows: of the image.
    """

    def __init__(self, ctx: moderngl.Context, backend: ImGuiBackend, kind: str, rows: int) -> None:
        self._kind, self._rows = kind, rows
        self._first, self._last = 0, -1
        self._texture = ctx.texture((N_COLUMNS, rows), 4)
        self._texture.filter = (moderngl.NEAREST, moderngl.NEAREST)
        self._reference = backend.reference(self._texture)

    def push(self, moments: Sequence[Moment]) -> None:
        """Add moments, oldest first; one that is earlier than the one before begins anew."""
        numbers = np.array([int(m.frame.time_s / COLUMN_S + 1e-6) for m in moments])
        if not len(numbers):
            return
        back = np.flatnonzero(np.diff(numbers) < 0)
        start = int(back[-1]) + 1 if len(back) else 0
        moments, numbers = moments[start:], numbers[start:]
        if start or numbers[0] < self._last or self._last < 0:
            self._first, self._last = int(numbers[0]), int(numbers[0]) - 1
        end = int(numbers[-1]) + 1
        begin = max(min(self._last + 1, int(numbers[0])), end - N_COLUMNS)
        shown = np.searchsorted(numbers, np.arange(begin, end), "right") - 1
        columns = columns_of(self._kind, moments)[:, np.maximum(shown, 0)]
        at = 0
        for first, last in _ring_parts(begin, end):
            block = np.ascontiguousarray(columns[:, at : at + last - first])
            self._texture.write(block.tobytes(), viewport=(first, 0, last - first, self._rows))
            at += last - first
        self._last = end - 1
        self._first = max(self._first, end - N_COLUMNS)

    def plot(self, label: str, height: float, span_s: float) -> None:
        """Draw the image as wide as the panel.

        Args:
            label: beside it.
            height: in pixels.
            span_s: the time that is shown, up to now.
        """
        if not implot.begin_plot(f"##{label}", imgui.ImVec2(-1, height), _QUIET):
            return
        axes = implot.AxisFlags_
        hidden = axes.no_tick_labels | axes.no_grid_lines | axes.no_tick_marks
        implot.setup_axes("", label, hidden, hidden)
        end = self._last + 1
        begin = max(self._first, end - max(round(span_s / COLUMN_S), 2))
        implot.setup_axes_limits(end - span_s / COLUMN_S, end, 0, self._rows, imgui.Cond_.always)
        at = begin
        for start, stop in _ring_parts(begin, end):
            self._part(f"{label}{start}", (start, stop), at)
            at += stop - start
        implot.end_plot()

    def _part(self, label: str, columns: tuple[int, int], at: int) -> None:
        first, last = columns
        implot.plot_image(
            label,
            self._reference,
            implot.Point(at, 0),
            implot.Point(at + last - first, self._rows),
            imgui.ImVec2(first / N_COLUMNS, 1),
            imgui.ImVec2(last / N_COLUMNS, 0),
        )


def _ring_parts(begin: int, end: int) -> list[tuple[int, int]]:
    """Return the places in a ring of ``N_COLUMNS`` of the columns from ``begin`` to ``end``."""
    if end <= begin:
        return []
    start, stop = begin % N_COLUMNS, begin % N_COLUMNS + end - begin
    if stop <= N_COLUMNS:
        return [(start, stop)]
    return [(start, N_COLUMNS), (0, stop - N_COLUMNS)]


def plot_traces(
    history: History, chosen: Sequence[tuple[str, int]], height: float, *, legend: bool
) -> None:
    """Draw the potentials of some neurons.

    Args:
        history: of the worm.
        chosen: name and index of each neuron.
        height: in pixels.
        legend: whether to write the names above.
    """
    time_s, voltages_mV = history.traces([index for _, index in chosen])
    flags = _TRACES if legend else _TRACES | implot.Flags_.no_legend
    if not len(time_s) or not implot.begin_plot("##traces", imgui.ImVec2(-1, height), flags):
        return
    axes = implot.AxisFlags_
    implot.setup_axes("", "mV", axes.no_grid_lines, axes.none)
    span_s = history.span_s
    low, high = VOLTAGE_RANGE_mV
    implot.setup_axes_limits(-span_s, 0, low - 8, high + 12, imgui.Cond_.always)
    above = implot.LegendFlags_.horizontal | implot.LegendFlags_.outside
    implot.setup_legend(implot.Location_.north, above)
    for (name, _), trace in zip(chosen, voltages_mV, strict=True):
        implot.plot_line(name, np.ascontiguousarray(time_s), _contiguous(trace))
    implot.end_plot()


def _contiguous(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.ascontiguousarray(values)


_TRACES = implot.Flags_.no_menus | implot.Flags_.no_mouse_text
