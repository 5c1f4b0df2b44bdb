"""Vectorised training: worms in processes of their own each try another policy, step by step."""

import gymnasium
import numpy as np

import wormlife


def main(worms: int = 4, generations: int = 12, steps: int = 100) -> tuple[float, float]:
    """Return the mean reward per step of the first and of the last generation."""
    print(f"wormlife {wormlife.__version__}: {worms} worms")
    vector = gymnasium.make_vec(
        "wormlife:Worm/Crawl-v0",
        num_envs=worms,
        vectorization_mode="async",
        vector_kwargs={"context": "spawn"},
        action_mode="muscles",
        observations=("proprioception",),
        body="free",
        max_episode_steps=steps + 1,
    )
    rng = np.random.default_rng(0)
    # Each row of muscles answers the bends ahead of it: one number per distance, for all rows.
    policy = np.zeros(6)
    means = []
    for generation in range(generations):
        noise = rng.standard_normal((worms // 2, policy.size))
        noise = np.concatenate([noise, -noise])  # mirrored: their difference is the slope
        seen, _ = vector.reset(seed=[generation] * worms)
        total = np.zeros(worms)
        for _ in range(steps):
            seen, reward, *_ = vector.step(act(seen, policy + 0.2 * noise))
            total += reward / steps
        policy += 0.2 * (total @ noise) / (np.abs(total @ noise).max() + 1e-9)
        means.append(float(total.mean()))
        print(f"generation {generation}: mean reward {means[-1]:.3f}")
    vector.close()
    return means[0], means[-1]


def act(seen: np.ndarray, policies: np.ndarray) -> np.ndarray:
    """Return (worms, 24) actions for (worms, 23) bends, by one policy per worm."""
    ahead = np.pad(seen, ((0, 0), (policies.shape[1], 0)), mode="edge")
    shifted = np.stack([ahead[:, k : k + 24] for k in range(policies.shape[1])], axis=2)
    return np.tanh(8.0 * np.einsum("wrk,wk->wr", shifted, policies)).astype(np.float32)


if __name__ == "__main__":  # processes that are spawned import this file again
    main()
