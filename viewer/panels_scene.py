"""What is written over the picture of each worm in a window: its name, scales of length and mV."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np
from imgui_bundle import imgui

from viewer.overlay import scale_bar
from viewer.renderer_styles import VOLTAGE_RANGE_mV, neuron_colours

if TYPE_CHECKING:
    from viewer.app import App
    from viewer.app_pane import Pane

_PAD, _BAR_SHARE, _SCALE = 14, 0.2, 120
_MOST_NAMES = 6
_COLOURS = [
    imgui.ImVec4(red, green, blue, 1.0)
    for red, green, blue in np.sqrt(
        neuron_colours(np.linspace(*VOLTAGE_RANGE_mV, 12))[:, :3]
    ).tolist()
]


def build(app: App, unit: float) -> None:
    """Write over the panes of a window, below its panels.

    Args:
        app: the window.
        unit: pixels for one pixel of a screen of ordinary density.
    """
    left, below, width, tall = app.scene()
    share = width // len(app.panes)
    top = app.window.get_size()[1] - below - tall
    canvas = imgui.get_background_draw_list()
    ink = imgui.get_color_u32(imgui.Col_.text)
    pad = _PAD * unit
    for number, pane in enumerate(app.panes):
        corner = left + number * share
        if len(app.panes) > 1:
            canvas.add_text(imgui.ImVec2(corner + pad, top + pad), ink, label_of(pane))
        end = imgui.ImVec2(corner + share - pad, top + tall - pad)
        length_px, label = scale_bar(pane.camera, tall, _BAR_SHARE * share)
        canvas.add_rect_filled(imgui.ImVec2(end.x - length_px, end.y - 3 * unit), end, ink)
        _write(canvas, label, end.x - 0.5 * length_px, end.y - 5 * unit, ink)
    _voltage_scale(canvas, imgui.ImVec2(left + pad, top + tall - pad), unit, ink)


def label_of(pane: Pane) -> str:
    """Return which worm a pane shows: the recording, and the neurons that are dead in it."""
    dead = pane.source.ablated
    names = " ".join(dead[:_MOST_NAMES]) + (" ..." if len(dead) > _MOST_NAMES else "")
    return f"{pane.source.name}, without {names}" if dead else pane.source.name


def _voltage_scale(canvas: imgui.ImDrawList, corner: imgui.ImVec2, unit: float, ink: int) -> None:
    """Draw the colours of potentials to the right of a lower left corner."""
    wide, tall = _SCALE * unit / (len(_COLOURS) - 1), 5 * unit
    for number, (before, after) in enumerate(itertools.pairwise(_COLOURS)):
        first, second = map(imgui.get_color_u32, (before, after))
        x = corner.x + number * wide
        canvas.add_rect_filled_multi_color(
            imgui.ImVec2(x, corner.y - tall),
            imgui.ImVec2(x + wide, corner.y),
            first,
            second,
            second,
            first,
        )
    low, high = VOLTAGE_RANGE_mV
    _write(canvas, f"{low:.0f}", corner.x + 12 * unit, corner.y - tall, ink)
    _write(canvas, f"{high:.0f} mV", corner.x + (_SCALE - 18) * unit, corner.y - tall, ink)


def _write(canvas: imgui.ImDrawList, text: str, x: float, below: float, ink: int) -> None:
    """Write a text, its middle at ``x`` and its lower edge at ``below``."""
    size = imgui.calc_text_size(text)
    canvas.add_text(imgui.ImVec2(x - 0.5 * size.x, below - size.y), ink, text)
