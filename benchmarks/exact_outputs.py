"""Known objectives against our own black box where nothing is noisy; see --help.

    OMP_NUM_THREADS=1 python -m benchmarks.exact_outputs > benchmarks/results/exact_outputs.md

Test functions whose first objective is learned and whose others the solver computes. The black box
learns all of them; both are given the reference. Hypervolumes after 30 trials. Then how much more
likely the first objective of random candidates is under the low noise prior than under the usual
one, beside replayed trainings, which are noisy.
"""

import argparse
import importlib.metadata
import statistics
import warnings
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import optuna
from optuna.samplers import BaseSampler
from scipy.optimize import minimize
from torch import Tensor

from tinypareto.bench.compare import PACKAGES, checkpoint_rows
from tinypareto.bench.problem import Array, Params, Problem
from tinypareto.bench.problems import PROBLEMS
from tinypareto.bench.replay import Replay
from tinypareto.bench.solvers.ars_variants import black_box
from tinypareto.bench.solvers.solver import Solver
from tinypareto.bench.study import run
from tinypareto.samplers import ARSSampler, KnownObjectives
from tinypareto.samplers.encoding import Encoding
from tinypareto.solvers import DEFAULT, History, Known, Settings, Space
from tinypareto.solvers.likelihood import NegativeLogPosterior, Priors
from tinypareto.solvers.posterior import Posterior
from tinypareto.solvers.surrogate import DECISIVE, fit
from tinypareto.solvers.surrogate_model import SurrogateModel

NAMES = ("dtlz2", "c2dtlz2", "zdt1", "osy", "re41")
TRIALS, SEEDS = 30, 3
SIZES = (20, 60)
HERE = Path(__file__).parent


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


def evidence(problem: Problem, n: int, seed: int) -> float:
    """Log density that the low noise prior gains for the first objective of n candidates."""
    encoding = Encoding(problem.space)
    x = encoding.snap(np.random.default_rng(seed).random((n, encoding.dim)))
    y, gains = problem.evaluate(encoding.decode(x)), []

    def compare(inputs: Tensor, outputs: Tensor, summary: int) -> Posterior:
        column = outputs[:, 0].numpy()
        standard = (column - column.mean()) / column.std()
        found = []
        for noise in (DEFAULT.noise, DEFAULT.low_noise or 0.0):
            density = NegativeLogPosterior(inputs.numpy(), standard, summary, Priors(0.0, noise))
            found.append(minimize(density, density.start, jac=True, bounds=density.bounds).fun)
        gains.append(found[0] - found[1])
        return fit(inputs, outputs, summary)

    def others(x: Array) -> Array:
        return problem.evaluate(encoding.decode(x))[:, 1:]

    known = Known(tuple(range(1, y.shape[1])), others, (np.inf,) * (y.shape[1] - 1))
    history = History(x, y, np.empty((n, 0)), np.empty((0, encoding.dim)))
    space = Space(
        encoding.dim, encoding.snap, known, lambda x: problem.features(encoding.decode(x))
    )
    SurrogateModel(history, space, compare, known_objectives_kernel=True)
    return float(gains[0])


def show_evidence(problems: Mapping[str, Problem]) -> None:
    """Print the least and greatest gain of each problem."""
    print(
        "\nGain of the low noise prior in nats, least and greatest of two seeds; taken above ",
        end="",
    )
    print(f"{DECISIVE:.1f}:\n\n| problem | " + " | ".join(f"{n} candidates" for n in SIZES) + " |")
    print("|---" * (len(SIZES) + 1) + "|")
    for name, problem in problems.items():
        gains = [[evidence(problem, n, seed) for seed in range(2)] for n in SIZES]
        cells = [f"{min(pair):.1f}, {max(pair):.1f}" for pair in gains]
        print("| " + " | ".join([name, *cells]) + " |", flush=True)


def main() -> None:
    """Prints the tables."""
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
    replays = {
        n: Replay(HERE / "data" / f"{n}.csv.gz") for n in ("ERing", "BasicMotions", "digits")
    }
    show_evidence({**replays, **problems})
    versions = " ".join(f"{n}={importlib.metadata.version(n)}" for n in PACKAGES)
    command = "python -m benchmarks.exact_outputs > benchmarks/results/exact_outputs.md"
    print(f"\nCommand: `OMP_NUM_THREADS=1 {command}`; seeds 0 to {SEEDS - 1}. {versions}")


if __name__ == "__main__":
    main()
