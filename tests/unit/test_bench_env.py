"""The speed of the environments is measured by part, and the parts make up the whole."""

import pytest

from wormlife import bench_env


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench_env, "N_WINDOWS", 1)
    monkeypatch.setattr(bench_env, "N_STEPS", {"brain": 3, "neurons": 3, "muscles": 5})


def test_shares_add_up_to_the_whole_step() -> None:
    one = bench_env._single("muscles")
    assert sum(one["share"].values()) == pytest.approx(1.0)
    assert one["share"]["neurons"] == 0.0
    assert one["share"]["physics"] > 0.0
    assert one["realtime_factor"] == pytest.approx(0.04 * one["steps_per_cpu_s"])
    assert one["reset_ms"] > 0.0
    assert one["gymnasium_share"] == pytest.approx(
        one["share"]["python"] + one["share"]["observation"]
    )


@pytest.mark.parametrize("env_id", ["Crawl", "Swim", "Chemotaxis", "TouchEscape", "Forage"])
def test_the_gymnasium_layer_is_a_small_part_of_the_cheapest_step(env_id: str) -> None:
    # Twice what is promised (15 %, see docs/environments.md): machines that run tests are busy.
    one = bench_env._single("muscles", f"wormlife:Worm/{env_id}-v0")
    assert 0.0 < one["gymnasium_share"] < 0.3


def test_a_reset_of_an_unchanged_world_is_quick() -> None:
    # Twice what is promised (1 ms).
    assert bench_env._single("muscles")["reset_ms"] < 2.0


@pytest.mark.slow
def test_every_mode_is_measured_alone_and_side_by_side() -> None:
    result = bench_env.measure_env()
    assert set(result) == {"brain", "neurons", "muscles"}
    assert all(one["vector"]["steps_per_cpu_s"] > 0.0 for one in result.values())
    assert result["brain"]["share"]["neurons"] > 0.0
