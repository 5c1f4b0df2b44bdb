"""What holds for every test: one thread per process, on a machine of however many cores."""

import os

# Before numpy is imported, for its libraries read these once. Set here rather than in `check`, so
# that a bare `pytest` behaves the same; the subprocesses that tests start inherit it.
for _variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_variable, "1")
os.environ.setdefault("NUMBA_NUM_THREADS", "1")
