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


@pytest.mark.slow
def test_every_mode_is_measured_alone_and_side_by_side() -> None:
    result = bench_env.measure_env()
    assert set(result) == {"brain", "neurons", "muscles"}
    assert all(one["vector"]["steps_per_cpu_s"] > 0.0 for one in result.values())
    assert result["brain"]["share"]["neurons"] > 0.0
