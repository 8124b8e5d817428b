"""What a solver in a comparison is."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module

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


def on_botorch(about: str, module: str) -> Solver:
    """A solver whose module imports BoTorch, and is imported when a sampler is made.

    Args:
        about: A few words for tables.
        module: File of this folder, with `make` of the `Solver` in it.
    """

    def make(seed: int, problem: Problem) -> BaseSampler:
        sampler: BaseSampler = import_module(f"{__package__}.{module}").make(seed, problem)
        return sampler

    return Solver(about, make)
