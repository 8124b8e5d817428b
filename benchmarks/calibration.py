"""Ways to calibrate int8, compared on networks that searches have trained.

    python benchmarks/calibration.py FOLDER [FOLDER ...]

FOLDER is a result folder of `tinypareto search`, with its data still where it was. Every trained
network is quantized anew in each way from the same float weights, and its int8 top-1 on the test
split is compared with the float network's. Appends a row per network and way to
benchmarks/results/calibration.csv, skipping what is there, and rewrites calibration.md, which keeps
its lines on other searches.
"""

import csv
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from tinypareto import load_network
from tinypareto.config.sources import load_toml
from tinypareto.data import load
from tinypareto.data.dataset import Dataset
from tinypareto.evaluation.network import Network
from tinypareto.frontend.trace import activations, trace
from tinypareto.graph.lower import lower
from tinypareto.quantize.calibrate import CASES, Calibration, chosen
from tinypareto.quantize.correct import corrections
from tinypareto.quantize.observe import BATCH, Observed, observe
from tinypareto.quantize.ranges import least_squares
from tinypareto.reproduce.table1 import describe_search
from tinypareto.results.front_file import read_front

RESULTS = Path(__file__).parent / "results"
Floats = NDArray[np.float32]
SAMPLE = 100_000
"""Values of a tensor that are enough to choose by."""
FIELDS = ("search", "trial", "front", "way", "float", "int8")


def minmax(seen: Observed, values: Floats) -> tuple[float, float]:
    """Everything that was seen."""
    return seen.low, seen.high


def percentile(percent: float) -> Callable[[Observed, Floats], tuple[float, float]]:
    """All but the same share at both ends."""

    def clipped(seen: Observed, values: Floats) -> tuple[float, float]:
        sample = values.ravel()[:: 1 + values.size // SAMPLE]
        low, high = np.percentile(sample, [100 - percent, percent])
        return float(low), float(high)

    return clipped


def mse(seen: Observed, values: Floats) -> tuple[float, float]:
    """The least squared error of rounding and clipping."""
    return least_squares(seen)


RANGES: dict[str, Callable[[Observed, Floats], tuple[float, float]]] = {
    "min-max": minmax,
    "99.99 %": percentile(99.99),
    "99.9 %": percentile(99.9),
    "MSE": mse,
}
CORRECTED = ("min-max", "MSE")
ROUNDS = {" + bias once": 1, " + bias": 2}
WAYS = [way + suffix for way in RANGES for suffix in ("", *(ROUNDS if way in CORRECTED else ()))]
BUILT_IN = "MSE + bias"


@dataclass(frozen=True)
class Search:
    """A result folder with its data."""

    name: str
    folder: Path
    data: Dataset

    @classmethod
    def of(cls, folder: Path) -> "Search":
        """Read the configuration and load its data."""
        config = load_toml(folder / "config.toml").values
        options, cache = config.get("data_options"), config.get("data_dir")
        data = load(config["dataset"], options, Path(cache) if cache else None)
        return cls(f"{config['net']} on {data.name}, {config['sampler']}", folder, data)

    @property
    def about(self) -> str:
        """Describe the search, one line of Markdown."""
        cases = f"{len(self.data.x_train)} training and {len(self.data.x_test)} test cases"
        return f"- {self.name}: {cases}; {describe_search(read_front(self.folder))}"

    @property
    def front(self) -> set[int]:
        """Trials of the front."""
        return {point.number for point in read_front(self.folder).points}

    def rows(self, done: set[tuple[str, str]]) -> Iterator[list[dict[str, Any]]]:
        """All ways on each network that is not done yet."""
        front = self.front
        for path in sorted(self.folder.glob("trials/[0-9]*")):
            if (self.name, path.name) not in done:
                listed = int(int(path.name) in front)
                key = {"search": self.name, "trial": path.name, "front": listed}
                yield [{**key, **row} for row in self._ways(load_network(path))]

    def _ways(self, network: Network) -> list[dict[str, Any]]:
        x, y = self.data.x_test, self.data.y_test
        exact = network.accuracy_float(x, y)
        return [
            {"way": way, "float": exact, "int8": made.accuracy(x, y)}
            for way, made in ways(network, network.normalizer.apply(self.data.x_train))
        ]


def ways(network: Network, x: Floats) -> Iterator[tuple[str, Network]]:
    """A network quantized in every way; `x` are its normalized training cases."""
    cases, shape = chosen(x), network.recipe.input_shape
    graph = lower(*trace(network.module, shape), shape)
    seen = observe(network.module, cases, graph.shapes())
    (tensors,) = activations(network.module, [torch.from_numpy(cases)])
    means = {name: values.means for name, values in seen.items()}
    for way, range_of in RANGES.items():
        ranges = {name: range_of(seen[name], tensors[name].numpy()) for name in seen}
        yield way, with_calibration(network, Calibration(ranges, {}))
        for suffix, rounds in ROUNDS.items() if way in CORRECTED else ():
            biases = corrections(graph, ranges, cases[:BATCH], means, rounds)
            yield way + suffix, with_calibration(network, Calibration(ranges, biases))


def with_calibration(network: Network, calibration: Calibration) -> Network:
    """Copy a network with other ranges and biases."""
    recipe = replace(network.recipe, ranges=calibration.ranges, biases=calibration.biases)
    return Network(recipe, network.module)


def table(rows: Sequence[Mapping[str, str]]) -> list[str]:
    """Markdown: points of accuracy lost, by search and way."""
    ways = [way for way in WAYS if any(row["way"] == way for row in rows)]
    head = ["search", "networks", "in the front", *map(named, ways)]
    lines = ["| " + " | ".join(head) + " |", "|---" * len(head) + "|"]
    for search in dict.fromkeys(row["search"] for row in rows):
        mine = [row for row in rows if row["search"] == search]
        of_way = [[row for row in mine if row["way"] == way] for way in ways]
        listed = sum(row["front"] == "1" for row in of_way[0])
        cells = [search, str(len(of_way[0])), str(listed), *map(losses, of_way)]
        lines.append("| " + " | ".join(cells) + " |")
    return lines


def summary(rows: Sequence[Mapping[str, str]]) -> list[str]:
    """Markdown: each way on all networks that were quantized in every way."""
    ways_of: dict[tuple[str, str], int] = Counter((row["search"], row["trial"]) for row in rows)
    every = [row for row in rows if ways_of[row["search"], row["trial"]] == len(WAYS)]
    head = [
        "way",
        "networks",
        "mean loss",
        "worst",
        "over a point, %",
        "in fronts",
        "mean",
        "worst",
    ]
    lines = ["| " + " | ".join(head) + " |", "|---" * len(head) + "|"]
    for way in WAYS if every else ():
        mine = [row for row in every if row["way"] == way]
        lost, front = lost_points(mine)
        figures = [f"{lost.mean():+.2f}", f"{lost.max():+.2f}", f"{100 * (lost > 1).mean():.1f}"]
        fronts = [str(len(front)), f"{front.mean():+.2f}", f"{front.max():+.2f}"]
        lines.append("| " + " | ".join([named(way), str(len(lost)), *figures, *fronts]) + " |")
    return lines


def named(way: str) -> str:
    """The way, marked where it is what a search does."""
    return f"{way} (built in)" if way == BUILT_IN else way


def lost_points(rows: Sequence[Mapping[str, str]]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Compute the points lost by all networks, and by those in a front."""
    lost = np.array([100 * (float(row["float"]) - float(row["int8"])) for row in rows])
    return lost, lost[[row["front"] == "1" for row in rows]]


def losses(rows: Sequence[Mapping[str, str]]) -> str:
    """Median of the front, median of all, and the worst."""
    if not rows:
        return ""
    lost, front = lost_points(rows)
    return f"{np.median(front):+.2f} ({np.median(lost):+.2f}, {lost.max():+.2f})"


def main(folders: Sequence[str]) -> None:
    """Measure what the CSV lacks, network by network, and write the table."""
    searches = [Search.of(Path(folder)) for folder in folders]
    file = RESULTS / "calibration.csv"
    if not file.exists():
        file.write_text(",".join(FIELDS) + "\n")
    done = {(row["search"], row["trial"]) for row in recorded(file)}
    for search in searches:
        for rows in search.rows(done):
            with file.open("a", encoding="utf-8", newline="") as text:
                csv.DictWriter(text, FIELDS, lineterminator="\n").writerows(rows)
    write(searches, recorded(file))


def recorded(file: Path) -> list[dict[str, str]]:
    """The rows of the CSV."""
    with file.open(encoding="utf-8", newline="") as text:
        return list(csv.DictReader(text))


def write(searches: Sequence[Search], rows: Sequence[Mapping[str, str]]) -> None:
    """The table of all rows."""
    file = RESULTS / "calibration.md"
    earlier = file.read_text().splitlines() if file.exists() else []
    measured = {row["search"] for row in rows}
    about = {
        line[2:].split(":")[0]: line
        for line in earlier + [search.about for search in searches]
        if line.startswith("- ")
    }
    text = [
        "# Calibration of int8",
        "",
        "Float minus int8 top-1 in percentage points on the test split (negative: int8 is better) "
        f"of all networks that the searches have trained; {CASES} training cases calibrate them. "
        "Each cell: median of the front (median of all, worst).",
        "",
        *table(rows),
        "",
        *(line for name, line in about.items() if name in measured),
        "",
        "`MSE`: ranges of least squared error. `+ bias`: biases shifted so that the mean output of "
        "each filter is the float one, measured and shifted twice. Every way starts from the float "
        "weights, whatever the search did. Where a cell is empty, the networks were gone when that "
        "way was added.",
        "",
        "All networks that were quantized in every way:",
        "",
        *summary(rows),
        "",
        "Command: `python benchmarks/calibration.py FOLDER ...`; "
        + ", ".join(f"{name} {version(name)}" for name in ("tinypareto", "torch", "numpy")),
    ]
    file.write_text("\n".join(text) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
