"""Reads TensorFlow Lite operators as calls: one function for each builtin operator, in `READERS`.

Where an operator rounds, the graph's rounds once, half up, as TensorFlow Lite does if it is built
with TFLITE_SINGLE_ROUNDING. By default it rounds several times: results can differ by one step.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinypareto.graph.call import Call
from tinypareto.graph.ops.window import Pair, Window
from tinypareto.tflite.filters import filters, grouped
from tinypareto.tflite.read_context import TfliteReadContext

Reader = Callable[[TfliteReadContext], Iterable[Call]]


def _sliding(context: TfliteReadContext, kernel: Pair) -> dict[str, Any]:
    """Attributes of a sliding window."""
    strides = context.option("strideH", 1), context.option("strideW", 1)
    dilation = context.option("dilationHFactor", 1), context.option("dilationWFactor", 1)
    if min(*kernel, *strides, *dilation) < 1:
        raise context.refused(f"kernel {kernel}, strides {strides}, dilations {dilation}")
    padding = context.paddings.get(context.option("padding"))
    if padding not in ("SAME", "VALID"):
        raise context.refused(f"has the padding {context.option('padding')}")
    window = Window(kernel, strides, dilation=dilation)
    edges = window.same(context.image(context.tensor(0))) if padding == "SAME" else (0, 0, 0, 0)
    return {"kernel_size": kernel, "stride": strides, "dilation": dilation, "edges": edges}


def _activated(context: TfliteReadContext, call: Call) -> Iterable[Call]:
    """The call, and the clamp of an activation that its operator cannot include."""
    activation = context.activation()
    if activation == "none":
        return [call]
    first = replace(call, name=f"{call.name}/result")
    return [first, Call(call.name, activation, (first.name,), {}, {}, (call.shape,), call.shape)]


def _filtered(
    context: TfliteReadContext, weight: NDArray[Any], bias: NDArray[Any], groups: int
) -> Call:
    """A convolution with filters of shape (filters, channels of a group, height, width)."""
    window = _sliding(context, (weight.shape[2], weight.shape[3]))
    weights, activation = {"weight": weight, "bias": bias}, context.activation()
    return context.call("Conv2d", weights, groups=groups, activation=activation, **window)


def _conv(context: TfliteReadContext) -> Iterable[Call]:
    weight, bias = filters(context, 0)
    weight = weight.transpose(0, 3, 1, 2)
    groups, rest = divmod(context.image(context.tensor(0))[2], weight.shape[1])
    if rest or not groups or len(weight) % groups:
        raise context.refused(f"weights {weight.shape} do not fit input {context.tensor(0).shape}")
    yield _filtered(context, grouped(weight, groups), bias, 1)


def _depthwise(context: TfliteReadContext) -> Iterable[Call]:
    weight, bias = filters(context, 3)
    weight = weight.transpose(3, 0, 1, 2)
    channels = context.image(context.tensor(0))[2]
    if weight.shape[1] != 1 or len(weight) % channels:
        raise context.refused(f"weights {weight.shape} do not fit input {context.tensor(0).shape}")
    plain = len(weight) == channels
    yield _filtered(
        context, weight if plain else grouped(weight, channels), bias, channels if plain else 1
    )


def _linear(context: TfliteReadContext) -> Iterable[Call]:
    weight, bias = filters(context, 0)
    order = context.view(context.node.inputs[0]).order.ravel()
    if weight.shape[1:] != order.shape:
        raise context.refused(f"weights {weight.shape} do not fit input {context.tensor(0).shape}")
    if context.option("weightsFormat", 0):
        raise context.refused("has shuffled weights, which are for one runtime only")
    # The graph's layer reads (height, width, channels), whatever was transposed before.
    weights = {"weight": np.empty_like(weight), "bias": bias}
    weights["weight"][:, order] = weight
    yield context.layer("Linear", weights, activation=context.activation())


def _add(context: TfliteReadContext) -> Iterable[Call]:
    if len(context.computed()) != 2:
        raise context.refused("adds a constant; wanted two computed tensors")
    yield context.call("add", activation=context.activation())


def _average_pool(context: TfliteReadContext) -> Iterable[Call]:
    kernel = context.option("filterHeight", 0), context.option("filterWidth", 0)
    window = _sliding(context, kernel)
    _same_quant(context)
    return _activated(context, context.call("avg_pool2d", in_steps=True, **window))


def _max_pool(context: TfliteReadContext) -> Iterable[Call]:
    kernel = context.option("filterHeight", 0), context.option("filterWidth", 0)
    _same_quant(context)
    return _activated(context, context.call("max_pool2d", **_sliding(context, kernel)))


def _same_quant(context: TfliteReadContext) -> None:
    """Refuse an operator that would have to rescale, which TensorFlow Lite's does not."""
    before, after = context.quant(context.tensor(0)), context.quant(context.result)
    if before != after:
        raise context.refused(f"turns {before} into {after}; wanted the same quantization")


def _softmax(context: TfliteReadContext) -> Iterable[Call]:
    if context.option("beta", 0.0) != 1.0:
        raise context.refused(f"has beta={context.option('beta')}; wanted 1")
    yield context.call("softmax", dim=1)


def _mul(context: TfliteReadContext) -> Iterable[Call]:
    if len(context.computed()) != 2:
        raise context.refused("multiplies by a constant; wanted two computed tensors")
    return _activated(context, context.call("mul"))


def _concat(context: TfliteReadContext) -> Iterable[Call]:
    axes, axis = len(context.result.shape), context.option("axis", 0)
    if axis % axes != axes - 1 or len(context.computed()) != len(context.node.inputs):
        raise context.refused(f"joins along axis {axis}; wanted computed channels, the last axis")
    return _activated(context, context.call("cat", dim=1))


def _mean(context: TfliteReadContext) -> Iterable[Call]:
    axes = len(context.tensor(0).shape)
    reduced = {int(axis) % axes for axis in context.constant(1).ravel()}
    if axes < 3 or reduced != set(range(1, axes - 1)):
        raise context.refused(f"has the axes {sorted(reduced)}; wanted those of all pixels")
    yield context.call("adaptive_avg_pool2d")


def _pad(context: TfliteReadContext) -> Iterable[Call]:
    _same_quant(context)
    edges = context.constant(1)
    if edges.shape != (len(context.tensor(0).shape), 2) or edges[[0, -1]].any() or len(edges) < 3:
        raise context.refused(f"pads by {edges.tolist()}; wanted the pixels only")
    around = [int(edge) for pair in edges[-2:0:-1] for edge in pair]
    yield context.call("pad", pad=tuple(around), mode="constant", value=0)


def _rescaled(context: TfliteReadContext) -> Iterable[Call]:
    yield context.call("cat", dim=1)


def _function(target: str, **renamed: str) -> Reader:
    """A function of one value, its options under torch's names."""

    def read(context: TfliteReadContext) -> Iterable[Call]:
        yield context.call(target, **{ours: context.option(own) for own, ours in renamed.items()})

    return read


READERS: dict[str, Reader] = {
    "CONV_2D": _conv,
    "DEPTHWISE_CONV_2D": _depthwise,
    "FULLY_CONNECTED": _linear,
    "ADD": _add,
    "AVERAGE_POOL_2D": _average_pool,
    "MAX_POOL_2D": _max_pool,
    "SOFTMAX": _softmax,
    "MUL": _mul,
    "CONCATENATION": _concat,
    "MEAN": _mean,
    "PAD": _pad,
    "QUANTIZE": _rescaled,
    "RELU": _function("relu"),
    "RELU6": _function("relu6"),
    "LEAKY_RELU": _function("leaky_relu", alpha="negative_slope"),
    "LOGISTIC": _function("sigmoid"),
    "TANH": _function("tanh"),
    "HARD_SWISH": _function("hardswish"),
}
"""Readers by the name of the operator. Those that move values only are in `read_views`."""
