"""A gif keeps the strong colours of small things on much ground of weak ones."""

import numpy as np
from PIL import Image

from viewer.video import write_video

GROUND = np.stack(np.meshgrid(np.arange(480) % 40, np.arange(288) % 40), axis=-1)


def picture(shift):
    """Return ground of many dark colours with small spots of orange, azure and white."""
    colours = np.concatenate([GROUND, np.full((288, 480, 1), 30)], axis=-1).astype(np.uint8)
    for number, colour in enumerate(((255, 130, 20), (30, 110, 250), (230, 236, 240))):
        left = 40 + 60 * number + shift
        colours[100:106, left : left + 6] = colour
    return colours


def test_small_bright_spots_keep_their_colours(tmp_path):
    path = tmp_path / "a.gif"
    write_video((picture(4 * k) for k in range(6)), path, fps=12.5)
    with Image.open(path) as image:
        assert image.n_frames == 6
        image.seek(3)
        shown = np.asarray(image.convert("RGB")).astype(int)
    wanted = picture(12).astype(int)
    for number in range(3):
        spot = (slice(100, 106), slice(52 + 60 * number, 58 + 60 * number))
        assert np.abs(shown[spot] - wanted[spot]).max() < 16
    assert np.abs(shown - wanted).mean() < 8
