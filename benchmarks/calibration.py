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
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from tinypareto import load_network
from tinypareto.data import load
from tinypareto.data.dataset import Dataset
from tinypareto.front import read_front
from tinypareto.given import load_toml
from tinypareto.graph import interpreter
from tinypareto.graph.graph import Graph
from tinypareto.graph.requantize import affine, to_int8
from tinypareto.nets.trace import activations
from tinypareto.network import Network
from tinypareto.quantize.observe import CASES, Ranges
from tinypareto.reproduce.table1 import described

RESULTS = Path(__file__).parent / "results"
Floats = NDArray[np.float32]
Values = Mapping[str, Floats]
SHRINKS = np.linspace(0.3, 1.0, 29)
SAMPLE = 100_000
"""Values of a tensor that are enough to choose by."""
FIELDS = ("search", "trial", "front", "way", "float", "int8")


def minmax(values: Floats) -> tuple[float, float]:
    """The default: everything that was seen."""
    return float(values.min()), float(values.max())


def sample(values: Floats) -> Floats:
    """Evenly spread over the tensor, flat."""
    flat: Floats = values.ravel()[:: 1 + values.size // SAMPLE]
    return flat


def percentile(percent: float) -> Callable[[Floats], tuple[float, float]]:
    """All but the same share at both ends."""

    def clipped(values: Floats) -> tuple[float, float]:
        low, high = np.percentile(sample(values), [100 - percent, percent])
        return float(low), float(high)

    return clipped


def least_squares(values: Floats) -> tuple[float, float]:
    """The shrunken range with the least squared error of rounding and clipping."""
    low, high = minmax(values)
    values = sample(values)
    best = (np.inf, 1.0)
    for shrink in SHRINKS:
        quant = affine(low * shrink, high * shrink)
        back = (to_int8(values, quant).astype(np.float64) - quant.zero_point) * quant.scale
        best = min(best, (float(((back - values) ** 2).sum()), float(shrink)))
    return low * best[1], high * best[1]


RANGES: dict[str, Callable[[Floats], tuple[float, float]]] = {
    "min-max": minmax,
    "99.99 %": percentile(99.99),
    "99.9 %": percentile(99.9),
    "MSE": least_squares,
}
CORRECTED = " + bias"


def seen(network: Network, data: Dataset) -> Values:
    """Every tensor on the calibration cases, as `observe` chooses them."""
    x = network.normalizer.apply(data.x_train)
    chosen = np.linspace(0, len(x) - 1, min(CASES, len(x))).astype(np.int64)
    (tensors,) = activations(network.module, [torch.from_numpy(x[chosen])])
    return {name: tensor.numpy() for name, tensor in tensors.items()}


def with_ranges(network: Network, ranges: Ranges) -> Network:
    """The same weights with other ranges."""
    return Network(replace(network.recipe, ranges=ranges), network.module)


def corrected(graph: Graph, values: Values) -> Graph:
    """Biases shifted so that each filter's mean output is the float one (Nagel 2019, Section 4.2).

    Layer by layer, on the calibration cases; layers before are corrected already.
    """
    tensors: dict[str, NDArray[np.int8]] = {
        graph.input: to_int8(channels_last(values[graph.input]), graph.quants[graph.input])
    }
    nodes = []
    for node in graph.nodes:
        inputs = [tensors[name] for name in node.inputs]
        made = node.op.run(node.arrays, node.scalars, *inputs)
        if "multiplier" in node.arrays and node.name in values:
            quant = graph.quants[node.name]
            wanted = channels_last(values[node.name]).astype(np.float64)
            got = (made.astype(np.float64) - quant.zero_point) * quant.scale
            steps = (wanted - got.reshape(wanted.shape)).mean(axis=(0, 1, 2)) / quant.scale
            unit = 2.0 ** node.arrays["shift"] / node.arrays["multiplier"].clip(min=1)
            bias = node.arrays["bias"] + np.rint(steps * unit).astype(np.int32)
            node = replace(node, arrays={**node.arrays, "bias": bias})
            made = node.op.run(node.arrays, node.scalars, *inputs)
        nodes.append(node)
        tensors[node.name] = made
    return replace(graph, nodes=tuple(nodes))


def channels_last(values: Floats) -> Floats:
    """Torch's layout to (n, height, width, channels)."""
    if values.ndim == 2:
        return values[:, None, None, :]
    planes = values[:, :, None] if values.ndim == 3 else values
    return planes.transpose(0, 2, 3, 1)


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
        """What was searched."""
        cases = f"{len(self.data.x_train)} training and {len(self.data.x_test)} test cases"
        return f"- {self.name}: {cases}; {described(read_front(self.folder))}"

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
        values, exact = seen(network, self.data), network.accuracy_float(x, y)
        rows = []
        for way, range_of in RANGES.items():
            ranges = {name: range_of(tensor) for name, tensor in values.items()}
            made = with_ranges(network, ranges)
            rows.append({"way": way, "float": exact, "int8": made.accuracy(x, y)})
            if way in ("min-max", "MSE"):
                guesses = interpreter.predict(corrected(made.graph, values), made.to_int8(x))
                int8 = float((guesses == y).mean())
                rows.append({"way": way + CORRECTED, "float": exact, "int8": int8})
        return rows


def table(rows: Sequence[Mapping[str, str]]) -> list[str]:
    """Markdown: points of accuracy lost, by search and way."""
    ways = list(dict.fromkeys(row["way"] for row in rows))
    head = ["search", "networks", "in the front", *ways]
    lines = ["| " + " | ".join(head) + " |", "|---" * len(head) + "|"]
    for search in dict.fromkeys(row["search"] for row in rows):
        mine = [row for row in rows if row["search"] == search]
        of_way = [[row for row in mine if row["way"] == way] for way in ways]
        listed = sum(row["front"] == "1" for row in of_way[0])
        cells = [search, str(len(of_way[0])), str(listed), *map(losses, of_way)]
        lines.append("| " + " | ".join(cells) + " |")
    return lines


def losses(rows: Sequence[Mapping[str, str]]) -> str:
    """Median of the front, median of all, and the worst."""
    lost = np.array([100 * (float(row["float"]) - float(row["int8"])) for row in rows])
    front = lost[[row["front"] == "1" for row in rows]]
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
    own = {search.name: search.about for search in searches}
    others = [
        line for line in earlier if line.startswith("- ") and line[2:].split(":")[0] not in own
    ]
    text = [
        "# Calibration of int8",
        "",
        "Float minus int8 top-1 in percentage points on the test split (negative: int8 is better) "
        f"of all networks that the searches have trained; {CASES} training cases calibrate them. "
        "Each cell: median of the front (median of all, worst).",
        "",
        *table(rows),
        "",
        *others,
        *own.values(),
        "",
        "`+ bias`: biases shifted so that the mean output of each filter is the float one.",
        "",
        "Command: `python benchmarks/calibration.py FOLDER ...`; "
        + ", ".join(f"{name} {version(name)}" for name in ("tinypareto", "torch", "numpy")),
    ]
    file.write_text("\n".join(text) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
