"""What holds for every test: one thread per process, on a machine of however many cores."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

# Before numpy is imported, for its libraries read these once. Set here rather than in `check`, so
# that a bare `pytest` behaves the same; the subprocesses that tests start inherit it.
for _variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_variable, "1")
os.environ.setdefault("NUMBA_NUM_THREADS", "1")


@pytest.fixture
def is_running() -> Callable[[int], bool]:
    """Tell whether the process of a pid runs; one that is dead but not waited for does not."""

    def tell(pid: int) -> bool:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            return False
        return state != "Z"

    return tell
