"""How much of the best reward one ask finds in spaces of categories; see --help.

    OMP_NUM_THREADS=1 python benchmarks/categories.py > benchmarks/results/categories.md

Two objectives are sums of a random value of each choice and of each pair of neighboring choices;
40 random candidates have been evaluated. The best reward is the greatest that greedy changes of
one category reach from 60 random candidates, or that an ask found.
"""

import argparse
import importlib.metadata
import time
from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray

from tinypareto.bench.compare import PACKAGES
from tinypareto.solvers import BLACK_BOX, History, Space, ask
from tinypareto.solvers.ars import Score, Visited
from tinypareto.solvers.ask import build_reward, fit_surrogates
from tinypareto.solvers.category_moves import change_categories

Array = NDArray[np.float64]
CHOICES, TRIALS, SEEDS, STARTS = 5, 40, 10, 60
COUNTS = (6, 12, 20)
PAIRED = 0.7


def objective(count: int, seed: int, choices: Array) -> Array:
    """(n,) values of (n, count) choices."""
    rng = np.random.default_rng([seed, count])
    alone = rng.normal(size=(count, CHOICES))
    paired = PAIRED * rng.normal(size=(count, CHOICES, CHOICES))
    place, neighbors = np.arange(count), np.roll(choices, -1, axis=1)
    return np.asarray((alone[place, choices] + paired[place, choices, neighbors]).sum(axis=1))


def chosen(x: Array) -> Array:
    """(n, count) choices of (n, d) points."""
    return np.asarray(x.reshape(len(x), -1, CHOICES).argmax(axis=2))


def make(count: int, seed: int) -> tuple[History, Space]:
    """The evaluated candidates and the space, which knows its categories."""

    def snap(x: Array) -> Array:
        return np.asarray(np.eye(CHOICES)[chosen(x)].reshape(len(x), -1))

    dim = count * CHOICES
    x = snap(np.random.default_rng(seed).random((TRIALS, dim)))
    y = np.stack([objective(count, 2 * seed + j, chosen(x)) for j in range(2)], axis=1)
    parts = tuple(slice(i, i + CHOICES) for i in range(0, dim, CHOICES))
    # A reference makes every ask's reward the same one.
    space = Space(dim, snap=snap, worst=tuple(y.max(axis=0).tolist()), categories=parts)
    return History(x, y, np.empty((TRIALS, 0)), np.empty((0, dim))), space


def best_reward(score: Score, history: History, space: Space) -> float:
    """The greatest reward that greedy changes reach from many starts."""
    starts = space.snap(np.random.default_rng(0).random((STARTS, space.dim)))
    states = torch.from_numpy(starts)
    visited = Visited(states.unsqueeze(1), score(states).unsqueeze(1))
    generator = torch.Generator().manual_seed(0)
    return change_categories(visited, score, space.categories, generator).scores.max().item()


def compared(count: int, seed: int) -> tuple[list[float], list[float]]:
    """Shares of the best reward, and CPU seconds: without and with the categories known."""
    history, space = make(count, seed)
    surrogates = fit_surrogates(history, space, BLACK_BOX)
    score = build_reward(history, space, surrogates, np.random.default_rng(0), BLACK_BOX)
    rewards, seconds = [], []
    for known in (replace(space, categories=()), space):
        start = time.process_time()
        point = ask(history, known, np.random.default_rng(seed), settings=BLACK_BOX)
        seconds.append(time.process_time() - start)
        rewards.append(score(torch.from_numpy(point)).item())
    best = max(best_reward(score, history, space), *rewards)
    return [reward / best for reward in rewards], seconds


def main() -> None:
    """Prints the table."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    print("# One ask in spaces of categories\n")
    print(
        f"{TRIALS} candidates evaluated, two objectives, {CHOICES} choices each; share of the best "
        f"reward found, {SEEDS} seeds.\n"
    )
    print("| categories | known to the solver | mean share | least share | CPU s per ask |")
    print("|---|---|---|---|---|")
    for count in COUNTS:
        results = [compared(count, seed) for seed in range(SEEDS)]
        for i, known in enumerate(("no", "yes")):
            shares, seconds = ([row[j][i] for row in results] for j in range(2))
            print(
                f"| {count} | {known} | {np.mean(shares):.1%} | {min(shares):.1%} "
                f"| {np.median(seconds):.2f} |",
                flush=True,
            )
    versions = " ".join(f"{n}={importlib.metadata.version(n)}" for n in PACKAGES)
    command = "OMP_NUM_THREADS=1 python benchmarks/categories.py > benchmarks/results/categories.md"
    print(f"\nCommand: `{command}`; one thread, other work on the two cores. {versions}")


if __name__ == "__main__":
    main()
