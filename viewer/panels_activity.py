"""The plots of a worm: potentials, the raster of all neurons, bends, muscles."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from imgui_bundle import imgui, implot

from viewer.panels_plots import ScrollingImage, plot_traces
from worm.connectome import load_connectome

if TYPE_CHECKING:
    import moderngl

    from viewer.app_pane import Pane
    from viewer.imgui_backend import ImGuiBackend
    from viewer.snapshot import Moment

#: Neurons whose potentials are plotted beside the chosen one: those of the direction.
_WATCHED = ("AVAL", "AVBL", "RIML", "DB3", "VB4")
_TRACES_SHARE = 0.35
#: Label, kind, rows and share of the height of the images below the traces.
_IMAGES = (
    ("neurons", "neurons", 302, 0.31),
    ("bends", "curvature", 23, 0.14),
    ("muscles", "muscles", 95, 0.20),
)


class Activity:
    """What one worm did lately.

    Args:
        ctx: the OpenGL context of the window.
        backend: of the panels.
        pane: the worm.
    """

    def __init__(self, ctx: moderngl.Context, backend: ImGuiBackend, pane: Pane) -> None:
        self._pane = pane
        self._images = [
            (label, ScrollingImage(ctx, backend, kind, rows), share)
            for label, kind, rows, share in _IMAGES
        ]
        index_of = load_connectome().index_of
        self._watched = [(name, index_of[name]) for name in _WATCHED]

    def take(self, moments: Sequence[Moment]) -> None:
        """Add what was lived."""
        for _, image, _ in self._images:
            image.push(moments)

    def build(self, number: int, height: float, neuron: int | None) -> None:
        """Lay out the plots in the present panel.

        Args:
            number: of the worm in the window.
            height: of all of them, in the pixels of the panels.
            neuron: index of the chosen neuron, plotted first, or None.
        """
        chosen = list(self._watched)
        if neuron is not None:
            name = load_connectome().names[neuron]
            chosen = [(name, neuron), *(c for c in chosen if c[0] != name)]
        chosen = [(name, k) for name, k in chosen if name not in self._pane.source.ablated]
        imgui.push_id(number)
        height -= (1 + len(self._images)) * imgui.get_style().item_spacing.y
        history = self._pane.history
        if implot.begin_aligned_plots("plots"):
            plot_traces(history, chosen, _TRACES_SHARE * height, legend=number == 0)
            for label, image, share in self._images:
                image.plot(label, share * height, history.span_s)
            implot.end_aligned_plots()
        imgui.pop_id()
