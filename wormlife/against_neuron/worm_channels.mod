COMMENT
All channels of one active site. Conductances in nS, not densities, so that a compartment of any
area takes them as they are. Nicoletti et al. 2019, 10.1371/journal.pone.0218738; EGL-2: Weinshenker
1999, J Neurosci 19:9831; EGL-36: Johnstone 1997, Neuron 19:151.
ENDCOMMENT

NEURON {
    POINT_PROCESS WormChannels
    NONSPECIFIC_CURRENT i
    RANGE shl1, shk1, kvs1, egl2, egl36, kqt3, irk, egl19, unc2, cca1
    RANGE slo1egl19, slo1unc2, slo2egl19, slo2unc2, kcnl, nca, shift, per_pA
}

UNITS {
    (nA) = (nanoamp)
    (mV) = (millivolt)
}

PARAMETER {
    shl1 = 0  shk1 = 0  kvs1 = 0  egl2 = 0  egl36 = 0  kqt3 = 0  irk = 0
    egl19 = 0  unc2 = 0  cca1 = 0
    slo1egl19 = 0  slo1unc2 = 0  slo2egl19 = 0  slo2unc2 = 0
    kcnl = 0  nca = 0
    shift = 0 (mV)
    per_pA = 0
}

ASSIGNED {
    v (mV)
    i (nA)
    r1l  r1p  r2l  r2p  t1l  t1p  t2l  t2p  cal_inf  kg_inf
    shlm_inf  shlm_tau  shlf_inf  shlf_tau  shls_inf  shls_tau  shkm_inf  shkm_tau  shkh_inf  shkh_tau  kvsm_inf  kvsm_tau
    kvsh_inf  kvsh_tau  eglm_inf  eglm_tau  e1_inf  e1_tau  e2_inf  e2_tau  e3_inf  e3_tau  kqtf_inf  kqtf_tau
    kqtm_inf  kqtm_tau  kqtw_inf  kqtw_tau  kqts_inf  kqts_tau  irkm_inf  irkm_tau  lm_inf  lm_tau  lh_inf  lh_tau
    pm_inf  pm_tau  ph_inf  ph_tau  tm_inf  tm_tau  th_inf  th_tau
}

STATE {
    shlm shlf shls shkm shkh kvsm kvsh eglm e1 e2 e3
    kqtf kqtm kqtw kqts irkm lm lh pm ph tm th
    s1l s1p s2l s2p kg cal
}

BREAKPOINT {
    SOLVE kinetics METHOD cnexp
    i = 0.001 * (potassium() * (v + 80) + calcium() * (v - 60) + nca * (v - 30))
}

INITIAL {
    rates(v)
    shlm = shlm_inf
    shlf = shlf_inf
    shls = shls_inf
    shkm = shkm_inf
    shkh = shkh_inf
    kvsm = kvsm_inf
    kvsh = kvsh_inf
    eglm = eglm_inf
    e1 = e1_inf
    e2 = e2_inf
    e3 = e3_inf
    kqtf = kqtf_inf
    kqtm = kqtm_inf
    kqtw = kqtw_inf
    kqts = kqts_inf
    irkm = irkm_inf
    lm = lm_inf
    lh = lh_inf
    pm = pm_inf
    ph = ph_inf
    tm = tm_inf
    th = th_inf
    s1l = r1l * lm
    s1p = r1p * pm
    s2l = r2l * lm
    s2p = r2p * pm
    cal = 0.05 + per_pA * inflow()
    kg = cal / (0.33 + cal)
}

DERIVATIVE kinetics {
    rates(v)
    shlm' = (shlm_inf - shlm) / shlm_tau
    shlf' = (shlf_inf - shlf) / shlf_tau
    shls' = (shls_inf - shls) / shls_tau
    shkm' = (shkm_inf - shkm) / shkm_tau
    shkh' = (shkh_inf - shkh) / shkh_tau
    kvsm' = (kvsm_inf - kvsm) / kvsm_tau
    kvsh' = (kvsh_inf - kvsh) / kvsh_tau
    eglm' = (eglm_inf - eglm) / eglm_tau
    e1' = (e1_inf - e1) / e1_tau
    e2' = (e2_inf - e2) / e2_tau
    e3' = (e3_inf - e3) / e3_tau
    kqtf' = (kqtf_inf - kqtf) / kqtf_tau
    kqtm' = (kqtm_inf - kqtm) / kqtm_tau
    kqtw' = (kqtw_inf - kqtw) / kqtw_tau
    kqts' = (kqts_inf - kqts) / kqts_tau
    irkm' = (irkm_inf - irkm) / irkm_tau
    lm' = (lm_inf - lm) / lm_tau
    lh' = (lh_inf - lh) / lh_tau
    pm' = (pm_inf - pm) / pm_tau
    ph' = (ph_inf - ph) / ph_tau
    tm' = (tm_inf - tm) / tm_tau
    th' = (th_inf - th) / th_tau
    s1l' = (r1l * lm - s1l) / t1l
    s1p' = (r1p * pm - s1p) / t1p
    s2l' = (r2l * lm - s2l) / t2l
    s2p' = (r2p * pm - s2p) / t2p
    cal_inf = 0.05 + per_pA * inflow()
    cal' = (cal_inf - cal) / 50
    kg_inf = cal / (0.33 + cal)
    kg' = (kg_inf - kg) / 6.3
}

PROCEDURE rates(u) {
    LOCAL w
    w = u - shift  : EGL-19 alone gates at a shifted voltage
    shlm_inf = s((u - 11.2) / 14.1)
    shlm_tau = 0.4 * (13.8 / (exp(-(u + 17.5) / 12.9) + exp((u + 3.7) / 6.5)) + 1.9)
    shlf_inf = s(-(u + 33.1) / 8.3)
    shlf_tau = 0.08 * (539.2 / (1 + exp((u + 28.2) / 4.9)) + 27.3)
    shls_inf = s(-(u + 33.1) / 8.3)
    shls_tau = 0.3 * (8422 / (1 + exp((u + 37.7) / 6.4)) + 118.9)
    shkm_inf = s((u - 20.4) / 7.7)
    shkm_tau = 26.6 / (exp(-(u + 33.7) / 15.8) + exp((u + 33.7) / 15.4)) + 2
    shkh_inf = s(-(u + 7) / 5.8)
    shkh_tau = 1400
    kvsm_inf = s((u - 57.1) / 25)
    kvsm_tau = 30 / (1 + exp((u - 18.1) / 20)) + 1
    kvsh_inf = s(-(u - 47.3) / 11.1)
    kvsh_tau = 88.5 / (1 + exp((u - 50) / 15)) + 53.4
    eglm_inf = s((u + 6.9) / 14.9)
    eglm_tau = 1845.8 / (1 + exp((u + 122.6) / 13.8)) + 1517.74
    e1_inf = s((u - 63) / 28.5)
    e1_tau = 13
    e2_inf = s((u - 63) / 28.5)
    e2_tau = 63
    e3_inf = s((u - 63) / 28.5)
    e3_tau = 355
    kqtf_inf = s((u + 12.6726) / 15.8008)
    kqtf_tau = 395.3 / (1 + ((u + 38.1) / 33.59)^2)
    kqtm_inf = s((u + 12.6726) / 15.8008)
    kqtm_tau = 5503 - 5345.4 / (1 + 10^(0.02827 * (u + 23.9))) - 4590.6 / (1 + 10^(-0.0357 * (u + 14.15)))
    kqtw_inf = 0.49 + 0.51 * s(-(u + 1.084) / 28.78)
    kqtw_tau = 0.544 + 29.2 / (1 + ((u + 48.09) / 48.83)^2)
    kqts_inf = 0.34 + 0.66 * s(-(u + 45.3) / 12.3)
    kqts_tau = 500000
    irkm_inf = s(-(u + 82) / 13)
    irkm_tau = 17.1 / (exp(-(u + 17.8) / 20.3) + exp((u + 43.4) / 11.2)) + 3.8
    lm_inf = s((w - 5.6) / 7.5)
    lm_tau = taul(w)
    lh_inf = (1.43 * s((w - 24.9) / 12) + 0.14) * (5.96 * s(-(w + 20.5) / 8.1) + 0.6)
    lh_tau = 0.4 * (44.6 * s(-(w + 23) / 5) + 36.4 * s(-(w - 28.7) / 3.7) + 43.1)
    pm_inf = s((u + 12.2) / 4)
    pm_tau = taup(u)
    ph_inf = s(-(u + 52.5) / 5.6)
    ph_tau = 83.8 * s(-(u - 52.9) / 3.5) + 72.1 * s((u - 23.9) / 3.6)
    tm_inf = s((u + 43.32) / 7.6)
    tm_tau = 40 * s(-(u + 62.5) / 12.6) + 0.7
    th_inf = s(-(u + 58) / 7)
    th_tau = 280 * s(-(u + 60.7) / 8.5) + 19.8
    slo(u)
}

FUNCTION s(x) {
    s = 1 / (1 + exp(-x))
}

FUNCTION taul(u) {
    taul = 2.9 * exp(-((u - 5.2) / 6)^2) + 1.9 * exp(-((u - 1.4) / 30)^2) + 2.3
}

FUNCTION taup(u) {
    taup = 1.5 / (exp(-(u + 8.2) / 9.1) + exp((u + 8.2) / 15.4)) + 0.1
}

FUNCTION potassium() {
    LOCAL a, b, c
    a = shl1 * shlm^3 * (0.7 * shlf + 0.3 * shls) + shk1 * shkm * shkh + kvs1 * kvsm * kvsh + egl2 * eglm
    b = egl36 * (0.33 * e1 + 0.36 * e2 + 0.39 * e3) + kqt3 * (0.3 * kqtf + 0.7 * kqtm) * kqtw * kqts + irk * irkm
    c = (slo1egl19 * s1l + slo2egl19 * s2l) * lh + (slo1unc2 * s1p + slo2unc2 * s2p) * ph + kcnl * kg
    potassium = a + b + c
}

FUNCTION calcium() {
    calcium = egl19 * lm * lh + unc2 * pm * ph + cca1 * tm^2 * th
}

FUNCTION inflow() {
    inflow = calcium() * (60 - v)
    if (inflow < 0) { inflow = 0 }
}

: Nanodomain calcium (uM) of an open channel of 0.04 nS at 13 nm, buffered.
FUNCTION nano(u) {
    if (u < 60) {
        nano = 0.04 * (60 - u) * 1e9 / (8 * 3.141592653589793 * 0.013 * 250 * 96485) * exp(-0.013 / sqrt(250 / (500 * 30)))
    } else {
        nano = 0.0001
    }
    if (nano < 0.0001) { nano = 0.0001 }
}

PROCEDURE slo(u) {
    LOCAL ca, al, ap, bl, bp, wm, wp, km, kp, kc, d
    ca = nano(u)
    al = s((u - 5.6) / 7.5) / taul(u)
    bl = 1 / taul(u) - al
    ap = s((u + 12.2) / 4) / taup(u)
    bp = 1 / taup(u) - ap
    : SLO-1
    wm = 3.15 * exp(-0.013 * u)
    wp = 0.16 * exp(0.028 * u)
    km = wm / (1 + (ca / 34.34)^0.0001)
    kp = wp / (1 + (55.73 / ca)^1.3)
    kc = wm / (1 + (0.05 / 34.34)^0.0001)
    d = (kp + km) * (kc + al) + bl * kc
    t1l = (al + bl + kc) / d
    r1l = kp * t1l
    d = (kp + km) * (kc + ap) + bp * kc
    t1p = (ap + bp + kc) / d
    r1p = kp * t1p
    : SLO-2
    wm = 0.9 * exp(-0.019 * u)
    wp = 0.027 * exp(0.024 * u)
    km = wm / (1 + (ca / 3294.55)^0.00001)
    kp = wp / (1 + (93.45 / ca)^1.84)
    kc = wm / (1 + (0.05 / 3294.55)^0.00001)
    d = (kp + km) * (kc + al) + bl * kc
    t2l = (al + bl + kc) / d
    r2l = kp * t2l
    d = (kp + km) * (kc + ap) + bp * kc
    t2p = (ap + bp + kc) / d
    r2p = kp * t2p
}
