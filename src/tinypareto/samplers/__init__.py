"""Optuna samplers: thin adapters over `tinypareto.solvers`."""

from tinypareto.samplers.ars import ARSSampler
from tinypareto.samplers.history import ESTIMATE
from tinypareto.samplers.known_objectives import KnownObjectives

__all__ = ["ESTIMATE", "ARSSampler", "KnownObjectives"]
