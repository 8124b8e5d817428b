"""Multi-objective Bayesian optimization as array maths; no Optuna, no networks."""

from tinypareto.solvers.ask import ask
from tinypareto.solvers.history import History, Known, Space
from tinypareto.solvers.optimize import optimize_acqf_ars
from tinypareto.solvers.presets import BLACK_BOX, DEFAULT, PAPER, PRESETS, Settings

__all__ = [
    "BLACK_BOX",
    "DEFAULT",
    "PAPER",
    "PRESETS",
    "History",
    "Known",
    "Settings",
    "Space",
    "ask",
    "optimize_acqf_ars",
]
