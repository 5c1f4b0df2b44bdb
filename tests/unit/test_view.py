"""The window, handled as a person would: events in, commands to a living worm, pictures out."""

import os
import signal
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from env.recording import Recorder
from env.simulation import Simulation
from viewer.offscreen import OpenGLMissingError, open_context
from viewer.process import LiveWorm
from viewer.replay import Replay
from viewer.settings import Settings
from viewer.show import WindowError, show

PATIENCE_S = 240.0  # on a busy machine a simulation wakes slowly


@pytest.fixture(scope="module")
def window_modules():
    """Return ``viewer.app`` and the key table, on pyglet's windows without a display."""
    pytest.importorskip("moderngl", reason="needs the extra [viewer]")
    pytest.importorskip("imgui_bundle", reason="needs the extra [viewer]")
    try:
        open_context()
    except OpenGLMissingError as error:
        pytest.skip(str(error))
    if "pyglet.window" in sys.modules:
        pytest.skip("pyglet has been imported with a display already")
    os.environ["PYGLET_HEADLESS"] = "1"
    from viewer import app  # first, for it sets options of pyglet

    from pyglet.window import key, mouse  # isort: skip

    yield app, key, mouse
    del os.environ["PYGLET_HEADLESS"]


@pytest.fixture(autouse=True)
def own_settings(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))


@pytest.fixture(scope="module")
def recording(tmp_path_factory):
    path = tmp_path_factory.mktemp("view") / "a.h5"
    with Simulation(body="free") as sim, Recorder(sim, path):
        sim.run(0.4)
        sim.touch(0.1, "dorsal", 10.0, 0.1)
        sim.run(0.8)
    return path


def until(app, condition):
    """Draw frames until something is so."""
    end = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        app.frame(0.03)
        time.sleep(0.01)


@pytest.fixture
def live(window_modules):
    module, _, _ = window_modules
    worm = LiveWorm({"arena": "foraging", "body": "free", "dt_control_ms": 20.0})
    app = module.App([worm], Settings(width=900, height=500), "test")
    app.most_pixels = 30_000
    until(app, lambda: app.panes[0].moment is not None)
    yield app, worm
    app.close()
    assert worm._process.exitcode == 0


@pytest.fixture
def playing(window_modules, recording):
    module, _, _ = window_modules
    replays = [Replay(recording), Replay(recording)]
    app = module.App(replays, Settings(width=900, height=500), "test")
    app.most_pixels = 30_000
    app.frame(0.01)
    yield app, replays
    app.close()


def place_of(app, point_mm):
    """Return the pixel of a point of the world in window coordinates, y upwards."""
    left, below, width, height = app.scene()
    x, y = app.panes[0].camera.pixels([point_mm], width // len(app.panes), height)[0]
    return left + x, below + height - y


def send(app, event, *details):
    app.window.dispatch_event(event, *details)
    app.window.dispatch_events()  # until then pyglet keeps it in a queue


def press(app, key, symbol):
    send(app, "on_key_press", symbol, 0)


def kinds(worm):
    return [event["kind"] for event in worm.events]


class TestALivingWorm:
    def test_a_life_in_the_window(self, live, window_modules):
        """One life, for starting one takes seconds: pause, touch, ablate, move, restart."""
        _, key, mouse = window_modules
        app, worm = live
        press(app, key, key.SPACE)
        until(app, lambda: app.panes[0].moment.paused)
        stopped_s = app.panes[0].moment.frame.time_s
        for _ in range(10):
            app.frame(0.03)
        assert app.panes[0].moment.frame.time_s == stopped_s
        self.touch(app, worm, mouse)
        self.ablate(app, worm, key)
        self.move_food(app, worm, mouse)
        press(app, key, key.W)
        until(app, lambda: worm.medium == "water")
        self.crash_and_restart(app, worm, key)

    def touch(self, app, worm, mouse):
        line = app.panes[0].moment.frame.centreline_mm
        x, y = place_of(app, line[6])
        send(app, "on_mouse_press", x, y, mouse.LEFT, 0)
        send(app, "on_mouse_release", x, y, mouse.LEFT, 0)
        until(app, lambda: "touch" in kinds(worm))
        details = next(e for e in worm.events if e["kind"] == "touch")["details"]
        assert details["position"] == pytest.approx(0.25, abs=0.03)
        assert details["force_uN"] == app.settings.force_uN

    def ablate(self, app, worm, key):
        app.neuron = 53
        press(app, key, key.A)
        until(app, lambda: worm.ablated != ())
        assert worm.ablated == ("AVAL",)
        press(app, key, key.A)
        until(app, lambda: worm.ablated == ())

    def move_food(self, app, worm, mouse):
        app.settings.follow = False
        camera = app.panes[0].camera
        camera.distance_mm, camera.elevation_rad = 30.0, 1.5
        camera.target_mm[:] = 0.0
        app.frame(0.03)
        old = worm.arena.lawns[0].centre_mm
        x, y = place_of(app, (*old, 0.0))
        send(app, "on_mouse_press", x, y, mouse.LEFT, 0)
        send(app, "on_mouse_drag", x + 30, y, 30, 0, mouse.LEFT, 0)
        send(app, "on_mouse_release", x + 30, y, mouse.LEFT, 0)
        until(app, lambda: worm.arena.lawns[0].centre_mm != old)
        assert worm.arena.lawns[0].centre_mm[0] > old[0] + 0.5

    def crash_and_restart(self, app, worm, key):
        os.kill(worm.pid, signal.SIGKILL)
        until(app, lambda: worm.failure is not None)
        assert "ended unexpectedly" in worm.failure
        press(app, key, key.R)
        until(app, lambda: worm.ready and worm.failure is None)

    def test_a_refused_command_is_told_and_changes_nothing(self, live):
        app, worm = live
        worm.send("ablate", cell="NOPE")
        until(app, lambda: "unknown neuron" in worm.notice)
        assert worm.ablated == ()
        assert worm.failure is None


class TestARecording:
    def test_it_plays_loops_and_stops(self, playing, window_modules):
        _, key, _ = window_modules
        app, (first, second) = playing
        app.frame(0.4)
        assert first.clock is second.clock is app.clock
        assert app.clock.now_s == pytest.approx(0.41)
        press(app, key, key.SPACE)
        app.frame(0.4)
        assert app.clock.now_s == pytest.approx(0.41)
        press(app, key, key.RIGHT)
        app.frame(0.0)
        assert app.panes[1].moment.frame.time_s == pytest.approx(0.44)
        press(app, key, key.LEFT)
        app.frame(0.0)
        assert app.panes[0].moment.frame.time_s == pytest.approx(0.40)

    def test_it_jumps_to_the_touch(self, playing, window_modules):
        _, key, _ = window_modules
        app, (first, _) = playing
        press(app, key, key.SPACE)
        assert [m.kind for m in first.marks if m.kind == "touch"] == ["touch"]
        while app.clock.now_s < 0.39:
            press(app, key, key.K)
        app.frame(0.0)
        assert app.panes[0].moment.frame.time_s == pytest.approx(0.40)

    def test_the_window_shows_worm_and_panels(self, playing, tmp_path):
        from PIL import Image

        app, _ = playing
        app.frame(0.1)
        target = app.keep.picture(tmp_path / "a.png")
        app.frame(0.1)
        picture = Image.open(target)
        assert picture.size == (900, 500)
        assert len(picture.getcolors(maxcolors=1 << 20)) > 500

    def test_the_window_is_filmed(self, playing, window_modules, tmp_path, monkeypatch):
        av = pytest.importorskip("av", reason="needs the extra [video]")
        _, key, _ = window_modules
        app, _ = playing
        monkeypatch.chdir(tmp_path)
        press(app, key, key.M)
        for _ in range(4):
            app.frame(0.05)
            time.sleep(0.05)
        press(app, key, key.M)
        assert app.source.notice == "video: worm.mp4"
        with av.open("worm.mp4") as file:
            frames = list(file.decode(video=0))
        assert (frames[0].width, frames[0].height) == (900, 500)
        assert len(frames) >= 3

    def test_each_worm_has_its_plots_and_its_name(self, playing):
        app, (_, second) = playing
        app.frame(0.3)
        assert app.panes[0].history.count == app.panes[1].history.count > 3
        second.ablated = ("AVAL", "AVAR")
        from viewer.panels_scene import label_of

        assert [label_of(pane) for pane in app.panes] == ["a.h5", "a.h5, without AVAL AVAR"]

    def test_the_images_hold_every_moment_in_its_column(self, playing, window_modules):
        """In big steps, then back: a column is the colours of the moment of its time."""
        from viewer.panels_history import N_COLUMNS, columns_of

        app, (replay, _) = playing
        for elapsed_s in (0.3, 0.02, 0.5):
            app.frame(elapsed_s)
        app.clock.seek(0.6)
        app.frame(0.1)
        _, image, _ = app.panels._activities[id(app.panes[0])]._images[1]
        pixels = np.frombuffer(image._texture.read(), np.uint8).reshape(23, N_COLUMNS, 4)
        moments = [replay._moment(index) for index in range(18)]
        assert image._last == 17
        assert (pixels[:, :18] == columns_of("curvature", moments)).all()

    @pytest.mark.parametrize("quality", ["high", "auto"])
    def test_the_preset_can_be_changed(self, playing, quality):
        app, _ = playing
        app.set_quality(quality)
        app.frame(0.02)
        fitting = "lite" if app.is_software else "ultra"
        assert app.panes[1].renderer.quality == (fitting if quality == "auto" else quality)

    @pytest.mark.parametrize("symbol", ["S", "P", "H", "F", "_3", "PLUS", "MINUS"])
    def test_every_key_leaves_a_window_that_draws(self, playing, window_modules, symbol):
        _, key, _ = window_modules
        app, _ = playing
        press(app, key, getattr(key, symbol))
        app.frame(0.02)
        assert app.panes[0].source.failure is None

    def test_settings_are_remembered(self, window_modules, recording):
        module, key, _ = window_modules
        app = module.App([Replay(recording)], Settings(), "test")
        press(app, key, key.S)
        app.close()
        assert Settings.load().style == "paper"


class TestADenseScreen:
    @pytest.fixture
    def dense(self, window_modules, recording):
        """Return a function that opens a window of 1800 x 1000 pixels and so many dots per inch."""
        module, _, _ = window_modules
        opened = []

        def make(dpi, enlarged):
            app = module.App([Replay(recording)], Settings(width=1800, height=1000), "test")
            opened.append(app)
            app.most_pixels = 30_000
            app.window._dpi = dpi
            app.window.get_size = lambda: (1800 // enlarged, 1000 // enlarged)
            app.window.get_framebuffer_size = lambda: (1800, 1000)
            app.frame(0.1)
            return app

        yield make
        for app in opened:
            app.close()

    @pytest.mark.parametrize(("dpi", "enlarged", "unit"), [(192, 1, 2.0), (192, 2, 1.0)])
    def test_panels_keep_their_size_in_the_hand(self, dense, dpi, enlarged, unit):
        app = dense(dpi, enlarged)
        assert app.panels.unit == unit
        left, right, below = app.panels.margins(app.window.get_size()[0])
        assert (left, right, below) == (246 * unit, 370 * unit, 102 * unit)

    def test_a_click_hits_what_is_seen_there(self, dense, tmp_path):
        app = dense(192, 2)
        line = app.panes[0].moment.frame.centreline_mm
        x, y = place_of(app, line[6])
        pane, px, py, size = app.input._at(x, y)
        hit = pane.hit(px, py, size)
        assert (hit.kind, hit.position) == ("body", pytest.approx(0.25, abs=0.03))
        # The same place, in pixels of the screen, is drawn as body and not as ground.
        app.settings.panels = False
        app.frame(0.0)
        seen = app.keep.seen().astype(int)
        x, y = place_of(app, line[12])
        column, row = round(2 * x), 1000 - round(2 * y)
        assert abs(seen[row, column] - seen[40, 40]).max() > 30


def test_a_settings_file_with_nonsense_is_passed_over(tmp_path):
    folder = tmp_path / "wormlife"
    folder.mkdir()
    (folder / "viewer.json").write_text('{"style": 7, "width": 100000, "panels": false}')
    settings = Settings.load()
    assert settings.style == "darkfield"
    assert settings.width == 8192
    assert settings.panels is False


def test_without_a_display_the_alternatives_are_named(monkeypatch):
    pytest.importorskip("moderngl", reason="needs the extra [viewer]")
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("PYGLET_HEADLESS", raising=False)
    with pytest.raises(WindowError, match=r"no display.*worm run --video.*html"):
        show(lambda: [], "test")


def test_over_ssh_the_way_to_draw_here_is_named(monkeypatch):
    from viewer.show import advice

    monkeypatch.delenv("SSH_CONNECTION", raising=False)
    assert "ssh" not in advice()
    monkeypatch.setenv("SSH_CONNECTION", "10.0.0.1 5 10.0.0.2 22")
    assert "over ssh -X, try `LIBGL_ALWAYS_SOFTWARE=1" in advice()
    assert "worm run --video" in advice()


def test_without_moderngl_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "moderngl", None)
    with pytest.raises(WindowError, match=r"pip install 'wormlife\[viewer\]'"):
        show(lambda: [], "test")


@pytest.mark.parametrize("wrong", ["--size=12", "--style=sepia", "--size=10x10"])
def test_wrong_options_of_worm_view_are_refused(wrong, capsys):
    from wormlife.cli import main

    assert main(["view", wrong]) == 2
    assert "worm:" in capsys.readouterr().err


def test_the_replay_passes_every_frame_once(recording):
    replay = Replay(Path(recording))
    replay.clock.loop = False
    times = [m.frame.time_s for _ in range(40) for m in replay.moments(0.05)]
    assert times == pytest.approx(replay.episode.time_s.tolist())
