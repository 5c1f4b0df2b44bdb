"""What is baked into textures when the plate changes: chemicals, lawns; and what stands on it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from env.frame import Frame
from viewer.grazing import Grazing
from viewer.renderer_gl import set_uniforms
from worm.chemosensation import NOXIOUS
from worm.obstacles import Dish, Post, Wall

if TYPE_CHECKING:
    import moderngl

    from env.arena import Arena
    from viewer.renderer_styles import Quality

Single = NDArray[np.float32]

#: Side of the square around the worm for which the ground is known; beyond it, its edge goes on.
WINDOW_MM = 16.0
#: The square is laid anew when the worm has gone this far from its middle.
_ROAM_MM = 3.0
#: Odours spread slowly: they are looked up anew after this time.
_FIELD_AGE_S = 5.0
#: What is eaten is shown anew after this time at the earliest.
_MEAL_AGE_S = 0.2
_MAX_LAWNS = 16
_LEAST_mM = 1e-9


@dataclass(frozen=True)
class GroundKey:
    """What the textures depend on."""

    middle_mm: tuple[float, float]
    arena: Arena | None
    epoch: int


class Ground:
    """Textures of chemicals and lawns in a square around the worm.

    Attributes:
        window: middle and sides of the square, in mm.
        field: decimal logarithm of the concentration in mM of what attracts and of what repels,
            then the share of the lawns that is left.
        lawn: slope, grain and height of the bacteria as they were sown.
        features: which of "ODOUR", "REPELLENT", "LAWN" and "DISH" there are, for the shader.
        obstacles: (n, 5) both ends and radius of every post and wall, in mm.
        dish_mm: radius of the rim; 0 without one.
    """

    def __init__(self, ctx: moderngl.Context, quality: Quality) -> None:
        self._ctx = ctx
        n = quality.field_px
        self.field = ctx.texture((n, n), 4, dtype="f4")
        self._known: Single = np.zeros((n, n, 4), np.float32)
        self.features: tuple[str, ...] = ()
        self.lawn = ctx.texture((quality.lawn_px, quality.lawn_px), 4)
        for texture in (self.field, self.lawn):
            texture.repeat_x = texture.repeat_y = False
        self._lawn_target = ctx.framebuffer([self.lawn])
        self._key: GroundKey | None = None
        self._meals, self._meal_s = -1, 0.0
        self.window = (0.0, 0.0, WINDOW_MM, WINDOW_MM)
        self.obstacles: Single = np.zeros((0, 5), np.float32)
        self.dish_mm = 0.0

    def update(
        self, frame: Frame, bake: moderngl.VertexArray, grazing: Grazing | None = None
    ) -> None:
        """Bake anew what has changed since the last frame.

        Args:
            frame: where the worm is, and its world.
            bake: the whole target, drawn by the program ``lawn``.
            grazing: what is left of the lawns; everything by default.
        """
        if self._moved(frame, bake):
            self._meals = -1
        meals = 0 if grazing is None else grazing.meals
        age_s = abs(frame.time_s - self._meal_s)
        if meals != self._meals and (self._meals < 0 or age_s >= _MEAL_AGE_S):
            self._meals, self._meal_s = meals, frame.time_s
            side = self.field.width
            self._known[..., 2] = left_share(grazing, self.window, side)
            self.field.write(self._known.tobytes())

    def _moved(self, frame: Frame, bake: moderngl.VertexArray) -> bool:
        """Bake the chemicals and the fresh lawns if that is due; return whether it was."""
        x, y = (float(v) for v in np.asarray(frame.centreline_mm)[:, :2].mean(axis=0))
        old = self._key
        middle = old.middle_mm if old is not None else (x, y)
        if math.hypot(x - middle[0], y - middle[1]) > _ROAM_MM:
            middle = (x, y)
        key = GroundKey(middle, frame.arena, int(frame.time_s / _FIELD_AGE_S))
        if key == old:
            return False
        self._key = key
        self.window = (*middle, WINDOW_MM, WINDOW_MM)
        self._bake_field(frame)
        self._bake_lawns(frame.arena, bake)
        if old is None or old.arena != frame.arena:
            self.obstacles, self.dish_mm = standing(frame.arena)
            self.features = features(frame.arena)
        return True

    def _bake_field(self, frame: Frame) -> None:
        levels = field_levels(frame.arena, frame.time_s, self.window, self.field.width)
        self._known[..., :2] = levels

    def _bake_lawns(self, arena: Arena | None, bake: moderngl.VertexArray) -> None:
        rows = np.zeros((_MAX_LAWNS, 4), np.float32)
        lawns = () if arena is None else arena.lawns[:_MAX_LAWNS]
        for i, lawn in enumerate(lawns):
            rows[i] = (*lawn.centre_mm, lawn.radius_mm, min(lawn.density, 1.0))
        ctx = self._ctx
        ctx.disable(ctx.BLEND | ctx.DEPTH_TEST | ctx.CULL_FACE)
        self._lawn_target.use()
        bake.program["u_lawns"].write(rows.tobytes())  # type: ignore[union-attr]
        set_uniforms(bake.program, u_count=len(lawns), u_window=self.window)
        bake.render(ctx.TRIANGLE_STRIP)

    def release(self) -> None:
        """Give the textures back."""
        for held in (self._lawn_target, self.field, self.lawn):
            held.release()


def features(arena: Arena | None) -> tuple[str, ...]:
    """Return which of "ODOUR", "REPELLENT", "LAWN" and "DISH" a world has."""
    if arena is None:
        return ()
    present = (
        ("ODOUR", bool(set(arena.chemicals) - set(NOXIOUS))),
        ("REPELLENT", bool(set(arena.chemicals) & set(NOXIOUS))),
        ("LAWN", bool(arena.lawns)),
        ("DISH", math.isfinite(arena.radius_mm)),
    )
    return tuple(name for name, is_there in present if is_there)


def _places(window: Sequence[float], side: int) -> tuple[NDArray[np.float64], ...]:
    """Return x and y (side, side) in mm of the samples of a square."""
    offset = ((np.arange(side) + 0.5) / side - 0.5) * window[2]
    return np.meshgrid(window[0] + offset, window[1] + offset)


def field_levels(
    arena: Arena | None, time_s: float, window: tuple[float, float, float, float], side: int
) -> Single:
    """Return (side, side, 2) decimal logarithms of the concentration, in mM.

    The first is that of all chemicals that attract, the second that of all that repel.

    Args:
        arena: the world; None for one without chemicals.
        time_s: of the chemicals.
        window: middle and sides of the square, in mm.
        side: of the square, in samples.
    """
    x, y = _places(window, side)
    total = np.zeros((side, side, 2))
    for name, field in arena.chemicals.items() if arena is not None else ():
        total[..., int(name in NOXIOUS)] += field.concentration_mM(x, y, time_s)
    return np.log10(np.maximum(total, _LEAST_mM)).astype(np.float32)


def left_share(
    grazing: Grazing | None, window: tuple[float, float, float, float], side: int
) -> Single:
    """Return (side, side) what is left of the lawns, 0..1; 1 where nothing was sown.

    Args:
        grazing: of a worm; None where nothing is eaten.
        window: middle and sides of the square, in mm.
        side: of the square, in samples.
    """
    share = np.ones((side, side), np.float32)
    x, y = _places(window, side)
    if grazing is None:
        return share
    for index, lawn in enumerate(grazing.lawns):
        left = grazing.left(index)
        low_x, low_y = (middle - lawn.radius_mm for middle in lawn.centre_mm)
        column = np.floor((x - low_x) / grazing.patch_mm).astype(np.int64)
        row = np.floor((y - low_y) / grazing.patch_mm).astype(np.int64)
        inside = (row >= 0) & (row < len(left)) & (column >= 0) & (column < len(left))
        share[inside] = np.minimum(share[inside], left[row[inside], column[inside]])
    return share


def standing(arena: Arena | None) -> tuple[Single, float]:
    """Return (n, 5) posts and walls, and the radius of the dish (0 without one)."""
    rows, dish_mm = [], 0.0
    for obstacle in () if arena is None else arena.obstacles:
        match obstacle:
            case Post(x, y, radius):
                rows.append((x, y, x, y, radius))
            case Wall(x0, y0, x1, y1, radius):
                rows.append((x0, y0, x1, y1, radius))
            case Dish(radius):
                dish_mm = radius
    return np.array(rows, np.float32).reshape(-1, 5), dish_mm
