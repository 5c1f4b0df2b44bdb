"""Plots that scroll: traces of potentials, and images that cost the same however long they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import moderngl
import numpy as np
from imgui_bundle import imgui, implot
from numpy.typing import NDArray

from viewer.panels_history import N_COLUMNS, column_of
from viewer.renderer_styles import VOLTAGE_RANGE_mV

if TYPE_CHECKING:
    from collections.abc import Sequence

    from viewer.imgui_backend import ImGuiBackend
    from viewer.panels_history import History
    from viewer.snapshot import Moment

_QUIET = implot.Flags_.no_legend | implot.Flags_.no_menus | implot.Flags_.no_mouse_text


class ScrollingImage:
    """One row for each neuron, joint or muscle, one column for each moment.

    The columns lie in a ring, of which two parts are shown: a heat map would be drawn as one
    square for each value.

    Args:
        ctx: the OpenGL context of the window.
        backend: of the panels.
        kind: see ``panels_history.column_of``.
        rows: of the image.
    """

    def __init__(self, ctx: moderngl.Context, backend: ImGuiBackend, kind: str, rows: int) -> None:
        self._kind, self._rows, self._count = kind, rows, 0
        self._texture = ctx.texture((N_COLUMNS, rows), 4)
        self._texture.filter = (moderngl.NEAREST, moderngl.NEAREST)
        self._reference = backend.reference(self._texture)

    def push(self, moment: Moment, count: int) -> None:
        """Add a moment.

        Args:
            moment: to add.
            count: moments since the last clearing of the history, this one included.
        """
        self._count = count
        column = np.ascontiguousarray(column_of(self._kind, moment))
        at = (count - 1) % N_COLUMNS
        self._texture.write(column.tobytes(), viewport=(at, 0, 1, self._rows))

    def plot(self, label: str, height: float) -> None:
        """Draw the image as wide as the panel."""
        if not implot.begin_plot(f"##{label}", imgui.ImVec2(-1, height), _QUIET):
            return
        axes = implot.AxisFlags_
        hidden = axes.no_tick_labels | axes.no_grid_lines | axes.no_tick_marks
        implot.setup_axes("", label, hidden, hidden)
        shown = min(self._count, N_COLUMNS)
        first = N_COLUMNS - max(shown, 2)  # as wide as the traces above
        implot.setup_axes_limits(first, N_COLUMNS, 0, self._rows, imgui.Cond_.always)
        split = self._count % N_COLUMNS if self._count > N_COLUMNS else 0
        if split:
            self._part("old", (split, N_COLUMNS), 0)
            self._part("new", (0, split), N_COLUMNS - split)
        else:
            self._part("all", (0, shown), N_COLUMNS - shown)
        implot.end_plot()

    def _part(self, label: str, columns: tuple[int, int], at: int) -> None:
        first, last = columns
        implot.plot_image(
            f"{self._kind}{label}",
            self._reference,
            implot.Point(at, 0),
            implot.Point(at + last - first, self._rows),
            imgui.ImVec2(first / N_COLUMNS, 1),
            imgui.ImVec2(last / N_COLUMNS, 0),
        )


def plot_traces(history: History, chosen: Sequence[tuple[str, int]], height: float) -> None:
    """Draw the potentials of some neurons.

    Args:
        history: of the worm.
        chosen: name and index of each neuron.
        height: in pixels.
    """
    time_s, voltages_mV = history.traces([index for _, index in chosen])
    if not len(time_s) or not implot.begin_plot("##traces", imgui.ImVec2(-1, height), _TRACES):
        return
    axes = implot.AxisFlags_
    implot.setup_axes("", "mV", axes.no_grid_lines, axes.none)
    span_s = max(0.1, -float(time_s[0]))
    low, high = VOLTAGE_RANGE_mV
    implot.setup_axes_limits(-span_s, 0, low - 8, high + 12, imgui.Cond_.always)
    implot.setup_legend(implot.Location_.north_west, implot.LegendFlags_.horizontal)
    for (name, _), trace in zip(chosen, voltages_mV, strict=True):
        implot.plot_line(name, np.ascontiguousarray(time_s), _contiguous(trace))
    implot.end_plot()


def _contiguous(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.ascontiguousarray(values)


_TRACES = implot.Flags_.no_menus | implot.Flags_.no_mouse_text
