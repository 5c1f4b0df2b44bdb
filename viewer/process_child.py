"""The simulation's side of a live window: obeys commands, keeps pace, publishes every step."""

from __future__ import annotations

import signal
import time
from collections.abc import Sequence
from dataclasses import replace
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, Any

from viewer.snapshot import Ring
from worm.obstacles import Dish, Post, Wall

if TYPE_CHECKING:
    from env.arena import Arena
    from env.recording import Recorder
    from env.simulation import Simulation

#: Time that the simulation lags behind and does not try to make good.
_MOST_DEBT_S = 0.25
_PACE_WINDOW_S = 0.5
_IDLE_S = 0.05


def live(
    settings: dict[str, Any],
    rules: Sequence[str],
    ablate: Sequence[str],
    ring_name: str,
    pipe: Connection,
) -> None:
    """Run a simulation until told to quit; the target of the process.

    Args:
        settings: keyword arguments of ``Simulation``.
        rules: perturbations from the start.
        ablate: names of dead neurons.
        ring_name: of the shared memory.
        pipe: commands come in, news goes out.
    """
    # Ctrl-C in the terminal reaches the whole group; the window decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    ring = Ring(ring_name)
    try:
        life = Life(settings, rules, ablate, ring, pipe)
        life.run()
        life.end()
    except (EOFError, BrokenPipeError, ConnectionResetError):
        pass  # the window has gone: there is nobody left to tell
    except Exception as error:  # whatever ended the worm, the window must be able to show it
        pipe.send(("failure", f"{type(error).__name__}: {' '.join(str(error).split())}"))
    finally:
        ring.close()


class Life:
    """One simulation and its pace; see :func:`live` for the arguments."""

    def __init__(
        self,
        settings: dict[str, Any],
        rules: Sequence[str],
        ablate: Sequence[str],
        ring: Ring,
        pipe: Connection,
    ) -> None:
        from env.simulation import Simulation

        self._settings, self._rules = dict(settings), tuple(rules)
        self._ring, self._pipe = ring, pipe
        self._sim = Simulation(**settings)
        self._dead = list(ablate)
        self._perturb()
        self._sim.reset()
        self._recorder: Recorder | None = None
        self._goes_on, self._paused, self._speed = True, False, 1.0
        self._told = 0
        self._due_s = self._window_s = time.perf_counter()
        self._window_time_s = 0.0
        self._pace = {"realtime_factor": 0.0, "keeps_up": 1.0, "paused": 0.0}
        self._tell_world()

    def run(self) -> None:
        """Live until told to quit."""
        self._publish()
        while self._goes_on:
            self._obey(_IDLE_S if self._paused else 0.0)
            if not self._paused and self._goes_on:
                self._advance()
                self._wait()

    def end(self) -> None:
        """Close the recording and the world."""
        self.do_record(None)
        self._sim.close()

    # ---- time -----------------------------------------------------------------------------------

    def _advance(self) -> None:
        self._sim.step()
        self._measure()
        self._publish()

    def _wait(self) -> None:
        """Sleep until the next step is due; a debt too large to repay is forgotten."""
        self._due_s += self._sim.dt_control_ms / 1000.0 / self._speed
        ahead_s = self._due_s - time.perf_counter()
        if ahead_s > 0.0:
            time.sleep(ahead_s)
        elif ahead_s < -_MOST_DEBT_S:
            self._due_s += -ahead_s
            self._pace["keeps_up"] = 0.0

    def _measure(self) -> None:
        now_s = time.perf_counter()
        if now_s - self._window_s >= _PACE_WINDOW_S:
            lived_s = self._sim.time_s - self._window_time_s
            factor = lived_s / (now_s - self._window_s)
            self._pace["realtime_factor"] = max(factor, 0.0)
            self._pace["keeps_up"] = float(factor > 0.93 * self._speed)
            self._window_s, self._window_time_s = now_s, self._sim.time_s

    def _restart_clock(self) -> None:
        self._due_s = self._window_s = time.perf_counter()
        self._window_time_s = self._sim.time_s

    def _publish(self) -> None:
        self._pace["paused"] = float(self._paused)
        self._ring.publish(self._sim, **self._pace)
        events = self._sim.events
        if len(events) > self._told:
            self._pipe.send(("events", events[self._told :]))
            self._told = len(events)

    def _tell_world(self) -> None:
        self._pipe.send(("world", (self._sim.arena, self._sim.medium.name)))
        self._pipe.send(("ablated", tuple(self._dead)))

    # ---- commands -------------------------------------------------------------------------------

    def _obey(self, patience_s: float) -> None:
        while self._goes_on and self._pipe.poll(patience_s):
            patience_s = 0.0
            command, details = self._pipe.recv()
            try:
                getattr(self, f"do_{command}")(**details)
            except (ValueError, KeyError, TypeError, OSError) as error:
                self._pipe.send(("notice", str(error.args[0] if error.args else error)))
            else:
                self._publish()

    def do_quit(self) -> None:
        """End."""
        self._goes_on = False

    def do_pause(self, paused: bool) -> None:
        """Stop or go on."""
        self._paused = bool(paused)
        self._restart_clock()

    def do_step(self) -> None:
        """Pause and make one control step."""
        self._paused = True
        self._advance()

    def do_speed(self, speed: float) -> None:
        """Live at a pace, 1 being real time."""
        if not 0.0 < speed <= 100.0:
            raise ValueError(f"speed={speed!r} must lie above 0 and at most 100")
        self._speed = float(speed)
        self._restart_clock()

    def do_reset(self, seed: int | None = None) -> None:
        """Begin a new episode; None repeats the last one."""
        self.do_record(None)
        self._sim.reset(seed=seed)
        self._told = 0
        self._pipe.send(("reset", []))
        self._restart_clock()

    def do_touch(self, position: float, side: str, force_uN: float, duration_s: float) -> None:
        """Press a hair against the skin."""
        self._sim.touch(position, side, force_uN, duration_s)

    def do_inject(self, cell: str, current_pA: float) -> None:
        """Inject a constant current into a neuron; 0 ends it."""
        self._sim.inject({cell: current_pA})

    def do_ablate(self, cell: str) -> None:
        """Kill a neuron."""
        self._sim.ablate([cell])
        self._dead.append(cell)
        self._tell_world()

    def do_restore(self, cell: str) -> None:
        """Bring a neuron back."""
        self._dead = [name for name in self._dead if name != cell]
        self._sim.clear_perturbations()
        self._perturb()
        self._tell_world()

    def _perturb(self) -> None:
        for rule in self._rules:
            self._sim.perturb(rule)
        if self._dead:
            self._sim.ablate(self._dead)

    def do_medium(self, medium: str | float) -> None:
        """Put the worm, as it is, into another medium."""
        self._rebuild(medium=medium)

    def do_move_lawn(self, index: int, x_mm: float, y_mm: float) -> None:
        """Lay a lawn elsewhere, with the odour that has its middle there."""
        arena, lawns = self._sim.arena, list(self._sim.arena.lawns)
        old = lawns[index].centre_mm
        lawns[index] = replace(lawns[index], centre_mm=(x_mm, y_mm))
        chemicals = {
            name: _moved(field, old, (x_mm, y_mm)) for name, field in arena.chemicals.items()
        }
        self._rebuild(arena=replace(arena, lawns=tuple(lawns), chemicals=chemicals))

    def do_move_goal(self, x_mm: float, y_mm: float) -> None:
        """Put the peak of the odour of a world without lawns elsewhere."""
        arena = self._sim.arena
        chemicals = {name: f.moved_to((x_mm, y_mm)) for name, f in arena.chemicals.items()}
        self._rebuild(arena=replace(arena, chemicals=chemicals, goal_mm=(x_mm, y_mm)))

    def do_move_obstacle(self, index: int, x_mm: float, y_mm: float) -> None:
        """Put the middle of a post or a wall elsewhere."""
        obstacles = list(self._sim.arena.obstacles)
        match obstacles[index]:
            case Post(_, _, radius):
                obstacles[index] = Post(x_mm, y_mm, radius)
            case Wall(x0, y0, x1, y1, radius):
                dx, dy = x_mm - 0.5 * (x0 + x1), y_mm - 0.5 * (y0 + y1)
                obstacles[index] = Wall(x0 + dx, y0 + dy, x1 + dx, y1 + dy, radius)
            case Dish():
                raise ValueError("the dish cannot be moved; drag a post or a wall")
        self._rebuild(arena=replace(self._sim.arena, obstacles=tuple(obstacles)))

    def _rebuild(self, *, arena: Arena | None = None, medium: str | float | None = None) -> None:
        """Go on with the same animal in the same state, in another world."""
        from env.simulation import Simulation

        self.do_record(None)
        old: Simulation = self._sim
        settings = {**self._settings, "arena": arena or old.arena}
        if medium is not None:
            settings["medium"] = medium
        new = Simulation(**settings)
        new.restore(old.snapshot())
        self._settings, self._sim = settings, new
        old.close()
        self._tell_world()

    def do_record(self, path: str | None) -> None:
        """Record from now on into a new file; None ends the recording."""
        if self._recorder is not None:
            self._recorder.__exit__(None, None, None)
            self._recorder = None
        self._pipe.send(("recording", None))  # so it is, should the new one be refused
        if path is not None:
            recorder = self._sim.record(Path(path))
            recorder.__enter__()
            self._recorder = recorder
            self._pipe.send(("recording", path))


def _moved(field: Any, old_mm: tuple[float, float], new_mm: tuple[float, float]) -> Any:
    """Return a field with those of its sources that lay at a place moved to another."""
    parts = getattr(field, "parts", (field,))
    moved = [part.moved_to(new_mm) if part.centre_mm == old_mm else part for part in parts]
    total = moved[0]
    for part in moved[1:]:
        total = total + part
    return total
