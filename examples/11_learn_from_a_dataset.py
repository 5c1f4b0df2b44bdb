"""Learn offline from recorded episodes in a Minari dataset; needs wormlife[export]."""

import os
from pathlib import Path

import numpy as np

from agents.catalogue import find_agent
from agents.evaluation import play
from env.wrappers import RecordEpisode
from viewer.export_minari import write_minari


def main(folder: Path = Path("runs/example-offline"), steps: int = 200) -> float:
    """Return the correlation of a cloned policy's actions with those of the wave it imitates."""
    wave = find_agent("crawl-wave")
    env = RecordEpisode(wave.make_env(max_episode_steps=steps, body="free"), folder, overwrite=True)
    policy = wave.build(env)
    for seed in range(2):
        play(env, policy, seed)
    env.close()
    os.environ["MINARI_DATASETS_PATH"] = str(folder / "datasets")
    name = write_minari(sorted(folder.glob("*.h5")), folder / "datasets", name="worm/wave-v0")

    import minari

    learn, test = minari.load_dataset(name).iterate_episodes()
    # Behavioural cloning by least squares: what the body feels says where in the wave it is.
    weights, *_ = np.linalg.lstsq(_seen(learn), learn.actions, rcond=None)
    likeness = float(np.corrcoef((_seen(test) @ weights).ravel(), test.actions.ravel())[0, 1])
    print(f"cloned from {len(learn.actions)} steps: correlation {likeness:.3f} in a new episode")
    return likeness


def _seen(episode: object) -> np.ndarray:
    # Curvature and its rate, without the muscles, which the action sets directly.
    return np.asarray(episode.observations)[:-1, :46]  # type: ignore[attr-defined]


if __name__ == "__main__":
    main()
