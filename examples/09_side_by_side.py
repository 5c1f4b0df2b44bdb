"""Several worms in processes of their own, stepped together."""

import gymnasium
import numpy as np

import wormlife


def main(worms: int = 2, steps: int = 100) -> float:
    """Return the mean reward of random muscles per step."""
    print(f"wormlife {wormlife.__version__}: {worms} worms")
    vector = gymnasium.make_vec(
        "wormlife:Worm/Swim-v0",
        num_envs=worms,
        vectorization_mode="async",
        vector_kwargs={"context": "spawn"},
        action_mode="muscles",
    )
    vector.action_space.seed(0)
    vector.reset(seed=0)
    rewards = [vector.step(vector.action_space.sample())[1] for _ in range(steps)]
    vector.close()
    mean = float(np.mean(rewards))
    print(f"mean reward of {worms * steps} steps: {mean:.4f}")
    return mean


if __name__ == "__main__":  # processes that are spawned import this file again
    main()
