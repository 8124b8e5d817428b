"""Real evaluations of one network family as a table that solvers can be ranked on; see --help.

    OMP_NUM_THREADS=1 python benchmarks/replay_table.py digits my.npz --out tables --minutes 60

Appends one row per evaluation to OUT/<data set>.csv and goes on with the number after the last
one, always on the data set furthest below its share of the time; in the end packs each table
with a first line that says what it is about. The test split scores (one training a candidate),
so the accuracies are for ranking solvers, not networks.
"""

import argparse
import csv
import gzip
import importlib.metadata
import json
import time
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.stats import qmc

from tinypareto import data
from tinypareto.data.split import selection_folds
from tinypareto.errors import TrialError
from tinypareto.evaluation.cost_model import CostModel
from tinypareto.evaluation.evaluator import Evaluator
from tinypareto.nets import registry as nets
from tinypareto.nets.spec import NetSpec
from tinypareto.pareto import nondominated
from tinypareto.resources import Limits
from tinypareto.search_space.candidate import Candidate
from tinypareto.search_space.presets import PREFIX, intervals
from tinypareto.search_space.space import build_space, to_params

Row = dict[str, str]
CYCLE = ("spread", "level", "near", "near", "level", "near", "spread", "near", "near", "level")
FIRST, AGAIN = 60, 20
PRESET = "default"
PACKAGES = ("tinypareto", "torch", "numpy", "scipy")
MEASURED = ("accuracy", "accuracy_float", "rom_bytes", "ram_bytes", "flops", "seconds")


class Table:
    """The evaluations on one data set."""

    def __init__(self, source: str, net: str, options: dict[str, int], out: Path) -> None:
        self.dataset = data.load(source)
        resolved = nets.find(net).complete(options)
        shape, classes = self.dataset.input_shape, len(self.dataset.class_names)
        self.spec = NetSpec(net, resolved, shape, classes)
        self.cost_model = CostModel.from_spec(self.spec, Limits())
        selection = selection_folds(self.dataset, "test", 0)
        self.evaluator = Evaluator(self.dataset, selection, 0)
        ranges = intervals(PRESET, len(self.dataset.x_train))
        self.space = build_space(PRESET, self.cost_model.layers, ranges)
        self.names = [p.name for p in self.space.free]
        self.path = out / f"{self.dataset.name}.csv"
        self.about = {
            "dataset": self.dataset.name,
            "net": net,
            "settings": resolved,
            "input_shape": shape,
            "classes": classes,
            "preset": PRESET,
            "space": ranges,
            "versions": {n: importlib.metadata.version(n) for n in PACKAGES},
        }
        self.fields = ("number", "kind", *self.names, *MEASURED)
        if not self.path.exists():
            self.path.write_text(",".join(self.fields) + "\n", encoding="utf-8")
        with self.path.open(encoding="utf-8", newline="") as file:
            self.rows: list[Row] = list(csv.DictReader(file))

    def pack(self) -> None:
        """Writes the .csv.gz that `tinypareto.bench.replay` reads; equal rows, equal bytes."""
        text = "#" + json.dumps(self.about) + "\n" + self.path.read_text(encoding="utf-8")
        packed = gzip.compress(text.encode(), mtime=0)
        self.path.with_suffix(".csv.gz").write_bytes(packed)

    @property
    def seconds(self) -> float:
        """Spent so far."""
        return sum(float(row["seconds"]) for row in self.rows)

    def add(self) -> Row:
        """Evaluates the next candidate and appends its row."""
        number = len(self.rows)
        kind = CYCLE[number % len(CYCLE)]
        kind = "level" if number < FIRST and kind == "near" else kind
        kind = "again" if number >= FIRST and number % AGAIN == 0 else kind
        candidate = self.candidate(number, kind)
        row: Row = {"number": str(number), "kind": kind}
        row |= {name: repr(value) for name, value in to_params(candidate).items()}
        self.rows.append(row | self.measure(candidate, number))
        with self.path.open("a", encoding="utf-8", newline="") as file:
            csv.DictWriter(file, self.fields, lineterminator="\n").writerow(self.rows[-1])
        return self.rows[-1]

    def candidate(self, number: int, kind: str) -> Candidate:
        """Drawn for a row, a function of its number and, near the front, of earlier rows."""
        rng = np.random.default_rng([0, number])
        if kind == "again":
            return self.space.from_unit(self.unit(self.rows[rng.integers(number)]))
        if kind == "near":
            return self.space.from_unit(self.near(rng))
        d = len(self.names)
        x = qmc.Sobol(d + 2, rng=np.random.default_rng(0)).fast_forward(number + 1).random(1)[0]
        if kind == "level":
            pruned = np.array([name.startswith(PREFIX) for name in self.names])
            level, width = 1.3 * x[d] - 0.15, x[d + 1]
            x[:d][pruned] = np.clip(level + width * (x[:d][pruned] - 0.5), 0.0, 1.0)
        return self.space.from_unit(x[:d])

    def near(self, rng: np.random.Generator) -> NDArray[np.float64]:
        """A point of the front so far with some coordinates disturbed."""
        scored = [row for row in self.rows if row["accuracy"]]
        values = [
            [-float(r["accuracy"]), *(float(r[n]) for n in ("rom_bytes", "ram_bytes", "flops"))]
            for r in scored
        ]
        front = np.flatnonzero(nondominated(values))
        x = self.unit(scored[rng.choice(front)])
        moved = rng.random(len(x)) < rng.uniform(1 / len(x), 1.0)
        scale = 10.0 ** rng.uniform(-1.5, -0.3)
        return np.asarray(np.clip(x + moved * scale * rng.normal(size=len(x)), 0.0, 1.0))

    def unit(self, row: Row) -> NDArray[np.float64]:
        """A row's candidate in the unit cube."""
        return np.array([p.to_unit(float(row[p.name])) for p in self.space.free])

    def measure(self, candidate: Candidate, number: int) -> Row:
        """Int8 and float accuracy (empty where training diverged), resources, seconds."""
        channels = self.cost_model.channels(candidate.sparsities)
        used = self.cost_model.resources(channels)
        start = time.perf_counter()
        try:
            got = self.evaluator.evaluate(self.spec, candidate, channels, number).measurement
            accuracies = (f"{got.score:.6g}", f"{got.score_float:.6g}")
        except TrialError:
            accuracies = ("", "")
        resources = (str(v) for v in (used.rom_bytes, used.ram_bytes, used.flops))
        seconds = f"{time.perf_counter() - start:.3f}"
        return dict(zip(MEASURED, (*accuracies, *resources, seconds), strict=True))


def main() -> None:
    """Evaluates until the time is over."""
    parser = argparse.ArgumentParser(description="Real evaluations, appended to a table.")
    parser.add_argument("sources", nargs="+", help="data sets by name, or .npz files")
    parser.add_argument("--out", type=Path, required=True, help="folder of the tables")
    parser.add_argument("--net", default="dscnn")
    parser.add_argument("--width", type=int, default=32)
    parser.add_argument("--depth", type=int, default=10)
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--shares", type=float, nargs="+", help="of the time, by data set")
    options = parser.parse_args()
    torch.set_num_threads(1)
    options.out.mkdir(parents=True, exist_ok=True)
    shape = {"width": options.width, "depth": options.depth}
    tables = [Table(source, options.net, shape, options.out) for source in options.sources]
    shares = options.shares or [1.0] * len(tables)
    shared = list(zip(tables, shares, strict=True))
    end = time.monotonic() + 60.0 * options.minutes
    while time.monotonic() < end:
        table, _ = min(shared, key=lambda pair: pair[0].seconds / pair[1])
        row = table.add()
        note = f"{row['accuracy'] or 'diverged'} in {row['seconds']} s"
        print(table.dataset.name, row["number"], row["kind"], note, flush=True)
    for table in tables:
        table.pack()


if __name__ == "__main__":
    main()
