"""Description of a solver in a comparison."""

from collections.abc import Callable
from dataclasses import dataclass

from optuna.samplers import BaseSampler

from tinypareto.bench.problem import Problem


@dataclass(frozen=True)
class Solver:
    """A solver that can be compared on any problem.

    Attributes:
        about: A few words for tables.
        make: Creates a sampler from a seed and a problem.
        log_kept: Whether it sees the logarithm of the kept share instead of each removed share.
        ours: Whether it is one of ours rather than a peer.
    """

    about: str
    make: Callable[[int, Problem], BaseSampler]
    log_kept: bool = False
    ours: bool = False
