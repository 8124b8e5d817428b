"""Known objectives against our own black box where nothing is noisy; see --help.

    OMP_NUM_THREADS=1 python -m benchmarks.exact_outputs > benchmarks/results/exact_outputs.md

Test functions whose first objective is learned and whose others the solver computes. The black box
learns all of them; both are given the reference. Hypervolumes after 30 trials.
"""

import argparse
import importlib.metadata
import statistics
import warnings
from dataclasses import replace

import optuna
from optuna.samplers import BaseSampler

from tinypareto.bench.compare import PACKAGES, checkpoint_rows
from tinypareto.bench.problem import Array, Params, Problem
from tinypareto.bench.problems import PROBLEMS
from tinypareto.bench.solvers.ars_variants import black_box
from tinypareto.bench.solvers.solver import Solver
from tinypareto.bench.study import run
from tinypareto.samplers import ARSSampler, KnownObjectives
from tinypareto.solvers import DEFAULT, Settings

NAMES = ("dtlz2", "c2dtlz2", "zdt1", "osy", "re41")
TRIALS, SEEDS = 30, 3


def all_but_first(about: str, settings: Settings) -> Solver:
    """Build a solver that computes every objective but the first."""

    def make(seed: int, problem: Problem) -> BaseSampler:
        def others(params: Params) -> Array:
            return problem.evaluate(params)[:, 1:]

        known = KnownObjectives(range(1, len(problem.reference)), others)
        return ARSSampler(seed, settings, known=known, reference=problem.reference.tolist())

    return Solver(about, make, ours=True)


ONE_PRIOR = replace(DEFAULT, low_noise=None, log_objectives=False)
SOLVERS = {
    "black box": black_box("", use_reference=True),
    "known, chosen by the data": all_but_first("", DEFAULT),
    "known, one noise prior, no logarithms": all_but_first("", ONE_PRIOR),
}


def main() -> None:
    """Prints the table."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    warnings.simplefilter("ignore")
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    print("# Known objectives where nothing is noisy\n")
    print(f"Hypervolume after {TRIALS} trials, mean ± standard deviation of {SEEDS} seeds.\n")
    print("| solver | " + " | ".join(NAMES) + " |")
    print("|---" * (len(NAMES) + 1) + "|")
    problems = {name: PROBLEMS[name]() for name in NAMES}
    for about, solver in SOLVERS.items():
        cells = []
        for problem in problems.values():
            outcomes = [run(problem, solver, seed, TRIALS) for seed in range(SEEDS)]
            found = [float(checkpoint_rows(outcome)[-1]["hypervolume"]) for outcome in outcomes]
            cells.append(f"{statistics.mean(found):.3f} ± {statistics.pstdev(found):.3f}")
        print("| " + " | ".join([about, *cells]) + " |", flush=True)
    versions = " ".join(f"{n}={importlib.metadata.version(n)}" for n in PACKAGES)
    command = "python -m benchmarks.exact_outputs > benchmarks/results/exact_outputs.md"
    print(f"\nCommand: `OMP_NUM_THREADS=1 {command}`; seeds 0 to {SEEDS - 1}. {versions}")


if __name__ == "__main__":
    main()
