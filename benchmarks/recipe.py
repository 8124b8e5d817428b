"""The gain of each part of the training recipe; see --help.

    OMP_NUM_THREADS=1 python -m benchmarks.recipe ERing.npz KWS_MLPerfTiny.npz digits

Two questions, on one unpruned network. What does one part change at a fixed candidate? And how well
does a random candidate train with the intervals of version 0.1, and with those of today? Prints
Markdown tables of the int8 accuracy on the test split, and of CPU seconds by training.
"""

import argparse
import importlib.metadata
import statistics
import sys
import time
from collections.abc import Mapping, Sequence

import numpy as np
import torch

from tinypareto import data
from tinypareto.data.dataset import Dataset
from tinypareto.data.split import selection_folds
from tinypareto.errors import DivergedError
from tinypareto.evaluation.cost_model import CostModel
from tinypareto.evaluation.evaluator import Evaluator
from tinypareto.nets import registry as nets
from tinypareto.nets.spec import NetSpec
from tinypareto.resources import Limits
from tinypareto.search_space.parameter import Interval
from tinypareto.search_space.presets import intervals
from tinypareto.search_space.space import build_space

NETS = {
    "shallow": {"width": 64, "depth": 2, "reach": 3, "stride": 2},
    "deep": {"width": 32, "depth": 6, "reach": 1, "stride": 1},
}
"""Options of `dscnn`; "deep" was the default of version 0.1."""
EARLIER = {
    "batch_size": (16, 64),
    "lr": (0.02, 0.4),
    "momentum": (0.8, 0.95),
    "lr_schedule": (0.4, 0.9),
    "lr_gamma": (0.1, 0.9),
    "weight_decay": (1e-6, 1e-3),
    "augment": (0, 0),
    "mixup": (0, 0),
    "averaging": (0, 0),
    "smoothing": (0, 0),
    "warmup": (0, 0),
    "annealing": (0, 0),
    "balance": (0, 0),
}
"""Intervals of version 0.1 for 500 training cases or more, without epochs."""
PARTS: dict[str, dict[str, float]] = {
    "... augment 0.5": {"augment": 0.5},
    "... averaging 0.4, lr_gamma 1": {"augment": 0.5, "averaging": 0.4, "lr_gamma": 1},
    "... annealing 1, lr_gamma 1": {"augment": 0.5, "annealing": 1, "lr_gamma": 1},
    "... one cycle": {"augment": 0.5, "annealing": 0.8, "warmup": 0.2, "lr_gamma": 1},
    "... averaging, mixup 0.3": {
        "augment": 0.5,
        "averaging": 0.4,
        "lr_gamma": 1,
        "mixup": 0.3,
    },
    "... averaging, smoothing 0.1": {
        "augment": 0.5,
        "averaging": 0.4,
        "lr_gamma": 1,
        "smoothing": 0.1,
    },
}
"""Settings that differ from the earlier middle, all with today's epochs."""
PACKAGES = ("tinypareto", "torch", "numpy")
Intervals = Mapping[str, Interval]


def earlier_intervals(cases: int) -> dict[str, Interval]:
    """The space of version 0.1 by its own rule for small data sets."""
    scale = max(1.0, 1000 / cases)
    epochs = min(round(6 * scale), 40), min(round(18 * scale), 120)
    small = {"batch_size": (8, 32)} if cases < 500 else {}
    return {**EARLIER, "epochs": epochs, **small}


class Trainer:
    """Trains candidates on a data set's training part, and measures them on its test split."""

    def __init__(self, dataset: Dataset, net: str) -> None:
        self.dataset = dataset
        options = nets.find("dscnn").complete(NETS[net])
        self.spec = NetSpec("dscnn", options, dataset.input_shape, dataset.outputs)
        self.cost_model = CostModel.from_spec(self.spec, Limits())
        self.evaluator = Evaluator(dataset, selection_folds(dataset, "test", 0), 0)

    def middle(self, chosen: Intervals, seeds: int) -> "Results":
        """Results of the candidate in the middle, by seed."""
        return Results([self.run(chosen, None, seed) for seed in range(seeds)])

    def spread(self, chosen: Intervals, seeds: int) -> "Results":
        """Results of as many random candidates."""
        return Results([self.run(chosen, seed, seed) for seed in range(seeds)])

    def run(self, chosen: Intervals, draw: int | None, number: int) -> tuple[float, float, float]:
        """Accuracy in percent, mean recall of the classes in percent, and CPU seconds."""
        over = dict(chosen) | {"sparsity": (0.0, 0.0)}
        space = build_space("default", self.cost_model.layers, over)
        free = len(space.free)
        where = [0.5] * free if draw is None else np.random.default_rng(draw).uniform(size=free)
        candidate = space.from_unit(where)
        start = time.process_time()
        try:
            channels = self.cost_model.channels(candidate.sparsities)
            made = self.evaluator.evaluate(self.spec, candidate, channels, number)
        except DivergedError:
            return 100 / self.dataset.outputs, 100 / self.dataset.outputs, 0.0
        confusion = np.array(made.task_details["confusion"], dtype=float)
        recalls = confusion.diagonal() / confusion.sum(1).clip(1)
        seconds = time.process_time() - start
        return 100 * made.measurement.score, 100 * float(recalls.mean()), seconds


class Results:
    """Figures of several trainings."""

    def __init__(self, runs: Sequence[tuple[float, float, float]]) -> None:
        self.accuracies, self.recalls, self.seconds = zip(*runs, strict=True)

    def cells(self) -> list[str]:
        """Mean and deviation, least, mean recall, seconds."""
        found = self.accuracies
        deviation = statistics.stdev(found) if len(found) > 1 else 0.0
        return [
            f"{statistics.mean(found):.1f} ± {deviation:.1f}",
            f"{min(found):.1f}",
            f"{statistics.mean(self.recalls):.1f}",
            f"{statistics.mean(self.seconds):.2f}",
        ]


def ways(cases: int) -> dict[str, Intervals]:
    """The fixed candidates: the earlier one, then its parts exchanged."""
    before, now = earlier_intervals(cases), intervals("default", cases)
    longer = before | {name: now[name] for name in ("epochs", "batch_size")}
    parts = {
        name: longer | {key: (value, value) for key, value in part.items()}
        for name, part in PARTS.items()
    }
    return {"version 0.1": before, "... today's epochs": longer, **parts, "today's middle": now}


def row(*cells: str, results: Results) -> None:
    """Print one line."""
    print("|", " | ".join([*cells, *results.cells()]), "|", flush=True)


def main() -> None:
    """Print the tables row by row."""
    parser = argparse.ArgumentParser(description="What each part of the training recipe gains.")
    parser.add_argument("sources", nargs="+", help="data sets by name, or .npz files")
    parser.add_argument("--net", choices=NETS, default="shallow", help="options of dscnn")
    parser.add_argument("--seeds", type=int, default=3, help="trainings of a fixed candidate")
    parser.add_argument("--random", type=int, default=8, help="random candidates")
    options = parser.parse_args()
    torch.set_num_threads(1)
    print(f"## The {options.net} network\n")
    print("| data set | candidate | accuracy, % | least | mean recall | CPU s |")
    print("|---|---|---|---|---|---|")
    for source in options.sources:
        dataset = data.load(source)
        trainer, cases = Trainer(dataset, options.net), len(dataset.x_train)
        title = data.short_name(source)
        for name, way in ways(cases).items() if options.seeds else ():
            row(title, name, results=trainer.middle(way, options.seeds))
        spaces = {"version 0.1": earlier_intervals(cases), "today": intervals("default", cases)}
        for name, chosen in spaces.items() if options.random else ():
            row(title, f"random, {name}", results=trainer.spread(chosen, options.random))
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in PACKAGES)
    names = " ".join(source.rsplit("/", 1)[-1] for source in options.sources)
    command = f"python -m benchmarks.recipe {names} --net {options.net} --seeds {options.seeds}"
    print(f"\n`{command} --random {options.random}`; {versions};")
    print(f"Python {sys.version.split()[0]}, one thread.")


if __name__ == "__main__":
    main()
