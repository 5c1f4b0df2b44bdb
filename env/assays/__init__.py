"""Standard experiments that return numbers; one module per family, each figure defined in code.

``run_assay`` runs one by name; ``names`` lists them.
"""

from env.assays.base import Assay, Trial
from env.assays.registry import assay, names
from env.assays.runner import Outcome, run_assay
from env.assays.session import Current, Session, Setup

__all__ = [
    "Assay",
    "Current",
    "Outcome",
    "Session",
    "Setup",
    "Trial",
    "assay",
    "names",
    "run_assay",
]
