"""Ion channels of C. elegans neurons: one small class per gene, equations as published.

A gate relaxes as x' = (x_inf(V) - x) / tau(V); V in mV, tau in ms. Steady states and time
constants follow Nicoletti et al. 2019 (10.1371/journal.pone.0218738) unless a class names another
source. All potassium channels reverse at -80 mV. A channel carries g * open_fraction * (V - E); g
is set per class in the parameters. The order of ``CHANNELS`` is the order of conductances
everywhere.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
GateFunction = Callable[[Array], Array]

E_K_mV, E_CA_mV, E_NA_mV = -80.0, 60.0, 30.0
CA_REST_uM = 0.05
KCNL_HALF_uM, KCNL_TAU_ms = 0.33, 6.3


def sigmoid(x: Array) -> Array:
    """Return 1 / (1 + exp(-x)) without overflow."""
    return 0.5 * (1.0 + np.tanh(0.5 * x))


@dataclass(frozen=True)
class Gate:
    """One gating variable: steady state (0..1) and time constant (ms) as functions of V (mV)."""

    name: str
    steady: GateFunction
    tau_ms: GateFunction


def constant(value: float) -> GateFunction:
    """Return a function of V that is the same everywhere."""
    return lambda v: np.full_like(v, value)


class Channel:
    """Base of all channels: ``name``, ``reversal_mV`` and its voltage gates."""

    name: str
    reversal_mV: float = E_K_mV
    gates: tuple[Gate, ...] = ()


class SHL1(Channel):
    """Kv4, fast A-type potassium current: g m^3 (0.7 hf + 0.3 hs)."""

    name = "SHL_1"
    gates = (
        Gate(
            "m",
            lambda v: sigmoid((v - 11.2) / 14.1),
            lambda v: 0.4 * (13.8 / (np.exp(-(v + 17.5) / 12.9) + np.exp((v + 3.7) / 6.5)) + 1.9),
        ),
        Gate(
            "hf",
            lambda v: sigmoid(-(v + 33.1) / 8.3),
            lambda v: 0.08 * (539.2 * sigmoid(-(v + 28.2) / 4.9) + 27.3),
        ),
        Gate(
            "hs",
            lambda v: sigmoid(-(v + 33.1) / 8.3),
            lambda v: 0.3 * (8422.0 * sigmoid(-(v + 37.7) / 6.4) + 118.9),
        ),
    )


class SHK1(Channel):
    """Kv1, delayed rectifier: g m h."""

    name = "SHK_1"
    gates = (
        Gate(
            "m",
            lambda v: sigmoid((v - 20.4) / 7.7),
            lambda v: 26.6 / (np.exp(-(v + 33.7) / 15.8) + np.exp((v + 33.7) / 15.4)) + 2.0,
        ),
        Gate("h", lambda v: sigmoid(-(v + 7.0) / 5.8), constant(1400.0)),
    )


class KVS1(Channel):
    """KVS-1, A-type potassium current: g m h."""

    name = "KVS_1"
    gates = (
        Gate(
            "m",
            lambda v: sigmoid((v - 57.1) / 25.0),
            lambda v: 30.0 * sigmoid(-(v - 18.1) / 20.0) + 1.0,
        ),
        Gate(
            "h",
            lambda v: sigmoid(-(v - 47.3) / 11.1),
            lambda v: 88.5 * sigmoid(-(v - 50.0) / 15.0) + 53.4,
        ),
    )


class EGL2(Channel):
    """EAG, slow potassium current: g m. Weinshenker 1999 (J Neurosci 19:9831), figure 3a."""

    name = "EGL_2"
    gates = (
        Gate(
            "m",
            lambda v: sigmoid((v + 6.9) / 14.9),
            lambda v: 1845.8 * sigmoid(-(v + 122.6) / 13.8) + 1517.74,
        ),
    )


class EGL36(Channel):
    """Kv3: g (0.33 m1 + 0.36 m2 + 0.39 m3). Johnstone 1997 (Neuron 19:151)."""

    name = "EGL_36"
    gates = tuple(
        Gate(f"m{i}", lambda v: sigmoid((v - 63.0) / 28.5), constant(tau))
        for i, tau in enumerate((13.0, 63.0, 355.0), 1)
    )


class KQT3(Channel):
    """KCNQ, M-type potassium current: g (0.3 mf + 0.7 ms) w s."""

    name = "KQT_3"
    gates = (
        Gate(
            "mf",
            lambda v: sigmoid((v + 12.6726) / 15.8008),
            lambda v: 395.3 / (1.0 + ((v + 38.1) / 33.59) ** 2),
        ),
        Gate(
            "ms",
            lambda v: sigmoid((v + 12.6726) / 15.8008),
            lambda v: (
                5503.0
                - 5345.4 / (1.0 + 10 ** (0.02827 * (v + 23.9)))
                - 4590.6 / (1.0 + 10 ** (-0.0357 * (v + 14.15)))
            ),
        ),
        Gate(
            "w",
            lambda v: 0.49 + 0.51 * sigmoid(-(v + 1.084) / 28.78),
            lambda v: 0.544 + 29.2 / (1.0 + ((v + 48.09) / 48.83) ** 2),
        ),
        Gate("s", lambda v: 0.34 + 0.66 * sigmoid(-(v + 45.3) / 12.3), constant(500000.0)),
    )


class IRK(Channel):
    """IRK-1/3, inward rectifier: g m."""

    name = "IRK"
    gates = (
        Gate(
            "m",
            lambda v: sigmoid(-(v + 82.0) / 13.0),
            lambda v: 17.1 / (np.exp(-(v + 17.8) / 20.3) + np.exp((v + 43.4) / 11.2)) + 3.8,
        ),
    )


class EGL19(Channel):
    """CaV1, L-type calcium current: g m h."""

    name = "EGL_19"
    reversal_mV = E_CA_mV
    gates = (
        Gate(
            "m",
            lambda v: sigmoid((v - 5.6) / 7.5),
            lambda v: (
                2.9 * np.exp(-(((v - 5.2) / 6.0) ** 2))
                + 1.9 * np.exp(-(((v - 1.4) / 30.0) ** 2))
                + 2.3
            ),
        ),
        Gate(
            "h",
            lambda v: (
                (1.43 * sigmoid((v - 24.9) / 12.0) + 0.14)
                * (5.96 * sigmoid(-(v + 20.5) / 8.1) + 0.60)
            ),
            lambda v: (
                0.4 * (44.6 * sigmoid(-(v + 23.0) / 5.0) + 36.4 * sigmoid(-(v - 28.7) / 3.7) + 43.1)
            ),
        ),
    )


class UNC2(Channel):
    """CaV2, P/Q-type calcium current: g m h."""

    name = "UNC_2"
    reversal_mV = E_CA_mV
    gates = (
        Gate(
            "m",
            lambda v: sigmoid((v + 12.2) / 4.0),
            lambda v: 1.5 / (np.exp(-(v + 8.2) / 9.1) + np.exp((v + 8.2) / 15.4)) + 0.1,
        ),
        Gate(
            "h",
            lambda v: sigmoid(-(v + 52.5) / 5.6),
            lambda v: 83.8 * sigmoid(-(v - 52.9) / 3.5) + 72.1 * sigmoid((v - 23.9) / 3.6),
        ),
    )


class CCA1(Channel):
    """CaV3, T-type calcium current: g m^2 h."""

    name = "CCA_1"
    reversal_mV = E_CA_mV
    gates = (
        Gate(
            "m",
            lambda v: sigmoid((v + 43.32) / 7.6),
            lambda v: 40.0 * sigmoid(-(v + 62.5) / 12.6) + 0.7,
        ),
        Gate(
            "h",
            lambda v: sigmoid(-(v + 58.0) / 7.0),
            lambda v: 280.0 * sigmoid(-(v + 60.7) / 8.5) + 19.8,
        ),
    )


class BigPotassium(Channel):
    """SLO channel in a 1:1 complex with a calcium channel: g m h_partner.

    The nanodomain calcium of the open partner depends on V alone. With m_c the partner's
    activation, m_inf = m_c * ratio(V), so both ``ratio`` and ``tau_ms`` are functions of V.
    Nicoletti 2019, equations of the SLO-1 and SLO-2 complexes.
    """

    wyx: float
    wxy: float
    w0_minus: float
    w0_plus: float
    k_xy: float
    n_xy: float
    k_yx: float
    n_yx: float
    partner: type[Channel]

    @classmethod
    def nanodomain_uM(cls, v: Array) -> Array:
        """Return calcium 13 nm from one open channel of 0.04 nS."""
        conductance_nS, r_um, diffusion, k_b, buffer_uM = 0.04, 0.013, 250.0, 500.0, 30.0
        reach = np.exp(-r_um / np.sqrt(diffusion / (k_b * buffer_uM)))
        flux = -conductance_nS * (v - E_CA_mV) * 1e9 / (8.0 * np.pi * r_um * diffusion * 96485.0)
        return np.where(v < E_CA_mV, np.maximum(flux * reach, 1e-4), 1e-4)

    @classmethod
    def ratio_and_tau(cls, v: Array) -> tuple[Array, Array]:
        """Return m_inf / m_c and tau (ms)."""
        steady, tau_c = cls.partner.gates[0].steady(v), cls.partner.gates[0].tau_ms(v)
        alpha = steady / tau_c
        beta = 1.0 / tau_c - alpha
        ca = cls.nanodomain_uM(v)
        w_minus, w_plus = cls.w0_minus * np.exp(-cls.wyx * v), cls.w0_plus * np.exp(-cls.wxy * v)
        open_minus = w_minus / (1.0 + (ca / cls.k_yx) ** cls.n_yx)
        open_plus = w_plus / (1.0 + (cls.k_xy / ca) ** cls.n_xy)
        closed_minus = w_minus / (1.0 + (CA_REST_uM / cls.k_yx) ** cls.n_yx)
        total = alpha + beta + closed_minus
        delta = (open_plus + open_minus) * (closed_minus + alpha) + beta * closed_minus
        return open_plus * total / delta, total / delta


class _SLO1(BigPotassium):
    wyx, wxy, w0_minus, w0_plus = 0.013, -0.028, 3.15, 0.16
    k_xy, n_xy, k_yx, n_yx = 55.73, 1.30, 34.34, 1e-4


class _SLO2(BigPotassium):
    wyx, wxy, w0_minus, w0_plus = 0.019, -0.024, 0.90, 0.027
    k_xy, n_xy, k_yx, n_yx = 93.45, 1.84, 3294.55, 1e-5


class SLO1EGL19(_SLO1):
    """SLO-1 beside EGL-19."""

    name, partner = "SLO_1_EGL_19", EGL19


class SLO1UNC2(_SLO1):
    """SLO-1 beside UNC-2."""

    name, partner = "SLO_1_UNC_2", UNC2


class SLO2EGL19(_SLO2):
    """SLO-2 beside EGL-19."""

    name, partner = "SLO_2_EGL_19", EGL19


class SLO2UNC2(_SLO2):
    """SLO-2 beside UNC-2."""

    name, partner = "SLO_2_UNC_2", UNC2


class KCNL(Channel):
    """SK: g m, m_inf = [Ca] / (0.33 uM + [Ca]), tau 6.3 ms, [Ca] of the whole cell."""

    name = "KCNL"


class NCA(Channel):
    """Sodium leak: g (V - 30)."""

    name = "NCA"
    reversal_mV = E_NA_mV


VOLTAGE_GATED: tuple[type[Channel], ...] = (
    SHL1, SHK1, KVS1, EGL2, EGL36, KQT3, IRK, EGL19, UNC2, CCA1,
)  # fmt: skip
BIG_POTASSIUM: tuple[type[BigPotassium], ...] = (SLO1EGL19, SLO1UNC2, SLO2EGL19, SLO2UNC2)
CHANNELS: tuple[type[Channel], ...] = (*VOLTAGE_GATED, *BIG_POTASSIUM, KCNL, NCA)
CHANNEL_NAMES: tuple[str, ...] = tuple(channel.name for channel in CHANNELS)
GATES: tuple[Gate, ...] = tuple(gate for channel in VOLTAGE_GATED for gate in channel.gates)
