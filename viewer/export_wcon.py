"""Write a recording as WCON, the worm tracker commons object notation, which is JSON.

Format: https://github.com/openworm/tracker-commons. Fields beyond tracking begin with "@wormlife".
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from env.episode import Episode
from viewer.files import replacing

__all__ = ["wcon", "write_wcon"]

PLACE_DIGITS = 6  # of mm: single precision, as stored, holds no more
STATE_DIGITS = 4


def wcon(episode: Episode) -> dict[str, Any]:
    """Return an episode as a WCON document: one worm, 25 points per time, head first.

    Times in s, places in mm, soma voltages in mV, muscle activations 0..1.
    """
    line = episode.centreline_mm
    state = {
        "neurons": list(episode.neuron_names),
        "voltages_mV": _listed(episode.voltages_mV, STATE_DIGITS),
        "muscles": list(episode.muscle_names),
        "activation": _listed(episode.activation, STATE_DIGITS),
        "events": list(episode.events),
        "config": episode.config,
    }
    return {
        "units": {"t": "s", "x": "mm", "y": "mm"},
        "metadata": {
            "id": episode.path.stem,
            "media": str(episode.config["medium"]),
            "sex": "hermaphrodite",
            "stage": "adult",
            "protocol": f"simulation with seed {episode.seed} in arena {episode.config['arena']}",
            "software": {
                "tracker": {"name": "wormlife", "version": episode.versions["wormlife"]},
                "featureID": "@wormlife",
            },
        },
        "data": [
            {
                "id": "1",
                "t": _listed(episode.time_s, PLACE_DIGITS),
                "x": _listed(line[:, :, 0], PLACE_DIGITS),
                "y": _listed(line[:, :, 1], PLACE_DIGITS),
                "head": "L",  # the first point of each row
                "@wormlife": state,
            }
        ],
    }


def _listed(values: Any, digits: int) -> list[Any]:
    listed: list[Any] = np.round(values, digits).tolist()
    return listed


def write_wcon(episode: Episode, path: Path, *, overwrite: bool = False) -> None:
    """Write an episode as a WCON file.

    Raises:
        ExportError: the file exists or cannot be written.
    """
    document = json.dumps(wcon(episode), allow_nan=False, separators=(",", ":"))
    with replacing(path, overwrite=overwrite) as draft:
        draft.write_text(document, encoding="utf-8")
