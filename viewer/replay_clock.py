"""One clock for the recordings of a window: played, scrubbed, stepped and looped together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from viewer.replay import Mark, Replay

#: A mark this near to the time shown is the one that is looked at, not the next one.
_HERE_S = 0.05
#: While playing, one wants to go back past the mark that was just passed.
_JUST_PASSED_S = 0.5


class Clock:
    """The time that recordings beside each other show.

    Args:
        replays: at least one; each reads this clock from now on. The first of them moves it.

    Attributes:
        now_s: the time shown.
        paused: whether it stands still.
        speed: 1 is as it was lived.
        loop: whether the end is followed by the beginning.
        jumps: how often the time did not just go on; a reader then looks at the past anew.
    """

    def __init__(self, replays: Sequence[Replay]) -> None:
        self._replays = tuple(replays)
        self.paused, self.speed, self.loop = False, 1.0, True
        self.jumps = 0
        for replay in self._replays:
            replay.clock = self
        self.now_s = self.first_s

    @property
    def first_s(self) -> float:
        """The earliest time of any recording."""
        return min(float(r.episode.time_s[0]) for r in self._replays)

    @property
    def last_s(self) -> float:
        """The latest time of any recording; shorter ones stand still at their ends."""
        return max(float(r.episode.time_s[-1]) for r in self._replays)

    @property
    def marks(self) -> list[Mark]:
        """The events of all recordings, in order of time."""
        return sorted((m for r in self._replays for m in r.marks), key=lambda mark: mark.time_s)

    def advance(self, elapsed_s: float, by: Replay) -> None:
        """Go on by real time, if ``by`` is the recording that moves the clock."""
        if by is not self._replays[0]:
            return
        if not self.paused:
            self.now_s += elapsed_s * self.speed
        if self.now_s > self.last_s:
            if self.loop and not self.paused:
                self.seek(self.first_s)
            else:
                self.now_s = self.last_s

    def seek(self, time_s: float) -> None:
        """Show another time."""
        self.now_s = min(max(time_s, self.first_s), self.last_s)
        self.jumps += 1

    def jump(self, direction: int) -> None:
        """Go to the next (1) or the last (-1) mark of any recording, if there is one."""
        times = [mark.time_s for mark in self.marks]
        passed_s = _HERE_S if self.paused else _JUST_PASSED_S
        ahead = [t for t in times if t > self.now_s + _HERE_S]
        behind = [t for t in times if t < self.now_s - passed_s]
        if direction > 0 and ahead:
            self.seek(ahead[0])
        elif direction < 0 and behind:
            self.seek(behind[-1])

    def step(self, frames: int = 1) -> None:
        """Pause, and go on (or back) by frames of the first recording that has them."""
        self.paused = True
        longest = max(self._replays, key=lambda replay: float(replay.episode.time_s[-1]))
        times = longest.episode.time_s
        here = int(np.searchsorted(times, self.now_s + 1e-9, "right")) - 1
        wanted = float(times[min(max(here + frames, 0), len(times) - 1)])
        if frames > 0:
            self.now_s = wanted
        else:
            self.seek(wanted)
