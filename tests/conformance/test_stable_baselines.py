"""The checker of stable-baselines3 finds no fault either."""

import warnings

import gymnasium
import pytest

import wormlife
from env.actions import ACTION_MODES

checker = pytest.importorskip(
    "stable_baselines3.common.env_checker", reason="needs the extra wormlife[rl]"
)
IDS = sorted(name for name in gymnasium.registry if name.startswith("Worm/"))


def test_the_ids_are_those_of_this_version() -> None:
    assert wormlife.__version__
    assert IDS


@pytest.mark.parametrize("flat", [True, False])
@pytest.mark.parametrize("mode", ACTION_MODES)
@pytest.mark.parametrize("env_id", IDS)
def test_stable_baselines_finds_no_fault(env_id: str, mode: str, flat: bool) -> None:
    env = gymnasium.make(env_id, action_mode=mode, flat=flat, body="free", disable_env_checker=True)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        checker.check_env(env.unwrapped, skip_render_check=True)
    env.close()
