"""What is written on a picture of the worm: time, speed, scales, and a map of the plate."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from env.frame import Frame
from viewer import palette
from viewer.camera import Camera
from viewer.renderer_ground import field_levels
from viewer.renderer_styles import STYLES, VOLTAGE_RANGE_mV, neuron_colours
from viewer.world_view import has_landmarks, plate_radius_mm
from worm.obstacles import Dish

Picture = NDArray[np.uint8]

_BARS_MM = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0)
_MAP_SHARE = 0.24
#: Samples along a side of the map, and the time after which they are taken anew.
_HAZE_PX, _HAZE_AGE_S = 72, 5.0


def scale_bar(camera: Camera, height: int, most_px: float) -> tuple[float, str]:
    """Return the length in pixels of a round length at the distance of the worm, and its name.

    Args:
        camera: the view.
        height: of the picture in pixels.
        most_px: how long the bar may be.
    """
    seen_mm = 2.0 * camera.distance_mm * math.tan(0.5 * camera.fov_y_rad)
    px_per_mm = height / seen_mm
    length_mm = max((b for b in _BARS_MM if b * px_per_mm < most_px), default=_BARS_MM[0])
    label = f"{length_mm:g} mm" if length_mm >= 0.1 else f"{1000.0 * length_mm:.0f} µm"
    return length_mm * px_per_mm, label


class Overlay:
    """Writes on pictures of one size and style.

    Args:
        width: of the pictures in pixels.
        height: of the pictures in pixels.
        style: one of ``renderer_styles.STYLES``.
    """

    def __init__(self, width: int, height: int, style: str) -> None:
        self._ink = STYLES[style].ink
        self._paper = tuple(255 - channel for channel in self._ink)
        self._width, self._height = width, height
        self._text_px = max(10, round(height / 42))
        self._pad = round(0.022 * width)
        self._font = ImageFont.load_default(self._text_px)
        self._large = ImageFont.load_default(1.5 * self._text_px)
        self._path_mm: list[tuple[float, float]] = []
        self._time_s = -math.inf
        self._hazy: tuple[object, Image.Image] | None = None
        levels = np.linspace(*VOLTAGE_RANGE_mV, 64)
        self._scale = np.sqrt(neuron_colours(levels)[:, :3]) * 255.0

    def draw(self, picture: Picture, frame: Frame, camera: Camera, speed_mm_s: float) -> Picture:
        """Return the picture with the writing on it.

        Args:
            picture: (height, width, 3) uint8.
            frame: the moment it shows.
            camera: the view it was drawn with.
            speed_mm_s: along the body, negative backward.
        """
        image = Image.fromarray(picture)
        draw = ImageDraw.Draw(image, "RGBA")
        pad, faint = self._pad, (*self._ink, 170)
        draw.text((pad, pad), f"{frame.time_s:.1f} s", fill=self._ink, font=self._large)
        line = f"{speed_mm_s:+.2f} mm/s   {frame.medium}"
        draw.text((pad, pad + 2 * self._text_px), line, fill=faint, font=self._font)
        self._draw_bar(draw, camera)
        self._draw_voltage_scale(draw)
        self._follow(frame)
        if has_landmarks(frame):
            self._draw_map(image, frame)
        return np.asarray(image)

    def _draw_bar(self, draw: ImageDraw.ImageDraw, camera: Camera) -> None:
        """Draw the length of a round number of mm at the distance of the worm."""
        length_px, label = scale_bar(camera, self._height, 0.2 * self._width)
        x, y = self._width - self._pad, self._height - self._pad
        thick = max(2, round(self._height / 240))
        draw.rectangle((x - length_px, y - thick, x, y), fill=self._ink)
        middle = (x - 0.5 * length_px, y - 2 * thick)
        draw.text(middle, label, fill=self._ink, font=self._font, anchor="mb")

    def _draw_voltage_scale(self, draw: ImageDraw.ImageDraw) -> None:
        low, high = VOLTAGE_RANGE_mV
        x, y = self._pad, self._height - self._pad
        wide, tall = 0.14 * self._width, max(3, round(self._height / 130))
        n = len(self._scale)
        for k, colour in enumerate(self._scale.astype(int).tolist()):
            draw.rectangle(
                (x + k * wide / n, y - tall, x + (k + 1) * wide / n, y), fill=tuple(colour)
            )
        above = y - 1.6 * tall
        faint = (*self._ink, 190)
        draw.text((x, above), f"{low:.0f}", fill=faint, font=self._font, anchor="lb")
        draw.text((x + wide, above), f"{high:.0f} mV", fill=faint, font=self._font, anchor="rb")

    def _follow(self, frame: Frame) -> None:
        x, y = np.asarray(frame.centreline_mm)[:, :2].mean(axis=0).tolist()
        if frame.time_s < self._time_s:
            self._path_mm.clear()
        self._time_s = frame.time_s
        self._path_mm.append((x, y))

    def _haze(self, frame: Frame, reach_mm: float, side: int) -> Image.Image:
        """Return the chemicals of the whole plate as a transparent picture, made now and then."""
        key = (frame.arena, int(frame.time_s / _HAZE_AGE_S), reach_mm)
        if self._hazy is None or self._hazy[0] != key:
            window = (0.0, 0.0, 2.0 * reach_mm, 2.0 * reach_mm)
            levels = field_levels(frame.arena, frame.time_s, window, _HAZE_PX)[::-1]
            attracts, repels = np.moveaxis(np.clip((levels + 3.0) / 5.0, 0.0, 1.0), -1, 0)
            colour = np.where((repels > attracts)[..., None], palette.REPELLENT, palette.ODOUR)
            alpha = 210.0 * np.maximum(attracts, repels)
            pixels = np.concatenate([colour, alpha[..., None]], axis=-1).astype(np.uint8)
            small = Image.fromarray(pixels, "RGBA")
            self._hazy = (key, small.resize((side, side), Image.Resampling.BICUBIC))
        return self._hazy[1]

    def _draw_map(self, image: Image.Image, frame: Frame) -> None:
        """Draw the whole plate small in the upper right corner, with the path and the worm."""
        side = _MAP_SHARE * self._height
        draw = ImageDraw.Draw(image, "RGBA")
        reach_mm = plate_radius_mm(frame)
        scale = 0.5 * side / reach_mm
        x0, y0 = self._width - self._pad - 0.5 * side, self._pad + 0.5 * side

        def disc(x_mm: float, y_mm: float, radius_px: float, **colours: object) -> None:
            x, y = x0 + x_mm * scale, y0 - y_mm * scale
            box = (x - radius_px, y - radius_px, x + radius_px, y + radius_px)
            draw.ellipse(box, **colours)  # type: ignore[arg-type]

        arena = frame.arena
        dishes = [o.radius_mm for o in arena.obstacles if isinstance(o, Dish)] if arena else []
        radius_px = min(dishes) * scale if dishes else 0.5 * side
        disc(0.0, 0.0, radius_px, fill=(*self._paper, 90), outline=(*self._ink, 110))
        if arena is not None and arena.chemicals:
            haze = self._haze(frame, reach_mm, round(side))
            image.paste(haze, (round(x0 - 0.5 * side), round(y0 - 0.5 * side)), haze)
        for lawn in arena.lawns if arena else ():
            disc(*lawn.centre_mm, lawn.radius_mm * scale, fill=(176, 160, 92, 170))
        if len(self._path_mm) > 1:
            line = [(x0 + x * scale, y0 - y * scale) for x, y in self._path_mm]
            draw.line(line, fill=(*self._ink, 150), width=1)
        disc(*self._path_mm[-1], 3.0, fill=(255, 110, 60, 255))
