"""A small integer network as ONNX with quantized operators, for the code generators that read it.

One scale for all filters of a layer, since onnx2c takes no more; `one_scale` makes our own network
so too, and both then compute the same but for rounding. Global average pooling is the float
operator between two conversions: ONNX has no other.
"""

from dataclasses import replace
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from tinypareto.graph.graph import Graph, Node
from tinypareto.graph.ops.add import Add
from tinypareto.graph.ops.conv2d import Conv2d
from tinypareto.graph.ops.depthwise_conv2d import DepthwiseConv2d
from tinypareto.graph.ops.filters import fixed_points
from tinypareto.graph.ops.global_average_pool import GlobalAveragePool
from tinypareto.graph.ops.linear import Linear
from tinypareto.graph.ops.window import Window

OPSET = 13


def one_scale(graph: Graph) -> Graph:
    """The network with the mean ratio of each layer for all of its filters."""
    return replace(graph, nodes=tuple(map(_one_scale, graph.nodes)))


def _one_scale(node: Node) -> Node:
    if "multiplier" not in node.arrays:
        return node
    ratios = np.full(len(node.arrays["bias"]), _ratio(node))
    multiplier, shift = fixed_points(ratios)
    return replace(node, arrays={**node.arrays, "multiplier": multiplier, "shift": shift})


def _ratio(node: Node) -> float:
    return float(np.mean(node.arrays["multiplier"] / 2.0 ** node.arrays["shift"].astype(float)))


class Writer:
    """Collects nodes and constants."""

    def __init__(self, graph: Graph) -> None:
        self.graph, self.shapes = graph, graph.shapes()
        self.nodes: list[Any] = []
        self.constants: list[Any] = []

    def constant(self, name: str, array: NDArray[Any]) -> str:
        """A tensor of the model."""
        self.constants.append(numpy_helper.from_array(array, name))
        return name

    def quant(self, tensor: str) -> list[str]:
        """Names of scale and zero point."""
        given = self.graph.quants[tensor]
        name = f"{tensor}_out"
        return [
            self.constant(f"{name}_scale_{len(self.constants)}", np.array(given.scale, np.float32)),
            self.constant(
                f"{name}_zero_{len(self.constants)}", np.array(given.zero_point, np.int8)
            ),
        ]

    def add(self, kind: str, inputs: list[str], output: str, **attributes: Any) -> None:
        """A node."""
        domain = "com.microsoft" if kind == "QLinearAdd" else ""
        name = f"{kind}_{len(self.nodes)}"
        self.nodes.append(
            helper.make_node(kind, inputs, [output], name, domain=domain, **attributes)
        )

    def conv(self, node: Node, weight: NDArray[Any], window: Window, groups: int) -> None:
        """A convolution; `weight` (filters, channels of a group, height, width)."""
        (given,) = node.inputs
        quants = self.graph.quants
        sums = weight.astype(np.int64).sum((1, 2, 3))
        bias = node.arrays["bias"] + quants[given].zero_point * sums
        scale = np.array(_ratio(node) * quants[node.name].scale / quants[given].scale, np.float32)
        top, bottom, left, right = window.padding
        inputs = [given, *self.quant(given), self.constant(f"{node.name}_w", weight)]
        inputs += [self.constant(f"{node.name}_ws", scale)]
        inputs += [self.constant(f"{node.name}_wz", np.array(0, np.int8)), *self.quant(node.name)]
        inputs += [self.constant(f"{node.name}_b", bias.astype(np.int32))]
        self.add(
            "QLinearConv",
            inputs,
            node.name,
            group=groups,
            kernel_shape=list(window.kernel),
            strides=list(window.stride),
            pads=[top, left, bottom, right],
        )

    def write(self, node: Node) -> None:
        """One node of the network."""
        op = node.op
        assert node.scalars.get("low", -128) == -128, "an activation that the range does not clip"
        if isinstance(op, Conv2d):
            self.conv(node, node.arrays["weight"].transpose(0, 3, 1, 2), op.window, 1)
        elif isinstance(op, DepthwiseConv2d):
            weight = node.arrays["weight"].transpose(2, 0, 1)[:, None]
            self.conv(node, weight, op.window, len(weight))
        elif isinstance(op, Linear):
            assert prod(self.shapes[node.inputs[0]][:2]) == 1
            weight = node.arrays["weight"]
            self.conv(node, weight.reshape(*weight.shape, 1, 1), Window((1, 1)), 1)
        elif isinstance(op, Add):
            first, second = node.inputs
            inputs = [first, *self.quant(first), second, *self.quant(second)]
            self.add("QLinearAdd", [*inputs, *self.quant(node.name)], node.name)
        elif isinstance(op, GlobalAveragePool):
            (given,) = node.inputs
            self.add("DequantizeLinear", [given, *self.quant(given)], f"{node.name}_real")
            self.add("GlobalAveragePool", [f"{node.name}_real"], f"{node.name}_mean")
            inputs = [f"{node.name}_mean", *self.quant(node.name)]
            self.add("QuantizeLinear", inputs, node.name)
        else:
            raise SystemExit(f"{op.kind}: is not written as ONNX here")


def to_onnx(graph: Graph) -> bytes:
    """The serialized model of a quantized graph: int8 in and out, channels first."""
    writer = Writer(graph)
    for node in graph.nodes:
        writer.write(node)
    # Told for every tensor: not all readers know the shape of what a QLinearAdd makes.
    first, *inner, last = (
        helper.make_tensor_value_info(name, TensorProto.INT8, [1, c, h, w])
        for name, (h, w, c) in writer.shapes.items()
    )
    body = helper.make_graph(
        writer.nodes, "net", [first], [last], writer.constants, value_info=inner
    )
    opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid("com.microsoft", 1)]
    model = helper.make_model(body, opset_imports=opsets, ir_version=8)
    serialized: bytes = model.SerializeToString()
    return serialized
