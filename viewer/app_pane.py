"""One worm in a window: where it comes from, how it is seen, what it did lately."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np

from viewer.camera import Camera
from viewer.panels_history import History
from viewer.pick import Hit, pick, pick_neuron
from viewer.renderer import Renderer
from viewer.renderer_spine import Spine
from viewer.renderer_track import Track

if TYPE_CHECKING:
    from typing import Any

    import moderngl

    from env.arena import Arena
    from viewer.grazing import Grazing
    from viewer.snapshot import Moment

_GOAL_REACH_MM = 0.8
_NO_SIZE = (2, 2)
_LOOK_AT_MM = 0.03


class Source(Protocol):
    """What a window needs of a living or a recorded worm."""

    is_live: bool
    ready: bool
    notice: str
    failure: str | None
    recording: str | None
    ablated: tuple[str, ...]
    name: str
    grazing: Grazing

    @property
    def paused(self) -> bool:
        """Whether time stands still."""

    @property
    def speed(self) -> float:
        """The pace asked for, 1 being real time."""

    @property
    def arena(self) -> Arena | None:
        """The world."""

    @property
    def medium(self) -> str:
        """Name of the medium."""

    @property
    def events(self) -> list[dict[str, Any]]:
        """What happened so far, oldest first."""

    def moments(self, elapsed_s: float) -> list[Moment]:
        """Return the moments since the last call, oldest first."""

    def pause(self, paused: bool) -> None:
        """Stop or go on."""

    def step(self) -> None:
        """Pause, and advance a little."""

    def set_speed(self, speed: float) -> None:
        """Live at a pace, 1 being real time."""

    def close(self) -> None:
        """End."""


class Pane:
    """A worm in a rectangle of the window.

    Args:
        ctx: the OpenGL context of the window.
        source: the worm.
        style: one of ``renderer_styles.STYLES``.
        quality: one of ``renderer_styles.QUALITIES``.

    Attributes:
        moment: what is shown, or None before the first.
    """

    def __init__(self, ctx: moderngl.Context, source: Source, style: str, quality: str) -> None:
        self.source = source
        self.renderer = Renderer(ctx, _NO_SIZE, style, quality)
        self.camera, self.track, self.history = Camera(), Track(), History()
        self.moment: Moment | None = None

    def set_quality(self, quality: str) -> None:
        """Draw with another preset from now on.

        Raises:
            ValueError: there is no such preset.
        """
        old = self.renderer
        if quality != old.quality:
            self.renderer = Renderer(old.ctx, old.size, old.style, quality)
            self.renderer.hidden = old.hidden

    def advance(self, elapsed_s: float, *, follow: bool) -> list[Moment]:
        """Take in what the source has new; return it."""
        passed = self.source.moments(elapsed_s)
        first = self.moment is None
        for moment in passed:
            self.track.follow(moment.frame)
            self.history.push(moment)
            self.moment = moment
        if self.moment is not None and follow:
            middle = self.moment.frame.centreline_mm[:, :2].mean(axis=0)
            target = np.array([*middle, _LOOK_AT_MM])
            far = np.linalg.norm(target - self.camera.target_mm) > 3.0
            self.camera.follow(target, 100.0 if first or far else elapsed_s)
        return passed

    def resize(self, width: int, height: int) -> None:
        """Change the size of the picture in pixels; at first, step back until the worm fits."""
        if self.renderer.size == _NO_SIZE:
            self.camera.fit(width / height)
        self.renderer.resize(width, height)

    def draw(self, target: moderngl.Framebuffer) -> None:
        """Draw the moment into a target."""
        if self.moment is not None:
            frame, camera = self.moment.frame, self.camera
            grazing = self.source.grazing
            self.renderer.dead = self.source.ablated
            self.renderer.draw(frame, camera, track=self.track, grazing=grazing, target=target)

    def hit(self, x: float, y: float, size: tuple[int, int]) -> Hit:
        """Return what lies under a place of the pane.

        Args:
            x: to the right.
            y: downwards.
            size: width and height of the pane, in the unit of ``x`` and ``y``.
        """
        if self.moment is None:
            return Hit("nothing")
        start, direction = self.camera.ray(x, y, *size)
        arena = self.source.arena
        lawns, obstacles = ((), ()) if arena is None else (arena.lawns, arena.obstacles)
        found = pick(start, direction, Spine.of(self.moment.frame), lawns, obstacles)
        goal = None if arena is None or arena.lawns else arena.goal_mm
        if found.kind == "ground" and goal is not None:
            away = np.hypot(found.place_mm[0] - goal[0], found.place_mm[1] - goal[1])
            if away < _GOAL_REACH_MM:
                return Hit("goal", found.place_mm)
        return found

    def ground(self, x: float, y: float, size: tuple[int, int]) -> tuple[float, float] | None:
        """Return the place on the plate under a place of the pane, or None above the horizon."""
        start, direction = self.camera.ray(x, y, *size)
        if direction[2] > -1e-6:
            return None
        place = start - start[2] / direction[2] * direction
        return float(place[0]), float(place[1])

    def neuron(self, x: float, y: float, size: tuple[int, int], within: float) -> int | None:
        """Return the neuron whose soma is nearest to a place of the pane, or None."""
        if self.moment is None:
            return None
        from viewer.anatomy import load_anatomy

        somata = load_anatomy().somata[:, :3].astype(np.float64)
        places_mm = Spine.of(self.moment.frame).place(somata)
        return pick_neuron(x, y, self.camera, size, places_mm, within)
