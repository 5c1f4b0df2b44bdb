COMMENT
One chemical contact: a conductance g (nS) times the release s of the presynaptic compartment.
ENDCOMMENT

NEURON {
    POINT_PROCESS WormSynapse
    NONSPECIFIC_CURRENT i
    POINTER s
    RANGE g, e
}

PARAMETER {
    g = 0
    e = 0 (millivolt)
}

ASSIGNED {
    v (millivolt)
    i (nanoamp)
    s
}

BREAKPOINT {
    i = 0.001 * g * s * (v - e)
}
