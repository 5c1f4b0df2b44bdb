"""Colours and type of the panels."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import imgui_bundle
from imgui_bundle import imgui, implot

_FONT_PX = 15.0
_ORDINARY_DPI, _LARGEST_UNIT = 96.0, 4.0
_SIZES = {
    "window_rounding": 8.0,
    "frame_rounding": 5.0,
    "grab_rounding": 5.0,
    "grab_min_size": 12.0,
    "scrollbar_size": 12.0,
}
_PAIRS = {
    "window_padding": (11, 9),
    "item_spacing": (8, 5),
    "item_inner_spacing": (5, 4),
    "frame_padding": (5, 3),
}
_DARK = {
    "window_bg": (0.030, 0.042, 0.056, 0.97),
    "border": (0.5, 0.75, 0.85, 0.16),
    "frame_bg": (0.12, 0.17, 0.22, 1.0),
    "frame_bg_hovered": (0.17, 0.27, 0.33, 1.0),
    "slider_grab": (0.33, 0.72, 0.78, 1.0),
    "slider_grab_active": (0.5, 0.95, 1.0, 1.0),
    "check_mark": (0.4, 0.9, 0.9, 1.0),
    "button": (0.12, 0.21, 0.27, 1.0),
    "button_hovered": (0.18, 0.36, 0.42, 1.0),
    "button_active": (0.2, 0.5, 0.55, 1.0),
    "title_bg": (0.03, 0.05, 0.07, 1.0),
    "title_bg_active": (0.03, 0.06, 0.08, 1.0),
    "text": (0.86, 0.92, 0.94, 1.0),
    "header": (0.15, 0.28, 0.34, 1.0),
    "header_hovered": (0.18, 0.34, 0.40, 1.0),
    "plot_histogram": (0.85, 0.62, 0.20, 1.0),
}
_LIGHT = {"window_bg": (0.975, 0.975, 0.97, 0.97), "border": (0.2, 0.25, 0.3, 0.16)}


def load_font() -> None:
    """Take the font that comes with imgui-bundle; without it, imgui's own."""
    assets = Path(imgui_bundle.__file__).parent / "assets" / "fonts"
    font = assets / "Roboto" / "Roboto-Regular.ttf"
    if font.exists():
        imgui.get_io().fonts.add_font_from_file_ttf(str(font), _FONT_PX)


def unit_of(window: Any) -> float:
    """Return the pixels of a pyglet window for one pixel of a screen of ordinary density.

    A window counts in pixels of the screen (X11), or in larger ones that the system enlarges
    (macOS); what the system has enlarged already must not be enlarged again.
    """
    enlarged = window.get_framebuffer_size()[0] / max(window.get_size()[0], 1)
    return float(min(max(window.dpi / _ORDINARY_DPI / enlarged, 1.0), _LARGEST_UNIT))


def apply(*, dark: bool, unit: float) -> None:
    """Colour the panels to go with a dark or a bright picture, and size them for the screen.

    Args:
        dark: whether the picture is.
        unit: see :func:`unit_of`.
    """
    style = imgui.get_style()
    plots = implot.get_style()
    if dark:
        imgui.style_colors_dark()
        implot.style_colors_dark()
    else:
        imgui.style_colors_light()
        implot.style_colors_light()
    for name, size in _SIZES.items():
        setattr(style, name, size * unit)
    for name, pair in _PAIRS.items():
        setattr(style, name, imgui.ImVec2(*(unit * side for side in pair)))
    style.font_scale_dpi = unit
    for name, colour in (_DARK if dark else _LIGHT).items():
        style.set_color_(getattr(imgui.Col_, name), imgui.ImVec4(*colour))
    plots.plot_padding, plots.plot_border_size = imgui.ImVec2(4 * unit, 3 * unit), 0.0
    clear = imgui.ImVec4(0.0, 0.0, 0.0, 0.0)
    for name in ("plot_bg", "frame_bg"):
        plots.set_color_(getattr(implot.Col_, name).value, clear)
