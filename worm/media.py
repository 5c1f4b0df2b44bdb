"""Media the worm moves in: drag along and across the body, and the film on a plate."""

from __future__ import annotations

import math
from dataclasses import dataclass

WATER_VISCOSITY_PA_S = 1.0e-3
"""Viscosity to which the drag of water below belongs (water at 20 °C)."""


@dataclass(frozen=True, kw_only=True)
class Medium:
    """Linear drag on the whole 1 mm worm, and whether a film holds it flat.

    Force per unit speed in g/s (1 g/s = 1 µN·s/mm = 1e-3 kg/s), for the body moving along its axis
    (tangential) or across it (normal). Their ratio K decides how much thrust a wave yields: K = 1
    yields none.

    * ``agar``: 3.2 and 128 g/s, K = 40, as used by Boyle, Berri and Cohen (2012,
      doi:10.3389/fncom.2012.00010), Izquierdo and Beer (2018, doi:10.1098/rstb.2017.0374) and
      ElegansBot (2024, doi:10.7554/eLife.92562). Really the force grows less than linearly with
      speed, and lubrication theory gives K near 10 (Shen et al. 2012, arXiv:1112.1118): between 10
      and 40 the ratio is uncertain.
    * ``water``: 3.3e-3 and 5.2e-3 g/s, K = 1.58 (Boyle et al. 2012, from the slender-body theory of
      Lighthill 1976, doi:10.1137/1018040).
    * a viscosity in Pa·s: a Newtonian fluid, drag scaled from water in proportion, so K stays 1.58;
      no film. In such fluids, over nearly five decades of viscosity, the gait changes continuously
      from swimming towards crawling (Fang-Yen et al. 2010, doi:10.1073/pnas.1003016107); resistance
      in water and on agar differs about 10⁴-fold there. At 25 Pa·s the normal drag equals that of
      agar, the tangential one is 26 times larger: a thick fluid is no agar.

    Attributes:
        name: ``agar``, ``water`` or the viscosity as given.
        drag_tangential: g/s, positive.
        drag_normal: g/s, positive.
        film: whether a capillary film holds the worm flat on a plate; free in three dimensions
            otherwise.
    """

    name: str
    drag_tangential: float
    drag_normal: float
    film: bool

    def __post_init__(self) -> None:
        for label, value in (
            ("drag_tangential", self.drag_tangential),
            ("drag_normal", self.drag_normal),
        ):
            if not (math.isfinite(value) and value > 0.0):
                raise ValueError(
                    f"{label} of medium {self.name!r} is {value!r}; give a positive drag in g/s"
                )

    @classmethod
    def named(cls, name: str | float) -> Medium:
        """Return ``agar``, ``water`` or a Newtonian fluid of the given viscosity in Pa·s.

        Raises:
            ValueError: the name is unknown, or the viscosity is not a positive number.
        """
        if name == "agar":
            return AGAR
        if name == "water":
            return WATER
        try:
            viscosity_Pa_s = float(name)
        except (TypeError, ValueError):
            viscosity_Pa_s = math.nan
        if not (math.isfinite(viscosity_Pa_s) and viscosity_Pa_s > 0.0):
            raise ValueError(
                f"unknown medium {name!r}; give 'agar', 'water' or a viscosity in Pa·s such as 0.01"
            )
        scale = viscosity_Pa_s / WATER_VISCOSITY_PA_S
        return cls(
            name=str(name),
            drag_tangential=WATER.drag_tangential * scale,
            drag_normal=WATER.drag_normal * scale,
            film=False,
        )


AGAR = Medium(name="agar", drag_tangential=3.2, drag_normal=128.0, film=True)
WATER = Medium(name="water", drag_tangential=3.3e-3, drag_normal=5.2e-3, film=False)
