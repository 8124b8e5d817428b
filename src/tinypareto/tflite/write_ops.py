"""The TensorFlow Lite operators of each integer operator.

Where TensorFlow Lite's own operator computes something else, others stand for it that compute the
same: convolutions have their padding before them, an average counts it, and functions of one value
are looked up in the graph's own table.
"""

from collections.abc import Sequence
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
from tinypareto.graph.ops.linear import Linear
from tinypareto.graph.ops.max_pool import MaxPool
from tinypareto.graph.ops.mul import Mul
from tinypareto.graph.ops.pad import Pad
from tinypareto.graph.ops.table import Table
from tinypareto.graph.ops.upsample import Upsample
from tinypareto.graph.ops.window import Window
from tinypareto.graph.requantize import INT8_MIN
from tinypareto.tflite.builder import Builder

FUSED = {"none": "NONE", "relu": "RELU", "relu6": "RELU6"}


class Site:
    """A node, the graph around it, and the numbers of its inputs."""

    def __init__(self, to: Builder, graph: Graph, node: Node, inputs: Sequence[int]) -> None:
        shapes = graph.shapes()
        self.to, self.node, self.inputs = to, node, list(inputs)
        self.shapes: list[Shape] = [shapes[name] for name in node.inputs]
        self.shape = shapes[node.name]
        self.given = [graph.quants[name] for name in node.inputs]
        self.quant = graph.quants[node.name]

    def made(self) -> int:
        """The node's own output."""
        return self.to.activation(self.node.name, self.shape, self.quant)

    def add(self, kind: str, inputs: Sequence[int], options: str = "", **values: Any) -> int:
        """The last operator of the node."""
        return self.to.add(kind, inputs, self.made(), options, **values)

    def constant(self, key: str, values: NDArray[Any]) -> int:
        """A plain array of the node."""
        return self.to.constant(f"{self.node.name}/{key}", values)

    def fused(self, activation: str) -> int:
        """Number of an activation."""
        return self.to.enum("ActivationFunctionType", FUSED[activation])

    def padded(self, edges: tuple[int, int, int, int], value: int | None = None) -> int:
        """The first input with more pixels, of the quantized value or of what stands for zero."""
        if not any(edges):
            return self.inputs[0]
        top, bottom, left, right = edges
        height, width, channels = self.shapes[0]
        shape = height + top + bottom, width + left + right, channels
        wide = self.to.activation(f"{self.node.name}/padded", shape, self.given[0])
        pads = np.array([[0, 0], [top, bottom], [left, right], [0, 0]], np.int32)
        inputs = [self.inputs[0], self.constant("pads", pads)]
        if value is None:
            return self.to.add("PAD", inputs, wide, "PadOptions")
        filling = np.array([value], np.int8)
        inputs.append(self.to.quantized(f"{self.node.name}/filling", filling, self.given[0]))
        return self.to.add("PADV2", inputs, wide, "PadV2Options")


def _slid(site: Site, window: Window) -> dict[str, Any]:
    """What windows have in common; their padding was done before."""
    valid = site.to.enum("Padding", "VALID")
    return {"padding": valid, "strideH": window.stride[0], "strideW": window.stride[1]}


def _dilated(window: Window) -> dict[str, Any]:
    return {"dilationHFactor": window.dilation[0], "dilationWFactor": window.dilation[1]}


@singledispatch
def write_op(op: Op, site: Site) -> int:
    """Append a node; returns the number of its output."""
    raise NotImplementedError(f"{op.kind}: has no TensorFlow Lite form; add one here")


def _filters(site: Site, weight: NDArray[np.int8], axis: int) -> list[int]:
    """Weights and biases; the filters of `weight` lie along `axis`."""
    sums = np.moveaxis(weight, axis, 0).reshape(weight.shape[axis], -1).sum(1, np.int64)
    scales, bias = real_filters(site.node.arrays, sums, site.given[0], site.quant)
    name = site.node.name
    return [
        site.to.constant(f"{name}/weight", weight, scales, axis),
        site.to.constant(f"{name}/bias", bias, scales * site.given[0].scale),
    ]


def _conv(site: Site, weight: NDArray[np.int8], window: Window, activation: str) -> int:
    inputs = [site.padded(window.padding), *_filters(site, weight, 0)]
    options = {**_slid(site, window), **_dilated(window)}
    fused = site.fused(activation)
    return site.add("CONV_2D", inputs, "Conv2DOptions", fusedActivationFunction=fused, **options)


def _depthwise(site: Site, inputs: list[int], window: Window, activation: str) -> int:
    options = {**_slid(site, window), **_dilated(window), "depthMultiplier": 1}
    fused = site.fused(activation)
    kind = "DepthwiseConv2DOptions"
    return site.add("DEPTHWISE_CONV_2D", inputs, kind, fusedActivationFunction=fused, **options)


@write_op.register
def _(op: Conv2d, site: Site) -> int:
    return _conv(site, site.node.arrays["weight"], op.window, op.activation)


@write_op.register
def _(op: Linear, site: Site) -> int:
    # A window as large as its input: the result keeps four axes, for a product with an image.
    height, width, channels = site.shapes[0]
    weight = site.node.arrays["weight"].reshape(-1, height, width, channels)
    return _conv(site, weight, Window((height, width)), op.activation)


@write_op.register
def _(op: DepthwiseConv2d, site: Site) -> int:
    weight = site.node.arrays["weight"][None]
    inputs = [site.padded(op.window.padding), *_filters(site, weight, 3)]
    return _depthwise(site, inputs, op.window, op.activation)


@write_op.register
def _(op: BatchNorm, site: Site) -> int:
    weight = site.node.arrays["weight"].reshape(1, 1, 1, -1)
    inputs = [site.inputs[0], *_filters(site, weight, 3)]
    return _depthwise(site, inputs, Window((1, 1)), op.activation)


@write_op.register
def _(op: AveragePool, site: Site) -> int:
    channels, share = site.shape[2], np.array([1 / op.window.area])
    ones = np.ones((1, *op.window.kernel, channels), np.int8)
    weight = site.to.constant(f"{site.node.name}/ones", ones, np.repeat(share, channels), 3)
    scales = np.repeat(share * site.given[0].scale, channels)
    bias = site.to.constant(f"{site.node.name}/bias", np.zeros(channels, np.int32), scales)
    inputs = [site.padded(op.window.padding), weight, bias]
    return _depthwise(site, inputs, op.window, "none")


@write_op.register
def _(op: GlobalAveragePool, site: Site) -> int:
    axes = site.constant("axes", np.array([1, 2], np.int32))
    return site.add("MEAN", [site.inputs[0], axes], "ReducerOptions", keepDims=True)


@write_op.register
def _(op: Add, site: Site) -> int:
    fused = site.fused(op.activation)
    return site.add("ADD", site.inputs, "AddOptions", fusedActivationFunction=fused)


@write_op.register
def _(op: Mul, site: Site) -> int:
    return site.add("MUL", site.inputs, "MulOptions", fusedActivationFunction=site.fused("none"))


@write_op.register
def _(op: Concat, site: Site) -> int:
    parts = []
    for at, (number, shape, quant) in enumerate(
        zip(site.inputs, site.shapes, site.given, strict=True)
    ):
        if quant != site.quant:
            scaled = site.to.activation(f"{site.node.name}/{at}", shape, site.quant)
            number = site.to.add("QUANTIZE", [number], scaled, "QuantizeOptions")
        parts.append(number)
    fused = site.fused("none")
    kind = "ConcatenationOptions"
    return site.add("CONCATENATION", parts, kind, axis=3, fusedActivationFunction=fused)


@write_op.register
def _(op: MaxPool, site: Site) -> int:
    if op.window.dilation != (1, 1):
        raise UnsupportedLayerError(
            f"max_pool {site.node.name!r}: has holes, which TensorFlow Lite cannot; choose another "
            "format"
        )
    down, right = op.window.kernel
    options = {**_slid(site, op.window), "filterHeight": down, "filterWidth": right}
    wide = site.padded(op.window.padding, INT8_MIN)
    fused = site.fused("none")
    return site.add(
        "MAX_POOL_2D", [wide], "Pool2DOptions", fusedActivationFunction=fused, **options
    )


@write_op.register
def _(op: Pad, site: Site) -> int:
    top, bottom, left, right = op.edges
    wide = site.padded((max(top, 0), max(bottom, 0), max(left, 0), max(right, 0)))
    start = site.constant("start", np.array([0, max(-top, 0), max(-left, 0), 0], np.int32))
    size = site.constant("size", np.array([1, *site.shape], np.int32))
    return site.add("SLICE", [wide, start, size], "SliceOptions")


@write_op.register
def _(op: Upsample, site: Site) -> int:
    size = site.constant("size", np.array(site.shape[:2], np.int32))
    kind = "ResizeNearestNeighborOptions"
    return site.add("RESIZE_NEAREST_NEIGHBOR", [site.inputs[0], size], kind)


@write_op.register
def _(op: Table, site: Site) -> int:
    name, number = site.node.name, site.to.enum("TensorType", "INT32")
    wide = site.to.plain(f"{name}/int32", site.shape)
    kinds = {"inDataType": site.to.enum("TensorType", "INT8"), "outDataType": number}
    site.to.add("CAST", site.inputs, wide, "CastOptions", **kinds)
    offset = site.constant("offset", np.array([-INT8_MIN], np.int32))
    place = site.to.plain(f"{name}/place", site.shape)
    fused = site.fused("none")
    site.to.add("ADD", [wide, offset], place, "AddOptions", fusedActivationFunction=fused)
    table = site.to.quantized(f"{name}/table", site.node.arrays["table"], site.quant)
    return site.add("GATHER", [table, place], "GatherOptions", axis=0)
