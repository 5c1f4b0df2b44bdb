"""Inject current into AVA, the command neurons of backward crawling, and watch them answer."""

import wormlife


def main(seconds: float = 3.0, current_pA: float = 20.0) -> tuple[float, float]:
    """Return the voltage of AVAL before and during the current, in mV."""
    with wormlife.Simulation(seed=0) as sim:
        sim.run(seconds)
        before_mV = sim.voltage_mV("AVAL")
        sim.inject({"AVA": current_pA})  # both of the class; stays until changed
        sim.run(seconds)
        during_mV = sim.voltage_mV("AVAL")
        sim.inject({"AVA": 0.0})
    print(f"AVAL: {before_mV:.1f} mV at rest, {during_mV:.1f} mV with {current_pA:g} pA")
    return before_mV, during_mV


if __name__ == "__main__":
    main()
