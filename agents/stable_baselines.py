"""PPO and SAC through stable-baselines3; imported only where the extra wormlife[rl] is there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import gymnasium
import numpy as np
import torch
from stable_baselines3 import PPO, SAC
from stable_baselines3.common.monitor import Monitor
from stable_baselines3.common.vec_env import DummyVecEnv, SubprocVecEnv

from agents.settings import Settings
from agents.trainer import Learnt

__all__ = ["StableTrainer"]

N_ENVS = 4
# Rewards come at every step and the worm forgets within a second: a short horizon learns faster.
DEFAULTS: dict[str, dict[str, float]] = {
    "ppo": {
        "n_steps": 512,
        "batch_size": 256,
        "n_epochs": 10,
        "learning_rate": 3e-4,
        "gamma": 0.98,
        "gae_lambda": 0.95,
        "clip_range": 0.2,
        "ent_coef": 0.0,
        "log_std_init": -0.7,
    },
    "sac": {
        "learning_rate": 7e-4,
        "buffer_size": 100_000,
        "learning_starts": 1000,
        "batch_size": 256,
        "train_freq": 4,
        "gradient_steps": 4,
        "gamma": 0.98,
        "tau": 0.02,
    },
}


class StableTrainer:
    """Trains a network of two heads with PPO or SAC, several worms side by side.

    A checkpoint holds the networks and their optimiser, not the moment of the worms nor the replay
    buffer of SAC: a resumed training goes on from what was learnt, but not to the bit as if it had
    never been stopped.

    Args:
        settings: of the training; ``options`` replaces entries of ``DEFAULTS``.
        tensorboard: folder for its logs, or None.

    Raises:
        ValueError: an option is unknown.
    """

    def __init__(self, settings: Settings, tensorboard: str | None = None) -> None:
        torch.set_num_threads(1)  # the networks are small: more threads are slower
        options: dict[str, Any] = {**DEFAULTS[settings.algorithm]}
        for name, value in settings.options.items():
            if name not in options:
                raise ValueError(
                    f"unknown option {name!r} of {settings.algorithm}; choose from "
                    f"{', '.join(options)}"
                )
            options[name] = type(options[name])(value)
        self._settings = settings
        network: dict[str, Any] = {"net_arch": list(settings.hidden)}
        if "log_std_init" in options:
            network["log_std_init"] = options.pop("log_std_init")
        kind = PPO if settings.algorithm == "ppo" else SAC
        self._model: Any = kind(
            "MlpPolicy",
            self._build_envs(),
            policy_kwargs=network,
            seed=settings.seed,
            device="cpu",
            tensorboard_log=tensorboard,
            **options,
        )

    def _build_envs(self) -> Any:
        env_id, arguments = self._settings.env_id, self._settings.training_env

        def make() -> Any:
            return Monitor(gymnasium.make(f"wormlife:{env_id}", **arguments))

        if self._settings.workers == 1:
            return DummyVecEnv([make] * N_ENVS)
        return SubprocVecEnv([make] * self._settings.workers, start_method="spawn")

    @property
    def steps_done(self) -> int:
        """Steps of all worms together."""
        return int(self._model.num_timesteps)

    @steps_done.setter
    def steps_done(self, steps: int) -> None:
        self._model.num_timesteps = steps

    def advance(self, steps: int) -> None:
        """Train for at least that many steps."""
        self._model.learn(steps, reset_num_timesteps=False)

    def learnt(self) -> Learnt:
        """Return the mean action of the policy as layers of numpy arrays."""
        policy = self._model.policy
        if self._settings.algorithm == "ppo":
            layers, hidden, output = (
                (*policy.mlp_extractor.policy_net, policy.action_net),
                "tanh",
                "clip",
            )
        else:
            layers, hidden, output = (*policy.actor.latent_pi, policy.actor.mu), "relu", "tanh"
        linear = [layer for layer in layers if isinstance(layer, torch.nn.Linear)]
        arrays = {}
        for i, layer in enumerate(linear):
            arrays[f"weight{i}"] = layer.weight.detach().numpy().T.astype(np.float64)
            arrays[f"bias{i}"] = layer.bias.detach().numpy().astype(np.float64)
        return Learnt(policy="mlp", settings={"hidden": hidden, "output": output}, arrays=arrays)

    def state(self) -> dict[str, Any]:
        """Return the networks and optimisers as arrays."""
        found: dict[str, Any] = {"steps_done": np.array(self.steps_done)}
        for name, part in self._model.get_parameters().items():
            if "state" not in part or "param_groups" not in part:
                found |= {f"{name}|{key}": value.numpy() for key, value in part.items()}
                continue
            for index, moments in part["state"].items():
                found |= {f"{name}|{index}|{key}": np.asarray(v) for key, v in moments.items()}
        return {key: np.array(value) for key, value in found.items()}

    def set_state(self, state: Mapping[str, Any]) -> None:
        """Go on from a state.

        Raises:
            ValueError: it belongs to other networks.
        """
        parameters = self._model.get_parameters()
        for name, part in parameters.items():
            mine = {
                key.removeprefix(f"{name}|"): v
                for key, v in state.items()
                if key.startswith(f"{name}|")
            }
            if "state" not in part or "param_groups" not in part:
                parameters[name] = {key: torch.as_tensor(value) for key, value in mine.items()}
                continue
            moments: dict[int, dict[str, Any]] = {}
            for key, value in mine.items():
                index, _, moment = key.partition("|")
                moments.setdefault(int(index), {})[moment] = torch.as_tensor(value)
            part["state"] = moments
        try:
            self._model.set_parameters(parameters, exact_match=True)
        except (RuntimeError, KeyError) as error:
            raise ValueError("the checkpoint belongs to other networks; train anew") from error
        self.steps_done = int(state["steps_done"])

    def close(self) -> None:
        """Close the environments."""
        self._model.get_env().close()
