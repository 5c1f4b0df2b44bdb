"""The renderer: every part of a picture answers to what it shows. Skipped where OpenGL is not."""

from dataclasses import replace

import numpy as np
import pytest

from env.arena import arena
from env.frame import Frame
from viewer.camera import Camera
from viewer.offscreen import OpenGLMissingError, ScenePainter, open_context
from viewer.renderer_spine import Spine
from viewer.renderer_styles import STYLES, neuron_colours
from viewer.renderer_track import Track

SIZE = (320, 240)


def crawling(time_s=0.0, shift_mm=0.0, **changes):
    """Return a worm with its head at +x, dorsal side to its left (+y)."""
    x = np.linspace(0.5, -0.5, 25)
    line = np.stack([x + shift_mm, 0.05 * np.sin(6 * x), np.full(25, 0.04)], axis=1)
    frame = Frame(
        time_s=time_s,
        centreline_mm=line,
        dorsal=np.tile([0.0, 1.0, 0.0], (24, 1)),
        voltages_mV=np.full(302, -60.0),
        activation=np.zeros(95),
        medium="agar",
        arena=None,
    )
    return replace(frame, **changes)


@pytest.fixture(scope="module")
def ctx():
    try:
        context = open_context()
    except OpenGLMissingError as error:
        pytest.skip(str(error))
    with context:  # windows of other tests may have made theirs the current one
        yield context


@pytest.fixture(scope="module")
def renderer(ctx):
    from viewer.renderer import Renderer

    return Renderer(ctx, SIZE, quality="lite")


@pytest.fixture(autouse=True)
def bare(request):
    """Undo what a test changed on the shared renderer."""
    yield
    if "renderer" in request.fixturenames:
        shared = request.getfixturevalue("renderer")
        shared.hidden, shared.selected_neuron, shared.selected_position = (), None, None
        shared.dead = ()


def picture(renderer, frame=None, track=None):
    renderer.draw(frame or crawling(), Camera(), track=track)
    return renderer.read().astype(int)


def silhouette(frame):
    """Distance of every pixel from the projected axis of the body."""
    near = Camera().pixels(Spine.of(frame).centre_mm, *SIZE)
    y, x = np.mgrid[: SIZE[1], : SIZE[0]]
    return np.hypot(x[..., None] - near[:, 0], y[..., None] - near[:, 1]).min(axis=-1)


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("quality", ["lite", "high", "ultra"])
def test_every_style_and_quality_compiles_and_shows_the_worm_where_it_is(ctx, style, quality):
    from viewer.renderer import Renderer

    renderer = Renderer(ctx, SIZE, style, quality)
    with_worm = picture(renderer)
    renderer.hidden = ("skin", "organs", "muscles", "neurites", "somata")
    away = silhouette(crawling())
    changed = np.abs(with_worm - picture(renderer)).max(axis=-1) > 12
    assert changed[away < 4].mean() > 0.9
    # The body is 10 pixels wide to each side; glow reaches a little beyond it.
    assert changed[away > 32].mean() < 0.002


def test_two_pictures_of_one_frame_are_equal(renderer):
    assert (picture(renderer) == picture(renderer)).all()


def test_unknown_names_are_refused_with_the_allowed_ones(ctx):
    from viewer.renderer import Renderer

    with pytest.raises(ValueError, match="unknown style 'sepia'; choose one of darkfield"):
        Renderer(ctx, SIZE, "sepia", "lite")
    with pytest.raises(ValueError, match="unknown quality 'low'; choose one of lite"):
        Renderer(ctx, SIZE, quality="low")


@pytest.mark.parametrize("layer", ["ground", "skin", "organs", "muscles", "neurites", "somata"])
def test_every_layer_can_be_hidden(renderer, layer):
    shown = picture(renderer)
    renderer.hidden = (layer,)
    assert np.abs(shown - picture(renderer)).max() > 12


def test_a_muscle_that_pulls_glows_at_its_place(renderer):
    active = np.zeros(95)
    active[[46, 47]] = 1.0
    change = np.abs(picture(renderer, crawling(activation=active)) - picture(renderer)).sum(axis=-1)
    assert change.max() > 60
    assert (change > 20).mean() < 0.02


def test_a_neuron_that_fires_keeps_its_hue_and_does_not_wash_out(renderer):
    renderer.hidden = ("ground", "skin", "organs", "muscles")
    fires = picture(renderer, crawling(voltages_mV=np.full(302, -5.0)))
    bright = fires[fires.max(axis=-1) > 200]
    assert len(bright) > 50
    red, blue = bright[:, 0], bright[:, 2]
    assert (red - blue > 100).mean() > 0.95


def test_a_dead_neuron_has_no_colour(renderer):
    fires = crawling(voltages_mV=np.full(302, -5.0))
    alive = picture(renderer, fires)
    renderer.dead = ("VB5", "VB6", "VB7")
    change = np.abs(picture(renderer, fires) - alive).max(axis=-1)
    assert change.max() > 60
    assert (change > 20).mean() < 0.1


def test_colour_of_a_neuron_follows_its_voltage():
    low, middle, high = neuron_colours([-90.0, -40.0, 20.0])
    assert low[2] > low[0]
    assert high[0] > high[2]
    assert low[3] == 0.0 < middle[3] < high[3] == 1.0


def test_the_nose_is_round():
    spine = Spine.of(crawling())
    along = np.linalg.norm(spine.centre_mm - spine.centre_mm[0], axis=1)
    near = int(np.searchsorted(along, 0.004))
    # A cone as long as the head would be 0.5 µm wide there; a round nose is several times that.
    assert spine.radius_mm[near] > 0.006


@pytest.mark.parametrize("name", ["chemotaxis", "posts"])
def test_odour_and_posts_are_seen(renderer, name):
    camera, pictures = Camera(distance_mm=4.0), []
    for world in ("open", name):
        renderer.draw(crawling(arena=arena(world)), camera)
        pictures.append(renderer.read().astype(int))
    assert (np.abs(pictures[1] - pictures[0]).max(axis=-1) > 4).mean() > 0.02


def test_a_lawn_is_seen_where_it_lies(renderer):
    world = arena("foraging")
    x, y = world.lawns[0].centre_mm
    on_lawn = crawling(shift_mm=x, arena=world)
    on_lawn.centreline_mm[:, 1] += y
    camera, pictures = Camera(target_mm=np.array([x, y, 0.0])), []
    for lawns in (world.lawns, ()):
        renderer.draw(replace(on_lawn, arena=replace(world, lawns=lawns)), camera)
        pictures.append(renderer.read().astype(int))
    assert (np.abs(pictures[0] - pictures[1]).max(axis=-1) > 4).mean() > 0.3


def test_the_track_lies_behind_the_tail_not_under_the_body(renderer):
    track = Track()
    for k in range(60):
        track.follow(crawling(0.04 * k, 0.02 * k - 1.2))
    camera, pictures = Camera(distance_mm=3.0), []
    for groove in (None, track):
        renderer.draw(crawling(), camera, track=groove)
        pictures.append(renderer.read().astype(int))
    columns = np.flatnonzero(np.abs(pictures[1] - pictures[0]).max(axis=(0, 2)) > 6)
    tail_x = camera.pixels(crawling().centreline_mm[-1:], *SIZE)[0, 0]
    assert len(columns) > 10
    assert columns.max() <= tail_x + 2


def test_a_track_begins_anew_when_time_goes_back():
    track = Track()
    for k in range(10):
        track.follow(crawling(0.04 * k, 0.02 * k))
    track.follow(crawling(0.0))
    assert len(track.ribbon(100)) == 0


def test_a_selected_place_and_neuron_are_marked(renderer):
    plain = picture(renderer)
    renderer.selected_position = 0.5
    assert np.abs(picture(renderer) - plain).max() > 30
    renderer.selected_position = None
    renderer.selected_neuron = 50
    assert np.abs(picture(renderer) - plain).max() > 30


def test_the_painter_of_scenes_draws_like_the_plain_one(ctx):
    painter = ScenePainter(320, 240)
    first = painter.draw(crawling())
    assert first.shape == (240, 320, 3)
    assert first.dtype == np.uint8
    painter.overlay = False
    assert (painter.draw(crawling(0.04)) != first).any()


def test_a_painter_beside_another_does_not_disturb_it(ctx):
    alone = ScenePainter(320, 240).draw(crawling())
    first, second = ScenePainter(320, 240), ScenePainter(200, 160, style="paper")
    second.draw(crawling(0.0, 0.3))
    assert (first.draw(crawling()) == alone).all()


def test_without_opengl_the_plain_painter_takes_over(monkeypatch):
    from viewer import offscreen
    from viewer.painter import Painter

    def refuse():
        raise OpenGLMissingError("none here")

    monkeypatch.setattr(offscreen, "open_context", refuse)
    assert isinstance(offscreen.open_painter(320, 240), Painter)
