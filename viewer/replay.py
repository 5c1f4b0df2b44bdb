"""A recording as a source of moments: played, scrubbed, stepped and looped."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from env.recording import load
from viewer.grazing import Grazing
from viewer.replay_clock import Clock
from viewer.snapshot import Moment

if TYPE_CHECKING:
    from env.arena import Arena
    from env.episode import Episode

#: Older moments than this are not looked at again when the time line is moved.
_CONTEXT_S = 12.0
#: Backward faster than this is a reversal; slower, noise.
_REVERSAL_MM_S = 0.03
_SMOOTH_S = 0.6


@dataclass(frozen=True)
class Mark:
    """Something worth jumping to: when, and what ("reversal", "touch", "contact", ...)."""

    time_s: float
    kind: str


class Replay:
    """Plays an episode; the same attributes as ``LiveWorm`` where both make sense.

    Args:
        path: a recording.

    Attributes:
        name: of the file.
        clock: the time shown; recordings beside each other share one.
        marks: events and reversals, in order of time.
        grazing: what the worm has left of the lawns at the time shown.

    Raises:
        RecordingError: the recording cannot be read.
    """

    is_live = False

    def __init__(self, path: Path) -> None:
        self.episode: Episode = load(path)
        self.name = path.name
        self.marks = marks(self.episode)
        self.failure: str | None = None
        self.notice = ""
        self.ready = True
        self.recording: str | None = None
        self.ablated = ablated(self.episode)
        self.grazing = Grazing()
        self._shown = -1
        self._jumps = 0
        self.clock = Clock([self])

    @property
    def paused(self) -> bool:
        """Whether the clock stands still."""
        return self.clock.paused

    @property
    def speed(self) -> float:
        """Pace of the clock, 1 being as it was lived."""
        return self.clock.speed

    @property
    def arena(self) -> Arena | None:
        """The world of the recording."""
        return self.episode.frame(0).arena

    @property
    def medium(self) -> str:
        """The medium of the recording."""
        return self.episode.frame(0).medium

    @property
    def events(self) -> list[dict[str, Any]]:
        """What happened up to the time shown."""
        return [event for event in self.episode.events if event["time_s"] <= self.clock.now_s]

    def moments(self, elapsed_s: float) -> list[Moment]:
        """Advance by real time and return the moments passed, oldest first.

        After a jump the seconds before it are passed again, so that plots and track are whole.
        """
        self.clock.advance(elapsed_s, self)
        if self._jumps != self.clock.jumps:
            self._jumps = self.clock.jumps
            self._shown = self._index(self.clock.now_s - _CONTEXT_S) - 1
            self.grazing.catch_up(self.episode, self._shown)
        index = self._index(self.clock.now_s)
        passed = [self._moment(i) for i in range(self._shown + 1, index + 1)]
        for moment in passed:
            self.grazing.follow(moment.frame)
        self._shown = max(index, self._shown)
        return passed

    def _index(self, time_s: float) -> int:
        """Return the last frame that is not later than a time; the first if there is none."""
        return max(int(np.searchsorted(self.episode.time_s, time_s + 1e-9, "right")) - 1, 0)

    def _moment(self, index: int) -> Moment:
        return Moment(
            frame=self.episode.frame(index),
            curvature_L=self.episode.curvature_L[index],
            realtime_factor=self.speed,
            paused=self.paused,
        )

    def pause(self, paused: bool) -> None:
        """Stop the clock or let it go on."""
        self.clock.paused = paused

    def step(self) -> None:
        """Pause, and go on by one frame."""
        self.clock.step()

    def set_speed(self, speed: float) -> None:
        """Play at this pace, 1 being as it was lived."""
        self.clock.speed = speed

    def close(self) -> None:
        """Nothing is held open."""


def marks(episode: Episode) -> list[Mark]:
    """Return the events of an episode, and the beginnings of its reversals, in order of time."""
    found = [Mark(float(e["time_s"]), str(e["kind"])) for e in episode.events]
    time_s, line = episode.time_s, episode.centreline_mm
    if len(time_s) > 2:
        velocity = np.gradient(line.mean(axis=1), time_s, axis=0)
        forward = line[:, 0] - line[:, -1]
        forward /= np.maximum(np.linalg.norm(forward, axis=1, keepdims=True), 1e-9)
        n = max(1, round(_SMOOTH_S / float(time_s[1] - time_s[0])))
        speed = np.convolve((velocity * forward).sum(axis=1), np.ones(n) / n, "same")
        back = speed < -_REVERSAL_MM_S
        begins = np.flatnonzero(back[1:] & ~back[:-1]) + 1
        found += [Mark(float(time_s[i]), "reversal") for i in begins]
    return sorted(found, key=lambda mark: mark.time_s)


def ablated(episode: Episode) -> tuple[str, ...]:
    """Return the names of the neurons that were dead from the start of an episode."""
    from worm.connectome import load_connectome

    names: list[str] = []
    for rule in episode.config.get("perturbations", ()):
        verb, _, cells = str(rule).partition(" ")
        if verb == "ablate":
            connectome = load_connectome()
            names += [connectome.names[i] for i in connectome.indices(cells)]
    return tuple(names)
