"""The gait of waves whose gait is known."""

import numpy as np
import pytest

from env.assays.kinematics import (
    Track,
    gait,
    longest_stretch,
    reversals,
    speed_along_body,
    variance_shares,
)

DT_S = 0.04
JOINT = np.arange(1, 24) / 24.0
PLACE = np.linspace(0.0, 1.0, 25)


def wave(
    *,
    frequency_Hz: float = 0.43,
    wavelength: float = 0.68,
    direction: int = 1,
    amplitude: float = 8.0,
    speed_mm_s: float | np.ndarray = 0.2,
    heading_rad: float = 0.7,
    turn_rad_s: float = 0.0,
    noise: float = 0.0,
    seconds: float = 20.0,
) -> Track:
    """A worm that slides along its heading while a wave runs along it.

    The axis is a straight line that bends of the wave do not touch: curvature and place are
    independent inputs of what is tested.
    """
    rng = np.random.default_rng(5)
    time_s = np.arange(round(seconds / DT_S)) * DT_S
    phase = 2.0 * np.pi * (frequency_Hz * time_s[:, None] - direction * JOINT / wavelength)
    curvature = amplitude * np.sin(phase) + noise * amplitude * rng.standard_normal(
        (len(phase), 23)
    )
    heading = heading_rad + turn_rad_s * time_s
    along = np.stack([np.cos(heading), np.sin(heading), np.zeros_like(heading)], axis=1)
    speed = np.broadcast_to(speed_mm_s, time_s.shape)
    centre = np.cumsum(speed[:, None] * along * DT_S, axis=0)
    line = centre[:, None, :] + (0.5 - PLACE)[None, :, None] * along[:, None, :]
    return Track(dt_s=DT_S, centreline_mm=line, curvature_L=curvature)


class TestGait:
    @pytest.mark.parametrize("direction", [1, -1])
    @pytest.mark.parametrize("noise", [0.0, 0.1])
    @pytest.mark.parametrize(("frequency", "wavelength"), [(0.43, 0.68), (0.9, 1.2), (1.8, 1.5)])
    def test_a_travelling_wave_is_measured_within_three_percent(
        self, direction, noise, frequency, wavelength
    ):
        found = gait(
            wave(frequency_Hz=frequency, wavelength=wavelength, direction=direction, noise=noise)
        )
        assert found.frequency_hz == pytest.approx(frequency, rel=0.03)
        assert found.wavelength_l == pytest.approx(wavelength, rel=0.03)
        assert found.wave_direction == direction

    @pytest.mark.parametrize("speed", [0.2, -0.17, 0.0])
    def test_speed_is_signed_along_the_body(self, speed):
        assert gait(wave(speed_mm_s=speed)).speed_mm_s == pytest.approx(speed, abs=0.004)

    def test_a_speed_that_pulses_with_the_wave_is_averaged_over_whole_undulations(self):
        time_s = np.arange(round(8.16 / DT_S)) * DT_S  # 3.5 undulations
        pulsing = 0.2 + 0.2 * np.sin(2.0 * np.pi * 0.43 * time_s)
        found = gait(wave(speed_mm_s=pulsing, seconds=8.16)).speed_mm_s
        assert found == pytest.approx(0.2, abs=0.006)
        assert abs(pulsing.mean() - 0.2) > 0.012

    def test_peak_curvature_is_the_amplitude_whatever_the_resting_bend(self):
        bent = wave(amplitude=7.0)
        bent = Track(
            dt_s=DT_S, centreline_mm=bent.centreline_mm, curvature_L=bent.curvature_L + 3.0
        )
        assert gait(bent).peak_curvature_l == pytest.approx(7.0, rel=0.03)

    def test_a_straight_path_is_straight_and_a_circle_is_not(self):
        assert gait(wave()).straightness == pytest.approx(1.0, abs=1e-6)
        assert gait(wave(turn_rad_s=0.4)).straightness < 0.4

    @pytest.mark.parametrize("turn", [0.3, -0.3])
    def test_turning_is_positive_to_the_left(self, turn):
        assert gait(wave(turn_rad_s=turn)).turn_rate_rad_s == pytest.approx(turn, abs=1e-6)

    def test_coherence_tells_a_wave_from_noise(self):
        assert gait(wave(noise=0.1)).coherence > 0.95
        assert gait(wave(amplitude=1.0, noise=30.0)).coherence < 0.6

    def test_a_worm_that_keeps_still_has_no_wave(self):
        found = gait(wave(amplitude=0.0, speed_mm_s=0.0))
        assert np.isnan(found.frequency_hz)
        assert np.isnan(found.wavelength_l)
        assert found.wave_direction == 0.0
        assert found.speed_mm_s == 0.0

    def test_too_short_a_track_is_refused(self):
        with pytest.raises(ValueError, match="at least 20 finite samples, got 10"):
            gait(wave(seconds=0.4))


class TestTrack:
    def test_a_span_begins_and_ends_where_asked(self):
        whole = wave()
        span = whole.between(5.0, 7.0)
        assert len(span) == 50
        assert np.array_equal(span.curvature_L, whole.curvature_L[125:175])

    def test_shapes_must_agree(self):
        with pytest.raises(ValueError, match=r"must be \(n, 25, 3\) and \(n, 23\)"):
            Track(dt_s=DT_S, centreline_mm=np.zeros((3, 25, 3)), curvature_L=np.zeros((4, 23)))

    def test_heading_does_not_jump_at_pi(self):
        heading = wave(heading_rad=3.0, turn_rad_s=0.5).heading_rad
        assert np.abs(np.diff(heading)).max() < 0.1

    def test_speed_belongs_to_the_steps_between_samples(self):
        track = wave(speed_mm_s=0.1)
        assert speed_along_body(track).shape == (len(track) - 1,)


def speeds(*spans: tuple[float, float]) -> np.ndarray:
    """Speed in mm/s over time from (seconds, speed) pieces."""
    return np.concatenate([np.full(round(s / DT_S), v) for s, v in spans])


class TestReversals:
    def track(self, *spans: tuple[float, float]) -> Track:
        v = speeds(*spans)
        return wave(speed_mm_s=v, seconds=len(v) * DT_S)

    def test_one_reversal_has_its_time_and_distance(self):
        (bout,) = reversals(self.track((5.0, 0.2), (3.0, -0.2), (5.0, 0.2)))
        assert bout.start_s == pytest.approx(5.0, abs=0.25)
        assert bout.duration_s == pytest.approx(3.0, abs=0.3)
        assert bout.distance_mm == pytest.approx(0.6, abs=0.04)

    def test_a_crawl_has_none(self):
        assert reversals(self.track((20.0, 0.2))) == []

    def test_a_twitch_is_none(self):
        assert reversals(self.track((5.0, 0.2), (0.3, -0.2), (5.0, 0.2))) == []

    def test_drifting_back_slowly_is_none(self):
        assert reversals(self.track((5.0, 0.2), (4.0, -0.03), (5.0, 0.2))) == []

    def test_slowing_down_does_not_split_one(self):
        spans = ((5.0, 0.2), (2.0, -0.2), (0.6, -0.02), (2.0, -0.2), (5.0, 0.2))
        assert len(reversals(self.track(*spans))) == 1

    def test_a_pause_splits_one(self):
        spans = ((5.0, 0.2), (2.0, -0.2), (1.0, 0.05), (2.0, -0.2), (5.0, 0.2))
        assert len(reversals(self.track(*spans))) == 2

    def test_one_that_goes_on_at_the_end_counts(self):
        (bout,) = reversals(self.track((5.0, 0.2), (2.0, -0.2)))
        assert bout.end_s == pytest.approx(7.0, abs=0.1)

    def test_the_longest_stretch_is_the_longer_run_beside_a_reversal(self):
        track = self.track((5.0, 0.2), (3.0, -0.2), (9.0, 0.1))
        stretch = longest_stretch(track)
        assert len(stretch) * DT_S == pytest.approx(9.0, abs=0.3)
        assert gait(stretch).speed_mm_s == pytest.approx(0.1, rel=0.05)

    def test_the_longest_stretch_of_a_worm_that_backs_is_backward(self):
        track = self.track((2.0, 0.2), (10.0, -0.2))
        assert gait(longest_stretch(track)).speed_mm_s == pytest.approx(-0.2, rel=0.05)

    def test_a_crawl_is_one_stretch(self):
        track = self.track((20.0, 0.2))
        assert len(longest_stretch(track)) == len(track)


class TestPosture:
    def shape(self, n_modes: int) -> Track:
        """Directions of segments that are mixtures of so many independent cosines, small."""
        rng = np.random.default_rng(3)
        s = (np.arange(24) + 0.5) / 24.0
        modes = np.cos(np.pi * np.arange(1, n_modes + 1)[:, None] * s)
        angle = 0.3 * rng.standard_normal((4000, n_modes)) @ modes
        step = np.stack([np.cos(angle), np.sin(angle), np.zeros_like(angle)], axis=2) / 24.0
        line = np.concatenate([np.zeros((4000, 1, 3)), np.cumsum(step, axis=1)], axis=1)
        return Track(dt_s=DT_S, centreline_mm=line, curvature_L=np.zeros((4000, 23)))

    def test_as_many_modes_as_went_in_hold_all_the_variance(self):
        shares = variance_shares(self.shape(3))
        assert shares[:3].sum() == pytest.approx(1.0, abs=1e-9)
        assert shares[:3] == pytest.approx([1 / 3] * 3, abs=0.03)

    def test_more_modes_than_four_leave_some_out(self):
        assert variance_shares(self.shape(8))[:4].sum() == pytest.approx(0.5, abs=0.05)
