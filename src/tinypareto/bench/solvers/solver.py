"""What a solver in a comparison is."""

from collections.abc import Callable
from dataclasses import dataclass

from optuna.samplers import BaseSampler

from tinypareto.bench.problem import Problem


@dataclass(frozen=True)
class Solver:
    """A way to make a sampler for a problem.

    Attributes:
        about: A few words for tables.
        make: Seed and problem to sampler.
        log_kept: Whether it sees the log kept share of each removed one.
        ours: Whether it is no peer.
    """

    about: str
    make: Callable[[int, Problem], BaseSampler]
    log_kept: bool = False
    ours: bool = False
