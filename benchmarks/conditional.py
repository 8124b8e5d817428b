"""Studies with conditional parameters and with infinite values; see --help.

    OMP_NUM_THREADS=1 python benchmarks/conditional.py > benchmarks/results/conditional.md

Prints a Markdown table of the best value after 20 and 40 trials, mean and standard deviation over
the seeds; all problems are minimized, and the least value of each is given.

- branches: three models, two of which have parameters of their own (least 0.1).
- nested: the second model's optimizer decides which of its parameters exist (least 0).
- failing half: x > 0.5 returns `inf`, and the finite values point there (least 0.5); the share of
  the trials from the 11th on that went into the failing half is given too.
"""

import argparse
import importlib.metadata
import math
import warnings
from collections.abc import Callable

import numpy as np
import optuna
from optuna.exceptions import ExperimentalWarning
from optuna.samplers import BaseSampler, GPSampler, RandomSampler, TPESampler
from optuna.trial import Trial

from tinypareto.samplers import ARSSampler

CHECKPOINTS = (20, 40)
PACKAGES = ("tinypareto", "optuna", "torch", "numpy")


def branches(trial: Trial) -> float:
    """Three models that share a learning rate."""
    model = trial.suggest_categorical("model", ["trees", "linear", "constant"])
    lost = (math.log10(trial.suggest_float("lr", 1e-4, 1, log=True)) + 2) ** 2 / 4
    if model == "trees":
        depth = trial.suggest_int("depth", 1, 15)
        gamma = trial.suggest_float("gamma", 1e-4, 10, log=True)
        return 0.2 + lost + (depth - 9) ** 2 / 60 + (math.log10(gamma) + 1) ** 2 / 8
    if model == "linear":
        alpha, rate = trial.suggest_float("alpha", 0, 1), trial.suggest_float("rate", 0, 1)
        uniform = trial.suggest_categorical("sample", ["uniform", "weighted"]) == "uniform"
        return 0.1 + lost + (alpha - 0.3) ** 2 + 0.2 * uniform + (rate - 0.7) ** 2
    return 0.5 + lost


def nested(trial: Trial) -> float:
    """A network whose optimizer has parameters of its own."""
    if trial.suggest_categorical("model", ["nearest", "network"]) == "nearest":
        return 0.3 + (trial.suggest_int("neighbors", 1, 20) - 5) ** 2 / 400
    layers = trial.suggest_int("layers", 1, 4)
    lost = (layers - 3) ** 2 / 10
    if trial.suggest_categorical("optimizer", ["sgd", "adam"]) == "sgd":
        momentum = trial.suggest_float("momentum", 0, 1)
        lr = trial.suggest_float("sgd_lr", 1e-4, 1, log=True)
        return lost + (momentum - 0.9) ** 2 + (math.log10(lr) + 1) ** 2 / 6
    lr = trial.suggest_float("adam_lr", 1e-5, 1e-1, log=True)
    return 0.1 + lost + (math.log10(lr) + 3) ** 2 / 6


def failing_half(trial: Trial) -> float:
    """Half of the space fails, the half that the rest recommends."""
    x, y = trial.suggest_float("x", 0, 1), trial.suggest_float("y", 0, 1)
    return math.inf if x > 0.5 else 1 - x + (y - 0.3) ** 2


PROBLEMS: dict[str, Callable[[Trial], float]] = {
    "branches": branches,
    "nested": nested,
    "failing half": failing_half,
}
SOLVERS: dict[str, Callable[[int], BaseSampler]] = {
    "ours": lambda seed: ARSSampler(seed=seed),
    "GPSampler": lambda seed: GPSampler(seed=seed),
    "TPE, multivariate, groups": lambda seed: TPESampler(seed=seed, multivariate=True, group=True),
    "random": lambda seed: RandomSampler(seed=seed),
}


def run(problem: str, solver: str, seed: int) -> tuple[list[float], float]:
    """Best values at the checkpoints, and the share of failing trials after the tenth."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ExperimentalWarning)
        study = optuna.create_study(sampler=SOLVERS[solver](seed))
    study.optimize(PROBLEMS[problem], n_trials=CHECKPOINTS[-1])
    values = np.array([trial.value for trial in study.trials], dtype=float)
    best = [float(values[:count].min()) for count in CHECKPOINTS]
    return best, float(np.isinf(values[10:]).mean())


def row(problem: str, solver: str, seeds: int) -> str:
    """The table's line of one solver on one problem."""
    runs = [run(problem, solver, seed) for seed in range(seeds)]
    best = np.array([values for values, _ in runs])
    cells = [
        f"{mean:.4f} ± {spread:.4f}"
        for mean, spread in zip(best.mean(axis=0), best.std(axis=0), strict=True)
    ]
    failed = np.mean([share for _, share in runs])
    share = f"{failed:.0%}" if problem == "failing half" else ""
    return f"| {problem} | {solver} | {' | '.join(cells)} | {share} |"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=10)
    seeds = parser.parse_args().seeds
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    warnings.filterwarnings("ignore", message=".*non-finite|.*inf", module="optuna")
    print("# Conditional parameters and infinite values\n")
    print(f"Best value after 20 and 40 trials, mean ± standard deviation over {seeds} seeds;")
    print("less is better. The problems: see the script.\n")
    print("| problem | sampler | 20 trials | 40 trials | failing |")
    print("|---|---|---|---|---|")
    for problem in PROBLEMS:
        for solver in SOLVERS:
            print(row(problem, solver, seeds), flush=True)
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in PACKAGES)
    print(f"\n`python benchmarks/conditional.py --seeds {seeds}`; {versions}; one thread.")


if __name__ == "__main__":
    main()
