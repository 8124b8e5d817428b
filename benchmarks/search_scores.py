"""How well do scores on folds of the training part rank networks, and what do the finals add?

    OMP_NUM_THREADS=1 python -m benchmarks.search_scores ERing.npz UWaveGestureLibrary.npz:12

Random candidates of one family, 24 of each data set unless `:N` says otherwise, are scored by
cross-validations with three and with five folds, three of each with other folds and random numbers,
and by three trainings on all training cases, on the test split. Appends to
benchmarks/results/search_scores.csv what is not there yet, and rewrites search_scores.md beside it.
"""

import csv
import sys
from collections.abc import Iterator
from importlib.metadata import version
from itertools import permutations
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.stats import spearmanr
from sklearn.model_selection import StratifiedKFold

from tinypareto.data import load
from tinypareto.data.dataset import Dataset
from tinypareto.data.split import selection_folds
from tinypareto.evaluation.cost_model import CostModel
from tinypareto.evaluation.evaluator import Evaluator
from tinypareto.nets.spec import NetSpec
from tinypareto.resources import Limits
from tinypareto.search_space.candidate import Candidate
from tinypareto.search_space.presets import intervals
from tinypareto.search_space.space import build_space, to_candidate

RESULTS = Path(__file__).parent / "results"
ROWS, TABLE = RESULTS / "search_scores.csv", RESULTS / "search_scores.md"
COLUMNS = ["data", "candidate", "folds", "repeat", "right"]
NET, SETTINGS = "dscnn", {"width": 64, "depth": 2, "reach": 3, "stride": 2}
RANGES = {"augment": (0.0, 1.0), "averaging": (0.0, 0.5)}
FOLDS, REPEATS, CANDIDATES, FINALISTS, DRAWS = (5, 3), 3, 24, 4, 400
TEST = 0
"""Stands for the number of folds where the test split scores a network of all training cases."""

Right = dict[tuple[int, int], NDArray[np.float64]]
"""Which cases were answered rightly, (candidates, cases), by number of folds and repeat."""


def evaluate(
    dataset: Dataset, evaluator: Evaluator, spec: NetSpec, candidate: Candidate, number: int
) -> Iterator[tuple[int, int, NDArray[np.bool_]]]:
    """Folds, repeat, and which cases were answered rightly."""
    x, y = dataset.x_train, dataset.y_train
    layers = CostModel.from_spec(spec, Limits()).channels(candidate.sparsities)
    for k in FOLDS:
        for repeat in range(REPEATS):
            right = np.zeros(len(y), bool)
            splitter = StratifiedKFold(k, shuffle=True, random_state=repeat)
            for index, (train, held) in enumerate(splitter.split(y, y)):
                stream = (number, 100 * k + 10 * repeat + index)
                part = lambda train=train: (x[train], y[train])  # noqa: E731
                network, _ = evaluator._fit(spec, candidate, layers, part, stream)
                right[held] = network.predict(x[held]) == y[held]
            yield k, repeat, right
    for repeat in range(REPEATS):
        stream = (number, 900 + repeat)
        network, _ = evaluator._fit(spec, candidate, layers, evaluator._all, stream)
        yield TEST, repeat, network.predict(dataset.x_test) == dataset.y_test


def candidates(dataset: Dataset, spec: NetSpec) -> Iterator[Candidate]:
    """Random candidates of the space with augmentation and averaged weights."""
    layers = CostModel.from_spec(spec, Limits()).layers
    ranges = intervals("default", len(dataset.x_train), RANGES)
    rng = np.random.default_rng(0)
    while True:
        values: dict[str, int | float] = {}
        for p in build_space("default", layers, ranges).parameters:
            if p.low == p.high:
                values[p.name] = p.low
            else:
                values[p.name] = float(rng.uniform(p.low, p.high))
            if isinstance(p.low, int):
                values[p.name] = round(values[p.name])
        yield to_candidate(values)


def record(source: str, count: int) -> None:
    """Train the candidates that are missing."""
    dataset = load(source)
    spec = NetSpec(NET, SETTINGS, dataset.input_shape, dataset.outputs)
    evaluator = Evaluator(dataset, selection_folds(dataset, "validation", 0), 0)
    done = {(row["data"], int(row["candidate"])) for row in rows()}
    for number, candidate in zip(range(count), candidates(dataset, spec), strict=False):
        if (dataset.name, number) in done:
            continue
        found = list(evaluate(dataset, evaluator, spec, candidate, number))
        with ROWS.open("a", newline="") as file:
            writer = csv.writer(file)
            if file.tell() == 0:
                writer.writerow(COLUMNS)
            for k, repeat, right in found:
                writer.writerow([dataset.name, number, k, repeat, "".join(map(str, right * 1))])


def rows() -> list[dict[str, str]]:
    """The recorded rows."""
    if not ROWS.exists():
        return []
    with ROWS.open() as file:
        return list(csv.DictReader(file))


def table(data: str) -> Right:
    """The record of a data set."""
    found: dict[tuple[int, int], list[list[int]]] = {}
    for row in rows():
        if row["data"] == data:
            place = int(row["folds"]), int(row["repeat"])
            found.setdefault(place, []).append(list(map(int, row["right"])))
    return {place: np.array(right, float) for place, right in found.items()}


def correlations(right: Right) -> Iterator[tuple[str, float]]:
    """Mean rank correlation with the test accuracy of one training, by way of scoring."""
    test = right[TEST, 0].mean(1)

    def mean(*scores: NDArray[np.float64]) -> float:
        return float(np.mean([spearmanr(score, test).statistic for score in scores]))

    for k in sorted(FOLDS):
        one = [right[k, repeat].mean(1) for repeat in range(REPEATS)]
        pairs = [(one[a] + one[b]) / 2 for a, b in ((0, 1), (0, 2), (1, 2))]
        yield f"{k} folds", mean(*one)
        yield f"{k} folds, twice", mean(*pairs)
    yield "the test split, other random numbers", mean(right[TEST, 1].mean(1))


def picks(right: Right, k: int, first: int) -> tuple[float, ...]:
    """Mean test accuracies of picks from random two thirds of the candidates.

    Returns:
        Those of the best score, of the best after the finals and of the best there is; then the
        standard error of the best score and the median one of the paired differences to it.
    """
    test = np.mean([right[TEST, repeat].mean(1) for repeat in range(REPEATS)], axis=0)
    rng, found = np.random.default_rng(0), []
    for _ in range(DRAWS):
        drawn = rng.choice(len(test), 2 * len(test) // 3, replace=False)
        for order in permutations(range(REPEATS)):
            base = np.mean([right[k, repeat] for repeat in order[:first]], axis=0)[drawn]
            final = np.mean([right[k, repeat] for repeat in range(REPEATS)], axis=0)[drawn]
            scores = base.mean(1)
            best, top = int(scores.argmax()), np.argsort(-scores)[:FINALISTS]
            pick = top[final[top].mean(1).argmax()]
            single = np.sqrt(scores[best] * (1 - scores[best]) / base.shape[1])
            paired = np.median((base - base[best]).std(1, ddof=1)) / np.sqrt(base.shape[1])
            of = test[drawn]
            found.append((of[best], of[pick], of.max(), single, paired))
    return tuple(np.mean(found, axis=0).tolist())


def report() -> Iterator[str]:
    """The lines of the result."""
    names = list(dict.fromkeys(row["data"] for row in rows()))
    tables = {name: table(name) for name in names}
    yield "# Scores that steer a search\n"
    yield f"Random candidates of {NET} {SETTINGS} with augmentation and averaged weights."
    yield "Rank correlation (Spearman) of a score with the test accuracy of one training on all"
    yield "training cases; means over three scorings with other folds and random numbers.\n"
    yield f"| score | {' | '.join(names)} |\n|---|{'---|' * len(names)}"
    for lines in zip(*(correlations(tables[name]) for name in names), strict=True):
        yield f"| {lines[0][0]} | {' | '.join(f'{value:.2f}' for _, value in lines)} |"
    sizes = (f"{n}: {len(t[TEST, 0])} candidates, {t[FOLDS[0], 0].shape[1]} cases"
             for n, t in tables.items())  # fmt: skip
    yield f"\n{'; '.join(sizes)}.\n"
    yield f"Picks from random two thirds of them. Finals: the best {FINALISTS} are scored again."
    yield "Test accuracies are means of three trainings, in %, as are the standard errors.\n"
    yield "| data | best score | after the finals | best there is | error of a score | paired |"
    yield "|---|---|---|---|---|---|"
    for name, right in tables.items():
        few = right[FOLDS[0], 0].shape[1] < 100
        values = picks(right, 5, 2) if few else picks(right, 3, 1)
        yield f"| {name} | {' | '.join(f'{100 * value:.1f}' for value in values)} |"
    yield f"\n`OMP_NUM_THREADS=1 python -m benchmarks.search_scores {' '.join(sys.argv[1:])}`;"
    yield f"tinypareto {version('tinypareto')}, torch {torch.__version__}."


if __name__ == "__main__":
    torch.set_num_threads(1)
    for argument in sys.argv[1:]:
        source, _, count = argument.partition(":")
        record(source, int(count or CANDIDATES))
    TABLE.write_text("\n".join(report()) + "\n")
