"""The second parameter set: a pulse into AVA stops the worm, which then crawls on by itself."""

from pathlib import Path

import numpy as np

import wormlife

SWITCH = Path(__file__).parents[2] / "examples" / "parameters" / "switch.toml"
PULSE_pA = 100.0


def speeds_and_voltages(pulse_pA: float) -> tuple[list[float], float, float]:
    """Return mm/s during and after the plateau, and AVAL and AVBL in mV during it."""
    with wormlife.Simulation(seed=5, parameters=str(SWITCH), body="free") as sim:
        sim.run(seconds=5.0)
        sim.inject(current_pA={"AVA": pulse_pA})
        sim.run(seconds=0.4)
        sim.inject(current_pA={"AVA": 0.0})
        sim.run(seconds=0.6)
        speeds, voltages = [], []
        for wait_s in (0.0, 3.5):
            sim.run(seconds=wait_s)
            start = sim.centreline_mm.mean(axis=0)
            sim.run(seconds=1.5)
            speeds.append(float(np.linalg.norm(sim.centreline_mm.mean(axis=0) - start)) / 1.5)
            voltages.append((sim.voltage_mV("AVAL"), sim.voltage_mV("AVBL")))
    return speeds, *voltages[0]


def test_a_pulse_into_AVA_stops_the_worm_for_seconds_and_no_pulse_does_not() -> None:
    (during, after), ava_mV, avb_mV = speeds_and_voltages(PULSE_pA)
    assert during < 0.05 < 0.12 < after
    assert ava_mV > -20.0 > -45.0 > avb_mV, "the plateau outlasts the pulse and holds AVB down"
    (during, after), ava_mV, avb_mV = speeds_and_voltages(0.0)
    assert min(during, after) > 0.12
    assert ava_mV < -45.0 < -20.0 < avb_mV
