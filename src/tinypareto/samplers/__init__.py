"""Optuna samplers: thin adapters over the solvers."""

from tinypareto.samplers.ars import ARSSampler
from tinypareto.samplers.known import KnownObjectives

__all__ = ["ARSSampler", "KnownObjectives"]
