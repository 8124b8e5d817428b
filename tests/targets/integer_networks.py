"""Random small integer networks with made-up ranges, for the tests against the compiled C."""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinypareto.codegen import ModelInfo
from tinypareto.graph import interpreter
from tinypareto.graph.graph import Graph, Node
from tinypareto.graph.op import Op, Shape
from tinypareto.graph.ops.add import Add
from tinypareto.graph.ops.average_pool import AveragePool
from tinypareto.graph.ops.batch_norm import BatchNorm
from tinypareto.graph.ops.concat import Concat
from tinypareto.graph.ops.conv2d import Conv2d
from tinypareto.graph.ops.depthwise_conv2d import DepthwiseConv2d
from tinypareto.graph.ops.global_average_pool import GlobalAveragePool
from tinypareto.graph.ops.linear import Linear
from tinypareto.graph.ops.max_pool import MaxPool
from tinypareto.graph.ops.mul import Mul
from tinypareto.graph.ops.pad import Pad
from tinypareto.graph.ops.table import FUNCTIONS, Table
from tinypareto.graph.ops.upsample import Upsample
from tinypareto.graph.ops.window import Window
from tinypareto.graph.quantize import quantize


class Builder:
    """Appends random layers to a chain; `last` is its end."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)
        height = self.size(1, 9) if self.rng.integers(2) else 1
        self.shapes: dict[str, Shape] = {"x": (height, self.size(4, 13), self.size(1, 6))}
        self.nodes: list[Node] = []
        self.last = "x"

    def size(self, low: int, high: int) -> int:
        return int(self.rng.integers(low, high))

    def activation(self) -> str:
        return str(self.rng.choice(["none", "relu", "relu6"]))

    def add(self, op: Op, *inputs: str, **shapes: tuple[int, ...]) -> None:
        reads = inputs or (self.last,)
        name = f"{op.kind}.{len(self.nodes)}"
        arrays = {key: self.rng.normal(size=s).astype(np.float32) for key, s in shapes.items()}
        self.nodes.append(Node(name, op, reads, arrays))
        self.shapes[name] = op.output_shape(*(self.shapes[read] for read in reads))
        self.last = name

    def window(self, same: bool = False) -> Window:
        height, width, _ = self.shapes[self.last]
        kernel = tuple(
            int(self.rng.choice([k for k in (1, 2, 3) if k <= n])) for n in (height, width)
        )
        if same:
            kernel = tuple(k // 2 * 2 + 1 if k // 2 * 2 + 1 <= 3 else 1 for k in kernel)
            top, left = (k // 2 for k in kernel)
            return Window((kernel[0], kernel[1]), (1, 1), (top, top, left, left))
        top, left = (self.size(0, k // 2 + 1) for k in kernel)
        stride = (self.size(1, 3), self.size(1, 3))
        return Window((kernel[0], kernel[1]), stride, (top, top, left, left))

    def conv(self, filters: int | None = None, same: bool = False) -> None:
        window, channels = self.window(same), self.shapes[self.last][2]
        filters = filters or self.size(1, 9)
        weight = (filters, *window.kernel, channels)
        self.add(Conv2d(window, filters, self.activation()), weight=weight, bias=(filters,))

    def depthwise(self) -> None:
        window, channels = self.window(), self.shapes[self.last][2]
        weight = (*window.kernel, channels)
        self.add(DepthwiseConv2d(window, self.activation()), weight=weight, bias=(channels,))

    def linear(self, features: int, activation: str = "none") -> None:
        height, width, channels = self.shapes[self.last]
        weight = (features, height * width * channels)
        self.add(Linear(features, activation), weight=weight, bias=(features,))

    def global_pool(self) -> None:
        height, width, _ = self.shapes[self.last]
        self.add(GlobalAveragePool(height * width))

    def squeeze_excite(self) -> None:
        start, channels = self.last, self.shapes[self.last][2]
        self.global_pool()
        self.linear(max(1, channels // 2), "relu")
        self.linear(channels)
        self.add(Table("sigmoid"))
        self.add(Mul(), start, self.last)

    def residual(self) -> None:
        start, channels = self.last, self.shapes[self.last][2]
        self.conv(channels, same=True)
        self.add(Add(self.activation()), *self.rng.permutation([self.last, start]).tolist())

    def pool(self) -> None:
        self.add((MaxPool if self.rng.integers(2) else AveragePool)(self.window()))

    def join(self) -> None:
        start = self.last
        self.conv(same=True)
        branch, self.last = self.last, start
        self.table()
        self.add(Concat(), branch, self.last, start)

    def resize(self) -> None:
        self.add(Upsample((self.size(1, 3), self.size(1, 3))))
        self.add(Pad((self.size(0, 3), self.size(0, 3), self.size(-1, 3), self.size(1, 3))))

    def norm(self) -> None:
        channels = self.shapes[self.last][2]
        self.add(BatchNorm(self.activation()), weight=(channels,), bias=(channels,))

    def table(self) -> None:
        self.add(Table(str(self.rng.choice(list(FUNCTIONS)))))


def random_network(seed: int) -> Graph:
    """A quantized network of two to six random blocks and a linear layer."""
    build = Builder(seed)
    blocks = ["conv", "depthwise", "squeeze_excite", "residual", "pool", "table", "global_pool"]
    for block in build.rng.choice([*blocks, "join", "resize", "norm"], build.size(2, 7)):
        getattr(build, block)()
    build.linear(build.size(2, 6))
    return made_up(Graph("x", build.shapes["x"], tuple(build.nodes)), build.rng)


def example_network(op: type[Op], seed: int) -> Graph:
    """A quantized network around the operator's own example, whatever inputs it takes."""
    rng = np.random.default_rng(seed)
    made, weights, (first, *others) = op.example(rng)
    nodes, inputs = [], ["x"]
    for at, shape in enumerate(others):
        nodes.append(Node(f"adapt{at}", *adapter(first, shape, rng)))
        inputs.append(f"adapt{at}")
    return made_up(Graph("x", first, (*nodes, Node("op", made, tuple(inputs), weights))), rng)


def adapter(
    given: Shape, wanted: Shape, rng: np.random.Generator
) -> tuple[Op, tuple[str, ...], dict[str, NDArray[np.float32]]]:
    """Of the network's input to the shape of a further input of the operator."""
    if wanted == given:
        return Table("hardswish"), ("x",), {}
    if wanted[:2] != given[:2]:
        return GlobalAveragePool(given[0] * given[1]), ("x",), {}
    filters, channels = wanted[2], given[2]
    weight = rng.normal(size=(filters, 1, 1, channels)).astype(np.float32)
    bias = np.zeros(filters, np.float32)
    return Conv2d(Window((1, 1)), filters), ("x",), {"weight": weight, "bias": bias}


def made_up(graph: Graph, rng: np.random.Generator) -> Graph:
    """Quantized with ranges near the observed ones, some narrow enough to saturate."""
    x = random_inputs(graph, 4, 0)
    ranges = {graph.input: (-2.0, 2.0)}
    for count, node in enumerate(graph.nodes, 1):
        part = replace(graph, nodes=graph.nodes[:count])
        ranges[node.name] = (-100.0, 100.0)
        # The second look is through the scale that the first one found.
        for _ in range(2):
            made = quantize(part, ranges)
            scale, zero_point = made.quants[node.name].scale, made.quants[node.name].zero_point
            real = scale * (interpreter.run(made, x).astype(float) - zero_point)
            ranges[node.name] = (real.min() - scale, real.max() + scale)
        low, high = ranges[node.name] * rng.uniform(0.5, 1.2, 2)
        ranges[node.name] = (float(low), float(high))
    return quantize(graph, ranges)


def random_inputs(graph: Graph, count: int, seed: int) -> NDArray[np.int8]:
    rng = np.random.default_rng(seed)
    return rng.integers(-128, 128, (count, *graph.input_shape)).astype(np.int8)


def info_for(graph: Graph, **changes: Any) -> ModelInfo:
    channels = graph.input_shape[2]
    given = {
        "name": "net",
        "class_names": (),
        "gains": (1.0,) * channels,
        "biases": (0.0,) * channels,
    }
    return ModelInfo(**given | changes)
