"""Where a picture is drawn, and its way to the screen: multisampling, glow, tone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import moderngl
import numpy as np
from numpy.typing import NDArray

from viewer.renderer_gl import set_uniforms

if TYPE_CHECKING:
    from viewer.renderer_styles import Quality, Style

Arrays = dict[str, moderngl.VertexArray]
Picture = NDArray[np.uint8]

_BLOOM_DIVISORS = (4, 12)
_BLOOM_THRESHOLD = 0.55


class Targets:
    """Framebuffers of one size.

    Args:
        ctx: an OpenGL context.
        size: width and height in pixels.
        quality: what may be spent.

    Attributes:
        canvas: draw the scene here.
    """

    def __init__(self, ctx: moderngl.Context, size: tuple[int, int], quality: Quality) -> None:
        self.size = size
        self._ctx, self._lite = ctx, quality.lite
        self._out = ctx.texture(size, 4)
        self._held: list[moderngl.Texture | moderngl.Renderbuffer | moderngl.Framebuffer] = []
        if quality.lite:
            self._final = self._keep(ctx.framebuffer([self._out], self._depth(0)))
            self.canvas = self._final
            return
        self._final = self._keep(ctx.framebuffer([self._out]))
        self._light = self._texture(size)
        self._resolved = self._keep(ctx.framebuffer([self._light], self._depth(0)))
        self.canvas = self._resolved
        if quality.samples:
            colour = ctx.renderbuffer(size, 4, samples=quality.samples, dtype="f2")
            depth = self._depth(quality.samples)
            self.canvas = self._keep(ctx.framebuffer([colour], depth))
        self._bloom = []
        for divisor in _BLOOM_DIVISORS:
            small = (max(1, size[0] // divisor), max(1, size[1] // divisor))
            textures = [self._texture(small) for _ in range(2)]
            self._bloom.append([(t, self._keep(ctx.framebuffer([t]))) for t in textures])

    def _depth(self, samples: int) -> moderngl.Renderbuffer:
        return self._ctx.depth_renderbuffer(self.size, samples=samples)

    def _texture(self, size: tuple[int, int]) -> moderngl.Texture:
        texture = self._ctx.texture(size, 4, dtype="f2")
        texture.repeat_x = texture.repeat_y = False
        return texture

    def _keep(self, framebuffer: moderngl.Framebuffer) -> moderngl.Framebuffer:
        self._held.append(framebuffer)
        self._held.extend(a for a in framebuffer.color_attachments if a is not None)
        if framebuffer.depth_attachment is not None:
            self._held.append(framebuffer.depth_attachment)
        return framebuffer

    def finish(self, arrays: Arrays, look: Style) -> None:
        """Bring what was drawn on the canvas into the picture."""
        if self._lite:
            return
        if self.canvas is not self._resolved:
            self._ctx.copy_framebuffer(self._resolved, self.canvas)
        source, threshold = self._light, _BLOOM_THRESHOLD
        for (across, across_target), (both, both_target) in self._bloom:
            w, h = across.size
            self._blur(arrays, source, across_target, (1.0 / w, 0.0), threshold)
            self._blur(arrays, across, both_target, (0.0, 1.0 / h), 0.0)
            source, threshold = both, 0.0
        self._final.use()
        for unit, texture in enumerate((self._light, *(level[1][0] for level in self._bloom))):
            texture.use(unit)
        set_uniforms(
            arrays["post"].program,
            u_source=0,
            u_bloom_near=1,
            u_bloom_far=2,
            u_bloom=look.bloom,
            u_vignette=look.vignette,
        )
        arrays["post"].render(moderngl.TRIANGLE_STRIP)

    def _blur(
        self,
        arrays: Arrays,
        source: moderngl.Texture,
        target: moderngl.Framebuffer,
        step: tuple[float, float],
        threshold: float,
    ) -> None:
        target.use()
        source.use(0)
        set_uniforms(arrays["blur"].program, u_source=0, u_step=step, u_threshold=threshold)
        arrays["blur"].render(moderngl.TRIANGLE_STRIP)

    def copy_to(self, target: moderngl.Framebuffer, copy: moderngl.VertexArray) -> None:
        """Draw the picture into the viewport of ``target``."""
        target.use()
        self._out.use(0)
        set_uniforms(copy.program, u_source=0)
        copy.render(moderngl.TRIANGLE_STRIP)

    def read(self) -> Picture:
        """Return the picture: (height, width, 3) uint8, top row first."""
        width, height = self.size
        raw = np.frombuffer(self._final.read(components=3, alignment=1), np.uint8)
        return raw.reshape(height, width, 3)[::-1].copy()

    def release(self) -> None:
        """Give everything back to the driver."""
        for held in dict.fromkeys(self._held):
            held.release()
        self._held.clear()
