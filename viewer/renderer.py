"""Draws a worm in its world with OpenGL. Knows no window and no panels: any context will do.

The anatomy never moves: it lies in buffers in body coordinates. A frame uploads the spine (4.6 KB),
302 colours and 95 activations, and the shaders put everything in its place.
"""

from __future__ import annotations

import math
from collections.abc import Collection
from typing import TYPE_CHECKING, Any

import moderngl
import numpy as np
from numpy.typing import ArrayLike, NDArray

from env.frame import Frame
from viewer.anatomy import N_MUSCLES, N_NEURONS, load_anatomy, neurite_ends
from viewer.camera import Camera
from viewer.renderer_gl import PROGRAMS, compile_program, patch, post_side, set_uniforms, tube
from viewer.renderer_ground import Ground
from viewer.renderer_spine import N_SPINE, Spine
from viewer.renderer_styles import (
    FAR_PIXEL_UM,
    QUALITIES,
    STYLES,
    choose,
    fitting_quality,
    neuron_colours,
)
from viewer.renderer_targets import Targets
from worm.connectome import load_connectome

if TYPE_CHECKING:
    from viewer.grazing import Grazing
    from viewer.renderer_track import Track

Picture = NDArray[np.uint8]
Rect = tuple[float, float, float, float]

LAYERS = ("ground", "track", "skin", "organs", "muscles", "neurites", "somata")
_LIGHT = np.array([-0.42, 0.38, 0.82]) / np.linalg.norm([-0.42, 0.38, 0.82])
_EXTENT_MM = 60.0
_PHARYNX, _GUT = (0.008, 0.170), (0.168, 0.905)
_MOST_OBSTACLES = 512
#: Colour and activity of a dead neuron.
_DEAD = (0.035, 0.035, 0.035, 0.0)


class Renderer:
    """Pictures of one worm.

    Args:
        ctx: an OpenGL context of version 3.3 or later.
        size: width and height of the pictures in pixels.
        style: one of ``renderer_styles.STYLES``.
        quality: one of ``renderer_styles.QUALITIES``; None takes "lite" without a graphics card,
            else "ultra".

    Attributes:
        selected_position: body position that glows, or None.
        selected_neuron: index of the neuron drawn in white, or None.
        dead: names of ablated neurons, drawn without colour: they have no potential.
        hidden: names of ``LAYERS`` that are not drawn.

    Raises:
        ValueError: unknown style or quality.
    """

    def __init__(
        self,
        ctx: moderngl.Context,
        size: tuple[int, int],
        style: str = "darkfield",
        quality: str | None = None,
    ) -> None:
        quality = quality or fitting_quality(ctx.info["GL_RENDERER"])
        choose(quality, QUALITIES, "quality")
        self.ctx = ctx
        self.quality, self._spends = quality, QUALITIES[quality]
        self.selected_position: float | None = None
        self.selected_neuron: int | None = None
        self.dead: Collection[str] = ()
        self.hidden: Collection[str] = ()
        self._make_buffers()
        self._ground = Ground(ctx, self._spends)
        self._shadow = [self._plain_texture(self._spends.shadow_px) for _ in range(2)]
        self._shadow_target = [ctx.framebuffer([texture]) for texture in self._shadow]
        self._neurons = ctx.texture((N_NEURONS, 1), 4, dtype="f4")
        self._neurons.filter = (moderngl.NEAREST, moderngl.NEAREST)
        self._targets = Targets(ctx, size, self._spends)
        self.set_style(style)

    def set_style(self, style: str) -> None:
        """Change the look; compiles the shaders anew.

        Raises:
            ValueError: there is no such style.
        """
        choose(style, STYLES, "style")
        self.style, self._look = style, STYLES[style]
        self._defines = [self._look.define, *(["LITE"] if self._spends.lite else [])]
        self._programs = {
            name: compile_program(self.ctx, name, self._defines)
            for name in PROGRAMS
            if name != "ground"  # as the world needs it, see _ground_array
        }
        self._make_arrays()

    def resize(self, width: int, height: int) -> None:
        """Change the size of the pictures."""
        if (width, height) != self.size:
            self._targets.release()
            self._targets = Targets(self.ctx, (width, height), self._spends)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the pictures in pixels."""
        return self._targets.size

    # ---- set-up ---------------------------------------------------------------------------------

    def _plain_texture(self, side: int) -> moderngl.Texture:
        texture = self.ctx.texture((side, side), 1)
        texture.repeat_x = texture.repeat_y = False
        return texture

    def _make_buffers(self) -> None:
        ctx, anatomy = self.ctx, load_anatomy(self._spends.neurite_um)
        self._spine_block = ctx.buffer(reserve=3 * N_SPINE * 16)
        self._frame_block = ctx.buffer(reserve=2 * 64 + 4 * 16)
        self._square = ctx.buffer(np.array([-1, -1, 1, -1, -1, 1, 1, 1], np.float32).tobytes())
        self._strip = ctx.buffer(np.array([0, -1, 1, -1, 0, 1, 1, 1], np.float32).tobytes())
        self._meshes = {
            name: tuple(ctx.buffer(part.tobytes()) for part in mesh)
            for name, mesh in (
                ("tube", tube(self._spends.rings, self._spends.sides)),
                ("patch", patch()),
                ("post", post_side()),
            )
        }
        self._somata = ctx.buffer(anatomy.somata.tobytes())
        self._neurites = {
            name: self._neurite_buffer(detail_um)
            for name, detail_um in (
                ("neurite", self._spends.neurite_um),
                ("neurite_far", self._spends.far_neurite_um),
            )
        }
        self._muscles = ctx.buffer(anatomy.muscles.tobytes())
        self._activation = ctx.buffer(reserve=4 * N_MUSCLES)
        self._obstacles = ctx.buffer(reserve=_MOST_OBSTACLES * 20)
        self._track_buffer = ctx.buffer(reserve=1 << 16)

    def _neurite_buffer(self, detail_um: float) -> tuple[moderngl.Buffer, int]:
        """Return the neurites of a detail, and how many pieces they are."""
        anatomy = load_anatomy(detail_um)
        owner = anatomy.neurite_owner.astype(np.float32)[:, None]
        rows = np.hstack([neurite_ends(anatomy), owner])
        return self.ctx.buffer(rows.tobytes()), len(rows)

    def _make_arrays(self) -> None:
        array, programs = self.ctx.vertex_array, self._programs
        tube_v, tube_i = self._meshes["tube"]
        patch_v, patch_i = self._meshes["patch"]
        post_v, post_i = self._meshes["post"]
        self._arrays: dict[str, moderngl.VertexArray] = {
            name: array(programs[name], [(tube_v, "2f", "a_tube")], tube_i)
            for name in ("skin", "depth", "organ", "shadow")
        }
        self._grounds: dict[tuple[str, ...], moderngl.VertexArray] = {}
        for name in ("lawn", "blur", "post", "copy"):
            self._arrays[name] = array(programs[name], [(self._square, "2f", "a_corner")])
        self._arrays["muscle"] = array(
            programs["muscle"],
            [
                (patch_v, "2f", "a_patch"),
                (self._muscles, "4f/i", "i_muscle"),
                (self._activation, "1f/i", "i_activation"),
            ],
            patch_i,
        )
        self._arrays["soma"] = array(
            programs["soma"],
            [(self._square, "2f", "a_corner"), (self._somata, "4f/i", "i_soma")],
        )
        for name, (buffer, _) in self._neurites.items():
            self._arrays[name] = array(
                programs["neurite"],
                [
                    (self._strip, "2f", "a_corner"),
                    (buffer, "3f 3f 1f/i", "i_from", "i_to", "i_owner"),
                ],
            )
        self._arrays["obstacle"] = array(
            programs["obstacle"],
            [(post_v, "3f", "a_side"), (self._obstacles, "4f 1f/i", "i_ends", "i_radius")],
            post_i,
        )
        self._arrays["track"] = array(programs["track"], [(self._track_buffer, "4f", "a_track")])

    # ---- one picture ----------------------------------------------------------------------------

    def draw(
        self,
        frame: Frame,
        camera: Camera,
        *,
        track: Track | None = None,
        grazing: Grazing | None = None,
        target: moderngl.Framebuffer | None = None,
    ) -> None:
        """Draw a frame.

        Args:
            frame: the moment to show.
            camera: from where.
            track: the groove behind the worm.
            grazing: what is left of the lawns; everything by default.
            target: where to; the renderer's own picture by default, see :meth:`read`. A target of
                another size gets the picture enlarged.
        """
        ctx, spine = self.ctx, Spine.of(frame)
        self._upload(frame, camera, spine)
        self._ground.update(frame, self._arrays["lawn"], grazing)
        rect = self._draw_shadow(spine)
        canvas = self._targets.canvas
        canvas.use()
        canvas.viewport = (0, 0, *self.size)
        # A clear obeys the masks: left over from the last picture, they would spoil this one.
        canvas.color_mask, canvas.depth_mask, ctx.scissor = (True,) * 4, True, None
        canvas.clear(*self._look.far, 1.0)
        ctx.enable_only(ctx.NOTHING)
        if "ground" not in self.hidden:
            self._draw_ground(rect)
        ctx.enable(ctx.BLEND)
        ctx.blend_func = moderngl.ONE, moderngl.ONE_MINUS_SRC_ALPHA
        if track is not None and "track" not in self.hidden:
            self._draw_track(track)
        self._draw_obstacles()
        self._draw_body(canvas, self._pixel_um(camera))
        ctx.enable_only(ctx.NOTHING)
        self._targets.finish(self._arrays, self._look)
        if target is not None:
            self._targets.copy_to(target, self._arrays["copy"])

    def read(self) -> Picture:
        """Return the last picture drawn without a target: (height, width, 3) uint8, top first."""
        return self._targets.read()

    def _upload(self, frame: Frame, camera: Camera, spine: Spine) -> None:
        width, height = self.size
        middle = spine.centre_mm[N_SPINE // 2]
        index_of = load_connectome().index_of
        position = -1.0 if self.selected_position is None else self.selected_position
        neuron = -1 if self.selected_neuron is None else self.selected_neuron
        block: list[ArrayLike] = [
            camera.view_projection(width / height).T.ravel(),  # OpenGL reads column by column
            camera.view().T.ravel(),
            [*camera.eye_mm, frame.time_s],
            [*_LIGHT, 1.0],
            [middle[0], middle[1], width, height],
            [position, neuron, 0.0, 0.0],
        ]
        self._spine_block.write(spine.block().tobytes())
        self._frame_block.write(
            np.concatenate([np.asarray(part) for part in block]).astype(np.float32).tobytes()
        )
        colours = neuron_colours(frame.voltages_mV)
        colours[[index_of[name] for name in self.dead]] = _DEAD
        self._neurons.write(colours.tobytes())
        self._activation.write(np.asarray(frame.activation, np.float32).tobytes())
        # A window library may have bound its own blocks since the last picture.
        self._spine_block.bind_to_uniform_block(0)
        self._frame_block.bind_to_uniform_block(1)

    def _draw_shadow(self, spine: Spine) -> Rect:
        """Bake the shadow; return the middle and the sides of the square it covers, in mm."""
        low = spine.centre_mm[:, :2].min(axis=0) - 0.18
        high = spine.centre_mm[:, :2].max(axis=0) + 0.18
        side = float((high - low).max())
        rect = (float(low[0] + high[0]) / 2, float(low[1] + high[1]) / 2, side, side)
        self.ctx.enable_only(self.ctx.NOTHING)
        self._shadow_target[0].use()
        self._shadow_target[0].clear()
        set_uniforms(self._programs["shadow"], u_shadow_rect=rect)
        self._arrays["shadow"].render()
        for width_mm in (0.022,) if self._spends.lite else (0.012, 0.026):
            step = width_mm / side
            for source, into, way in ((0, 1, (step, 0.0)), (1, 0, (0.0, step))):
                self._shadow_target[into].use()
                self._shadow[source].use(0)
                set_uniforms(self._programs["blur"], u_source=0, u_step=way, u_threshold=0.0)
                self._arrays["blur"].render(moderngl.TRIANGLE_STRIP)
        return rect

    def _ground_array(self) -> moderngl.VertexArray:
        """Return the plate with a program for what is on it, compiled when it is first met."""
        features = self._ground.features
        if features not in self._grounds:
            program = compile_program(self.ctx, "ground", [*self._defines, *features])
            layout = [(self._square, "2f", "a_corner")]
            self._grounds[features] = self.ctx.vertex_array(program, layout)
        return self._grounds[features]

    def _pixel_um(self, camera: Camera) -> float:
        """Return what a pixel covers at the distance of the worm, in µm."""
        seen_mm = 2.0 * camera.distance_mm * math.tan(0.5 * camera.fov_y_rad)
        return 1000.0 * seen_mm / self.size[1]

    def _draw_ground(self, rect: Rect) -> None:
        for unit, texture in enumerate((self._ground.field, self._ground.lawn, self._shadow[0])):
            texture.use(unit)
        look, array = self._look, self._ground_array()
        set_uniforms(
            array.program,
            u_field=0,
            u_lawn=1,
            u_shadow=2,
            u_window=self._ground.window,
            u_shadow_rect=rect,
            u_agar=look.agar,
            u_far=look.far,
            u_odour=look.odour,
            u_odour_high=look.odour_high,
            u_repellent=look.repellent,
            u_repellent_high=look.repellent_high,
            u_line=look.line,
            u_dish=self._ground.dish_mm,
            u_extent=_EXTENT_MM,
        )
        array.render(moderngl.TRIANGLE_STRIP)

    def _draw_track(self, track: Track) -> None:
        ribbon = track.ribbon(self._track_buffer.size // 32)
        if len(ribbon):
            self._track_buffer.write(ribbon.tobytes())
            set_uniforms(self._programs["track"], u_colour=self._look.track)
            self._arrays["track"].render(moderngl.TRIANGLE_STRIP, vertices=len(ribbon))

    def _draw_obstacles(self) -> None:
        rows = self._ground.obstacles[:_MOST_OBSTACLES]
        if len(rows):
            self.ctx.enable(self.ctx.DEPTH_TEST)
            self._obstacles.write(rows.tobytes())
            set_uniforms(self._programs["obstacle"], u_colour=self._look.obstacle)
            self._arrays["obstacle"].render(instances=len(rows))

    def _draw_body(self, canvas: moderngl.Framebuffer, pixel_um: float) -> None:
        ctx, shows = self.ctx, [name for name in LAYERS if name not in self.hidden]
        ctx.enable(ctx.DEPTH_TEST | ctx.CULL_FACE)
        canvas.depth_mask = False
        if "skin" in shows:
            ctx.cull_face = "front"
            self._skin(0.0)
        ctx.cull_face = "back"
        if "organs" in shows:
            canvas.depth_mask = True
            self._organ(1, _PHARYNX, self._look.pharynx, 0.25)
            self._organ(2, _GUT, self._look.gut, 1.0)
            canvas.depth_mask = False
        ctx.disable(ctx.CULL_FACE)
        if "muscles" in shows:
            self._arrays["muscle"].render(instances=N_MUSCLES)
        ctx.enable(ctx.CULL_FACE)
        if "skin" in shows:
            self._front_skin(canvas)
        canvas.depth_mask = True
        self._draw_nerves(shows, "neurite" if pixel_um < FAR_PIXEL_UM else "neurite_far")

    def _draw_nerves(self, shows: Collection[str], neurites: str) -> None:
        """Draw neurites and somata last and untested: they shine through whatever lies before."""
        self.ctx.disable(self.ctx.DEPTH_TEST | self.ctx.CULL_FACE)
        self._neurons.use(0)
        for name, layer, n in (
            (neurites, "neurites", self._neurites[neurites][1]),
            ("soma", "somata", N_NEURONS),
        ):
            if layer in shows:
                set_uniforms(self._arrays[name].program, u_neurons=0)
                self._arrays[name].render(moderngl.TRIANGLE_STRIP, instances=n)

    def _front_skin(self, canvas: moderngl.Framebuffer) -> None:
        """Draw depth, then colour: where the worm lies over itself only the nearest wall shows."""
        canvas.depth_mask = True
        # Blending that keeps what is there: the colour mask of moderngl 5.13 has no effect here.
        self.ctx.blend_func = moderngl.ZERO, moderngl.ONE
        set_uniforms(self._programs["depth"], u_span=(0.0, 1.0), u_kind=0)
        self._arrays["depth"].render()
        self.ctx.blend_func = moderngl.ONE, moderngl.ONE_MINUS_SRC_ALPHA
        canvas.depth_mask = False
        self.ctx.depth_func = "<="
        self._skin(1.0)
        self.ctx.depth_func = "<"

    def _skin(self, front: float) -> None:
        set_uniforms(
            self._programs["skin"],
            u_span=(0.0, 1.0),
            u_kind=0,
            u_front=front,
            u_colour=self._look.skin,
        )
        self._arrays["skin"].render()

    def _organ(self, kind: int, span: tuple[float, float], colour: Any, grain: float) -> None:
        set_uniforms(
            self._programs["organ"], u_span=span, u_kind=kind, u_colour=colour, u_grain=grain
        )
        self._arrays["organ"].render()
