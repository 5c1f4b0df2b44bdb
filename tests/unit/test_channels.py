"""Channel kinetics against the published equations, written here a second time in plain math."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

from worm.channels import (
    BIG_POTASSIUM,
    CHANNEL_NAMES,
    CHANNELS,
    GATES,
    SLO1UNC2,
    VOLTAGE_GATED,
    BigPotassium,
)
from worm.kernels.tables import (
    BIG,
    N_BIG,
    N_GATES,
    PART,
    STEP_mV,
    V_MAX_mV,
    V_MIN_mV,
    gate_table,
    kinetics,
    packed,
    unpacked,
)

Curve = Callable[[float], float]
VOLTAGES_mV = (-110.0, -80.0, -60.0, -45.3, -30.0, -17.5, 0.0, 5.6, 21.0, 48.0)


def s(x: float) -> float:
    return 1.0 / (1.0 + math.exp(-x))


def e(x: float) -> float:
    return math.exp(x)


# Nicoletti et al. 2019 (10.1371/journal.pone.0218738): steady state and time constant (ms).
PUBLISHED: dict[str, dict[str, tuple[Curve, Curve]]] = {
    "SHL_1": {
        "m": (
            lambda v: s((v - 11.2) / 14.1),
            lambda v: 0.4 * (13.8 / (e(-(v + 17.5) / 12.9) + e((v + 3.7) / 6.5)) + 1.9),
        ),
        "hf": (
            lambda v: s(-(v + 33.1) / 8.3),
            lambda v: 0.08 * (539.2 / (1 + e((v + 28.2) / 4.9)) + 27.3),
        ),
        "hs": (
            lambda v: s(-(v + 33.1) / 8.3),
            lambda v: 0.3 * (8422 / (1 + e((v + 37.7) / 6.4)) + 118.9),
        ),
    },
    "SHK_1": {
        "m": (
            lambda v: s((v - 20.4) / 7.7),
            lambda v: 26.6 / (e(-(v + 33.7) / 15.8) + e((v + 33.7) / 15.4)) + 2,
        ),
        "h": (lambda v: s(-(v + 7) / 5.8), lambda v: 1400.0),
    },
    "KVS_1": {
        "m": (lambda v: s((v - 57.1) / 25), lambda v: 30 / (1 + e((v - 18.1) / 20)) + 1),
        "h": (lambda v: s(-(v - 47.3) / 11.1), lambda v: 88.5 / (1 + e((v - 50) / 15)) + 53.4),
    },
    "EGL_2": {
        "m": (
            lambda v: s((v + 6.9) / 14.9),
            lambda v: 1845.8 / (1 + e((v + 122.6) / 13.8)) + 1517.74,
        )
    },
    "EGL_36": {
        "m1": (lambda v: s((v - 63) / 28.5), lambda v: 13.0),
        "m2": (lambda v: s((v - 63) / 28.5), lambda v: 63.0),
        "m3": (lambda v: s((v - 63) / 28.5), lambda v: 355.0),
    },
    "KQT_3": {
        "mf": (
            lambda v: s((v + 12.6726) / 15.8008),
            lambda v: 395.3 / (1 + ((v + 38.1) / 33.59) ** 2),
        ),
        "ms": (
            lambda v: s((v + 12.6726) / 15.8008),
            lambda v: (
                5503.0
                - 5345.4 / (1 + 10 ** (0.02827 * (v + 23.9)))
                - 4590.6 / (1 + 10 ** (-0.0357 * (v + 14.15)))
            ),
        ),
        "w": (
            lambda v: 0.49 + 0.51 * s(-(v + 1.084) / 28.78),
            lambda v: 0.544 + 29.2 / (1 + ((v + 48.09) / 48.83) ** 2),
        ),
        "s": (lambda v: 0.34 + 0.66 * s(-(v + 45.3) / 12.3), lambda v: 500000.0),
    },
    "IRK": {
        "m": (
            lambda v: s(-(v + 82) / 13),
            lambda v: 17.1 / (e(-(v + 17.8) / 20.3) + e((v + 43.4) / 11.2)) + 3.8,
        )
    },
    "EGL_19": {
        "m": (
            lambda v: s((v - 5.6) / 7.5),
            lambda v: 2.9 * e(-(((v - 5.2) / 6) ** 2)) + 1.9 * e(-(((v - 1.4) / 30) ** 2)) + 2.3,
        ),
        "h": (
            lambda v: (1.43 * s((v - 24.9) / 12) + 0.14) * (5.96 * s(-(v + 20.5) / 8.1) + 0.60),
            lambda v: 0.4 * (44.6 * s(-(v + 23) / 5) + 36.4 * s(-(v - 28.7) / 3.7) + 43.1),
        ),
    },
    "UNC_2": {
        "m": (
            lambda v: s((v + 12.2) / 4),
            lambda v: 1.5 / (e(-(v + 8.2) / 9.1) + e((v + 8.2) / 15.4)) + 0.1,
        ),
        "h": (
            lambda v: s(-(v + 52.5) / 5.6),
            lambda v: 83.8 * s(-(v - 52.9) / 3.5) + 72.1 * s((v - 23.9) / 3.6),
        ),
    },
    "CCA_1": {
        "m": (lambda v: s((v + 43.32) / 7.6), lambda v: 40 * s(-(v + 62.5) / 12.6) + 0.7),
        "h": (lambda v: s(-(v + 58) / 7), lambda v: 280 * s(-(v + 60.7) / 8.5) + 19.8),
    },
}
# wyx, wxy, w0-, w0+, Kxy, nxy, Kyx, nyx of both genes, from the same paper.
SLO = {
    "SLO_1": (0.013, -0.028, 3.15, 0.16, 55.73, 1.30, 34.34, 1e-4),
    "SLO_2": (0.019, -0.024, 0.90, 0.027, 93.45, 1.84, 3294.55, 1e-5),
}


def nanodomain_uM(v: float) -> float:
    """Calcium 13 nm from an open channel of 0.04 nS, buffered by 30 uM at 500 /(uM s)."""
    if v >= 60.0:
        return 1e-4
    at_source = -0.04 * (v - 60.0) * 1e9 / (8 * math.pi * 0.013 * 250 * 96485)
    return at_source * e(-0.013 / math.sqrt(250 / (500 * 30)))


def slo_ratio_and_tau(gene: str, partner: str, v: float) -> tuple[float, float]:
    """Steady state per unit of the partner's activation, and time constant (ms)."""
    wyx, wxy, w0_minus, w0_plus, k_xy, n_xy, k_yx, n_yx = SLO[gene]
    steady, tau = (curve(v) for curve in PUBLISHED[partner]["m"])
    alpha, beta, ca = steady / tau, (1 - steady) / tau, nanodomain_uM(v)
    closing, opening = w0_minus * e(-wyx * v), w0_plus * e(-wxy * v)
    ko_minus = closing / (1 + (ca / k_yx) ** n_yx)
    ko_plus = opening / (1 + (k_xy / ca) ** n_xy)
    kc_minus = closing / (1 + (0.05 / k_yx) ** n_yx)
    delta = (ko_plus + ko_minus) * (kc_minus + alpha) + beta * kc_minus
    rates = alpha + beta + kc_minus
    return ko_plus * rates / delta, rates / delta


@pytest.mark.parametrize("v_mV", VOLTAGES_mV)
def test_every_gate_follows_the_published_equations(v_mV: float) -> None:
    for channel in VOLTAGE_GATED:
        published = PUBLISHED[channel.name]
        assert [gate.name for gate in channel.gates] == list(published)
        for gate in channel.gates:
            steady, tau = published[gate.name]
            where = f"{channel.name} {gate.name} at {v_mV} mV"
            at = np.array([v_mV])
            assert gate.steady(at)[0] == pytest.approx(steady(v_mV), rel=1e-12), where
            assert gate.tau_ms(at)[0] == pytest.approx(tau(v_mV), rel=1e-12), where


@pytest.mark.parametrize("channel", BIG_POTASSIUM, ids=lambda c: c.name)
def test_calcium_gated_complexes_follow_the_published_equations(
    channel: type[BigPotassium],
) -> None:
    gene, partner = channel.name[:5], channel.name[6:]
    assert channel.partner.name == partner
    for v_mV in VOLTAGES_mV:
        ratio, tau = channel.ratio_and_tau(np.array([v_mV]))
        expected = slo_ratio_and_tau(gene, partner, v_mV)
        assert (ratio[0], tau[0]) == pytest.approx(expected, rel=1e-12)


def test_nanodomain_calcium_is_275_uM_at_0_mV_and_falls_to_nothing_at_the_reversal() -> None:
    calcium = SLO1UNC2.nanodomain_uM(np.array([0.0, -60.0, 59.999, 60.0, 90.0]))
    assert calcium[0] == pytest.approx(275.3, abs=0.5)
    assert calcium[1] == pytest.approx(2 * calcium[0])
    assert calcium[2] < 0.01
    assert calcium[3:] == pytest.approx([1e-4, 1e-4])


def test_potassium_calcium_and_sodium_reverse_where_published() -> None:
    reversal = {channel.name: channel.reversal_mV for channel in CHANNELS}
    assert {n for n, e_mV in reversal.items() if e_mV == 60.0} == {"EGL_19", "UNC_2", "CCA_1"}
    assert {n for n, e_mV in reversal.items() if e_mV == 30.0} == {"NCA"}
    assert sum(e_mV == -80.0 for e_mV in reversal.values()) == 12
    assert len(CHANNEL_NAMES) == len(set(CHANNEL_NAMES)) == 16


def test_kinetics_stay_finite_and_bounded_at_every_voltage() -> None:
    v = np.linspace(-150.0, 100.0, 5001)
    with np.errstate(all="raise", under="ignore"):
        steady, tau = kinetics(v)
    assert np.isfinite(steady).all()
    assert (steady >= 0).all()
    assert (steady[:N_GATES] <= 2.0).all()  # EGL-19 h overshoots 1, as published
    assert (tau > 0.05).all()
    assert (tau <= 5e5).all()


def test_big_potassium_channels_never_open_beyond_their_partner() -> None:
    steady, _ = kinetics(np.linspace(-130.0, 90.0, 500))
    assert steady[N_GATES:].max() <= 1.0


@pytest.mark.parametrize("dt_ms", [0.025, 0.5])
def test_tables_interpolate_to_a_relative_error_below_a_thousandth(dt_ms: float) -> None:
    rows = gate_table(dt_ms)
    v = np.random.default_rng(0).uniform(-110.0, 55.0, 400)
    u = (v - V_MIN_mV) / STEP_mV
    k = u.astype(int)
    f = (u - k)[:, None]
    found = rows[k] + f * (rows[k + 1] - rows[k])
    steady, tau = kinetics(v)
    factor = np.exp(-dt_ms / tau)
    gates = np.r_[:N_GATES, BIG : BIG + N_BIG]
    np.testing.assert_allclose(found[:, gates].T, steady * (1 - factor), rtol=1e-3)
    np.testing.assert_allclose(found[:, PART + gates].T, factor, rtol=1e-3)
    assert len(rows) >= (V_MAX_mV - V_MIN_mV) / STEP_mV + 1
    assert len(GATES) == N_GATES


@pytest.mark.parametrize("dt_ms", [0.05, 0.5, 4.0])
def test_a_gate_follows_a_drifting_voltage_to_first_order(dt_ms: float) -> None:
    """Against many small steps of the same ramp; the error must fall with the square of it."""
    steady, _ = kinetics(np.array([-20.0]))
    errors = []
    for drift in (0.2, 0.1):
        row = gate_table(dt_ms)[round((-20.0 - V_MIN_mV) / STEP_mV)]
        x = 0.5 * steady[:, 0]
        gates = np.r_[:N_GATES, BIG : BIG + N_BIG]
        add, factor, slope = (row[k * PART + gates] for k in range(3))
        found = add + drift * slope + x * factor
        exact, n = x.copy(), 2000
        at = kinetics(-20.0 + drift * ((np.arange(n) + 0.5) / n - 0.5))
        for k in range(n):
            exact = at[0][:, k] + (exact - at[0][:, k]) * np.exp(-dt_ms / n / at[1][:, k])
        errors.append(np.abs(found - exact).max())
    assert errors[0] < 2e-4
    assert errors[1] < 0.35 * errors[0]


def test_rows_of_sites_are_packed_for_the_kernel_and_back() -> None:
    rows = np.random.default_rng(0).random((24, 5))
    there = packed(rows)
    assert there[5 + 3, 2] == rows[8 + 2, 3]
    np.testing.assert_array_equal(unpacked(there, 5), rows)
