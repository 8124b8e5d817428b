"""Estimates the greatest hypervolume of replayed searches.

    OMP_NUM_THREADS=1 python benchmarks/headroom.py > benchmarks/results/headroom.md

An evolutionary search sees the problem without its noise, 2,000 candidates in each of 60 rounds:
around what is not dominated so far, crossed, or uniform. What it finds is a lower bound, 800 times
as many evaluations as a search of 150 trials has.
"""

import importlib.metadata
from pathlib import Path

import numpy as np

from tinypareto.bench.compare import PACKAGES, read_rows
from tinypareto.bench.problem import Array
from tinypareto.bench.replay import Replay
from tinypareto.bench.report import mean_at
from tinypareto.pareto import feasible_front, hypervolume
from tinypareto.samplers.encoding import Encoding
from tinypareto.solvers.designs import raw_candidates

TABLES = ("ERing", "BasicMotions", "digits")
ROUNDS, CANDIDATES, TRIALS = 60, 2_000, 150
HERE = Path(__file__).parent


def found(problem: Replay, rounds: int, seed: int = 0) -> Array:
    """Search for that many rounds, and return the (f, 4) objectives of the front."""
    rng, encoding = np.random.default_rng(seed), Encoding(problem.space)
    x, values = np.empty((0, encoding.dim)), np.empty((0, problem.num_objectives))
    for _ in range(rounds):
        new = encoding.snap(raw_candidates(CANDIDATES, x, encoding.dim, rng))
        x = np.concatenate([x, new])
        values = np.concatenate([values, problem.true(encoding.decode(new))])
        front = feasible_front(values, (values[:, 1:] <= 1.0).all(axis=1))
        x, values = x[front], values[front]
    return values


def main() -> None:
    """Prints the table."""
    rows = read_rows(HERE / "results" / "replay.csv")
    print("# What there is to be found\n")
    print(
        f"Replayed searches as in [replay.md](replay.md); {ROUNDS * CANDIDATES:,} evaluations ",
        end="",
    )
    print(f"without noise, against the means of solvers after {TRIALS} noisy ones.\n")
    print("| problem | hypervolume found | its front | `ars`, share of it | `gp`, share of it |")
    print("|---|---|---|---|---|")
    for name in TABLES:
        values = found(Replay(HERE / "data" / f"{name}.csv.gz"), ROUNDS)
        volume = hypervolume(values)
        means = mean_at([r for r in rows if r["problem"].startswith(name)], TRIALS)
        shares = " | ".join(f"{means[s]:.3f}, {means[s] / volume:.0%}" for s in ("ars", "gp"))
        print(f"| {name} | {volume:.3f} | {len(values)} networks | {shares} |", flush=True)
    versions = " ".join(f"{n}={importlib.metadata.version(n)}" for n in PACKAGES)
    command = "OMP_NUM_THREADS=1 python benchmarks/headroom.py > benchmarks/results/headroom.md"
    print(f"\nCommand: `{command}`; seed 0. {versions}")


if __name__ == "__main__":
    main()
