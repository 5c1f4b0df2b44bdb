"""Live a recorded episode again from its configuration, and compare it with what was recorded."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from env.episode import Episode
from env.recording import read_frame
from env.recording_format import Array, Channel, channels

if TYPE_CHECKING:
    from env.simulation import Simulation


@dataclass(frozen=True, kw_only=True)
class Difference:
    """The first place at which a replay departs from its recording.

    Attributes:
        frame, time_s: which frame.
        variable, entry: which quantity, and which neuron, muscle, joint ... of it.
        recorded, replayed: its two values, or None where all stored digits agree and only the hash
            of the full precision differs.
    """

    frame: int
    time_s: float
    variable: str
    entry: str
    recorded: float | None
    replayed: float | None

    def __str__(self) -> str:
        place = f"frame {self.frame} ({self.time_s:.3f} s) differs"
        if self.recorded is None or self.replayed is None:
            return f"{place} below single precision"
        gap = self.replayed - self.recorded
        return (
            f"{place} in {self.variable} of {self.entry}: recorded {self.recorded:.9g}, "
            f"replayed {self.replayed:.9g}, difference {gap:.3g}"
        )


def replayed(episode: Episode) -> Iterator[Simulation]:
    """Yield a simulation rebuilt from the configuration at the time of every recorded frame.

    Raises:
        KeyError, TypeError, ValueError: the configuration or an event cannot be carried out.
    """
    from env.simulation import Simulation

    events = list(episode.events)
    half_step_s = 5e-4 * float(episode.config["dt_control_ms"])
    with Simulation.from_config(episode.config) as sim:
        for index, time_s in enumerate(episode.time_s):
            while sim.time_s < time_s - half_step_s:
                while events and events[0]["time_s"] < sim.time_s + half_step_s:
                    sim.replay(events.pop(0))
                sim.step()
            if index == 0:
                n_after = len(episode.events) - episode.events_at_start
                while len(events) > n_after:
                    sim.replay(events.pop(0))
            yield sim


def verify(episode: Episode, progress: Callable[[], object] | None = None) -> Difference | None:
    """Return the first difference between an episode and its replay, or None if there is none.

    Args:
        episode: the recording.
        progress: called after every frame.

    Raises:
        KeyError, TypeError, ValueError: the episode cannot be rebuilt.
    """
    of = channels(episode.reading_names)
    for index, sim in enumerate(replayed(episode)):
        values, digest = read_frame(sim, of)
        if digest != int(episode.digest[index]):
            return _first_difference(episode, index, values, of)
        if progress is not None:
            progress()
    return None


def _first_difference(
    episode: Episode, index: int, values: dict[str, Array], of: tuple[Channel, ...]
) -> Difference:
    time_s = float(episode.time_s[index])
    for channel in of:
        recorded = episode.channels[channel.name][index]
        # Rounded as it was stored: only what the file can show counts as a difference here.
        again = values[channel.name].astype(channel.dtype).astype(np.float64)
        differs = np.atleast_1d((recorded != again) & ~(np.isnan(recorded) & np.isnan(again)))
        if differs.any():
            place = tuple(int(i) for i in np.argwhere(differs)[0])
            return Difference(
                frame=index,
                time_s=time_s,
                variable=channel.name,
                entry=_entry(episode, channel, place),
                recorded=float(np.atleast_1d(recorded)[place]),
                replayed=float(np.atleast_1d(again)[place]),
            )
    return Difference(
        frame=index, time_s=time_s, variable="", entry="", recorded=None, replayed=None
    )


def _entry(episode: Episode, channel: Channel, place: tuple[int, ...]) -> str:
    """Return the name of an entry of a channel, such as ``AVAL`` or ``segment 3 y``."""
    names = {
        "neuron": episode.neuron_names,
        "muscle": episode.muscle_names,
        "reading": episode.reading_names,
    }.get(channel.rows)
    if not channel.shape:
        return "the clock"
    first = names[place[0]] if names else f"{channel.rows} {place[0]}"
    return first if len(place) == 1 else f"{first} {'xyz'[place[1]]}"
