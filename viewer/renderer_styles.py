"""How pictures look and what they cost: styles, quality presets, the colours of neurons."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Rgb = tuple[float, float, float]


@dataclass(frozen=True, kw_only=True)
class Style:
    """Colours of one look; linear light, 0..1.

    Attributes:
        define: name of the style in the shaders.
        agar, far: the plate near the worm, and in the distance.
        odour, odour_high: where an attractant is weak and where it is strong.
        repellent, repellent_high: where a repellent is.
        line: added by contours and the grid (negative darkens).
        skin, pharynx, gut, obstacle: of the solid things.
        track: colour and opacity of the groove behind the tail.
        bloom, vignette: strength of the glow, darkening of the corners.
        ink: of the writing on the picture, 0..255.
    """

    define: str
    agar: Rgb
    far: Rgb
    odour: Rgb
    odour_high: Rgb
    repellent: Rgb
    repellent_high: Rgb
    line: Rgb
    skin: Rgb
    pharynx: Rgb
    gut: Rgb
    obstacle: Rgb
    track: tuple[float, float, float, float]
    bloom: float
    vignette: float
    ink: tuple[int, int, int]


STYLES = {
    "darkfield": Style(
        define="STYLE_DARK",
        agar=(0.0050, 0.0085, 0.0150),
        far=(0.0015, 0.0030, 0.0060),
        odour=(0.0035, 0.0160, 0.0290),
        odour_high=(0.0030, 0.0480, 0.0520),
        repellent=(0.0330, 0.0060, 0.0140),
        repellent_high=(0.1250, 0.0130, 0.0240),
        line=(0.018, 0.075, 0.090),
        skin=(0.50, 0.62, 0.74),
        pharynx=(0.74, 0.36, 0.30),
        gut=(0.33, 0.24, 0.11),
        obstacle=(0.16, 0.21, 0.26),
        track=(0.22, 0.50, 0.62, 0.42),
        bloom=0.55,
        vignette=0.7,
        ink=(222, 232, 238),
    ),
    "paper": Style(
        define="STYLE_PAPER",
        agar=(0.88, 0.88, 0.86),
        far=(0.94, 0.94, 0.93),
        odour=(0.80, 0.86, 0.88),
        odour_high=(0.58, 0.77, 0.82),
        repellent=(0.89, 0.78, 0.78),
        repellent_high=(0.85, 0.52, 0.52),
        line=(-0.30, -0.24, -0.20),
        skin=(0.62, 0.55, 0.44),
        pharynx=(0.72, 0.36, 0.28),
        gut=(0.52, 0.40, 0.20),
        obstacle=(0.52, 0.55, 0.58),
        track=(0.30, 0.38, 0.46, 0.34),
        bloom=0.0,
        vignette=0.12,
        ink=(28, 34, 40),
    ),
    "brightfield": Style(
        define="STYLE_BRIGHT",
        agar=(0.60, 0.60, 0.54),
        far=(0.42, 0.42, 0.37),
        odour=(0.56, 0.59, 0.52),
        odour_high=(0.47, 0.55, 0.48),
        repellent=(0.62, 0.50, 0.46),
        repellent_high=(0.62, 0.33, 0.29),
        line=(-0.13, -0.12, -0.11),
        skin=(0.70, 0.70, 0.62),
        pharynx=(0.30, 0.275, 0.22),
        gut=(0.135, 0.105, 0.055),
        obstacle=(0.38, 0.38, 0.33),
        track=(0.20, 0.20, 0.15, 0.34),
        bloom=0.0,
        vignette=0.6,
        ink=(20, 22, 18),
    ),
}


@dataclass(frozen=True, kw_only=True)
class Quality:
    """What a preset spends.

    Attributes:
        lite: one pass straight to the screen, without glow and with coarser meshes.
        samples: of multisampling, 0 for none.
        rings, sides: of the tubes of the body.
        neurite_um: length of the pieces into which neurites are thinned, as seen from near.
        far_neurite_um: the same as seen from far, where a pixel is larger than ``FAR_PIXEL_UM``.
        shadow_px, lawn_px, field_px: sides of the baked textures.
    """

    lite: bool
    samples: int
    rings: int
    sides: int
    neurite_um: float
    far_neurite_um: float
    shadow_px: int
    lawn_px: int
    field_px: int


QUALITIES = {
    "lite": Quality(
        lite=True,
        samples=0,
        rings=96,
        sides=20,
        neurite_um=8.0,
        far_neurite_um=25.0,
        shadow_px=128,
        lawn_px=512,
        field_px=192,
    ),
    "high": Quality(
        lite=False,
        samples=0,
        rings=190,
        sides=32,
        neurite_um=5.0,
        far_neurite_um=8.0,
        shadow_px=320,
        lawn_px=1024,
        field_px=256,
    ),
    "ultra": Quality(
        lite=False,
        samples=4,
        rings=260,
        sides=40,
        neurite_um=3.0,
        far_neurite_um=5.0,
        shadow_px=384,
        lawn_px=1536,
        field_px=320,
    ),
}

#: Neurites are drawn coarsely where a pixel covers more than this.
FAR_PIXEL_UM = 1.2

#: Names by which renderers that run on the processor give themselves away.
SOFTWARE = ("llvmpipe", "softpipe", "swiftshader", "gdi generic")

#: The scale of neurons spans what the graded neurons of the model do.
VOLTAGE_RANGE_mV = (-70.0, -5.0)
#: Indigo below rest, azure at rest, through green and gold to orange: no stop is white.
_STOPS = np.array(
    [
        (0.035, 0.035, 0.22),
        (0.03, 0.13, 0.55),
        (0.02, 0.42, 0.62),
        (0.10, 0.62, 0.22),
        (0.95, 0.62, 0.06),
        (1.00, 0.23, 0.03),
    ]
)


def is_software(renderer: str) -> bool:
    """Return whether the name of an OpenGL renderer is that of one without a graphics card."""
    return any(name in renderer.lower() for name in SOFTWARE)


def fitting_quality(renderer: str) -> str:
    """Return the preset for an OpenGL renderer of this name: "lite" without a graphics card."""
    return "lite" if is_software(renderer) else "ultra"


def neuron_colours(voltages_mV: ArrayLike) -> NDArray[np.float32]:
    """Return (n, 4) linear colour and activity 0..1 of neurons at these potentials."""
    low, high = VOLTAGE_RANGE_mV
    level = np.clip(np.nan_to_num((np.asarray(voltages_mV) - low) / (high - low)), 0.0, 1.0)
    stops = np.linspace(0.0, 1.0, len(_STOPS))
    rgb = [np.interp(level, stops, _STOPS[:, k]) for k in range(3)]
    activity = np.clip((level - 0.25) / 0.65, 0.0, 1.0)
    return np.stack([*rgb, activity], axis=-1).astype(np.float32)


def choose(name: str, table: dict[str, Style] | dict[str, Quality], what: str) -> None:
    """Refuse a name that is not in a table of this module.

    Raises:
        ValueError: it is not.
    """
    if name not in table:
        raise ValueError(f"unknown {what} {name!r}; choose one of {', '.join(table)}")
