"""CPU seconds per ask, of ours and of Optuna's GPSampler; see --help.

    OMP_NUM_THREADS=1 python benchmarks/ask_time.py

The trials before the ask are random ones of the synthetic problem (4 objectives, 3 limits), half
of them disturbances of the best, so that the front is large. The median of the asks of fresh
samplers, fit and acquisition included; GPSampler up to 150 trials only.
"""

import argparse
import importlib.metadata
import statistics
import time
import warnings
from collections.abc import Callable

import numpy as np
import optuna
import torch
from numpy.typing import NDArray
from optuna.samplers import BaseSampler
from optuna.trial import TrialState

from tinypareto.bench.compare import PACKAGES
from tinypareto.bench.problems import TinyMLSynthetic
from tinypareto.pareto import feasible_front, nondominated
from tinypareto.samplers import ARSSampler, KnownObjectives
from tinypareto.samplers.encoding import Encoding
from tinypareto.solvers.designs import raw_candidates

Array = NDArray[np.float64]
LAYERS = {31: 21, 60: 50}
SIZES = (60, 150, 1_000, 10_000)
MOST_OF_GP = 150
ASKS = 3


def make_known(seed: int, problem: TinyMLSynthetic) -> BaseSampler:
    """Exact resources and features."""
    known = KnownObjectives(problem.known_indices, problem.resources, problem.limits)
    return ARSSampler(seed, known=known, features=problem.features)


SOLVERS: dict[str, Callable[[int, TinyMLSynthetic], BaseSampler]] = {
    "ars-known-features": make_known,
    "ars (black box)": lambda seed, _: ARSSampler(seed),
    "gp": lambda seed, _: optuna.samplers.GPSampler(seed=seed),
}


def trials_of(problem: TinyMLSynthetic, n: int) -> list[optuna.trial.FrozenTrial]:
    """Half random, half disturbances of the random half's feasible front."""
    rng, encoding = np.random.default_rng(0), Encoding(problem.space)
    x = encoding.snap(rng.random((n - n // 2, encoding.dim)))
    y = problem.evaluate(encoding.decode(x))
    good = x[feasible_front(y, (y[:, 1:] <= 1.0).all(axis=1)) | nondominated(y)]
    x = np.concatenate([x, encoding.snap(raw_candidates(n // 2, good, encoding.dim, rng))])
    y = problem.evaluate(encoding.decode(x))
    return [
        optuna.trial.create_trial(
            state=TrialState.COMPLETE,
            params=encoding.params(point),
            distributions=problem.space,
            values=values.tolist(),
            constraints={str(j): float(values[j]) - 1.0 for j in problem.known_indices},
        )
        for point, values in zip(x, y, strict=True)
    ]


def seconds(sampler: BaseSampler, trials: list[optuna.trial.FrozenTrial]) -> float:
    """CPU seconds of one ask of a study that holds the trials."""
    study = optuna.create_study(directions=["minimize"] * 4, sampler=sampler)
    study.add_trials(trials)
    start = time.process_time()
    study.ask(trials[0].distributions)
    return time.process_time() - start


def main() -> None:
    """Prints the table."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    print("# CPU seconds per ask (4 objectives, 3 limits)\n")
    print("| d | trials | feasible front | " + " | ".join(SOLVERS) + " |")
    print("|---" * (3 + len(SOLVERS)) + "|")
    for dim, layers in LAYERS.items():
        problem = TinyMLSynthetic(layers)
        for n in SIZES:
            trials = trials_of(problem, n)
            y = np.array([t.values for t in trials])
            front = feasible_front(y, (y[:, 1:] <= 1.0).all(axis=1))
            cells = [str(dim), str(n), str(front.sum())]
            for name, make in SOLVERS.items():
                if name == "gp" and n > MOST_OF_GP:
                    cells.append("")
                    continue
                asks = 1 if name == "gp" else ASKS
                found = [seconds(make(seed, problem), trials) for seed in range(asks)]
                cells.append(f"{statistics.median(found):.2f}")
            print("| " + " | ".join(cells) + " |", flush=True)
    versions = " ".join(
        f"{name}={importlib.metadata.version(name)}" for name in (*PACKAGES, "greenlet")
    )
    print("\nCommand: `OMP_NUM_THREADS=1 python benchmarks/ask_time.py`; median of the asks of")
    print(f"seeds 0 to 2 (gp: seed 0), one thread, process time. {versions}")


if __name__ == "__main__":
    main()
