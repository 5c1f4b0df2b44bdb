"""What a worm has left of the lawns, reckoned from where its mouth has been.

Neither a recording nor the snapshots of a living worm hold the food; its rule (``env.food``) and
the path of the nose give it back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from env.food import Food, Lawn

if TYPE_CHECKING:
    from env.arena import Arena
    from env.episode import Episode
    from env.frame import Frame

Array = NDArray[np.float64]

#: A longer gap between two moments is a cut, during which nothing is known to have been eaten.
_LONGEST_STEP_S = 1.0


class Grazing:
    """Lawns as one worm leaves them; follow its moments in order of time.

    Attributes:
        lawns: as they were sown.
        meals: how often something was eaten or sown; what is drawn is redrawn when it changes.
    """

    def __init__(self) -> None:
        self.lawns: tuple[Lawn, ...] = ()
        self.meals = 0
        self._food = Food(())
        self._sown: dict[str, Array] = {}
        self._time_s = -np.inf

    def follow(self, frame: Frame) -> None:
        """Let the mouth eat where it is; a step back in time grows the lawns back."""
        self._sow(frame.arena)
        elapsed_s = frame.time_s - self._time_s
        self._time_s = frame.time_s
        if elapsed_s < 0.0:
            self._food.reset()
            self.meals += 1
        elif self.lawns and elapsed_s <= _LONGEST_STEP_S:
            x_mm, y_mm = np.asarray(frame.centreline_mm)[0, :2].tolist()
            self.meals += self._food.eat(x_mm, y_mm, elapsed_s) > 0.0

    def catch_up(self, episode: Episode, last: int) -> None:
        """Begin anew and eat what was eaten up to frame ``last`` of an episode."""
        self._sow(episode.frame(0).arena)
        self._food.reset()
        self.meals += 1
        self._time_s = float(episode.time_s[last]) if last >= 0 else -np.inf
        nose_mm = episode.centreline_mm[: last + 1, 0, :2]
        near = np.zeros(len(nose_mm), dtype=bool)
        for lawn in self.lawns:
            near |= (np.abs(nose_mm - lawn.centre_mm) < lawn.radius_mm).all(axis=1)
        for index in np.flatnonzero(near[1:]) + 1:
            elapsed_s = float(episode.time_s[index] - episode.time_s[index - 1])
            x_mm, y_mm = nose_mm[index].tolist()
            self._food.eat(x_mm, y_mm, elapsed_s)

    def _sow(self, arena: Arena | None) -> None:
        lawns = () if arena is None else arena.lawns
        if lawns == self.lawns:
            return
        old, self.lawns = self._food, lawns
        self._food = Food(lawns)
        self._sown = self._food.state()
        self.meals += 1
        if [lawn.radius_mm for lawn in lawns] == [lawn.radius_mm for lawn in old.lawns]:
            self._food.set_state(old.state())  # moved: what is eaten stays eaten

    def left(self, index: int) -> Array:
        """Return what is left of a lawn as shares 0..1 of what was sown.

        Returns:
            (n, n) patches of side ``patch_mm``, row along y and column along x, from the lower left
            corner of the square about the lawn; 1 where nothing was sown.
        """
        key = f"lawn_{index}"
        sown, now = self._sown[key], self._food.state()[key]
        share: Array = np.divide(now, sown, out=np.ones_like(now), where=sown > 0.0)
        return share

    @property
    def patch_mm(self) -> float:
        """Side of a patch that is eaten as one."""
        return float(self._food.patch_mm)

    @property
    def eaten(self) -> Array:
        """(n_lawns,) share of each lawn that is eaten."""
        whole = np.array([patches.sum() for patches in self._sown.values()])
        eaten: Array = 1.0 - self._food.amount / whole
        return eaten
