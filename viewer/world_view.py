"""Draw the world from above: medium, odour, lawns, obstacles, track and the worm."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from env.frame import Frame
from viewer import palette
from viewer.body_shape import BodyShape
from viewer.grazing import Grazing
from worm.chemosensation import NOXIOUS
from worm.obstacles import Dish, Obstacle, Post, Wall

Array = NDArray[np.float64]
Draw = ImageDraw.ImageDraw

#: Views wider than this are maps: fewer contour lines, a coarser grid.
_MAP_WIDTH_MM = 12.0
#: Side of the map of a world without a rim, in mm from its centre.
_OPEN_RADIUS_MM = 15.0
#: Patches of a lawn of which more is left look whole.
_VISIBLY_EATEN = 0.97


@dataclass(frozen=True)
class Camera:
    """A window onto the plate: ``centre_mm`` in the middle of ``width`` x ``height`` pixels."""

    centre_mm: tuple[float, float]
    pixels_per_mm: float
    width: int
    height: int

    def to_px(self, points_mm: Array) -> list[tuple[float, float]]:
        """Return pixel positions of (n, 2) points, y downwards."""
        x = (points_mm[:, 0] - self.centre_mm[0]) * self.pixels_per_mm + self.width / 2
        y = self.height / 2 - (points_mm[:, 1] - self.centre_mm[1]) * self.pixels_per_mm
        return list(zip(x.tolist(), y.tolist(), strict=True))

    def grid_mm(self) -> tuple[Array, Array]:
        """Return x (height, width) and y (height, width) of every pixel centre, in mm."""
        x = (np.arange(self.width) + 0.5 - self.width / 2) / self.pixels_per_mm
        y = (self.height / 2 - np.arange(self.height) - 0.5) / self.pixels_per_mm
        grid = np.meshgrid(x + self.centre_mm[0], y + self.centre_mm[1])
        return grid[0], grid[1]

    def scaled(self, factor: int) -> Camera:
        """Return the same view with ``factor`` times as many pixels each way."""
        return Camera(
            self.centre_mm, self.pixels_per_mm * factor, self.width * factor, self.height * factor
        )


def background(frame: Frame, camera: Camera) -> Image.Image:
    """Return the ground under the worm: medium, millimetre grid, odour with contours."""
    x, y = camera.grid_mm()
    is_map = camera.width / camera.pixels_per_mm > _MAP_WIDTH_MM
    base = palette.AGAR if frame.medium == "agar" else palette.WATER
    light = 1.0 - 0.22 * ((x - camera.centre_mm[0]) ** 2 + (y - camera.centre_mm[1]) ** 2) / max(
        float(np.ptp(x)) ** 2 / 4, 1e-9
    )
    picture = np.asarray(base, np.float64) * light[..., None]
    # Agar has a grain; it stays put on the plate, so that the eye sees the worm move over it.
    grain = np.sin(x * 61.0 + 3.0 * np.sin(y * 17.0)) * np.sin(y * 67.0 + 3.0 * np.sin(x * 19.0))
    picture *= 1.0 + 0.02 * grain[..., None]
    for name, concentration_mM in _concentrations(frame, x, y).items():
        colour = palette.REPELLENT if name in NOXIOUS else palette.ODOUR
        picture = _tint(picture, concentration_mM, colour, contours_per_decade=2 if is_map else 12)
    step_mm = 10.0 if is_map else 1.0
    width_mm = 1.0 / camera.pixels_per_mm
    for axis in (x, y):
        line = np.abs((axis / step_mm + 0.5) % 1.0 - 0.5) * step_mm < 0.5 * width_mm
        picture[line] = palette.blend(picture[line], palette.FAINT_INK, 0.16)
    return Image.fromarray(np.clip(picture, 0, 255).astype(np.uint8))


def _concentrations(frame: Frame, x: Array, y: Array) -> dict[str, Array]:
    """Return the concentration of each chemical at every pixel, in mM."""
    fields = {} if frame.arena is None else frame.arena.chemicals
    return {
        name: np.asarray(field.concentration_mM(x, y, frame.time_s))
        for name, field in fields.items()
    }


def _tint(
    picture: Array, concentration_mM: Array, colour: palette.Rgb, contours_per_decade: int
) -> Array:
    """Return the picture with a haze and contour lines of one chemical."""
    top = float(concentration_mM.max())
    if not top > 0.0:
        return picture
    level = np.log10(np.maximum(concentration_mM, 1e-6))
    haze = np.clip((level + 3.0) / 5.0, 0.0, 1.0) * 0.55
    picture = palette.blend(picture, colour, haze[..., None])
    rings = level * contours_per_decade
    steep = np.hypot(*np.gradient(rings))
    # Distance to the nearest ring in pixels, so that lines are smooth and one pixel wide.
    away = np.abs(rings - np.round(rings)) / np.maximum(steep, 1e-9)
    line = np.clip(1.2 - away, 0.0, 1.0) * (concentration_mM > 1e-3) * 0.2
    return palette.blend(picture, palette.INK, line[..., None])


def has_landmarks(frame: Frame) -> bool:
    """Return whether the world holds anything by which a place on the plate can be told."""
    arena = frame.arena
    return arena is not None and bool(arena.chemicals or arena.lawns or arena.obstacles)


def plate_radius_mm(frame: Frame) -> float:
    """Return how far from the origin the map must reach, in mm."""
    obstacles = () if frame.arena is None else frame.arena.obstacles
    rims = [o.radius_mm for o in obstacles if isinstance(o, Dish)]
    farthest = float(np.abs(frame.centreline_mm[:, :2]).max())
    return max(1.04 * min(rims, default=_OPEN_RADIUS_MM), farthest + 1.0)


def draw_lawns(draw: Draw, frame: Frame, grazing: Grazing, camera: Camera) -> None:
    """Draw the lawns of bacteria where they were sown, bare where they are eaten."""
    bare = palette.AGAR if frame.medium == "agar" else palette.WATER
    side_mm = grazing.patch_mm
    for index, lawn in enumerate(grazing.lawns):
        _disc(
            draw, camera, lawn.centre_mm, lawn.radius_mm, (*palette.LAWN, 84), (*palette.LAWN, 170)
        )
        left = grazing.left(index)
        rows, columns = np.nonzero(left < _VISIBLY_EATEN)
        corner = np.subtract(lawn.centre_mm, lawn.radius_mm)
        low = corner + side_mm * np.stack([columns, rows], axis=1)
        ends = zip(camera.to_px(low), camera.to_px(low + side_mm), strict=True)
        for share, ((x0, y1), (x1, y0)) in zip(left[rows, columns].tolist(), ends, strict=True):
            draw.rectangle((x0, y0, x1, y1), fill=(*bare, round(150 * (1.0 - share))))


def draw_obstacles(draw: Draw, obstacles: Sequence[Obstacle], camera: Camera) -> None:
    """Draw posts, walls and the rim of the dish."""
    for obstacle in obstacles:
        match obstacle:
            case Post(x, y, radius):
                _disc(draw, camera, (x, y), radius, palette.POST, palette.FAINT_INK)
            case Wall(x0, y0, x1, y1, radius):
                width = max(1, round(2 * radius * camera.pixels_per_mm))
                ends = camera.to_px(np.array([(x0, y0), (x1, y1)]))
                draw.line(ends, fill=palette.POST, width=width)
            case Dish(radius):
                _disc(draw, camera, (0.0, 0.0), radius, None, palette.FAINT_INK)


def _disc(
    draw: Draw,
    camera: Camera,
    centre_mm: tuple[float, float],
    radius_mm: float,
    fill: tuple[int, ...] | None,
    outline: tuple[int, ...],
) -> None:
    x, y = centre_mm
    corners = np.array([(x - radius_mm, y + radius_mm), (x + radius_mm, y - radius_mm)])
    (left, top), (right, bottom) = camera.to_px(corners)
    draw.ellipse((left, top, right, bottom), fill=fill, outline=outline, width=3)


def draw_track(draw: Draw, track_mm: Sequence[tuple[float, float]], camera: Camera) -> None:
    """Draw where the middle of the body has been, fading with age."""
    if len(track_mm) < 2:
        return
    points = camera.to_px(np.asarray(track_mm))
    width = max(2, round(0.008 * camera.pixels_per_mm))
    n = len(points)
    for index in range(n - 1):
        alpha = int(30 + 150 * (index + 1) / n)
        draw.line([points[index], points[index + 1]], fill=(*palette.TRACK, alpha), width=width)


def draw_worm(draw: Draw, frame: Frame, shape: BodyShape, camera: Camera) -> None:
    """Draw the animal: lit skin, muscles coloured by activation, gut, pharynx, a nose mark."""
    for swell, alpha in ((1.5, 22), (1.28, 40)):
        draw.polygon(_outline(shape, swell, camera), fill=(0, 0, 0, alpha))
    bands = np.linspace(-1.0, 1.0, 15)
    edges = [camera.to_px(shape.at(float(u))) for u in bands]
    colours = _skin_colours(shape, frame, 0.5 * (bands[1:] + bands[:-1]))
    for band in range(len(bands) - 1):
        lower, upper = edges[band], edges[band + 1]
        for k in range(len(lower) - 1):
            corners = [lower[k], lower[k + 1], upper[k + 1], upper[k]]
            draw.polygon(corners, fill=tuple(colours[k, band].tolist()))
    outline = _outline(shape, 1.0, camera)
    draw.line([*outline, outline[0]], fill=(*palette.BODY, 210), width=2, joint="curve")
    nose = camera.to_px(shape.axis_mm[1:2])[0]
    size = max(2.0, 0.007 * camera.pixels_per_mm)
    box = (nose[0] - size, nose[1] - size, nose[0] + size, nose[1] + size)
    draw.ellipse(box, fill=(255, 255, 255, 235))


def _outline(shape: BodyShape, swell: float, camera: Camera) -> list[tuple[float, float]]:
    return camera.to_px(np.concatenate([shape.at(swell), shape.at(-swell)[::-1]]))


def _skin_colours(shape: BodyShape, frame: Frame, u: Array) -> NDArray[np.uint8]:
    """Return (points - 1, bands, 3) colours of the body surface; u: band middles, -1..1."""
    s = 0.5 * (shape.s[1:] + shape.s[:-1])[:, None]
    lit = np.sqrt(1.0 - 0.8 * u[None, :] ** 2)
    colour = (
        np.asarray(palette.BODY, np.float64)
        * (0.35 + 0.5 * lit[..., None])
        * np.ones((*s.shape, 1))
    )
    inside = np.clip(1.0 - (u[None, :] / 0.42) ** 2, 0.0, 1.0)
    gut = inside * np.clip((s - 0.2) / 0.02, 0, 1) * np.clip((0.93 - s) / 0.03, 0, 1)
    colour = palette.blend(colour, palette.GUT, 0.75 * gut[..., None])
    bulbs = np.exp(-(((s - 0.09) / 0.022) ** 2)) + np.exp(-(((s - 0.17) / 0.02) ** 2))
    isthmus = 0.35 * ((s > 0.02) & (s < 0.19))
    pharynx = np.clip(inside * np.maximum(bulbs, isthmus), 0.0, 1.0)
    colour = palette.blend(colour, palette.PHARYNX, 0.8 * pharynx[..., None])
    activation = muscle_level(frame.activation, s[:, 0])
    level = np.where(u[None, :] > 0, activation[0][:, None], activation[1][:, None])
    band = np.exp(-(((np.abs(u[None, :]) - 0.62) / 0.26) ** 4))
    row_gap = 1.0 - 0.3 * (np.abs((s * 24.0) % 1.0 - 0.5) > 0.42)
    share = np.clip(level * 1.5, 0.0, 0.9) * band * row_gap
    colour = palette.blend(colour, palette.MUSCLE, share[..., None])
    return np.clip(colour, 0, 255).astype(np.uint8)


def muscle_level(activation: Array, s: Array) -> Array:
    """Return (2, n) activation of the dorsal and the ventral muscles at body positions ``s``.

    Args:
        activation: (95,) 0..1, ordered as ``Connectome.muscle_names``.
        s: (n,) body positions, 0..1; the muscle of row r covers (r - 1)/24 .. r/24.
    """
    from worm.connectome import load_connectome

    connectome = load_connectome()
    row = np.minimum((s * 24.0).astype(int), 23)
    levels = []
    for side in (1, -1):
        chosen = connectome.muscle_dorsal == side
        total = np.bincount(connectome.muscle_row[chosen] - 1, activation[chosen], 24)
        count = np.bincount(connectome.muscle_row[chosen] - 1, minlength=24)
        levels.append((total / np.maximum(count, 1))[row])
    return np.stack(levels)
