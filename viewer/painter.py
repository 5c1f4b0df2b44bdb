"""Pictures of a worm without any graphics library but Pillow: they work on every machine.

Above, the plate as seen from the top; below, the nervous system and the muscles. The view follows
the animal, leaving it room to move, so that crawling is seen as motion over the ground.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from env.frame import Frame
from viewer import palette
from viewer.body_shape import body_shape
from viewer.grazing import Grazing
from viewer.neuron_panel import Box, draw_muscles, draw_neurons
from viewer.world_view import (
    Camera,
    background,
    draw_lawns,
    draw_obstacles,
    draw_track,
    draw_worm,
    has_landmarks,
    plate_radius_mm,
)

if TYPE_CHECKING:
    from env.simulation import Simulation

Picture = NDArray[np.uint8]

_SUPERSAMPLE = 2
_VIEW_MM = 2.8
_PANEL_SHARE = 0.36
#: The worm may roam this share of the view before the camera follows.
_FREE_SHARE = 0.22
_SPEED_WINDOW_S = 1.0
#: Odours spread and lawns are eaten slowly: the ground is drawn anew after this time.
_GROUND_AGE_S = 5.0
_MIN_SIZE = 160


class Painter:
    """Draws frames of one episode, in order of time; a step back in time starts a new track.

    Args:
        width, height: size of the pictures in pixels, at least 160 each.

    Raises:
        ValueError: the pictures would be too small to show anything.
    """

    def __init__(self, width: int = 960, height: int = 640) -> None:
        if min(width, height) < _MIN_SIZE:
            raise ValueError(
                f"a picture of {width} x {height} pixels is too small; give at least "
                f"{_MIN_SIZE} x {_MIN_SIZE}"
            )
        self.width, self.height = width, height
        self._view_height = round(height * (1.0 - _PANEL_SHARE))
        self._track_mm: list[tuple[float, float]] = []
        self._track_s: list[float] = []
        self._grazing = Grazing()
        self._centre_mm = (0.0, 0.0)
        self._ground: tuple[object, Image.Image] | None = None
        self._map: tuple[object, Image.Image] | None = None
        small = max(9, round(height / 46))
        self._line_px = round(1.95 * small) * _SUPERSAMPLE
        self._font = ImageFont.load_default(small * _SUPERSAMPLE)
        self._large_font = ImageFont.load_default(round(1.5 * small) * _SUPERSAMPLE)

    def draw(self, source: Frame | Simulation) -> Picture:
        """Return the picture of a frame or of the present moment of a simulation.

        Returns:
            (height, width, 3) uint8, red green blue.
        """
        frame = Frame.of(source)
        self.follow(frame)
        canvas = Image.new(
            "RGB", (self.width * _SUPERSAMPLE, self.height * _SUPERSAMPLE), palette.PANEL
        )
        canvas.paste(self._draw_world(frame), (0, 0))
        self._draw_panel(ImageDraw.Draw(canvas, "RGBA"), frame)
        return np.asarray(canvas.reduce(_SUPERSAMPLE))

    def follow(self, frame: Frame) -> None:
        """Extend the track, and move the view as far as the worm leaves its middle part."""
        x, y = (float(value) for value in frame.centreline_mm[:, :2].mean(axis=0))
        if not self._track_s or frame.time_s < self._track_s[-1]:
            self._track_mm, self._track_s = [], []
            self._centre_mm = (x, y)
        self._grazing.follow(frame)
        self._track_mm.append((x, y))
        self._track_s.append(frame.time_s)
        free_x = 0.5 * _FREE_SHARE * _VIEW_MM
        free_y = free_x * self._view_height / self.width
        centre_x, centre_y = self._centre_mm
        self._centre_mm = (
            min(max(centre_x, x - free_x), x + free_x),
            min(max(centre_y, y - free_y), y + free_y),
        )

    def _draw_world(self, frame: Frame) -> Image.Image:
        camera = Camera(self._centre_mm, self.width / _VIEW_MM, self.width, self._view_height)
        size = (self.width * _SUPERSAMPLE, self._view_height * _SUPERSAMPLE)
        # Nearest, because reducing the canvas at the end gives back exactly these pixels.
        image = self._ground_picture(frame, camera).resize(size, Image.Resampling.NEAREST)
        draw = ImageDraw.Draw(image, "RGBA")
        fine = camera.scaled(_SUPERSAMPLE)
        draw_lawns(draw, frame, self._grazing, fine)
        draw_track(draw, self._track_mm, fine)
        if frame.arena is not None:
            draw_obstacles(draw, frame.arena.obstacles, fine)
        draw_worm(draw, frame, body_shape(frame), fine)
        self._draw_legend(draw, frame, fine)
        if has_landmarks(frame):
            self._draw_map(image, frame, fine)
        return image

    def _draw_map(self, image: Image.Image, frame: Frame, camera: Camera) -> None:
        """Draw the whole plate small in the upper right corner, with the track and the worm."""
        side = round(0.42 * camera.height)
        small = Camera((0.0, 0.0), side / (2.0 * plate_radius_mm(frame)), side, side)
        key = (side, frame.arena, int(frame.time_s / _GROUND_AGE_S))
        if self._map is None or self._map[0] != key:
            self._map = (key, background(frame, small))
        plate = self._map[1].copy()
        draw = ImageDraw.Draw(plate, "RGBA")
        draw_lawns(draw, frame, self._grazing, small)
        if frame.arena is not None:
            draw_obstacles(draw, frame.arena.obstacles, small)
        if len(self._track_mm) > 1:
            draw.line(small.to_px(np.asarray(self._track_mm)), fill=palette.TRACK, width=2)
        x, y = small.to_px(np.asarray(self._track_mm[-1:]))[0]
        draw.ellipse((x - 5, y - 5, x + 5, y + 5), fill=palette.MUSCLE, outline=palette.INK)
        draw.rectangle((0, 0, side - 1, side - 1), outline=palette.FAINT_INK, width=2)
        pad = round(0.02 * camera.width)
        image.paste(plate, (camera.width - pad - side, pad))

    def _ground_picture(self, frame: Frame, camera: Camera) -> Image.Image:
        """Return the ground, cut from a larger picture that is made anew only now and then."""
        half_mm = 0.5 * camera.width / camera.pixels_per_mm
        tile_mm = tuple(round(c / half_mm) * half_mm for c in camera.centre_mm)
        key = (tile_mm, frame.medium, frame.arena, int(frame.time_s / _GROUND_AGE_S))
        if self._ground is None or self._ground[0] != key:
            large = Camera(
                (tile_mm[0], tile_mm[1]),
                camera.pixels_per_mm,
                camera.width + 2 * (camera.width // 2),
                camera.height + 2 * (camera.width // 2),
            )
            self._ground = (key, background(frame, large))
        ground = self._ground[1]
        dx = round((camera.centre_mm[0] - tile_mm[0]) * camera.pixels_per_mm)
        dy = round((tile_mm[1] - camera.centre_mm[1]) * camera.pixels_per_mm)
        left = (ground.width - camera.width) // 2 + dx
        top = (ground.height - camera.height) // 2 + dy
        return ground.crop((left, top, left + camera.width, top + camera.height))

    def _draw_legend(self, draw: ImageDraw.ImageDraw, frame: Frame, camera: Camera) -> None:
        """Write time, speed and medium, and draw a scale bar."""
        pad = round(0.02 * camera.width)
        draw.text((pad, pad), f"{frame.time_s:.1f} s", fill=palette.INK, font=self._large_font)
        line = f"{self.speed_mm_s(frame):+.2f} mm/s   {frame.medium}"
        below = pad + self._line_px
        draw.text((pad, below), line, fill=palette.FAINT_INK, font=self._font)
        bar = 0.5 * camera.pixels_per_mm
        y, x = camera.height - pad, camera.width - pad
        draw.line((x - bar, y, x, y), fill=palette.INK, width=2 * _SUPERSAMPLE)
        middle = (x - bar / 2, y - 4 * _SUPERSAMPLE)
        draw.text(middle, "0.5 mm", fill=palette.INK, font=self._font, anchor="mb")

    def speed_mm_s(self, frame: Frame) -> float:
        """Return the speed of the body over the last second, positive if it goes head first."""
        first = int(np.searchsorted(self._track_s, frame.time_s - _SPEED_WINDOW_S))
        elapsed_s = self._track_s[-1] - self._track_s[first]
        if elapsed_s <= 0.0:
            return 0.0
        moved = np.subtract(self._track_mm[-1], self._track_mm[first])
        heading = frame.centreline_mm[0, :2] - frame.centreline_mm[-1, :2]
        sign = 1.0 if float(moved @ heading) >= 0.0 else -1.0
        return sign * float(np.hypot(*moved)) / elapsed_s

    def _draw_panel(self, draw: ImageDraw.ImageDraw, frame: Frame) -> None:
        width, height = self.width * _SUPERSAMPLE, self.height * _SUPERSAMPLE
        top = self._view_height * _SUPERSAMPLE
        tall = height - top
        left, right = round(0.06 * width), round(0.90 * width)
        neurons = (left, top + round(0.14 * tall), right, top + round(0.68 * tall))
        muscles = (left, top + round(0.74 * tall), right, top + round(0.95 * tall))
        draw_neurons(draw, frame, neurons, self._font)
        draw_muscles(draw, frame, muscles, self._font)
        self._draw_scales(draw, neurons, muscles)

    def _draw_scales(self, draw: ImageDraw.ImageDraw, neurons: Box, muscles: Box) -> None:
        """Draw the colour bars of voltage and activation at the right."""
        low, high = palette.VOLTAGE_RANGE_mV
        level = np.linspace(1.0, 0.0, neurons[3] - neurons[1])
        colours = palette.voltage_colours(low + level * (high - low))
        self._draw_scale(draw, neurons, colours, (f"{high:.0f} mV", f"{low:.0f}"))
        level = np.linspace(1.0, 0.0, muscles[3] - muscles[1])
        self._draw_scale(draw, muscles, palette.muscle_colours(level), ("1", "0"))

    def _draw_scale(
        self, draw: ImageDraw.ImageDraw, beside: Box, colours: Picture, ends: tuple[str, str]
    ) -> None:
        x = beside[2] + round(0.02 * self.width * _SUPERSAMPLE)
        wide = round(0.008 * self.width * _SUPERSAMPLE)
        for y, colour in enumerate(colours.tolist(), start=beside[1]):
            draw.line((x, y, x + wide, y), fill=tuple(colour))
        for y, text in zip((beside[1], beside[3]), ends, strict=True):
            place = (x + 2 * wide, y)
            draw.text(place, text, fill=palette.FAINT_INK, font=self._font, anchor="lm")
