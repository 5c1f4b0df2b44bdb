"""The gymnasium environments as they are registered: with pictures."""

from typing import Any

from env.worm_env import WormEnv
from viewer.offscreen import ScenePainter, open_painter
from viewer.painter import Painter

__all__ = ["PaintedWormEnv"]

PICTURE_SIZE = (640, 480)


class PaintedWormEnv(WormEnv):
    """``WormEnv`` that can be drawn without a window: by OpenGL if there is any, else plainly."""

    metadata: dict[str, Any] = {**WormEnv.metadata, "render_modes": ["rgb_array"]}  # noqa: RUF012

    _painter: Painter | ScenePainter | None = None

    def render(self) -> Any:
        """Return a picture of the present moment.

        Returns:
            (480, 640, 3) uint8, or None without a render mode.
        """
        if self.render_mode is None:
            return None
        if self._painter is None:
            self._painter = open_painter(*PICTURE_SIZE)
        return self._painter.draw(self.sim).copy()
