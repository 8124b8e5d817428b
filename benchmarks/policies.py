"""Policies against local search on the same rewards, with as many evaluations; see --help.

    OMP_NUM_THREADS=1 python benchmarks/policies.py

Random designs of a problem are histories; both searches maximize the reward of the same ask from
the same starts. The policies are those of the preset `default` throughout: those of `black-box`
are made to find less. Wins: how often the policies' best reward is greater; ties within a millionth
count half. Ratio: median of the policies' best reward over the local search's, where both are
positive.
"""

import argparse
import importlib.metadata
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.stats import binomtest

from tinypareto.bench.compare import PACKAGES
from tinypareto.bench.problem import Problem
from tinypareto.bench.problems import PROBLEMS
from tinypareto.bench.replay import Replay
from tinypareto.samplers.encoding import Encoding
from tinypareto.solvers import BLACK_BOX, DEFAULT, History, Known, Settings, Space
from tinypareto.solvers.ars import ARS
from tinypareto.solvers.ask import build_reward, find_starts, fit_surrogates
from tinypareto.solvers.local_search import LocalSearch
from tinypareto.threads import threads

Array = NDArray[np.float64]
REPLAYED = Path(__file__).parent / "data" / "ERing.csv.gz"
PROBLEM: dict[str, Callable[[], Problem]] = {
    "ERing": lambda: Replay(REPLAYED),
    **{name: PROBLEMS[name] for name in ("synthetic", "re41", "dtlz2", "osy")},
}
SIZES = (20, 60)
REPEATS = 10


KINDS = {
    ("exact", "ehvi"): replace(DEFAULT, improvement_share=0.0),
    ("learned", "chebyshev"): replace(BLACK_BOX, ars=DEFAULT.ars, reward="chebyshev"),
    ("learned", "ehvi"): replace(BLACK_BOX, ars=DEFAULT.ars, reward="ehvi"),
}


def space_of(problem: Problem, encoding: Encoding, exact: bool) -> Space:
    """Build the search space, with exact resources and features or as a black box."""
    if not exact:
        return Space(encoding.dim, snap=encoding.snap)
    return Space(
        encoding.dim,
        snap=encoding.snap,
        known=Known(
            problem.known_indices,
            lambda x: problem.resources(encoding.decode(x)),
            problem.limits,
        ),
        features=lambda x: problem.features(encoding.decode(x)),
    )


def best_rewards(
    problem: Problem, settings: Settings, exact: bool, n: int, seed: int
) -> tuple[float, float]:
    """Compute the best reward of the policies, and that of the local search."""
    encoding = Encoding(problem.space)
    x = encoding.snap(np.random.default_rng([seed, n]).random((n, encoding.dim)))
    params = encoding.decode(x)
    history = History(
        x, problem.evaluate(params), problem.constraints(params), np.empty((0, encoding.dim))
    )
    space = space_of(problem, encoding, exact)
    rng = np.random.default_rng(seed)
    score = build_reward(history, space, fit_surrogates(history, space, settings), rng, settings)
    starts = find_starts(history, space, score, rng, settings)
    policies, local = (
        search(score, starts, settings.ars, torch.Generator().manual_seed(seed)).run()
        for search in (ARS, LocalSearch)
    )
    return float(policies.scores.max()), float(local.scores.max())


def main() -> None:
    """Prints the table."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    print("# Policies against local search on the same rewards\n")
    print("| problem | d | resources | reward | trials | wins of the policies | p | median ratio |")
    print("|---|---|---|---|---|---|---|---|")
    for name, make in PROBLEM.items():
        problem = make()
        for (resources, _), settings in KINDS.items():
            if resources == "exact" and not problem.known_indices:
                continue
            for n in SIZES:
                with threads(1):
                    found = np.array(
                        [
                            best_rewards(problem, settings, resources == "exact", n, seed)
                            for seed in range(REPEATS)
                        ]
                    )
                told = f"| {name} | {len(problem.space)} | {resources} | {settings.reward} | {n} |"
                print(told, row(found), flush=True)
    versions = " ".join(f"{name}={importlib.metadata.version(name)}" for name in PACKAGES)
    print("\nCommand: `OMP_NUM_THREADS=1 python benchmarks/policies.py`; p: sign test; seeds 0 to")
    print(f"{REPEATS - 1}. {versions}")


def row(found: Array) -> str:
    """Summarize (r, 2) best rewards in cells of the table."""
    ours, local = found.T
    tied = np.abs(ours - local) <= 1e-6 * np.abs(local)
    wins = int((ours > local)[~tied].sum())
    both = (ours > 0.0) & (local > 0.0)
    ratio = f"{np.median(ours[both] / local[both]):.2f}" if both.any() else ""
    p = binomtest(wins, int((~tied).sum())).pvalue if (~tied).any() else 1.0
    share = f"{wins + 0.5 * tied.sum():g} of {len(found)}"
    return f"{share} | {p:.2g} | {ratio} |"


if __name__ == "__main__":
    main()
