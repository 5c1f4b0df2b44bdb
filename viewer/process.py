"""A worm that lives in a process of its own, seen and handled from the window's process."""

from __future__ import annotations

import multiprocessing
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from viewer.grazing import Grazing
from viewer.process_child import live
from viewer.snapshot import Moment, Ring, moment_of

if TYPE_CHECKING:
    from env.arena import Arena

_GOODBYE_S = 2.0


class LiveWorm:
    """Starts the simulation, reads its newest moment, sends it commands; never waits for it.

    Args:
        settings: keyword arguments of ``Simulation``.
        rules: perturbations from the start, as ``Simulation.perturb`` takes them.
        ablate: names of neurons that are dead from the start.

    Attributes:
        arena, medium: the world as it is now; unknown until the worm is ready.
        events: what was done to the worm and what it bumped into, oldest first.
        ablated: names of the neurons that are dead.
        notice: the last thing the simulation had to say, such as a refused command.
        failure: why the simulation ended, or None while it lives.
        recording: path of the recording that is being written, or None.
        name: of this worm.
        grazing: what it has left of the lawns.
    """

    is_live = True
    name = "living worm"

    def __init__(
        self,
        settings: Mapping[str, Any],
        rules: Sequence[str] = (),
        ablate: Sequence[str] = (),
    ) -> None:
        self._plan = (dict(settings), tuple(rules), tuple(ablate))
        self.restart()

    def restart(self) -> None:
        """Begin anew in a new process, as at the first start."""
        if hasattr(self, "_ring"):
            self.close()
        self.arena: Arena | None = None
        self.medium = "agar"
        self.events: list[dict[str, Any]] = []
        self.ablated: tuple[str, ...] = self._plan[2]
        self.notice = "waking the worm"
        self.failure: str | None = None
        self.recording: str | None = None
        self.ready = False
        self.paused, self.speed = False, 1.0
        self._seen = 0
        self.grazing = Grazing()
        self._ring = Ring()
        # Never fork: OpenGL and threads do not survive it.
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(
            target=live, args=(*self._plan, self._ring.name, theirs), daemon=True
        )
        self._process.start()
        theirs.close()

    @property
    def pid(self) -> int | None:
        """Process id of the simulation."""
        return self._process.pid

    def moments(self, _elapsed_s: float) -> list[Moment]:
        """Return the moments that have not been returned before, oldest first."""
        self._listen()
        if not self.ready:
            return []
        snapshots = self._ring.since(self._seen)
        if snapshots:
            self._seen = int(snapshots[-1]["count"])
        moments = [moment_of(snapshot, self.arena, self.medium) for snapshot in snapshots]
        for moment in moments:
            self.grazing.follow(moment.frame)
        return moments

    def _listen(self) -> None:
        try:
            while self._pipe.poll():
                kind, content = self._pipe.recv()
                getattr(self, f"_hear_{kind}")(content)
        except (EOFError, OSError):
            self._process.join(0.2)
            code = self._process.exitcode
            self.failure = self.failure or f"the simulation ended unexpectedly (exit code {code})"

    def _hear_world(self, content: tuple[Arena, str]) -> None:
        self.arena, self.medium = content
        if not self.ready:
            self.notice = ""
        self.ready = True

    def _hear_events(self, content: list[dict[str, Any]]) -> None:
        self.events.extend(content)

    def _hear_reset(self, content: list[dict[str, Any]]) -> None:
        self.events = list(content)

    def _hear_ablated(self, content: tuple[str, ...]) -> None:
        self.ablated = content

    def _hear_recording(self, content: str | None) -> None:
        self.recording = content

    def _hear_notice(self, content: str) -> None:
        self.notice = content

    def _hear_failure(self, content: str) -> None:
        self.failure = content

    def send(self, command: str, **details: Any) -> None:
        """Ask for something; what becomes of it is seen in the attributes.

        Args:
            command: one of the ``do_`` methods of ``process_child.Life``.
            **details: its arguments.
        """
        try:
            self._pipe.send((command, details))
        except (BrokenPipeError, OSError):
            self._listen()

    def pause(self, paused: bool) -> None:
        """Stop or go on."""
        self.paused = paused
        self.send("pause", paused=paused)

    def step(self) -> None:
        """Pause, and advance by one control step."""
        self.paused = True
        self.send("step")

    def set_speed(self, speed: float) -> None:
        """Live at this pace, 1 being real time."""
        self.speed = speed
        self.send("speed", speed=speed)

    def close(self) -> None:
        """End the simulation and wait until its process is gone."""
        self.send("quit")
        self._process.join(_GOODBYE_S)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()
        self._pipe.close()
        self._ring.close()
