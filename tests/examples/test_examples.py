"""Every example runs, short, and shows what it says."""

import importlib.util
from pathlib import Path
from typing import Any

import pytest

EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("[0-9]*.py"))
MOST_LINES = 60


def run(number: int, **arguments: Any) -> Any:
    """Call ``main`` of an example."""
    (path,) = (path for path in EXAMPLES if path.name.startswith(f"{number:02d}_"))
    spec = importlib.util.spec_from_file_location(f"example_{number:02d}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.main(**arguments)


def test_they_are_numbered_and_short() -> None:
    assert [int(path.name[:2]) for path in EXAMPLES] == list(range(1, len(EXAMPLES) + 1))
    longest = max(len(path.read_text("utf-8").splitlines()) for path in EXAMPLES)
    assert longest <= MOST_LINES


def test_first_steps() -> None:
    assert run(1, seconds=0.4) > 0.0


def test_a_current_depolarises_its_neuron() -> None:
    before_mV, during_mV = run(2)
    assert during_mV > before_mV + 2.0


def test_two_groups_are_compared() -> None:
    assert set(run(3, seconds=0.2, seeds=1)) == {"intact", "without AVB"}


def test_ppo_trains(tmp_path: Path) -> None:
    pytest.importorskip("stable_baselines3", reason="needs the extra wormlife[rl]")
    agent = run(4, folder=tmp_path / "run", steps=256, n_steps=64)
    assert agent.curve


@pytest.mark.slow
def test_evolution_goes_on_from_its_checkpoint(tmp_path: Path) -> None:
    agent = run(5, folder=tmp_path / "run", steps=64, episode_steps=2)
    assert [point[0] for point in agent.curve] == sorted({point[0] for point in agent.curve})
    assert len(agent.curve) == 2


def test_a_recording_lives_again(tmp_path: Path) -> None:
    assert run(6, path=tmp_path / "touched.h5", seconds=0.4)


def test_a_limp_worm_is_stiller_than_a_random_one() -> None:
    assert run(7, steps=20) > 1.0


def test_the_custom_arena_smells_of_salt() -> None:
    assert run(8, seconds=0.2) > 5.0


def test_worms_learn_side_by_side() -> None:
    first, last = run(9, generations=3, steps=25)
    assert last > first


def test_policies_are_compared(tmp_path: Path) -> None:
    means = run(12, folder=tmp_path, steps=16, episode_steps=2, max_steps=2)
    assert set(means) == {"connectome", "ncp", "mlp"}
    assert len(set(means.values())) == 3


def test_an_episode_is_plotted(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="needs the extra wormlife[plot]")
    picture = run(10, path=tmp_path / "episode.h5", seconds=0.4)
    assert picture.stat().st_size > 5000


def test_the_wave_is_cloned_from_a_dataset(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("minari", reason="needs the extra wormlife[export]")
    monkeypatch.setenv("MINARI_DATASETS_PATH", "")
    assert run(11, folder=tmp_path) > 0.8
