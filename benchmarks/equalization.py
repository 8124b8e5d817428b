"""Cross-layer equalization before int8, on networks that searches have trained.

    OMP_NUM_THREADS=1 python -m benchmarks.equalization FOLDER [FOLDER ...]

FOLDER is a result folder of `tinypareto search`, with its data still where it was. A channel of a
tensor may be divided by any positive number if the filters that read it are multiplied by the same:
ReLU, pooling and a gate keep the factor (Nagel 2019, Section 4.1). Every trained network is
quantized as it is and with the factors chosen in two ways, and its int8 outputs on the test split
are compared with the float network's. Rewrites benchmarks/results/equalization.md.
"""

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path

import numpy as np
import torch
from benchmarks.calibration import Search
from numpy.typing import NDArray

from tinypareto import load_network
from tinypareto.evaluation.network import Network
from tinypareto.frontend.trace import activations, trace
from tinypareto.graph import interpreter
from tinypareto.graph.fusion import FILTERS
from tinypareto.graph.graph import Graph, Node
from tinypareto.graph.lower import lower
from tinypareto.graph.ops.depthwise_conv2d import DepthwiseConv2d
from tinypareto.graph.ops.global_average_pool import GlobalAveragePool
from tinypareto.graph.ops.max_pool import MaxPool
from tinypareto.graph.ops.mul import Mul
from tinypareto.graph.quantize import quantize
from tinypareto.graph.requantize import to_int8
from tinypareto.quantize.calibrate import chosen
from tinypareto.quantize.correct import corrected, corrections
from tinypareto.quantize.observe import BATCH

Array = NDArray[np.float64]
Values = Mapping[str, NDArray[np.float32]]
Strength = Callable[[Node, NDArray[np.float32]], Array]
RESULT = Path(__file__).parent / "results" / "equalization.md"
KEEPS = (GlobalAveragePool, MaxPool, Mul)
SWEEPS = 10


def of_weights(node: Node, values: NDArray[np.float32]) -> Array:
    """Largest weight of each filter (Nagel 2019, Eq. 11)."""
    axis = -1 if isinstance(node.op, DepthwiseConv2d) else 0
    return by_channel(node.arrays["weight"], axis)


def of_activations(node: Node, values: NDArray[np.float32]) -> Array:
    """Largest output of each filter: with a scale per filter, the rounding that channels share."""
    return by_channel(values, 1)


def by_channel(values: NDArray[np.float32], axis: int) -> Array:
    """Largest magnitude along all other axes."""
    rows = np.moveaxis(values, axis, 0)
    largest: Array = np.abs(rows.reshape(len(rows), -1)).max(1).astype(np.float64)
    return largest


WAYS: dict[str, Strength | None] = {
    "none": None,
    "by weights": of_weights,
    "by activations": of_activations,
}


def reach(graph: Graph, name: str) -> tuple[list[str], list[Node]] | None:
    """The tensors that share a tensor's factors, and the filters that undo them.

    None where something else reads one of them.
    """
    tensors, filters = [name], list[Node]()
    for tensor in tensors:
        readers = [node for node in graph.nodes if tensor in node.inputs]
        for node in readers:
            if isinstance(node.op, FILTERS):
                filters.append(node)
            # Both factors of a product may not be scaled.
            elif isinstance(node.op, KEEPS) and node.name not in tensors:
                tensors.append(node.name)
            else:
                return None
        if not readers:
            return None
    return tensors, filters


def equalized(graph: Graph, values: Values, strength: Strength) -> tuple[Graph, Values, int]:
    """The float graph and its activations with other factors, and the layers that got some."""
    nodes, values = {node.name: node for node in graph.nodes}, dict(values)
    ways = {
        name: found
        for name, node in nodes.items()
        if isinstance(node.op, FILTERS) and node.op.activation in ("none", "relu")
        if (found := reach(graph, name))
    }
    for _ in range(SWEEPS):
        for name, (tensors, filters) in ways.items():
            source, readers = nodes[name], [nodes[node.name] for node in filters]
            factors = factors_of(source, readers, strength(source, values[name]))
            nodes[name] = divided(source, factors)
            for reader in readers:
                nodes[reader.name] = multiplied(reader, factors)
            for tensor in tensors:
                shape = (1, -1, *(1,) * (values[tensor].ndim - 2))
                values[tensor] = (values[tensor] / factors.reshape(shape)).astype(np.float32)
    return replace(graph, nodes=tuple(nodes.values())), values, len(ways)


def factors_of(source: Node, readers: Sequence[Node], out: Array) -> Array:
    """Factors after which a channel is as strong where it is made as where it is read."""
    inward = np.max([by_channel(columns(node, len(out)), 1) for node in readers], axis=0)
    alive = (out > 0) & (inward > 0)
    return np.sqrt(np.where(alive, out, 1.0) / np.where(alive, inward, 1.0))


def columns(node: Node, channels: int) -> NDArray[np.float32]:
    """Weights by input channel, (rows, channels)."""
    return node.arrays["weight"].reshape(-1, channels)


def divided(node: Node, factors: Array) -> Node:
    """The filters that make the channels."""
    weight, bias = node.arrays["weight"], node.arrays["bias"]
    last = isinstance(node.op, DepthwiseConv2d)
    rows = factors if last else factors.reshape(-1, *(1,) * (weight.ndim - 1))
    return replace(node, arrays={"weight": weight / rows, "bias": bias / factors})


def multiplied(node: Node, factors: Array) -> Node:
    """The filters that read the channels."""
    scaled = columns(node, len(factors)) * factors
    weight = scaled.reshape(node.arrays["weight"].shape)
    return replace(node, arrays={**node.arrays, "weight": weight})


@dataclass(frozen=True)
class Outcome:
    """The loss of a network by int8.

    Attributes:
        way: How the factors were chosen, and whether biases were corrected.
        front: Whether the network is in the search's front.
        layers: Number of layers that got factors.
        lost: Points of accuracy.
        ratio: Power of the float outputs over that of their error, in decibels.
    """

    way: str
    front: bool
    layers: int
    lost: float
    ratio: float


def outcomes(network: Network, search: Search, front: bool) -> list[Outcome]:
    """A network in every way."""
    x, y = search.data.x_test, search.data.y_test
    shape = network.recipe.input_shape
    cases = chosen(network.normalizer.apply(search.data.x_train))
    (tensors,) = activations(network.module, [torch.from_numpy(cases)])
    graph = lower(*trace(network.module, shape), shape)
    values = {name: tensors[name].numpy() for name in graph.shapes()}
    given = network.normalizer.apply(x)
    rows = np.moveaxis(given, 1, -1).reshape(len(x), *graph.input_shape)
    with torch.no_grad():
        exact = network.module(torch.from_numpy(given)).numpy()
    made = []
    for way, strength in WAYS.items():
        new, seen_then, layers = (
            equalized(graph, values, strength) if strength else (graph, values, 0)
        )
        ranges = {name: (float(v.min()), float(v.max())) for name, v in seen_then.items()}
        means = {
            name: np.moveaxis(v[:BATCH], 1, 0).reshape(v.shape[1], -1).mean(1, np.float64)
            for name, v in seen_then.items()
        }
        biases = corrections(new, ranges, cases[:BATCH], means)
        for name, whole in ((way, new), (f"{way} + bias", corrected(new, biases))):
            integer = quantize(whole, ranges)
            steps = interpreter.run(integer, to_int8(rows, integer.quants[integer.input]))
            quant = integer.quants[integer.output]
            error = exact - (steps.astype(np.float64) - quant.zero_point) * quant.scale
            lost = 100 * float((exact.argmax(1) == y).mean() - (steps.argmax(1) == y).mean())
            ratio = 10 * np.log10((exact**2).sum() / (error**2).sum())
            made.append(Outcome(name, front, layers, lost, float(ratio)))
    return made


def measured(search: Search) -> list[Outcome]:
    """All trained networks of a search."""
    listed = search.front
    paths = sorted(search.folder.glob("trials/[0-9]*"))
    return [
        outcome
        for path in paths
        for outcome in outcomes(load_network(path), search, int(path.name) in listed)
    ]


def lines_of(name: str, rows: Sequence[Outcome]) -> list[str]:
    """Rows of the Markdown table."""
    lines = []
    for way in dict.fromkeys(row.way for row in rows):
        mine = [row for row in rows if row.way == way]
        lost = np.array([row.lost for row in mine])
        front = lost[[row.front for row in mine]]
        layers = max(row.layers for row in mine)
        figures = (np.median(front), np.median(lost), lost.mean(), lost.max())
        cells = [name, way, str(len(mine)), str(len(front)), str(layers)]
        cells += [*(f"{f:+.2f}" for f in figures), f"{np.median([r.ratio for r in mine]):.1f}"]
        lines.append("| " + " | ".join(cells) + " |")
    return lines


HEAD = [
    "search",
    "way",
    "networks",
    "in the front",
    "layers",
    "median loss, front",
    "median loss",
    "mean loss",
    "worst",
    "outputs, dB",
]


def main(folders: Sequence[str]) -> None:
    """Measure all searches and write the table."""
    searches = [Search.of(Path(folder)) for folder in folders]
    rows = [line for search in searches for line in lines_of(search.name, measured(search))]
    text = [
        "# Cross-layer equalization",
        "",
        "Float minus int8 top-1 in percentage points on the test split (negative: int8 is better) "
        "of all networks that the searches have trained, weights with a scale per filter, ranges "
        "by min-max. Layers: whose channels got factors. Outputs: power of the float outputs over "
        "that of their error, median. `+ bias`: biases shifted so that the mean output of each "
        "filter is the float one.",
        "",
        "| " + " | ".join(HEAD) + " |",
        "|---" * len(HEAD) + "|",
        *rows,
        "",
        *(search.about for search in searches),
        "",
        "Command: `python -m benchmarks.equalization FOLDER ...`; "
        + ", ".join(f"{name} {version(name)}" for name in ("tinypareto", "torch", "numpy")),
    ]
    RESULT.write_text("\n".join(text) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
