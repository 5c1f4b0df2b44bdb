"""Evolution of the free parameters by CMA-ES, in stages; the shipped set was found with it."""

from agents.evolve.evolution import Evolution, Generation, Plan
from agents.evolve.stages import STAGES, Score, score, stage

__all__ = ["STAGES", "Evolution", "Generation", "Plan", "Score", "score", "stage"]
