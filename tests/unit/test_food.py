"""Lawns: how much is there, how much is eaten, what is left."""

import math

import numpy as np
import pytest

from env.food import Food, Lawn


@pytest.fixture
def food() -> Food:
    return Food([Lawn((2.0, 0.0), 1.0), Lawn((-3.0, 1.0), 0.5, density=2.0)])


def test_a_fresh_lawn_holds_its_area_times_its_density(food: Food) -> None:
    np.testing.assert_allclose(food.amount, [math.pi, 2.0 * math.pi * 0.25], rtol=0.03)


def test_what_is_eaten_is_missing_from_the_lawn(food: Food) -> None:
    before = food.amount
    eaten = sum(food.eat(2.0 + 0.01 * i, 0.02, 0.04) for i in range(50))
    assert eaten > 0.0
    np.testing.assert_allclose(before - food.amount, [eaten, 0.0], atol=1e-12)
    assert food.amount[0] < before[0]


def test_outside_the_lawns_there_is_nothing_to_eat(food: Food) -> None:
    before = food.amount
    for place in ((0.0, 0.0), (2.95, 0.95), (1e6, 0.0), (3.001, 0.0)):
        assert food.eat(*place, 1.0) == 0.0
    np.testing.assert_array_equal(food.amount, before)


def test_the_meal_does_not_depend_on_the_step(food: Food) -> None:
    once = food.eat(2.0, 0.0, 1.0)
    food.reset()
    often = sum(food.eat(2.0, 0.0, 0.01) for _ in range(100))
    assert often == pytest.approx(once, rel=1e-9)


def test_a_patch_that_is_eaten_bare_gives_nothing_more(food: Food) -> None:
    assert food.eat(2.0, 0.0, 1e4) == pytest.approx(food.patch_mm**2)
    assert food.eat(2.0, 0.0, 1.0) == 0.0


def test_going_back_to_a_state_gives_the_food_back(food: Food) -> None:
    state = food.state()
    meal = food.eat(2.0, 0.0, 1.0)
    food.set_state(state)
    assert food.eat(2.0, 0.0, 1.0) == meal
    with pytest.raises(ValueError, match="lawn_0 has shape"):
        food.set_state({**state, "lawn_0": np.zeros((1, 1))})


def test_impossible_lawns_and_meals_are_refused(food: Food) -> None:
    with pytest.raises(ValueError, match="radius_mm is 0"):
        Lawn((0.0, 0.0), 0.0)
    with pytest.raises(ValueError, match="two finite numbers"):
        Lawn((math.nan, 0.0), 1.0)
    with pytest.raises(ValueError, match="positive length"):
        Food([], patch_mm=0.0)
    for meal in ((math.nan, 0.0, 1.0), (0.0, 0.0, -1.0), (0.0, 0.0, math.inf)):
        with pytest.raises(ValueError, match="cannot eat"):
            food.eat(*meal)
