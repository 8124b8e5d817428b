"""Optuna samplers: thin adapters over `tinypareto.solvers`.

The solvers need torch, so they are imported where they are used: an import of this package, such
as by a script that only prints its help, must not wait for it.
"""

from tinypareto.samplers.ars import ARSSampler
from tinypareto.samplers.history import ESTIMATE
from tinypareto.samplers.known_objectives import KnownObjectives

__all__ = ["ESTIMATE", "ARSSampler", "KnownObjectives"]
