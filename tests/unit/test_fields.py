"""Concentration fields: values, gradients, sums, moves and refusals."""

import math

import numpy as np
import pytest

from env.fields import (
    ConeField,
    DiffusingSpot,
    Field,
    GaussianField,
    LawnField,
    SumField,
    UniformField,
)

FIELDS: list[Field] = [
    UniformField(3.0),
    GaussianField(50.0, 4.0, (1.0, -2.0), base_mM=2.0),
    ConeField(10.0, 0.5, (0.5, 0.5)),
    DiffusingSpot(1000.0, 3.0, (2.0, 1.0), age_s=1800.0),
    LawnField(0.1, 1.5, 2.0, (-1.0, 0.0)),
    GaussianField(5.0, 1.0) + ConeField(2.0, 0.1, (3.0, 0.0)),
]
PLACES = np.array([[0.3, 0.4], [3.0, -1.0], [-4.0, 2.5], [6.0, 6.0]]).T


@pytest.mark.parametrize("field", FIELDS, ids=lambda f: type(f).__name__)
class TestEveryField:
    def test_the_gradient_is_the_slope_of_the_concentration(self, field: Field) -> None:
        x, y = PLACES
        h = 1e-5
        gx, gy = field.gradient_mM_mm(x, y, 20.0)
        along_x = field.concentration_mM(x + h, y, 20.0) - field.concentration_mM(x - h, y, 20.0)
        along_y = field.concentration_mM(x, y + h, 20.0) - field.concentration_mM(x, y - h, 20.0)
        np.testing.assert_allclose(gx, along_x / (2 * h), rtol=1e-6, atol=1e-9)
        np.testing.assert_allclose(gy, along_y / (2 * h), rtol=1e-6, atol=1e-9)

    def test_single_places_and_arrays_agree(self, field: Field) -> None:
        x, y = PLACES
        together = field.concentration_mM(x, y, 5.0)
        assert together.shape == x.shape
        for i in range(len(x)):
            assert field.concentration_mM(float(x[i]), float(y[i]), 5.0) == together[i]

    def test_it_is_nowhere_negative(self, field: Field) -> None:
        grid = np.linspace(-50.0, 50.0, 41)
        x, y = np.meshgrid(grid, grid)
        assert field.concentration_mM(x, y, 0.0).min() >= 0.0

    def test_moving_it_moves_the_values(self, field: Field) -> None:
        x0, y0 = field.centre_mm
        moved = field.moved_to((x0 + 2.0, y0 - 3.0))
        assert moved.centre_mm == (x0 + 2.0, y0 - 3.0)
        x, y = PLACES
        np.testing.assert_allclose(
            moved.concentration_mM(x + 2.0, y - 3.0, 1.0), field.concentration_mM(x, y, 1.0)
        )

    def test_the_gradient_is_finite_at_the_centre(self, field: Field) -> None:
        gradient = field.gradient_mM_mm(*field.centre_mm, 0.0)
        assert np.isfinite(gradient).all()


class TestShapes:
    def test_a_gaussian_has_its_peak_and_width(self) -> None:
        field = GaussianField(50.0, 4.0, (1.0, 1.0), base_mM=5.0)
        assert field.concentration_mM(1.0, 1.0) == 55.0
        assert field.concentration_mM(5.0, 1.0) == pytest.approx(5.0 + 50.0 * math.exp(-0.5))

    def test_a_cone_falls_evenly_to_zero(self) -> None:
        field = ConeField(10.0, 2.0)
        levels = [field.concentration_mM(r, 0.0) for r in (0.0, 1.0, 4.0, 5.0, 9.0)]
        assert levels == [10.0, 8.0, 2.0, 0.0, 0.0]

    def test_a_lawn_smells_evenly_over_itself_and_less_beyond(self) -> None:
        field = LawnField(0.1, 2.0, 1.0)
        assert field.concentration_mM(0.0, 0.0) == field.concentration_mM(1.9, 0.0) == 0.1
        assert field.concentration_mM(3.0, 0.0) == pytest.approx(0.1 * math.exp(-0.5))

    def test_sources_of_one_chemical_add(self) -> None:
        a, b, c = UniformField(1.0), GaussianField(2.0, 1.0), ConeField(3.0, 1.0)
        total = a + b + c
        assert isinstance(total, SumField)
        assert total.parts == (a, b, c)
        assert total.concentration_mM(0.0, 0.0) == 6.0


class TestDiffusion:
    SPOT = DiffusingSpot(amount_nmol=500.0, depth_mm=2.0, age_s=600.0)

    def test_nothing_is_lost(self) -> None:
        grid = np.arange(-20.0, 20.0, 0.1)
        x, y = np.meshgrid(grid, grid)
        for time_s in (0.0, 1200.0):
            total_nmol = self.SPOT.concentration_mM(x, y, time_s).sum() * 0.1**2 * 2.0
            assert total_nmol == pytest.approx(500.0, rel=1e-6)

    def test_it_obeys_the_diffusion_equation(self) -> None:
        c = self.SPOT.concentration_mM
        x, y, t, h, dt = 1.0, 0.7, 300.0, 1e-2, 1.0
        change = (c(x, y, t + dt) - c(x, y, t - dt)) / (2 * dt)
        bend = (c(x + h, y, t) + c(x - h, y, t) + c(x, y + h, t) + c(x, y - h, t)) - 4 * c(x, y, t)
        assert abs(change) > 1e-6
        assert change == pytest.approx(self.SPOT.diffusion_mm2_s * bend / h**2, rel=1e-3)

    def test_before_the_drop_there_is_no_answer(self) -> None:
        with pytest.raises(ValueError, match="before the drop was set"):
            self.SPOT.concentration_mM(0.0, 0.0, -600.0)


@pytest.mark.parametrize(
    "build",
    [
        lambda: UniformField(-1.0),
        lambda: GaussianField(1.0, 0.0),
        lambda: GaussianField(math.nan, 1.0),
        lambda: GaussianField(1.0, 1.0, base_mM=-1.0),
        lambda: GaussianField(1.0, 1.0, (math.inf, 0.0)),
        lambda: ConeField(1.0, -1.0),
        lambda: DiffusingSpot(1.0, 0.0),
        lambda: DiffusingSpot(1.0, 1.0, age_s=0.0),
        lambda: LawnField(1.0, 1.0, 0.0),
        lambda: SumField(()),
    ],
)
def test_an_impossible_field_is_refused(build: object) -> None:
    with pytest.raises(ValueError, match="give"):
        build()  # type: ignore[operator]
