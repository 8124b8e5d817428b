"""Writes integer operators as TensorFlow Lite operators: one writer for each operator.

Where TensorFlow Lite's own operator computes something else, others that compute the same replace
it: convolutions have their padding before them, an average counts it, and functions of one value
are looked up in the graph's own table.
"""

from collections.abc import Mapping, Sequence
from functools import singledispatch
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinypareto.errors import UnsupportedLayerError
from tinypareto.graph.graph import Graph, Node
from tinypareto.graph.op import Op, Shape
from tinypareto.graph.ops.add import Add
from tinypareto.graph.ops.average_pool import AveragePool
from tinypareto.graph.ops.batch_norm import BatchNorm
from tinypareto.graph.ops.concat import Concat
from tinypareto.graph.ops.conv2d import Conv2d
from tinypareto.graph.ops.depthwise_conv2d import DepthwiseConv2d
from tinypareto.graph.ops.filters import real_filters
from tinypareto.graph.ops.global_average_pool import GlobalAveragePool
from tinypareto.graph.ops.inner_average_pool import InnerAveragePool
from tinypareto.graph.ops.linear import Linear
from tinypareto.graph.ops.max_pool import MaxPool
from tinypareto.graph.ops.mul import Mul
from tinypareto.graph.ops.pad import Pad
from tinypareto.graph.ops.random_kernels import RandomKernels
from tinypareto.graph.ops.softmax import Softmax
from tinypareto.graph.ops.step_average_pool import StepAveragePool
from tinypareto.graph.ops.table import Table
from tinypareto.graph.ops.upsample import Upsample
from tinypareto.graph.ops.window import Window
from tinypareto.graph.requantize import INT8_MIN
from tinypareto.tflite.builder import Builder

FUSED = {"none": "NONE", "relu": "RELU", "relu6": "RELU6"}


class TfliteNodeContext:
    """A node to write, with the numbers, shapes and quantization of its tensors.

    Args:
        to: The model.
        graph: The graph of the node.
        node: The node.
        inputs: Numbers of its inputs in the model.
    """

    def __init__(self, to: Builder, graph: Graph, node: Node, inputs: Sequence[int]) -> None:
        shapes = graph.shapes()
        self.to, self.node, self.inputs = to, node, list(inputs)
        self.shapes: list[Shape] = [shapes[name] for name in node.inputs]
        self.shape = shapes[node.name]
        self.input_quants = [graph.quants[name] for name in node.inputs]
        self.quant = graph.quants[node.name]

    def output(self) -> int:
        """Add the output of the node and return its number."""
        return self.to.activation(self.node.name, self.shape, self.quant)

    def add(self, kind: str, inputs: Sequence[int], options: str = "", **values: Any) -> int:
        """Append the last operator of the node and return the number of its output."""
        return self.to.add(kind, inputs, self.output(), options, **values)

    def constant(self, key: str, values: NDArray[Any]) -> int:
        """Store a plain array of the node and return its number."""
        return self.to.constant(f"{self.node.name}/{key}", values)

    def fused(self, activation: str) -> int:
        """Number of a fused activation in the format."""
        return self.to.enum("ActivationFunctionType", FUSED[activation])

    def padded(self, edges: tuple[int, int, int, int], value: int | None = None) -> int:
        """Pad the first input.

        Args:
            edges: Pixels to add (top, bottom, left, right).
            value: Quantized value of the new pixels; None for that of zero.
        """
        if not any(edges):
            return self.inputs[0]
        top, bottom, left, right = edges
        height, width, channels = self.shapes[0]
        shape = height + top + bottom, width + left + right, channels
        wide = self.to.activation(f"{self.node.name}/padded", shape, self.input_quants[0])
        pads = np.array([[0, 0], [top, bottom], [left, right], [0, 0]], np.int32)
        inputs = [self.inputs[0], self.constant("pads", pads)]
        if value is None:
            return self.to.add("PAD", inputs, wide, "PadOptions")
        filling = np.array([value], np.int8)
        inputs.append(self.to.quantized(f"{self.node.name}/filling", filling, self.input_quants[0]))
        return self.to.add("PADV2", inputs, wide, "PadV2Options")


def _slid(context: TfliteNodeContext, window: Window) -> dict[str, Any]:
    """Options of a sliding window; its padding is an operator of its own."""
    valid = context.to.enum("Padding", "VALID")
    return {"padding": valid, "strideH": window.stride[0], "strideW": window.stride[1]}


def _dilated(window: Window) -> dict[str, Any]:
    return {"dilationHFactor": window.dilation[0], "dilationWFactor": window.dilation[1]}


NOT_SUPPORTED: Mapping[type[Op], str] = {
    InnerAveragePool: "its padding, which does not count, need not be what SAME means",
    RandomKernels: "it counts results above thresholds, which no quantized operator does",
}
"""Operators without a TensorFlow Lite form, with the reason; every other one has a writer below."""


@singledispatch
def write_op(op: Op, context: TfliteNodeContext) -> int:
    """Append a node and return the number of its output.

    Raises:
        UnsupportedLayerError: The operator has no TensorFlow Lite form, or not with its attributes.
    """
    reason = NOT_SUPPORTED.get(type(op), "it has no writer")
    raise UnsupportedLayerError(
        f"{op.kind} {context.node.name!r}: cannot be written as TensorFlow Lite: {reason}; "
        "choose another format"
    )


def has_writer(op: type[Op]) -> bool:
    """Whether `write_op` has a writer for an operator."""
    return write_op.dispatch(op) is not write_op.dispatch(Op)


def _filters(context: TfliteNodeContext, weight: NDArray[np.int8], axis: int) -> list[int]:
    """Store weights, whose filters lie along `axis`, and biases."""
    sums = np.moveaxis(weight, axis, 0).reshape(weight.shape[axis], -1).sum(1, np.int64)
    scales, bias = real_filters(context.node.arrays, sums, context.input_quants[0], context.quant)
    name = context.node.name
    return [
        context.to.constant(f"{name}/weight", weight, scales, axis),
        context.to.constant(f"{name}/bias", bias, scales * context.input_quants[0].scale),
    ]


def _conv(
    context: TfliteNodeContext, weight: NDArray[np.int8], window: Window, activation: str
) -> int:
    inputs = [context.padded(window.padding), *_filters(context, weight, 0)]
    options = {**_slid(context, window), **_dilated(window)}
    fused = context.fused(activation)
    return context.add("CONV_2D", inputs, "Conv2DOptions", fusedActivationFunction=fused, **options)


def _depthwise(
    context: TfliteNodeContext, inputs: list[int], window: Window, activation: str
) -> int:
    options = {**_slid(context, window), **_dilated(window), "depthMultiplier": 1}
    fused = context.fused(activation)
    kind = "DepthwiseConv2DOptions"
    return context.add("DEPTHWISE_CONV_2D", inputs, kind, fusedActivationFunction=fused, **options)


@write_op.register
def _(op: Conv2d, context: TfliteNodeContext) -> int:
    return _conv(context, context.node.arrays["weight"], op.window, op.activation)


@write_op.register
def _(op: Linear, context: TfliteNodeContext) -> int:
    # A window as large as its input: the result keeps four axes, for a product with an image.
    height, width, channels = context.shapes[0]
    weight = context.node.arrays["weight"].reshape(-1, height, width, channels)
    return _conv(context, weight, Window((height, width)), op.activation)


@write_op.register
def _(op: DepthwiseConv2d, context: TfliteNodeContext) -> int:
    weight = context.node.arrays["weight"][None]
    inputs = [context.padded(op.window.padding), *_filters(context, weight, 3)]
    return _depthwise(context, inputs, op.window, op.activation)


@write_op.register
def _(op: BatchNorm, context: TfliteNodeContext) -> int:
    weight = context.node.arrays["weight"].reshape(1, 1, 1, -1)
    inputs = [context.inputs[0], *_filters(context, weight, 3)]
    return _depthwise(context, inputs, Window((1, 1)), op.activation)


@write_op.register
def _(op: AveragePool, context: TfliteNodeContext) -> int:
    channels, share = context.shape[2], np.array([1 / op.window.area])
    ones = np.ones((1, *op.window.kernel, channels), np.int8)
    weight = context.to.constant(f"{context.node.name}/ones", ones, np.repeat(share, channels), 3)
    scales = np.repeat(share * context.input_quants[0].scale, channels)
    bias = context.to.constant(f"{context.node.name}/bias", np.zeros(channels, np.int32), scales)
    inputs = [context.padded(op.window.padding), weight, bias]
    return _depthwise(context, inputs, op.window, "none")


@write_op.register
def _(op: StepAveragePool, context: TfliteNodeContext) -> int:
    padding = op.window.padding
    if any(padding) and padding != op.window.same(context.shapes[0]):
        raise UnsupportedLayerError(
            f"step_average_pool {context.node.name!r}: pads by {padding}, which is not SAME; "
            "choose another format"
        )
    down, right = op.window.kernel
    options = {**_slid(context, op.window), "filterHeight": down, "filterWidth": right}
    options["padding"] = context.to.enum("Padding", "SAME" if any(padding) else "VALID")
    return context.add("AVERAGE_POOL_2D", context.inputs, "Pool2DOptions", **options)


@write_op.register
def _(op: GlobalAveragePool, context: TfliteNodeContext) -> int:
    axes = context.constant("axes", np.array([1, 2], np.int32))
    return context.add("MEAN", [context.inputs[0], axes], "ReducerOptions", keepDims=True)


@write_op.register
def _(op: Add, context: TfliteNodeContext) -> int:
    fused = context.fused(op.activation)
    return context.add("ADD", context.inputs, "AddOptions", fusedActivationFunction=fused)


@write_op.register
def _(op: Mul, context: TfliteNodeContext) -> int:
    return context.add(
        "MUL", context.inputs, "MulOptions", fusedActivationFunction=context.fused("none")
    )


@write_op.register
def _(op: Concat, context: TfliteNodeContext) -> int:
    parts = []
    for index, (number, shape, quant) in enumerate(
        zip(context.inputs, context.shapes, context.input_quants, strict=True)
    ):
        if quant != context.quant:
            scaled = context.to.activation(f"{context.node.name}/{index}", shape, context.quant)
            number = context.to.add("QUANTIZE", [number], scaled, "QuantizeOptions")
        parts.append(number)
    fused = context.fused("none")
    kind = "ConcatenationOptions"
    return context.add("CONCATENATION", parts, kind, axis=3, fusedActivationFunction=fused)


@write_op.register
def _(op: MaxPool, context: TfliteNodeContext) -> int:
    if op.window.dilation != (1, 1):
        raise UnsupportedLayerError(
            f"max_pool {context.node.name!r}: has holes, which TensorFlow Lite cannot; "
            "choose another format"
        )
    down, right = op.window.kernel
    options = {**_slid(context, op.window), "filterHeight": down, "filterWidth": right}
    wide = context.padded(op.window.padding, INT8_MIN)
    fused = context.fused("none")
    return context.add(
        "MAX_POOL_2D", [wide], "Pool2DOptions", fusedActivationFunction=fused, **options
    )


@write_op.register
def _(op: Pad, context: TfliteNodeContext) -> int:
    top, bottom, left, right = op.edges
    wide = context.padded((max(top, 0), max(bottom, 0), max(left, 0), max(right, 0)))
    start = context.constant("start", np.array([0, max(-top, 0), max(-left, 0), 0], np.int32))
    size = context.constant("size", np.array([1, *context.shape], np.int32))
    return context.add("SLICE", [wide, start, size], "SliceOptions")


@write_op.register
def _(op: Upsample, context: TfliteNodeContext) -> int:
    size = context.constant("size", np.array(context.shape[:2], np.int32))
    kind = "ResizeNearestNeighborOptions"
    return context.add("RESIZE_NEAREST_NEIGHBOR", [context.inputs[0], size], kind)


@write_op.register
def _(op: Softmax, context: TfliteNodeContext) -> int:
    return context.add("SOFTMAX", context.inputs, "SoftmaxOptions", beta=1.0)


@write_op.register
def _(op: Table, context: TfliteNodeContext) -> int:
    name, number = context.node.name, context.to.enum("TensorType", "INT32")
    wide = context.to.plain(f"{name}/int32", context.shape)
    kinds = {"inDataType": context.to.enum("TensorType", "INT8"), "outDataType": number}
    context.to.add("CAST", context.inputs, wide, "CastOptions", **kinds)
    offset = context.constant("offset", np.array([-INT8_MIN], np.int32))
    index = context.to.plain(f"{name}/place", context.shape)
    fused = context.fused("none")
    context.to.add("ADD", [wide, offset], index, "AddOptions", fusedActivationFunction=fused)
    table = context.to.quantized(f"{name}/table", context.node.arrays["table"], context.quant)
    return context.add("GATHER", [table, index], "GatherOptions", axis=0)
