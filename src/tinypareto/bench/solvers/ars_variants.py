"""Our own solvers, and variants of them that lack one part each."""

from dataclasses import replace

from optuna.samplers import BaseSampler

from tinypareto.bench.problem import Problem
from tinypareto.bench.solvers.solver import Solver
from tinypareto.samplers import ARSSampler, KnownObjectives
from tinypareto.solvers import BLACK_BOX, DEFAULT, PAPER, Settings

REDUCED = replace(PAPER, ars=replace(PAPER.ars, directions=300))


def black_box(about: str, settings: Settings = BLACK_BOX, use_reference: bool = False) -> Solver:
    """Build a solver that sees parameters, objectives and constraints, like any other sampler.

    Args:
        about: Description for tables, one line.
        settings: Settings of the solver.
        use_reference: Whether it is given the hypervolume's reference.
    """

    def make(seed: int, problem: Problem) -> BaseSampler:
        reference = problem.reference.tolist() if use_reference else None
        return ARSSampler(seed, settings, reference=reference)

    return Solver(about, make, ours=True)


def exact(
    about: str,
    settings: Settings = DEFAULT,
    features: bool = True,
    use_reference: bool = True,
    levels: bool = True,
) -> Solver:
    """Build a solver that computes the known objectives of a problem, as a search does.

    Without known objectives it is a black box.

    Args:
        about: Description for tables, one line.
        settings: Settings of the solver.
        features: Whether the surrogates see the problem's features.
        use_reference: Whether it is given the hypervolume's reference.
        levels: Whether the removed shares of a problem share a level.
    """

    def make(seed: int, problem: Problem) -> BaseSampler:
        reference = problem.reference.tolist() if use_reference else None
        if not problem.known_indices:
            return ARSSampler(seed, BLACK_BOX, reference=reference)
        known = KnownObjectives(problem.known_indices, problem.resources, problem.limits)
        inputs = problem.features if features else None
        shared = problem.kept if levels else ()
        return ARSSampler(
            seed, settings, known=known, features=inputs, reference=reference, levels=shared
        )

    return Solver(about, make, ours=True)


def with_share(share: float) -> Solver:
    """Build a solver that asks for the best first objective with this probability, no levels."""
    settings = replace(DEFAULT, improvement_share=share)
    return exact(f"ours, improvement in {share:.0%} of the asks", settings, levels=False)


def without_policies(settings: Settings) -> Settings:
    """Replace policies by a local search from the same starts with as many evaluations."""
    return replace(settings, policies=False)
