"""Draw the nervous system as a strip: 302 somata along the body, and the four rows of muscles."""

from __future__ import annotations

import functools

import numpy as np
from numpy.typing import NDArray
from PIL import ImageDraw, ImageFont

from env.frame import Frame
from viewer import palette
from viewer.body_shape import MAX_RADIUS_MM, radius_mm
from worm.connectome import Connectome, load_connectome

Array = NDArray[np.float64]
Font = ImageFont.FreeTypeFont | ImageFont.ImageFont
Box = tuple[int, int, int, int]

#: Dots further apart than this, counted along the strip, never touch.
_NEIGHBOURS = 40

QUADRANTS = ("DL", "DR", "VR", "VL")
#: Neurons with their name beside them: those that choose between forward and backward.
LABELLED = ("AVAL", "AVBL", "AVDL", "AVEL", "PVCL", "RIML")


@functools.cache
def warp() -> tuple[Array, Array]:
    """Return body positions and where they stand in the strip (both 0..1, rising).

    Two thirds of the neurons crowd into the head; the strip gives room in proportion to their
    number, mixed with plain distance.
    """
    position = np.sort(load_connectome().body_position)
    s = np.linspace(0.0, 1.0, 201)
    rank = np.interp(s, position, np.linspace(0.0, 1.0, position.size), left=0.0, right=1.0)
    return s, 0.45 * s + 0.55 * rank


@functools.cache
def layout(width: int, height: int, dot: float) -> Array:
    """Return (302, 2) pixel positions of the somata in a strip, spread so that dots do not overlap.

    Args:
        width: length of the strip in pixels, nose left.
        height: of the strip in pixels, dorsal up.
        dot: diameter of a dot in pixels.
    """
    connectome = load_connectome()
    s, along = warp()
    x = np.interp(connectome.body_position, s, along) * width
    home = np.stack([x, 0.5 * height - _depth(connectome) * 0.4 * height], axis=1)
    return _spread(home, dot, np.array([width, height], dtype=np.float64))


def _spread(home: Array, dot: float, size: Array) -> Array:
    """Return ``home`` (n, 2) with points pushed apart to a dot's width, inside ``size``."""
    order = np.argsort(home[:, 0], kind="stable")
    # Only neighbours along the strip can touch; all pairs would take seconds.
    pairs = [(order[k:], order[:-k]) for k in range(1, _NEIGHBOURS)]
    a, b = (np.concatenate(ends) for ends in zip(*pairs, strict=True))
    place = home.copy()
    for _ in range(240):
        gap = place[a] - place[b]
        # Somata of a left-right pair share one place: part them up and down.
        gap[:, 1] += 1e-3 * np.sign(a - b)
        distance = np.hypot(gap[:, 0], gap[:, 1])
        push = gap * (np.maximum(dot * 1.08 - distance, 0.0) / distance)[:, None]
        for axis in (0, 1):
            moved = np.bincount(a, push[:, axis], len(home)) - np.bincount(
                b, push[:, axis], len(home)
            )
            place[:, axis] += 0.22 * moved + 0.02 * (home - place)[:, axis]
        np.clip(place, 0.6 * dot, size - 0.6 * dot, out=place)
    return place


def _depth(connectome: Connectome) -> Array:
    """Return (302,) how dorsal a soma lies: -1 ventral edge .. 1 dorsal edge."""
    from connectome_data import read_table

    rows = read_table("neurons")
    dorsal_um = np.array([float(value or 0.0) for value in rows["soma_dorsal_um"]])
    local_um = 1000.0 * np.maximum(radius_mm(connectome.body_position), 0.3 * MAX_RADIUS_MM)
    return np.clip(dorsal_um / local_um, -1.0, 1.0)


def draw_neurons(draw: ImageDraw.ImageDraw, frame: Frame, box: Box, font: Font) -> None:
    """Draw the silhouette of a straight worm with every neuron as a dot coloured by its voltage."""
    left, top, right, bottom = box
    width, height = right - left, bottom - top
    s, along = warp()
    half = radius_mm(s) / MAX_RADIUS_MM * 0.5 * height
    upper = np.stack([left + along * width, top + 0.5 * height - half], axis=1)
    lower = np.stack([left + along * width, top + 0.5 * height + half], axis=1)[::-1]
    outline = [tuple(point) for point in np.concatenate([upper, lower]).tolist()]
    draw.polygon(outline, fill=(22, 28, 34), outline=palette.EDGE)
    dot = 0.0112 * width
    places = layout(width, height, dot) + np.array([left, top])
    colours = palette.voltage_colours(frame.voltages_mV).tolist()
    for (x, y), colour in zip(places.tolist(), colours, strict=True):
        r = 0.5 * dot
        draw.ellipse((x - r, y - r, x + r, y + r), fill=tuple(colour))
    index_of = load_connectome().index_of
    _draw_labels(draw, places[[index_of[name] for name in LABELLED]], dot, top, font)


def _draw_labels(
    draw: ImageDraw.ImageDraw, places: Array, dot: float, top: float, font: Font
) -> None:
    """Ring the labelled neurons and write their class above, from left to right without overlap."""
    order = np.argsort(places[:, 0])
    room = 1.25 * font.getlength("AVA")
    last_x = -np.inf
    r = 0.72 * dot
    for index in order:
        x, y = places[index]
        draw.ellipse((x - r, y - r, x + r, y + r), outline=palette.INK, width=2)
        last_x = max(x, last_x + room)
        draw.line((x, y - r, last_x, top - 2), fill=(*palette.INK, 80), width=1)
        draw.text((last_x, top - 3), LABELLED[index][:3], fill=palette.INK, font=font, anchor="mb")


def draw_muscles(draw: ImageDraw.ImageDraw, frame: Frame, box: Box, font: Font) -> None:
    """Draw the 95 muscles as four rows of cells, nose left, coloured by activation."""
    left, top, right, bottom = box
    connectome = load_connectome()
    colours = palette.muscle_colours(frame.activation).tolist()
    edges = np.linspace(left, right, 25)
    tall = (bottom - top) / len(QUADRANTS)
    for name, colour in zip(connectome.muscle_names, colours, strict=True):
        row = connectome.muscle_row[connectome.muscle_index_of[name]]
        y = top + QUADRANTS.index(name[1:3]) * tall
        cell = (edges[row - 1] + 1, y + 1, edges[row] - 2, y + tall - 2)
        draw.rectangle(cell, fill=tuple(colour))
    for k, quadrant in enumerate(QUADRANTS):
        y = top + (k + 0.5) * tall
        draw.text((left - 8, y), quadrant, fill=palette.FAINT_INK, font=font, anchor="rm")
