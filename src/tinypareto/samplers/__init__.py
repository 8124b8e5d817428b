"""Optuna samplers: thin adapters over the solvers."""

from tinypareto.samplers.ars import ARSSampler
from tinypareto.samplers.known import KnownObjectives
from tinypareto.samplers.trials import ESTIMATE

__all__ = ["ESTIMATE", "ARSSampler", "KnownObjectives"]
