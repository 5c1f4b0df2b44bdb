COMMENT
One side of a gap junction of conductance g (nS).
ENDCOMMENT

NEURON {
    POINT_PROCESS WormGap
    NONSPECIFIC_CURRENT i
    POINTER other
    RANGE g
}

PARAMETER {
    g = 0
}

ASSIGNED {
    v (millivolt)
    i (nanoamp)
    other (millivolt)
}

BREAKPOINT {
    i = 0.001 * g * (v - other)
}
