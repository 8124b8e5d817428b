"""Compares the cost and the accuracy of a trial: ours against the plain way.

    OMP_NUM_THREADS=1 python -m benchmarks.evaluations ERing.npz Epilepsy.npz digits

Random candidates of the default space within the limits, each evaluated both ways with the same
folds, settings, quantization and measurement; only the training differs. Appends to
benchmarks/results/evaluations.csv what is not there yet, and rewrites evaluations.md beside it.
Times are CPU seconds of one thread, so that other work on the machine disturbs them little.
"""

import csv
import os
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from importlib.metadata import version
from itertools import zip_longest
from pathlib import Path
from typing import Any

import numpy as np
import torch
from benchmarks import plain_training
from scipy.stats import wilcoxon

from tinypareto.data import load
from tinypareto.data.dataset import Dataset
from tinypareto.data.split import selection_folds
from tinypareto.evaluation import evaluator as evaluator_module
from tinypareto.evaluation.cost_model import CostModel
from tinypareto.evaluation.evaluator import Evaluator
from tinypareto.nets.spec import NetSpec
from tinypareto.resources import Limits
from tinypareto.search_space.candidate import Candidate
from tinypareto.search_space.presets import intervals
from tinypareto.search_space.space import build_space
from tinypareto.training import loop
from tinypareto.training.engine.kernels import kernels

RESULTS = Path(__file__).parent / "results"
ROWS, TABLE = RESULTS / "evaluations.csv", RESULTS / "evaluations.md"
COLUMNS = ["data", "candidate", "way", "seconds", "accuracy_search", "accuracy"]
NET, SETTINGS = "dscnn", {"width": 32, "depth": 6}
LIMITS = Limits(rom_bytes=64_000, ram_bytes=16_000, flops=5_000_000)
CANDIDATES, SEED, WORKERS = 30, 0, 2
WAYS: dict[str, Callable[..., Any]] = {"plain": plain_training.train, "ours": loop.train}


def candidates(dataset: Dataset) -> Iterator[tuple[Candidate, dict[str, int]]]:
    """Random ones that keep the limits, with their filter counts."""
    classes = len(dataset.class_names)
    cost_model = CostModel.from_spec(NetSpec(NET, SETTINGS, dataset.input_shape, classes), LIMITS)
    space = build_space("default", cost_model.layers, intervals("default", len(dataset.x_train)))
    rng = np.random.default_rng(SEED)
    while True:
        candidate = space.from_unit(rng.random(len(space.free)))
        channels = cost_model.channels(candidate.sparsities)
        if LIMITS.allow(cost_model.resources(channels)):
            yield candidate, channels


def recorded() -> set[tuple[str, str, str]]:
    """Read which evaluations are recorded already."""
    if not ROWS.exists():
        return set()
    with ROWS.open() as file:
        return {(r["data"], r["candidate"], r["way"]) for r in csv.DictReader(file)}


def record(source: str, done: set[tuple[str, str, str]]) -> Iterator[None]:
    """Evaluate the candidates that are missing, both ways in turn, one at each step."""
    dataset = load(source)
    selection = selection_folds(dataset, "validation", SEED)
    spec = NetSpec(NET, SETTINGS, dataset.input_shape, dataset.outputs)
    evaluator = Evaluator(dataset, selection, SEED)
    for number, (candidate, channels) in zip(range(CANDIDATES), candidates(dataset), strict=False):
        for way, train in WAYS.items():
            if (Path(source).stem, str(number), way) in done:
                continue
            evaluator_module.train = train  # type: ignore[attr-defined]
            start = time.process_time()
            measured = evaluator.evaluate(spec, candidate, channels, number).measurement
            seconds = time.process_time() - start
            row = [f"{seconds:.2f}", measured.score_search, measured.score]
            append([Path(source).stem, number, way, *row])
        yield


def append(row: list[object]) -> None:
    """One line more."""
    new = not ROWS.exists()
    with ROWS.open("a", newline="") as file:
        writer = csv.writer(file)
        writer.writerows([COLUMNS, row] if new else [row])


def line(name: str, rows: dict[str, dict[int, dict[str, float]]]) -> str:
    """The table's line of one data set, of candidates that both ways evaluated."""
    both = sorted(rows["plain"].keys() & rows["ours"].keys())
    value = {
        (way, key): np.array([rows[way][n][key] for n in both])
        for way in WAYS
        for key in ("seconds", "accuracy_search", "accuracy")
    }
    plain, ours = value["plain", "seconds"], value["ours", "seconds"]
    differences = value["ours", "accuracy_search"] - value["plain", "accuracy_search"]
    chance = wilcoxon(differences).pvalue if differences.any() else 1.0
    means = (f"{value[way, 'accuracy_search'].mean():.3f}" for way in WAYS)
    cells = [
        name,
        f"{len(both)}",
        f"{plain.mean():.1f} s",
        f"{ours.mean():.1f} s",
        f"{plain.sum() / ours.sum():.2f}",
        f"{WORKERS * plain.sum() / ours.sum():.2f}",
        *means,
        f"{differences.mean():+.3f}",
        f"{chance:.2f}",
    ]
    return "| " + " | ".join(cells) + " |"


def table() -> str:
    """The whole page."""
    rows: dict[str, dict[str, dict[int, dict[str, float]]]] = defaultdict(
        lambda: {way: {} for way in WAYS}
    )
    with ROWS.open() as file:
        for r in csv.DictReader(file):
            numbers = {key: float(r[key]) for key in COLUMNS[3:]}
            rows[r["data"]][r["way"]][int(r["candidate"])] = numbers
    versions = ", ".join(f"{p} {version(p)}" for p in ("tinypareto", "torch", "numpy"))
    head = f"""# Trials: ours and the plain way

Command: `OMP_NUM_THREADS=1 python -m benchmarks.evaluations ERing.npz Epilepsy.npz digits`; \
{versions}.

The plain way: DataLoader, autograd, torch.optim.SGD, masks of torch.nn.utils.prune in every epoch,
one process. Ours: all steps of a network in C, filters removed while training, {WORKERS} workers.
Same random candidates of the default space ({NET}, {SETTINGS}, seed {SEED}), folds, batches,
quantization and measurement; in double precision both ways are the same training
(tests/training/test_plain.py), in single precision rounding parts them after some epochs. CPU
seconds a trial, one thread. Trials per minute at most: the ratio of seconds times {WORKERS}, as if
workers took nothing from each other; for searches with two see [workers.md](workers.md).
p: Wilcoxon's signed-rank test of the search accuracies. Without early stopping. Load average of
the machine at the end: {os.getloadavg()[1]:.0f} on {os.cpu_count()} cores; where they were busy, \
what others take is in the seconds.

| data | candidates | plain | ours | ratio of seconds | of trials per minute, 2 cores, at most \
| accuracy, plain | ours | difference | p |
|---|---|---|---|---|---|---|---|---|---|
"""
    return head + "\n".join(line(name, found) for name, found in rows.items()) + "\n"


def main(sources: list[str]) -> None:
    """Record what is missing and rewrite the table."""
    torch.set_num_threads(1)
    # Compiled once in a process, not in the first trial.
    kernels()
    done = recorded()
    for _ in zip_longest(*(record(source, done) for source in sources)):
        TABLE.write_text(table())


if __name__ == "__main__":
    main(sys.argv[1:])
