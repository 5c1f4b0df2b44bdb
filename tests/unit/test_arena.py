"""Worlds by name: legal, complete, and where the worm begins."""

import dataclasses
import math
import pickle

import numpy as np
import pytest

from env.arena import Arena, arena, names
from env.fields import UniformField
from env.food import Food
from worm.obstacles import Dish, Post, obstacle_table
from worm.senses import CHEMICALS


@pytest.mark.parametrize("name", names())
class TestEveryArena:
    def test_it_carries_its_name_and_survives_pickling(self, name: str) -> None:
        world = arena(name)
        assert world.name == name
        assert world.about.endswith(".")
        assert pickle.loads(pickle.dumps(world)) == world

    def test_its_chemicals_are_smelt_and_its_obstacles_are_known(self, name: str) -> None:
        world = arena(name)
        assert set(world.chemicals) <= set(CHEMICALS)
        assert obstacle_table(world.obstacles)[1] == world.radius_mm

    def test_the_worm_starts_on_the_ring_clear_of_everything(self, name: str) -> None:
        world, rng = arena(name), np.random.default_rng(0)
        near, far = world.start_distance_mm
        for _ in range(50):
            (x, y), heading = world.start(rng)
            distance = math.dist((x, y), world.start_centre_mm)
            assert near - 1e-9 <= distance <= far + 1e-9
            assert world.start_heading_rad[0] <= heading <= world.start_heading_rad[1]
            assert math.hypot(x, y) + 0.6 < world.radius_mm
            for post in world.obstacles:
                if isinstance(post, Post):
                    assert math.dist((x, y), (post.x_mm, post.y_mm)) > post.radius_mm + 0.55

    def test_the_same_seed_gives_the_same_start(self, name: str) -> None:
        world = arena(name)
        assert world.start(np.random.default_rng(7)) == world.start(np.random.default_rng(7))


class TestChemotaxis:
    def test_the_worm_starts_ten_millimetres_from_the_peak_of_salt(self) -> None:
        world = arena("chemotaxis")
        salt = world.chemicals["salt"]
        assert world.goal_mm == salt.centre_mm == (0.0, 0.0)
        assert salt.concentration_mM(*salt.centre_mm) == 50.0
        place, _ = world.start(np.random.default_rng(1))
        assert math.dist(place, salt.centre_mm) == pytest.approx(10.0)
        gradient = salt.gradient_mM_mm(*place)
        assert np.dot(gradient, place) < 0.0  # uphill is inward

    def test_starts_surround_the_peak_and_face_all_ways(self) -> None:
        world, rng = arena("chemotaxis"), np.random.default_rng(2)
        starts = [world.start(rng) for _ in range(400)]
        middle = np.mean([place for place, _ in starts], axis=0)
        assert np.hypot(*middle) < 1.5
        facing = np.mean([np.exp(1j * heading) for _, heading in starts])
        assert abs(facing) < 0.15


class TestForaging:
    def test_there_is_food_that_smells_more_than_its_surroundings(self) -> None:
        world = arena("foraging")
        assert Food(world.lawns).amount.min() > 0.0
        for name in ("isoamyl_alcohol", "diacetyl"):
            odour = world.chemicals[name]
            for lawn in world.lawns:
                assert odour.concentration_mM(*lawn.centre_mm) > odour.concentration_mM(0.0, 0.0)

    def test_copper_stands_between_the_start_and_one_lawn_only(self) -> None:
        world = arena("foraging")
        copper_mM = world.chemicals["copper"].concentration_mM
        on_the_way = [0.5 * np.array(lawn.centre_mm) for lawn in world.lawns]
        assert [copper_mM(*place) > 5.0 for place in on_the_way] == [True, False, False]
        assert copper_mM(0.0, 0.0) < 0.05
        assert max(copper_mM(*lawn.centre_mm) for lawn in world.lawns) < 0.05


class TestMistakes:
    def test_an_unknown_name_gets_a_suggestion(self) -> None:
        with pytest.raises(KeyError, match="did you mean 'chemotaxis'"):
            arena("chemotaxs")
        with pytest.raises(KeyError, match="choose one of chemotaxis, foraging"):
            arena("")

    def test_a_chemical_nobody_smells_is_refused(self) -> None:
        with pytest.raises(KeyError, match="did you mean 'salt'"):
            Arena(name="mine", about="Mine.", chemicals={"sallt": UniformField(1.0)})

    @pytest.mark.parametrize("ring", [(-1.0, 1.0), (2.0, 1.0), (0.0, 6.0), (0.0, math.nan)])
    def test_a_start_outside_the_dish_is_refused(self, ring: tuple[float, float]) -> None:
        with pytest.raises(ValueError, match="inside the dish of 5"):
            Arena(name="mine", about="Mine.", obstacles=(Dish(5.0),), start_distance_mm=ring)

    def test_headings_are_finite_and_in_order(self) -> None:
        with pytest.raises(ValueError, match="low <= high"):
            Arena(name="mine", about="Mine.", start_heading_rad=(1.0, 0.0))

    def test_an_arena_cannot_be_changed(self) -> None:
        with pytest.raises(dataclasses.FrozenInstanceError):
            arena("open").name = "other"  # type: ignore[misc]

    def test_names_are_sorted_and_complete(self) -> None:
        assert list(names()) == sorted(names())
        assert {"plate", "chemotaxis", "foraging", "posts", "open"} <= set(names())
