"""Compares solvers: runs their studies, and records them in a CSV that grows row by row.

Hypervolumes are those of the feasible points without the noise of the measurement, so that a solver
is not rewarded for luck. Their unit is the box between a problem's ideal and its reference.
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
from tinypareto.bench.study import STARTUP_TRIALS, Outcome, run
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
    """Numbers of trials at which a study is measured: every 10, and the last."""
    return sorted({*range(EVERY, trials + 1, EVERY), trials})


def compare(
    problems: Mapping[str, Problem], solvers: Sequence[str], seeds: int, trials: int, out: Path
) -> Iterator[Row]:
    """Run the studies that a CSV lacks, seed by seed, and add each of them to it.

    Args:
        problems: Problem by name.
        solvers: Keys of `SOLVERS`.
        seeds: Number of studies per solver and problem, with seeds 0 to seeds - 1.
        trials: Number of trials of each study.
        out: Path of the CSV, created if it does not exist.

    Raises:
        ConfigError: A solver is unknown, or needs BoTorch, which is not installed.

    Yields:
        Each new row as soon as its study is done. A row holds, at n trials, the hypervolume; the
        hypervolume below half of the first objective's range (`useful`, in [0, 1]: accuracies
        above one half); how far the best first objective is below the worst, as a share of its
        range (`best`: the accuracy); and the mean CPU seconds of the last asks.
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
                measured = checkpoint_rows(run(problem, SOLVERS[solver], seed, trials))
                rows = [{**key, **row} for row in measured if int(row["n"]) not in done]
                _append(out, rows)
                yield from rows


def checkpoint_rows(outcome: Outcome) -> list[Row]:
    """Measure a study at each of its checkpoints."""
    ends = checkpoints(len(outcome.values))
    starts = [0, *ends]
    return [
        _row(
            outcome.values[:n][outcome.feasible[:n]],
            n,
            statistics.mean(outcome.seconds[max(start, min(STARTUP_TRIALS, n - 1)) : n].tolist()),
        )
        for start, n in zip(starts, ends, strict=False)
    ]


def _row(feasible: Array, n: int, seconds: float) -> Row:
    """Measures of the (f, m) feasible objectives among the first n trials."""
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
    """Versions of the installed packages that influence the outcome."""
    installed = [name for name in PACKAGES if importlib.util.find_spec(name)]
    return " ".join(f"{n}={importlib.metadata.version(n)}" for n in installed)


def read_rows(path: Path) -> list[Row]:
    """Read the rows of a CSV."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _append(path: Path, rows: Sequence[Row]) -> None:
    with path.open("a", encoding="utf-8", newline="") as file:
        csv.DictWriter(file, FIELDS, lineterminator="\n").writerows(rows)
