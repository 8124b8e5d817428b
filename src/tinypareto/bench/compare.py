"""Solvers against each other: studies, a CSV that grows row by row, a table.

Hypervolumes are of the feasible points without their noise, against the limits and an error of
one: what a solver really found, not what it was lucky to measure.
"""

import csv
import importlib.metadata
import statistics
import time
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import optuna
from numpy.typing import NDArray
from optuna.distributions import BaseDistribution
from optuna.exceptions import ExperimentalWarning
from optuna.samplers import BaseSampler

from tinypareto.errors import ConfigError
from tinypareto.names import unknown
from tinypareto.pareto import hypervolume
from tinypareto.samplers import ARSSampler, KnownObjectives
from tinypareto.solvers import BLACK_BOX, DEFAULT, PAPER, Settings

Array = NDArray[np.float64]
Params = Mapping[str, NDArray[Any]]
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
PACKAGES = ("tinypareto", "optuna", "botorch", "torch", "numpy", "scipy")


class Problem(Protocol):
    """Error and resources, all minimised, resources with limits of one."""

    @property
    def known_indices(self) -> tuple[int, ...]:
        """Which objectives are resources."""
        ...

    @property
    def limits(self) -> tuple[float, ...]:
        """Of the resources, one each."""
        ...

    @property
    def space(self) -> Mapping[str, BaseDistribution]:
        """Distribution by parameter name."""
        ...

    def evaluate(self, params: Params) -> Array:
        """(n, 4) objectives as a search sees them."""
        ...

    def true(self, params: Params) -> Array:
        """The same without noise."""
        ...

    def resources(self, params: Params) -> Array:
        """(n, 3) exact resources."""
        ...

    def features(self, params: Params) -> Array:
        """(n, k) further inputs of surrogates."""
        ...


Make = Callable[[int, Problem], BaseSampler]


def _ours(settings: Settings) -> Make:
    def make(seed: int, problem: Problem) -> BaseSampler:
        known = KnownObjectives(problem.known_indices, problem.resources, problem.limits)
        return ARSSampler(seed, settings, known=known, features=problem.features)

    return make


_REDUCED = replace(PAPER, ars=replace(PAPER.ars, directions=300))
SOLVERS: dict[str, tuple[str, Make]] = {
    "ars": ("ours, exact resources, features", _ours(DEFAULT)),
    "ars-local": (
        "ours, local search instead of policies",
        _ours(replace(DEFAULT, policies=False)),
    ),
    "ars-worst": ("ours, reference at the worst", _ours(replace(DEFAULT, ambitious=False))),
    "ars-raw": ("ours, front as measured", _ours(replace(DEFAULT, smoothed=False))),
    "ars-chebyshev": ("ours as it was: Chebyshev, one kernel", _ours(BLACK_BOX)),
    "ars-black-box": ("ours, black box", lambda seed, _: ARSSampler(seed)),
    "paper": ("preset paper, N reduced to 300", lambda seed, _: ARSSampler(seed, _REDUCED)),
    "gp": ("Optuna GPSampler", lambda seed, _: optuna.samplers.GPSampler(seed=seed)),
    "tpe": ("Optuna TPESampler", lambda seed, _: optuna.samplers.TPESampler(seed=seed)),
    "nsga2": (
        "Optuna NSGAIISampler, population 10",
        lambda seed, _: optuna.samplers.NSGAIISampler(seed=seed, population_size=10),
    ),
    "random": ("uniform", lambda seed, _: optuna.samplers.RandomSampler(seed=seed)),
}


def checkpoints(trials: int) -> list[int]:
    """Every 20 trials, and the last."""
    return sorted({*range(20, trials + 1, 20), trials})


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
        ConfigError: A solver is unknown.

    Yields:
        Each new row as soon as its study is done: at n trials the hypervolume, that of accuracies
        above one half alone (`useful`, in [0, 1]), the best accuracy, and the mean seconds per ask.
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
                found = run(problem, SOLVERS[solver][1](seed, problem), trials)
                rows = [{**key, **row} for row in found if int(row["n"]) not in done]
                _append(out, rows)
                yield from rows


def run(problem: Problem, sampler: BaseSampler, trials: int) -> list[Row]:
    """One study; a row for each checkpoint."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ExperimentalWarning)
        study = optuna.create_study(directions=["minimize"] * 4, sampler=sampler)
    values, seconds = np.empty((0, 4)), []
    for _ in range(trials):
        start = time.perf_counter()
        trial = study.ask(dict(problem.space))
        seconds.append(time.perf_counter() - start)
        params = {name: np.array([value]) for name, value in trial.params.items()}
        seen = problem.evaluate(params)[0]
        for j, limit in zip(problem.known_indices, problem.limits, strict=True):
            trial.set_constraint(str(j), seen[j] - limit)
        study.tell(trial, seen.tolist())
        values = np.vstack([values, problem.true(params)])
    return [_row(values[:n], seconds[:n]) for n in checkpoints(trials)]


def _row(values: Array, seconds: Sequence[float]) -> Row:
    feasible = values[(values[:, 1:] <= 1.0).all(axis=1)]
    numbers = {
        "hypervolume": hypervolume(feasible),
        "useful": hypervolume(feasible, [USEFUL, 1.0, 1.0, 1.0]) / USEFUL,
        "best": 1.0 - feasible[:, 0].min(initial=1.0),
        "ask_seconds": statistics.mean(seconds),
    }
    texts = {name: f"{number:.6g}" for name, number in numbers.items()}
    return {"n": str(len(values)), **texts, "versions": versions()}


def versions() -> str:
    """The packages that decide the outcome."""
    return " ".join(f"{n}={importlib.metadata.version(n)}" for n in PACKAGES)


def read_rows(path: Path) -> list[Row]:
    """The rows of a CSV."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _append(path: Path, rows: Sequence[Row]) -> None:
    with path.open("a", encoding="utf-8", newline="") as file:
        csv.DictWriter(file, FIELDS, lineterminator="\n").writerows(rows)


def table(rows: Sequence[Row], problem: str) -> list[str]:
    """Markdown: mean ± standard deviation over the seeds, most hypervolume at last first."""
    mine = [r for r in rows if r["problem"] == problem]
    ends = sorted({int(r["n"]) for r in mine})
    head = [f"hypervolume at {n}" for n in ends]
    last = [f"{what} at {ends[-1]}" for what in ("useful", "best accuracy")]
    lines = ["| " + " | ".join(["solver", "seeds", *head, *last, "s per ask"]) + " |"]
    lines.append("|---" * (len(head) + 5) + "|")

    def cell(solver: str, n: int, field: str) -> str:
        found = [float(r[field]) for r in mine if r["solver"] == solver and r["n"] == str(n)]
        return f"{statistics.mean(found):.3f} ± {statistics.pstdev(found):.3f}" if found else ""

    solvers = {r["solver"] for r in mine}
    for solver in sorted(solvers, key=lambda s: cell(s, ends[-1], "hypervolume"), reverse=True):
        seeds = len({r["seed"] for r in mine if r["solver"] == solver})
        cells = [f"{solver} ({SOLVERS[solver][0]})", str(seeds)]
        cells += [cell(solver, n, "hypervolume") for n in ends]
        cells += [cell(solver, ends[-1], field) for field in ("useful", "best", "ask_seconds")]
        lines.append("| " + " | ".join(cells) + " |")
    return lines
