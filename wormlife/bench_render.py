"""How long a picture takes, for every preset of the renderer."""

from __future__ import annotations

import statistics
import time
from typing import Any

import numpy as np

SIZE = (640, 480)
N_PICTURES = 7


def measure_render() -> dict[str, Any]:
    """Return the section "render" of `worm bench`, see :func:`frame_times`."""
    return {"render": frame_times()}


def frame_times() -> dict[str, Any]:
    """Return the time of a picture of ``SIZE`` in ms, read back, by preset.

    Median of ``N_PICTURES`` after a warm-up: elapsed time under the name of the preset, and the
    processor's time, over all threads, under ``cpu``. Without OpenGL, that of the plain painter.
    """
    from env.arena import arena
    from env.frame import Frame
    from viewer.offscreen import OpenGLMissingError, ScenePainter, open_context
    from viewer.painter import Painter
    from viewer.renderer_styles import QUALITIES

    x = np.linspace(0.5, -0.5, 25)
    frame = Frame(
        time_s=0.0,
        centreline_mm=np.stack([x, 0.06 * np.sin(7.0 * x), np.full(25, 0.04)], axis=1),
        dorsal=np.tile([0.0, 1.0, 0.0], (24, 1)),
        voltages_mV=np.linspace(-70.0, -5.0, 302),
        activation=np.linspace(0.0, 1.0, 95),
        medium="agar",
        arena=arena("chemotaxis"),
    )
    size = f"{SIZE[0]}x{SIZE[1]}"
    try:
        renderer = open_context().info["GL_RENDERER"]
    except OpenGLMissingError as error:
        elapsed_ms, _ = _picture_ms(Painter(*SIZE), frame)
        return {"renderer": f"none ({error})", "size": size, "painter": elapsed_ms}
    result: dict[str, Any] = {"renderer": renderer, "size": size, "cpu": {}}
    for quality in QUALITIES:
        painter = ScenePainter(*SIZE, quality=quality)
        painter.overlay = False
        result[quality], result["cpu"][quality] = _picture_ms(painter, frame)
    return result


def _picture_ms(painter: Any, frame: Any) -> tuple[float, float]:
    """Return median elapsed and processor time of a picture, in ms."""
    painter.draw(frame)
    elapsed, spent = [], []
    for _ in range(N_PICTURES):
        began_s, began_cpu_s = time.perf_counter(), time.process_time()
        painter.draw(frame)
        elapsed.append(1000.0 * (time.perf_counter() - began_s))
        spent.append(1000.0 * (time.process_time() - began_cpu_s))
    return statistics.median(elapsed), statistics.median(spent)
