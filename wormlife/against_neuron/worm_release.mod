COMMENT
Graded transmitter release of one presynaptic compartment: s' = (sigmoid((v - theta) / k) - s) / tau.
ENDCOMMENT

NEURON {
    POINT_PROCESS WormRelease
    RANGE theta, k, tau, start
}

PARAMETER {
    theta = -40 (millivolt)
    k = 5 (millivolt)
    tau = 15 (ms)
    start = 0
}

ASSIGNED {
    v (millivolt)
}

STATE { s }

BREAKPOINT {
    SOLVE relax METHOD cnexp
}

INITIAL {
    s = start
}

DERIVATIVE relax {
    s' = (1 / (1 + exp(-(v - theta) / k)) - s) / tau
}
