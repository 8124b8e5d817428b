"""Writes integer operators as ONNX nodes: one writer for each operator."""

from collections.abc import Mapping
from functools import singledispatch
from typing import Any

import numpy as np

from tinypareto.errors import UnsupportedLayerError
from tinypareto.graph.graph import Node
from tinypareto.graph.op import Op
from tinypareto.graph.ops.add import Add
from tinypareto.graph.ops.average_pool import AveragePool
from tinypareto.graph.ops.batch_norm import BatchNorm
from tinypareto.graph.ops.concat import Concat
from tinypareto.graph.ops.conv2d import Conv2d
from tinypareto.graph.ops.depthwise_conv2d import DepthwiseConv2d
from tinypareto.graph.ops.global_average_pool import GlobalAveragePool
from tinypareto.graph.ops.inner_average_pool import InnerAveragePool
from tinypareto.graph.ops.linear import Linear
from tinypareto.graph.ops.max_pool import MaxPool
from tinypareto.graph.ops.mul import Mul
from tinypareto.graph.ops.pad import Pad
from tinypareto.graph.ops.random_kernels import RandomKernels
from tinypareto.graph.ops.softmax import Softmax
from tinypareto.graph.ops.table import Table
from tinypareto.graph.ops.upsample import Upsample
from tinypareto.graph.ops.window import Window
from tinypareto.qdq.builder import Builder
from tinypareto.qdq.write_functions import write_function

NOT_SUPPORTED: Mapping[type[Op], str] = {
    RandomKernels: "it counts results above thresholds, which no quantized operator does"
}
"""Operators without an ONNX form, with the reason; every other operator has a writer below."""


@singledispatch
def write_op(op: Op, to: Builder, node: Node) -> str:
    """Append the float form of a node and return the name of its result.

    Raises:
        UnsupportedLayerError: The operator has no ONNX form.
    """
    reason = NOT_SUPPORTED.get(type(op), "it has no writer")
    raise UnsupportedLayerError(
        f"{op.kind} {node.name!r}: cannot be written as ONNX: {reason}; choose another format"
    )


def has_writer(op: type[Op]) -> bool:
    """Whether `write_op` has a writer for an operator."""
    return write_op.dispatch(op) is not write_op.dispatch(Op)


def result(node: Node) -> str:
    """Name of the real result; its slash keeps it apart from `INPUT` and `OUTPUT`."""
    return f"{node.name}/result"


def _reals(to: Builder, node: Node) -> list[str]:
    return [to.real(name) for name in node.inputs]


def _plain(kind: str, to: Builder, node: Node, **attributes: Any) -> str:
    return to.add(kind, _reals(to, node), result(node), **attributes)


def _activated(activation: str, to: Builder, node: Node) -> str:
    """Append the clamp that the operator includes and return the name of the result."""
    if activation == "none":
        return result(node)
    return write_function(activation, {}, to, result(node), f"{node.name}/{activation}")


def _window(window: Window) -> dict[str, Any]:
    top, bottom, left, right = window.padding
    return {
        "kernel_shape": window.kernel,
        "strides": window.stride,
        "pads": (top, left, bottom, right),
        "dilations": window.dilation,
    }


@write_op.register
def _(op: Conv2d, to: Builder, node: Node) -> str:
    weight = node.arrays["weight"].transpose(0, 3, 1, 2)
    to.add(
        "Conv", [*_reals(to, node), *to.filters(node, weight)], result(node), **_window(op.window)
    )
    return _activated(op.activation, to, node)


@write_op.register
def _(op: DepthwiseConv2d, to: Builder, node: Node) -> str:
    weight = node.arrays["weight"].transpose(2, 0, 1)[:, None]
    inputs = [*_reals(to, node), *to.filters(node, weight)]
    to.add("Conv", inputs, result(node), group=len(weight), **_window(op.window))
    return _activated(op.activation, to, node)


@write_op.register
def _(op: BatchNorm, to: Builder, node: Node) -> str:
    weight = node.arrays["weight"][:, None, None, None]
    inputs = [*_reals(to, node), *to.filters(node, weight)]
    to.add("Conv", inputs, result(node), group=len(weight), kernel_shape=(1, 1))
    return _activated(op.activation, to, node)


@write_op.register
def _(op: Linear, to: Builder, node: Node) -> str:
    # A window as large as its input: the result keeps four axes, for a product with an image.
    height, width, channels = to.shape(node.inputs[0])
    weight = node.arrays["weight"].reshape(-1, height, width, channels).transpose(0, 3, 1, 2)
    inputs = [*_reals(to, node), *to.filters(node, weight)]
    to.add("Conv", inputs, result(node), kernel_shape=(height, width))
    return _activated(op.activation, to, node)


@write_op.register
def _(op: Add, to: Builder, node: Node) -> str:
    _plain("Add", to, node)
    return _activated(op.activation, to, node)


@write_op.register
def _(op: Mul, to: Builder, node: Node) -> str:
    return _plain("Mul", to, node)


@write_op.register
def _(op: Concat, to: Builder, node: Node) -> str:
    return _plain("Concat", to, node, axis=1)


@write_op.register
def _(op: GlobalAveragePool, to: Builder, node: Node) -> str:
    return _plain("GlobalAveragePool", to, node)


@write_op.register
def _(op: AveragePool, to: Builder, node: Node) -> str:
    window = _window(op.window)
    if op.window.dilation == (1, 1):
        del window["dilations"]
        return _plain("AveragePool", to, node, count_include_pad=1, **window)
    # ONNX Runtime has no int8 pooling with holes.
    channels = to.shape(node.name)[2]
    ones = to.constant(f"{node.name}/ones", np.ones((channels, 1, *op.window.kernel), np.int8))
    share = to.constant(f"{node.name}/share", np.float32(1 / op.window.area))
    weight = to.add("DequantizeLinear", [ones, share], f"{node.name}/weight")
    return to.add("Conv", [*_reals(to, node), weight], result(node), group=channels, **window)


@write_op.register
def _(op: InnerAveragePool, to: Builder, node: Node) -> str:
    window = _window(op.window)
    del window["dilations"]
    return _plain("AveragePool", to, node, count_include_pad=0, **window)


@write_op.register
def _(op: MaxPool, to: Builder, node: Node) -> str:
    return _plain("MaxPool", to, node, **_window(op.window))


@write_op.register
def _(op: Pad, to: Builder, node: Node) -> str:
    top, bottom, left, right = op.edges
    edges = np.array([0, 0, top, left, 0, 0, bottom, right], np.int64)
    return to.add("Pad", [*_reals(to, node), to.constant(f"{node.name}/pads", edges)], result(node))


@write_op.register
def _(op: Upsample, to: Builder, node: Node) -> str:
    factors = to.constant(f"{node.name}/factors", np.array([1, 1, *op.factors], np.float32))
    nearest = {"mode": "nearest", "nearest_mode": "floor"}
    how = {"coordinate_transformation_mode": "asymmetric", **nearest}
    return to.add("Resize", [*_reals(to, node), "", factors], result(node), **how)


@write_op.register
def _(op: Softmax, to: Builder, node: Node) -> str:
    return _plain("Softmax", to, node, axis=1)


@write_op.register
def _(op: Table, to: Builder, node: Node) -> str:
    start = write_op(op.before, to, node) if op.before else _reals(to, node)[0]
    output = f"{result(node)}{'/after' * _depth(op)}"
    return write_function(op.function, dict(op.arguments), to, start, output)


def _depth(op: Table) -> int:
    """Number of functions that the table computes before its own."""
    return 1 + _depth(op.before) if op.before else 0
