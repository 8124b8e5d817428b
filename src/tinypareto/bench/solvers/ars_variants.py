"""Our own solvers, and each with one thing taken away."""

from dataclasses import replace

from optuna.samplers import BaseSampler

from tinypareto.bench.problem import Problem
from tinypareto.bench.solvers.solver import Solver
from tinypareto.samplers import ARSSampler, KnownObjectives
from tinypareto.solvers import BLACK_BOX, DEFAULT, PAPER, Settings

REDUCED = replace(PAPER, ars=replace(PAPER.ars, directions=300))


def black_box(about: str, settings: Settings = BLACK_BOX, told: bool = False) -> Solver:
    """Sees parameters, objectives and constraints, like any other sampler.

    Args:
        about: One line.
        settings: Of the solver.
        told: Whether it is told the hypervolume's reference.
    """

    def make(seed: int, problem: Problem) -> BaseSampler:
        return ARSSampler(seed, settings, reference=problem.reference.tolist() if told else None)

    return Solver(about, make, ours=True)


def exact(
    about: str, settings: Settings = DEFAULT, features: bool = True, told: bool = True
) -> Solver:
    """Computes the known objectives of a problem that has some, as a search does; else a black box.

    Args:
        about: One line.
        settings: Of the solver.
        features: Whether the surrogates see the problem's features.
        told: Whether it is told the hypervolume's reference.
    """

    def make(seed: int, problem: Problem) -> BaseSampler:
        reference = problem.reference.tolist() if told else None
        if not problem.known_indices:
            return ARSSampler(seed, BLACK_BOX, reference=reference)
        known = KnownObjectives(problem.known_indices, problem.resources, problem.limits)
        inputs = problem.features if features else None
        return ARSSampler(seed, settings, known=known, features=inputs, reference=reference)

    return Solver(about, make, ours=True)


def without_policies(settings: Settings) -> Settings:
    """Local search from the same starts with as many evaluations of the reward."""
    return replace(settings, policies=False)
