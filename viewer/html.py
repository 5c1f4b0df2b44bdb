"""A recording as one HTML file that plays in any browser, without a network.

The shaders are those of the window, in their lightest preset. Body, neurons and muscles are stored
at eight or sixteen bits, as differences from picture to picture, compressed: below 1 MB a minute.
"""

from __future__ import annotations

import base64
import gzip
import json
import math
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from viewer.anatomy import load_anatomy, neurite_ends
from viewer.files import ExportError, replacing
from viewer.grazing import Grazing
from viewer.renderer_gl import PROGRAMS, patch, post_side, shader, tube
from viewer.renderer_ground import WINDOW_MM, features, field_levels, standing
from viewer.renderer_spine import SPINE_U, Spine
from viewer.renderer_styles import QUALITIES, STYLES, VOLTAGE_RANGE_mV, choose, neuron_colours
from viewer.replay import ablated, marks

if TYPE_CHECKING:
    from env.episode import Episode

Array = NDArray[np.float64]

_FPS = 15.0
_FIELD_PX = 128
_NEURITE_UM = 10.0
_LEVELS = 256
_SCRIPTS = (
    "replay_data.js", "replay_food.js", "replay_gl.js", "replay_scene.js", "replay_page.js",
)  # fmt: skip
_UNUSED_PROGRAMS = ("post", "copy", "ground")  # the last is compiled for the world of the episode


def write_html(
    episode: Episode, path: Path, *, style: str = "darkfield", overwrite: bool = False
) -> None:
    """Write an episode as one self-contained HTML file.

    Args:
        episode: what to show.
        path: the file to write.
        style: one of ``renderer_styles.STYLES``.
        overwrite: replace an existing file.

    Raises:
        ExportError: the file exists or cannot be written, or there is nothing to show.
        ValueError: unknown style.
    """
    choose(style, STYLES, "style")
    if len(episode) < 2:
        raise ExportError("an HTML replay needs at least 2 frames; record for longer")
    data = json.dumps(_contents(episode, style), separators=(",", ":"))
    data = data.replace("</", "<\\/")  # nothing in it may end the script element
    script = "\n".join(_resource(name) for name in _SCRIPTS)
    page = _resource("replay.html").replace("/*SCRIPT*/", script)
    page = page.replace("__TITLE__", _escaped(episode.path.name)).replace("/*DATA*/", data)
    with replacing(path, overwrite=overwrite) as draft:
        draft.write_text(page, encoding="utf-8")


def _resource(name: str) -> str:
    return (resources.files("viewer") / "web" / name).read_text(encoding="utf-8")


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _packed(array: NDArray[Any]) -> str:
    return base64.b64encode(gzip.compress(array.tobytes(), 9, mtime=0)).decode("ascii")


def _contents(episode: Episode, style: str) -> dict[str, Any]:
    look = STYLES[style]
    frames = _chosen_frames(episode)
    defines = [look.define, "LITE"]
    programs = {
        name: [
            shader(f"{vertex}.vert.glsl", defines, "300 es"),
            shader(f"{fragment}.frag.glsl", defines, "300 es"),
        ]
        for name, (vertex, fragment) in PROGRAMS.items()
        if name not in _UNUSED_PROGRAMS
    }
    programs["ground"] = [
        shader("ground.vert.glsl", defines, "300 es"),
        shader("ground.frag.glsl", [*defines, *features(episode.frame(0).arena)], "300 es"),
    ]
    colours = (
        *("agar", "far", "odour", "odour_high", "repellent", "repellent_high", "line"),
        *("skin", "pharynx", "gut", "obstacle"),
    )
    return {
        "programs": programs,
        "look": {name: getattr(look, name) for name in (*colours, "track", "ink")},
        "anatomy": _anatomy(),
        "ground": _ground(episode),
        "frames": _frames(episode, frames),
        "times": [round(float(t), 3) for t in episode.time_s[frames]],
        "marks": [[round(m.time_s, 2), m.kind] for m in marks(episode)],
        "spine_u": [round(float(u), 6) for u in SPINE_U],
        "radius": [round(float(r), 6) for r in Spine.of(episode.frame(0)).radius_mm],
        "lut": neuron_colours(np.linspace(*VOLTAGE_RANGE_mV, _LEVELS)).round(4).ravel().tolist(),
        "dead": [episode.neuron_names.index(name) for name in ablated(episode)],
        "medium": episode.frame(0).medium,
        "speed": [round(float(v), 3) for v in _speed(episode)[frames]],
    }


def _chosen_frames(episode: Episode) -> NDArray[np.int64]:
    step_s = float(np.median(np.diff(episode.time_s)))
    every = max(1, math.floor(1.0 / (_FPS * step_s)))
    return np.arange(0, len(episode), every)


def _speed(episode: Episode) -> Array:
    """Return (n,) speed of the body over a second, negative tail first, in mm/s."""
    place, line = episode.centreline_mm.mean(axis=1), episode.centreline_mm
    step_s = float(np.median(np.diff(episode.time_s)))
    n = min(max(1, round(1.0 / step_s)), len(episode) - 1)
    index = np.arange(len(episode))
    before = np.maximum(index - n, 0)
    elapsed_s = np.maximum(episode.time_s - episode.time_s[before], step_s)
    moved = place - place[before]
    sign = np.where((moved * (line[:, 0] - line[:, -1])).sum(axis=1) >= 0.0, 1.0, -1.0)
    speed: Array = sign * np.linalg.norm(moved, axis=1) / elapsed_s
    return speed


def _frames(episode: Episode, chosen: NDArray[np.int64]) -> dict[str, Any]:
    """Return what moves: one block of differences per quantity, and how to scale it back."""
    line = episode.centreline_mm[chosen].reshape(len(chosen), -1)
    middle, half = 0.5 * (line.min() + line.max()), 0.5 * max(float(np.ptp(line)), 1e-3)
    low, high = VOLTAGE_RANGE_mV
    level = (episode.voltages_mV[chosen] - low) / (high - low)
    dorsal = episode.channels["dorsal"][chosen].reshape(len(chosen), -1)
    return {
        "count": len(chosen),
        "middle": float(middle),
        "half": float(half),
        "line": _wide((line - middle) / half),
        "dorsal": _narrow(0.5 + 0.5 * dorsal),
        "level": _narrow(level),
        "activation": _narrow(episode.activation[chosen]),
    }


def _narrow(values: Array) -> str:
    """Pack (n, k) values of 0..1 as bytes: k rows of differences in time."""
    whole = np.round(np.clip(np.nan_to_num(values), 0.0, 1.0) * 255.0).astype(np.uint8)
    return _packed(np.ascontiguousarray(np.diff(whole, axis=0, prepend=np.uint8(0)).T))


def _wide(values: Array) -> str:
    """Pack (n, k) values of -1..1 at 16 bits: the low bytes of all, then the high bytes."""
    whole = np.round(np.clip(values, -1.0, 1.0) * 32767.0).astype(np.int16).view(np.uint16)
    change = np.diff(whole, axis=0, prepend=np.uint16(0)).T
    low, high = (change & 255).astype(np.uint8), (change >> 8).astype(np.uint8)
    return _packed(np.concatenate([low, high]))


def _anatomy() -> dict[str, Any]:
    quality = QUALITIES["lite"]
    anatomy = load_anatomy(_NEURITE_UM)
    # A 32767th of the body is far below a pixel.
    short = np.round(neurite_ends(anatomy) * 32767.0).astype(np.int16)
    meshes = {
        name: {"vertices": _packed(vertices), "indices": _packed(indices)}
        for name, (vertices, indices) in (
            ("tube", tube(quality.rings, quality.sides)),
            ("patch", patch()),
            ("post", post_side()),
        )
    }
    return {
        "somata": _packed(anatomy.somata),
        "muscles": _packed(anatomy.muscles),
        "neurites": _packed(np.ascontiguousarray(short.T)),
        "owners": _packed(anatomy.neurite_owner.astype(np.uint16)),
        "meshes": meshes,
    }


def _ground(episode: Episode) -> dict[str, Any]:
    frame = episode.frame(0)
    line = episode.centreline_mm
    x, y = (float(0.5 * (line[..., k].min() + line[..., k].max())) for k in (0, 1))
    side = max(WINDOW_MM, 2.0 + float(np.ptp(line[..., :2], axis=(0, 1)).max()))
    window = (x, y, side, side)
    obstacles, dish_mm = standing(frame.arena)
    lawns = () if frame.arena is None else frame.arena.lawns
    levels = field_levels(frame.arena, frame.time_s, window, _FIELD_PX)
    return {
        "window": [round(v, 4) for v in window],
        "field": _packed(np.ascontiguousarray(np.moveaxis(levels.astype(np.float16), -1, 0))),
        "side": _FIELD_PX,
        "lawns": [
            [*lawn.centre_mm, lawn.radius_mm, min(lawn.density, 1.0), lawn.intake_per_s]
            for lawn in lawns
        ],
        "patch": Grazing().patch_mm,
        "obstacles": [round(float(v), 4) for v in obstacles.ravel()],
        "dish": dish_mm,
    }
