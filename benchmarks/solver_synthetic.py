"""Compares solvers on the synthetic TinyML problem; see --help.

    OMP_NUM_THREADS=1 python benchmarks/solver_synthetic.py

Appends one row per (solver, seed) to benchmarks/results/solver_synthetic.csv, skips the rows
that are there, and rewrites the table solver_synthetic.md beside it. Delete rows to repeat them.
"""

import argparse
import csv
import dataclasses
import importlib.metadata
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import optuna
import torch

from tinypareto.bench.problems import TinyMLSynthetic
from tinypareto.pareto import hypervolume
from tinypareto.samplers import ARSSampler, KnownObjectives
from tinypareto.solvers import PAPER

PROBLEM = TinyMLSynthetic()
KNOWN = KnownObjectives(PROBLEM.known_indices, PROBLEM.resources, PROBLEM.limits)
REDUCED = dataclasses.replace(PAPER, ars=dataclasses.replace(PAPER.ars, directions=300))
CHECKPOINTS = (20, 40, 60)
FIELDS = ("solver", "seed", *(f"hv{n}" for n in CHECKPOINTS), "feasible", "ask_seconds", "version")
RESULTS = Path(__file__).parent / "results"

Make = Callable[[int], optuna.samplers.BaseSampler]
SOLVERS: dict[str, tuple[str, Make]] = {
    "random": ("uniform", lambda s: optuna.samplers.RandomSampler(seed=s)),
    "nsga2": ("Optuna NSGAIISampler, population 10", lambda s: _nsga2(s)),
    "tpe": ("Optuna TPESampler", lambda s: optuna.samplers.TPESampler(seed=s)),
    "ars": ("ours, black box", lambda s: ARSSampler(s)),
    "ars-known": ("ours, exact resources", lambda s: ARSSampler(s, known=KNOWN)),
    "ars-known-features": (
        "ours, exact resources, features",
        lambda s: ARSSampler(s, known=KNOWN, features=PROBLEM.features),
    ),
    "paper-300": ("preset paper, black box, N reduced from 3000 to 300", lambda s: _paper(s)),
    "gp": ("Optuna GPSampler, without greenlet", lambda s: optuna.samplers.GPSampler(seed=s)),
}


def _nsga2(seed: int) -> optuna.samplers.BaseSampler:
    return optuna.samplers.NSGAIISampler(seed=seed, population_size=10)


def _paper(seed: int) -> ARSSampler:
    return ARSSampler(seed, preset=REDUCED)


def run(sampler: optuna.samplers.BaseSampler) -> dict[str, float]:
    """One study; hypervolume of the feasible points at each checkpoint."""
    study = optuna.create_study(directions=["minimize"] * 4, sampler=sampler)
    values, seconds = np.empty((0, 4)), []
    for _ in range(CHECKPOINTS[-1]):
        start = time.perf_counter()
        trial = study.ask(PROBLEM.space)
        seconds.append(time.perf_counter() - start)
        y = PROBLEM.evaluate({name: np.array([v]) for name, v in trial.params.items()})[0]
        for name, used, limit in zip(("rom", "ram", "flops"), y[1:], PROBLEM.limits, strict=True):
            trial.set_constraint(name, used - limit)
        study.tell(trial, y.tolist())
        values = np.vstack([values, y])
    feasible = np.asarray((values[:, 1:] <= PROBLEM.limits).all(axis=1))
    curve = {f"hv{n}": hypervolume(values[:n][feasible[:n]]) for n in CHECKPOINTS}
    return {**curve, "feasible": feasible.mean(), "ask_seconds": statistics.mean(seconds[10:])}


def versions() -> str:
    """The packages that decide the outcome."""
    names = ("tinypareto", "optuna", "botorch", "torch", "numpy", "scipy")
    return " ".join(f"{n}={importlib.metadata.version(n)}" for n in names)


def write_table(rows: list[dict[str, str]], path: Path) -> None:
    """Mean and standard deviation over the seeds, best last checkpoint first."""
    lines = [
        "# Hypervolume on the synthetic TinyML problem (21-d, 4 objectives, 3 limits)",
        "",
        "An invented accuracy: see `tinypareto.bench.problems`. Feasible points against (1, 1, 1, "
        "1); mean ± standard deviation over the seeds. Every sampler draws its own 10 first "
        "points. Settings of the policies were chosen on this problem.",
        "",
        "| solver | seeds | " + " | ".join(f"at {n}" for n in CHECKPOINTS) + " | s per ask |",
        "|---|---|" + "---|" * (len(CHECKPOINTS) + 1),
    ]
    groups = {name: [r for r in rows if r["solver"] == name] for name in SOLVERS}
    last = FIELDS[1 + len(CHECKPOINTS)]

    def mean(name: str) -> float:
        return statistics.mean(float(r[last]) for r in groups[name])

    for name in sorted((n for n in groups if groups[n]), key=mean, reverse=True):
        cells = [f"{name} ({SOLVERS[name][0]})", ", ".join(r["seed"] for r in groups[name])]
        for n in CHECKPOINTS:
            hv = [float(r[f"hv{n}"]) for r in groups[name]]
            cells.append(f"{statistics.mean(hv):.3f} ± {statistics.pstdev(hv):.3f}")
        cells.append(f"{statistics.mean(float(r['ask_seconds']) for r in groups[name]):.2f}")
        lines.append("| " + " | ".join(cells) + " |")
    found = "; ".join(sorted({r["version"] for r in rows}))
    lines += [
        "",
        "Command: `OMP_NUM_THREADS=1 python benchmarks/solver_synthetic.py` (gp: `--seeds 3`)",
        "",
    ]
    lines += [f"Versions: {found}. One thread; times were taken on a busy machine."]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def main() -> None:
    """Runs what is missing."""
    parser = argparse.ArgumentParser(description="Solvers on the synthetic TinyML problem.")
    parser.add_argument("--solvers", nargs="+", default=list(SOLVERS), choices=list(SOLVERS))
    parser.add_argument("--seeds", type=int, default=5)
    options = parser.parse_args()
    torch.set_num_threads(1)
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / "solver_synthetic.csv"
    if not path.exists():
        path.write_text(",".join(FIELDS) + "\n", encoding="utf-8")
    for seed in range(options.seeds):
        for solver in options.solvers:
            done = list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))
            if any(r["solver"] == solver and r["seed"] == str(seed) for r in done):
                continue
            result = run(SOLVERS[solver][1](seed))
            numbers = {k: f"{v:.6g}" for k, v in result.items()}
            row = {"solver": solver, "seed": str(seed), **numbers, "version": versions()}
            with path.open("a", encoding="utf-8", newline="") as file:
                csv.DictWriter(file, FIELDS, lineterminator="\n").writerow(row)
            print(row, flush=True)
    rows = list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))
    write_table(rows, path.with_suffix(".md"))


if __name__ == "__main__":
    main()
