"""Shaders from package data, and the meshes that are the same for every worm."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import resources
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from viewer.renderer_spine import N_SPINE

if TYPE_CHECKING:
    import moderngl

Single = NDArray[np.float32]
Indices = NDArray[np.uint32]

#: Program name to its vertex and its fragment shader.
PROGRAMS = {
    "skin": ("tube", "skin"),
    "depth": ("tube", "shadow"),
    "organ": ("tube", "organ"),
    "muscle": ("muscle", "muscle"),
    "soma": ("soma", "soma"),
    "neurite": ("neurite", "neurite"),
    "ground": ("ground", "ground"),
    "lawn": ("screen", "lawn"),
    "shadow": ("shadow", "shadow"),
    "track": ("track", "track"),
    "obstacle": ("obstacle", "obstacle"),
    "blur": ("screen", "blur"),
    "post": ("screen", "post"),
    "copy": ("screen", "copy"),
}
_BLOCKS = {"Spine": 0, "Frame": 1}


def source(name: str) -> str:
    """Return the text of a shader with its includes, without version and definitions."""
    text = (resources.files("viewer") / "shaders" / name).read_text(encoding="utf-8")
    lines = []
    for line in text.splitlines():
        directive, _, included = line.partition(" ")
        lines.append(source(included.strip()) if directive == "#include" else line)
    return "\n".join(lines)


def shader(name: str, defines: Sequence[str], version: str = "330 core") -> str:
    """Return a shader ready to compile."""
    head = [f"#version {version}", f"#define N_SPINE {N_SPINE}"]
    if "es" in version:
        head += ["precision highp float;", "precision highp int;", "precision highp sampler2D;"]
    return "\n".join([*head, *(f"#define {name}" for name in defines), source(name)])


def compile_program(ctx: moderngl.Context, name: str, defines: Sequence[str]) -> moderngl.Program:
    """Compile one of ``PROGRAMS`` and bind its uniform blocks."""
    vertex, fragment = PROGRAMS[name]
    program = ctx.program(
        vertex_shader=shader(f"{vertex}.vert.glsl", defines),
        fragment_shader=shader(f"{fragment}.frag.glsl", defines),
    )
    for block, binding in _BLOCKS.items():
        if block in program:
            member: Any = program[block]
            member.binding = binding
    return program


def set_uniforms(program: moderngl.Program, **values: Any) -> None:
    """Set uniforms; one that the compiler found unused and removed is passed over."""
    for name, value in values.items():
        if name in program:
            member: Any = program[name]
            member.value = value


def tube(rings: int, sides: int) -> tuple[Single, Indices]:
    """Return ((rings * (sides + 1), 2) position and angle, triangle indices) of a tube."""
    x, angle = np.meshgrid(
        np.linspace(0.0, 1.0, rings), np.linspace(0.0, 2.0 * np.pi, sides + 1), indexing="ij"
    )
    return np.stack([x.ravel(), angle.ravel()], 1).astype(np.float32), _grid(rings, sides + 1)


def patch(columns: int = 11, rows: int = 5) -> tuple[Single, Indices]:
    """Return vertices in -1..1 squared and triangle indices of a muscle cell."""
    y, x = np.meshgrid(np.linspace(-1, 1, rows), np.linspace(-1, 1, columns), indexing="ij")
    return np.stack([x.ravel(), y.ravel()], 1).astype(np.float32), _grid(rows, columns)


def post_side(sides: int = 32) -> tuple[Single, Indices]:
    """Return ((n, 3) cosine, sine, height, triangle indices) of a round post with a lid."""
    # Half a step off, so that no side straddles the middle of a wall.
    angle = 2.0 * np.pi * (np.arange(sides) + 0.5) / sides
    ring = np.stack([np.cos(angle), np.sin(angle)], 1)
    vertices = np.concatenate(
        [
            np.column_stack([ring, np.zeros(sides)]),
            np.column_stack([ring, np.ones(sides)]),
            [[0.0, 0.0, 2.0]],
        ]
    )
    i = np.arange(sides)
    after = (i + 1) % sides
    low, high, middle = i, i + sides, np.full(sides, 2 * sides)
    triangles = np.concatenate(
        [
            np.stack([low, after, high], 1),
            np.stack([after, after + sides, high], 1),
            np.stack([high, after + sides, middle], 1),
        ]
    )
    return vertices.astype(np.float32), triangles.astype(np.uint32).ravel()


def _grid(rows: int, columns: int) -> Indices:
    first = (np.arange(rows - 1)[:, None] * columns + np.arange(columns - 1)).ravel()
    after = first + columns
    # Counter-clockwise as seen from outside: the skin is drawn wall by wall.
    corners = (first, after, first + 1, first + 1, after, after + 1)
    return np.stack(corners, 1).astype(np.uint32).ravel()
