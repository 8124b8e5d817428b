"""Solvers against each other: studies, and a CSV that grows row by row.

Hypervolumes are of the feasible points without their noise: what a solver really found, not what
it was lucky to measure. They are shares of the box between a problem's two corners.
"""

import csv
import importlib.metadata
import importlib.util
import statistics
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import optuna

from tinypareto.bench.problem import Array, Problem
from tinypareto.bench.solvers import SOLVERS
from tinypareto.bench.study import FIRST, Outcome, run
from tinypareto.errors import ConfigError
from tinypareto.pareto import hypervolume
from tinypareto.registry import unknown

Row = dict[str, str]
FIELDS = (
    "problem",
    "solver",
    "seed",
    "n",
    "hypervolume",
    "useful",
    "best",
    "ask_seconds",
    "versions",
)
USEFUL = 0.5
EVERY = 10
PACKAGES = ("tinypareto", "optuna", "botorch", "torch", "numpy", "scipy")


def checkpoints(trials: int) -> list[int]:
    """Every 10 trials, and the last."""
    return sorted({*range(EVERY, trials + 1, EVERY), trials})


def compare(
    problems: Mapping[str, Problem], solvers: Sequence[str], seeds: int, trials: int, out: Path
) -> Iterator[Row]:
    """Runs the studies that a CSV lacks, seed by seed; after each one it is written.

    Args:
        problems: By name.
        solvers: Keys of `SOLVERS`.
        seeds: Studies per solver and problem, seeds 0 to seeds - 1.
        trials: Of each study.
        out: The CSV, made if there is none.

    Raises:
        ConfigError: A solver is unknown, or needs BoTorch, which is not installed.

    Yields:
        Each new row as soon as its study is done: at n trials the hypervolume, that below half
        the first objective's range alone (`useful`, in [0, 1]; accuracies above one half), how
        much of this range the best value is below its worst (`best`; the accuracy), and the
        mean CPU seconds of the last asks.
    """
    for solver in solvers:
        if solver not in SOLVERS:
            raise ConfigError(unknown("solver", solver, SOLVERS))
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    if not out.exists():
        _append(out, [dict(zip(FIELDS, FIELDS, strict=True))])
    for seed in range(seeds):
        for name, problem in problems.items():
            for solver in solvers:
                key = {"problem": name, "solver": solver, "seed": str(seed)}
                done = [int(r["n"]) for r in read_rows(out) if key.items() <= r.items()]
                if trials in done:
                    continue
                found = rows_of(run(problem, SOLVERS[solver], seed, trials))
                rows = [{**key, **row} for row in found if int(row["n"]) not in done]
                _append(out, rows)
                yield from rows


def rows_of(outcome: Outcome) -> list[Row]:
    """A row for each checkpoint of a study."""
    ends = checkpoints(len(outcome.values))
    starts = [0, *ends]
    return [
        _row(
            outcome.values[:n][outcome.feasible[:n]],
            n,
            statistics.mean(outcome.seconds[max(start, min(FIRST, n - 1)) : n].tolist()),
        )
        for start, n in zip(starts, ends, strict=False)
    ]


def _row(feasible: Array, n: int, seconds: float) -> Row:
    values = feasible.clip(min=0.0)
    corner = [USEFUL, *[1.0] * (values.shape[1] - 1)]
    numbers = {
        "hypervolume": hypervolume(values),
        "useful": hypervolume(values, corner) / USEFUL,
        "best": 1.0 - values[:, 0].min(initial=1.0),
        "ask_seconds": seconds,
    }
    texts = {name: f"{number:.6g}" for name, number in numbers.items()}
    return {"n": str(n), **texts, "versions": versions()}


def versions() -> str:
    """The installed packages that decide the outcome."""
    installed = [name for name in PACKAGES if importlib.util.find_spec(name)]
    return " ".join(f"{n}={importlib.metadata.version(n)}" for n in installed)


def read_rows(path: Path) -> list[Row]:
    """The rows of a CSV."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _append(path: Path, rows: Sequence[Row]) -> None:
    with path.open("a", encoding="utf-8", newline="") as file:
        csv.DictWriter(file, FIELDS, lineterminator="\n").writerows(rows)
