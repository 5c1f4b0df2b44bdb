"""Dear ImGui on pyglet events and moderngl drawing; works headless, needs no PyOpenGL.

The backend of imgui-bundle for pyglet needs an undeclared package, fails without a display and lets
clicks on panels through to the scene.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import Any

import moderngl
import numpy as np
from imgui_bundle import imgui, implot
from numpy.typing import NDArray
from pyglet.event import EVENT_HANDLED
from pyglet.window import key, mouse

from viewer.renderer_gl import shader

_BUTTONS = {mouse.LEFT: 0, mouse.RIGHT: 1, mouse.MIDDLE: 2}
_NAMED_KEYS = {
    "TAB": "tab",
    "LEFT": "left_arrow",
    "RIGHT": "right_arrow",
    "UP": "up_arrow",
    "DOWN": "down_arrow",
    "HOME": "home",
    "END": "end",
    "DELETE": "delete",
    "BACKSPACE": "backspace",
    "RETURN": "enter",
    "NUM_ENTER": "enter",
    "ESCAPE": "escape",
}
_MODIFIERS = ((key.MOD_CTRL, "ctrl"), (key.MOD_SHIFT, "shift"), (key.MOD_ALT, "alt"))
_ROOM_BYTES = 1 << 20


def _key_table() -> dict[int, imgui.Key]:
    letters = {getattr(key, c.upper()): getattr(imgui.Key, c) for c in "abcdefghijklmnopqrstuvwxyz"}
    digits = {getattr(key, f"_{n}"): getattr(imgui.Key, f"_{n}") for n in range(10)}
    named = {getattr(key, a): getattr(imgui.Key, b) for a, b in _NAMED_KEYS.items()}
    return letters | digits | named


class ImGuiBackend:
    """Panels on one window.

    Args:
        window: a pyglet window; the caller pushes :meth:`handlers` after those of the scene, for
            pyglet asks the handlers pushed last first.
        ctx: the OpenGL context of the window.
    """

    def __init__(self, window: Any, ctx: moderngl.Context) -> None:
        self._window, self._ctx = window, ctx
        self._context = imgui.create_context()
        self._plots = implot.create_context()
        self.io = imgui.get_io()
        flags = imgui.BackendFlags_
        self.io.backend_flags |= flags.renderer_has_textures | flags.renderer_has_vtx_offset
        self.io.set_ini_filename("")
        platform = imgui.get_platform_io()
        platform.renderer_texture_max_width = platform.renderer_texture_max_height = 4096
        self._program = ctx.program(
            vertex_shader=shader("panel.vert.glsl", ()),
            fragment_shader=shader("panel.frag.glsl", ()),
        )
        self._vertices = ctx.buffer(reserve=_ROOM_BYTES, dynamic=True)
        self._indices = ctx.buffer(reserve=_ROOM_BYTES, dynamic=True)
        self._bind()
        self._textures: dict[int, moderngl.Texture] = {}
        self._last_id = 0
        self._keys = _key_table()

    def _bind(self) -> None:
        layout = [(self._vertices, "2f 2f 4f1", "a_place", "a_uv", "a_colour")]
        self._array = self._ctx.vertex_array(self._program, layout, self._indices)

    def _register(self, texture: moderngl.Texture) -> int:
        self._last_id += 1
        self._textures[self._last_id] = texture
        return self._last_id

    def reference(self, texture: moderngl.Texture) -> imgui.ImTextureRef:
        """Return what stands for a texture in calls such as ``implot.plot_image``."""
        return imgui.ImTextureRef(self._register(texture))

    # ---- events: handled when a panel wants them, so that the scene does not react as well -------

    def handlers(self) -> dict[str, Callable[..., Any]]:
        """Return the keyword arguments for ``window.push_handlers``."""
        return {
            "on_mouse_motion": self._motion,
            "on_mouse_drag": self._motion,
            "on_mouse_press": self._press,
            "on_mouse_release": self._release,
            "on_mouse_scroll": self._scroll,
            "on_key_press": lambda symbol, modifiers: self._key(symbol, modifiers, down=True),
            "on_key_release": lambda symbol, modifiers: self._key(symbol, modifiers, down=False),
            "on_text": self._text,
        }

    def _mouse_result(self) -> bool | None:
        return EVENT_HANDLED if self.io.want_capture_mouse else None

    def _motion(self, x: float, y: float, *_: Any) -> bool | None:
        self.io.add_mouse_pos_event(x, self._window.get_size()[1] - y)
        return self._mouse_result()

    def _press(self, x: float, y: float, button: int, _modifiers: int) -> bool | None:
        self._motion(x, y)
        self.io.add_mouse_button_event(_BUTTONS.get(button, 0), True)
        return self._mouse_result()

    def _release(self, _x: float, _y: float, button: int, _modifiers: int) -> None:
        self.io.add_mouse_button_event(_BUTTONS.get(button, 0), False)

    def _scroll(self, _x: float, _y: float, right: float, up: float) -> bool | None:
        self.io.add_mouse_wheel_event(right, up)
        return self._mouse_result()

    def _key(self, symbol: int, modifiers: int, *, down: bool) -> bool | None:
        for flag, name in _MODIFIERS:
            self.io.add_key_event(getattr(imgui.Key, f"mod_{name}"), bool(modifiers & flag))
        if symbol in self._keys:
            self.io.add_key_event(self._keys[symbol], down)
        return EVENT_HANDLED if self.io.want_text_input and down else None

    def _text(self, text: str) -> bool | None:
        for character in text:
            self.io.add_input_character(ord(character))
        return EVENT_HANDLED if self.io.want_text_input else None

    # ---- a frame --------------------------------------------------------------------------------

    def begin(self, elapsed_s: float) -> None:
        """Begin the panels of a frame."""
        width, height = self._window.get_size()
        wide, tall = self._window.get_framebuffer_size()
        self.io.display_size = imgui.ImVec2(width, height)
        self.io.display_framebuffer_scale = imgui.ImVec2(wide / width, tall / height)
        self.io.delta_time = max(elapsed_s, 1e-4)
        imgui.new_frame()

    def end(self, target: moderngl.Framebuffer) -> None:
        """Draw the panels of the frame over a target."""
        imgui.render()
        self._serve_textures()
        ctx, io = self._ctx, self.io
        scale = io.display_framebuffer_scale.x
        width, height = io.display_size.x, io.display_size.y
        tall = round(height * scale)
        target.use()
        target.viewport = (0, 0, round(width * scale), tall)
        ctx.enable_only(ctx.BLEND)
        over = moderngl.ONE_MINUS_SRC_ALPHA
        blend: Any = (moderngl.SRC_ALPHA, over, moderngl.ONE, over)
        ctx.blend_func = blend
        self._program["u_size"].value = (width, height)  # type: ignore[union-attr]
        for commands in imgui.get_draw_data().cmd_lists:
            if commands.idx_buffer.size():
                self._upload(commands)
                for command in commands.cmd_buffer:
                    self._draw(command, scale, tall)
        ctx.scissor = None

    def _draw(self, command: Any, scale: float, tall: int) -> None:
        box = command.clip_rect
        left, top, right, bottom = (round(v * scale) for v in (box.x, box.y, box.z, box.w))
        left, top = max(left, 0), max(top, 0)
        texture = self._textures.get(command.tex_ref.get_tex_id())
        if right <= left or bottom <= top or texture is None:
            return
        texture.use(0)
        area = (left, max(tall - bottom, 0), right - left, bottom - top)
        self._ctx.scissor = area
        self._array.render(
            moderngl.TRIANGLES, vertices=command.elem_count, first=command.idx_offset
        )

    def _serve_textures(self) -> None:
        """Make, change and give up the textures that imgui asks for; fonts grow with use."""
        status = imgui.ImTextureStatus
        for wanted in imgui.get_platform_io().textures:
            if wanted.status == status.want_create:
                whole = np.ascontiguousarray(wanted.get_pixels_array())
                texture = self._ctx.texture((wanted.width, wanted.height), 4, whole.tobytes())
                wanted.set_tex_id(self._register(texture))
                wanted.status = status.ok
            elif wanted.status == status.want_updates:
                pixels = wanted.get_pixels_array().reshape(wanted.height, wanted.width, 4)
                for r in wanted.updates:
                    part = np.ascontiguousarray(pixels[r.y : r.y + r.h, r.x : r.x + r.w])
                    area = (r.x, r.y, r.w, r.h)
                    self._textures[wanted.tex_id].write(part.tobytes(), viewport=area)
                wanted.status = status.ok
            elif wanted.status == status.want_destroy and wanted.unused_frames > 0:
                gone = self._textures.pop(wanted.tex_id, None)
                if gone is not None:
                    gone.release()
                wanted.set_tex_id(0)
                wanted.status = status.destroyed

    def _upload(self, commands: Any) -> None:
        """Copy one list of commands to the card, its indices widened and offset to 32 bits."""
        vertices = _bytes_at(commands.vtx_buffer, imgui.VERTEX_SIZE)
        narrow = np.uint16 if imgui.INDEX_SIZE == 2 else np.uint32
        raw = np.frombuffer(_bytes_at(commands.idx_buffer, imgui.INDEX_SIZE), narrow)
        indices: NDArray[np.uint32] = raw.astype(np.uint32)
        for command in commands.cmd_buffer:
            first = command.idx_offset
            indices[first : first + command.elem_count] += np.uint32(command.vtx_offset)
        if len(vertices) > self._vertices.size or indices.nbytes > self._indices.size:
            for held in (self._array, self._vertices, self._indices):
                held.release()
            room = 2 * max(len(vertices), indices.nbytes)
            self._vertices = self._ctx.buffer(reserve=room, dynamic=True)
            self._indices = self._ctx.buffer(reserve=room, dynamic=True)
            self._bind()
        self._vertices.orphan()
        self._indices.orphan()
        self._vertices.write(vertices)
        self._indices.write(indices.tobytes())

    def close(self) -> None:
        """Give up the panels."""
        implot.destroy_context(self._plots)
        imgui.destroy_context(self._context)


def _bytes_at(buffer: Any, item_bytes: int) -> bytes:
    length = buffer.size() * item_bytes
    return bytes((ctypes.c_char * length).from_address(buffer.data_address()))
