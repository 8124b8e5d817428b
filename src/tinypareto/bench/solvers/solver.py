"""Description of a solver in a comparison."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module

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


def on_botorch(about: str, module: str) -> Solver:
    """Build a solver whose module needs BoTorch; it is imported when a sampler is created.

    Args:
        about: A few words for tables.
        module: Name of a file of this folder that holds the solver's `make`.
    """

    def make(seed: int, problem: Problem) -> BaseSampler:
        sampler: BaseSampler = import_module(f"{__package__}.{module}").make(seed, problem)
        return sampler

    return Solver(about, make)
