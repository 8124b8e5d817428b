"""Reads ONNX nodes as calls: one function for each ONNX operator, in `READERS`."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from math import prod
from typing import Any

import numpy as np

from tinypareto.errors import UnsupportedLayerError
from tinypareto.graph.call import Call
from tinypareto.qdq.model import OnnxNode
from tinypareto.qdq.nearest import check_nearest
from tinypareto.qdq.node_context import OnnxNodeContext, Shape, Weights
from tinypareto.qdq.parameters import Parameters
from tinypareto.qdq.read_slices import read_gather, read_slice
from tinypareto.qdq.windows import sliding_window

Reader = Callable[[OnnxNodeContext], Iterable[Call]]


def read_op(
    node: OnnxNode,
    inputs: tuple[str, ...],
    parameters: Parameters,
    shape: Callable[[str], Shape],
    linear: bool,
) -> list[Call]:
    """Convert a node to calls, in execution order.

    Args:
        node: The node.
        inputs: Names of the calls whose results it reads.
        parameters: The model's constants.
        shape: The shape of a tensor without the batch axis.
        linear: Whether it reads one layer with weights whose result is not quantized.

    Raises:
        UnsupportedLayerError: The node has no integer counterpart.
    """
    if not inputs:
        problem = "reads constants only; simplify the model before quantizing it"
        raise UnsupportedLayerError(f"{node.kind} {node.name!r}: {problem}")
    _check_numbers(node, parameters)
    shapes = tuple(shape(name) for name in node.inputs if name and not parameters.known(name))
    return list(
        READERS[node.kind](
            OnnxNodeContext(node, inputs, shapes, shape(node.output), parameters, linear)
        )
    )


def refuse_unknown(nodes: Iterable[OnnxNode]) -> None:
    """Refuse nodes without an integer operator, all of them in one message.

    Raises:
        UnsupportedLayerError: There is one.
    """
    known = {*READERS, "QuantizeLinear", "DequantizeLinear", "Transpose"}
    unknown = [node for node in nodes if node.kind not in known]
    if unknown:
        places = ", ".join(f"{node.kind} {node.name!r}" for node in unknown)
        listed = ", ".join(sorted(known - {"Silu", "ArgMax"}))
        verb = "has" if len(unknown) == 1 else "have"
        raise UnsupportedLayerError(f"{places}: {verb} no integer operator; supported are {listed}")


def _check_numbers(node: OnnxNode, parameters: Parameters) -> None:
    """Refuse constants that are no numbers, and infinite ones where they are no bounds."""
    for index, name in enumerate(node.inputs):
        if not parameters.known(name):
            continue
        value = np.asarray(parameters.value(node, index))
        real = value.dtype.kind == "f"
        if real and (np.isnan(value) | (np.isinf(value) & (node.kind != "Clip"))).any():
            problem = f"input {index} ({name!r}) has values that are not finite"
            raise UnsupportedLayerError(f"{node.kind} {node.name!r}: {problem}; train it again")


def _conv(context: OnnxNodeContext) -> Iterable[Call]:
    weight = context.parameters.filters(context.node, context.node.name, 0)
    groups, (channels, *pixels) = context.get("group", 1), context.shapes[0]
    if weight.shape[1] * groups != channels or weight.ndim - 2 != len(pixels):
        raise context.refused(
            f"weights of shape {weight.shape} do not fit input {context.shapes[0]}"
        )
    window = sliding_window(context, weight.shape[2:])
    if groups > 1 and not groups == channels == len(weight):
        weight, groups = _ungrouped(weight, groups), 1
    yield context.call(f"Conv{len(pixels)}d", _weights(context, weight), groups=groups, **window)


def _ungrouped(weight: Any, groups: int) -> Any:
    """Filters over all channels, with zeros for those of other groups."""
    filters, channels, *taps = weight.shape
    if filters % groups:
        raise ValueError(f"{filters} filters in {groups} groups")
    # Axes: group of the filter, filter, group of the channels, channel, taps.
    spread = np.zeros((groups, filters // groups, groups, channels, *taps), weight.dtype)
    index = np.arange(groups)
    spread[index, :, index] = weight.reshape(groups, filters // groups, channels, *taps)
    return spread.reshape(filters, groups * channels, *taps)


def _weights(context: OnnxNodeContext, weight: Any) -> Weights:
    """The weights and, if there is one, the bias."""
    bias = context.value(2)
    if bias is None:
        return {"weight": weight}
    if bias.size != len(weight):
        raise context.refused(f"{bias.size} biases for {len(weight)} filters")
    return {"weight": weight, "bias": bias.ravel()}


def _gemm(context: OnnxNodeContext) -> Iterable[Call]:
    plain = context.get("alpha", 1.0) == context.get("beta", 1.0) == 1.0 and not context.get(
        "transA", 0
    )
    if not plain:
        raise context.refused("wanted alpha=1, beta=1, transA=0; fold them into the weights")
    rows = bool(context.get("transB", 0))
    weight = context.parameters.filters(context.node, context.node.name, 0 if rows else 1)
    yield _linear(context, weight if rows else weight.T)


def _linear(context: OnnxNodeContext, weight: Any) -> Call:
    if weight.ndim != 2 or context.shapes[0] != weight.shape[1:]:
        problem = f"weights of shape {weight.T.shape} do not fit input {context.shapes[0]}"
        raise context.refused(f"{problem}; wanted a vector")
    return context.call("Linear", _weights(context, weight))


def _matmul(context: OnnxNodeContext) -> Iterable[Call]:
    if len(context.inputs) != 1 or len(context.shapes[0]) != 1:
        raise context.refused("wanted a vector times constant weights")
    yield _linear(context, context.parameters.filters(context.node, context.node.name, 1).T)


def _norm(context: OnnxNodeContext) -> Iterable[Call]:
    keys = ("weight", "bias", "running_mean", "running_var")
    weights = {key: np.asarray(context.value(index)) for index, key in enumerate(keys, 1)}
    yield context.call("BatchNorm2d", weights, eps=context.get("epsilon", 1e-5))


def _merge(target: str) -> Reader:
    def read(context: OnnxNodeContext) -> Iterable[Call]:
        if len(context.inputs) == 2:
            if target not in ("add", "mul"):
                raise context.refused("of two tensors; only their sum and product are supported")
            return [context.call(target)]
        names = enumerate(context.node.inputs)
        index = next(index for index, name in names if context.parameters.known(name))
        value = context.value(index)
        if value.size == 1:
            # A norm can be merged into the layer before it, a table cannot.
            folded = _folded(target, index, float(value.item())) if context.linear else None
            if folded:
                shape = (context.shapes[0][0], *(1,) * (len(context.shapes[0]) - 1))
                return [_by_channel(context, folded[0], np.full(shape, folded[1]))]
            number: dict[str, Any] = {"other" if index == 1 else "input": float(value.item())}
            return [context.call(target, **number)]
        if index == 0 and target in ("sub", "div"):
            raise context.refused("of constants and a tensor; only the tensor can come first")
        return [_by_channel(context, target, value)]

    return read


def _folded(target: str, index: int, value: float) -> tuple[str, float] | None:
    """A sum or a product with a number as one with the number on the right, if there is one."""
    if target in ("add", "mul"):
        return target, value
    if index == 1 and target == "sub":
        return "add", -value
    return ("mul", 1 / value) if index == 1 and target == "div" and value else None


def _by_channel(context: OnnxNodeContext, target: str, value: Any) -> Call:
    """A number for each channel, added or multiplied, written as a batch norm."""
    (shape,) = context.shapes
    axes = (1,) * (len(shape) - value.ndim) + value.shape[-len(shape) :]
    if target == "sub":
        target, value = "add", -value
    elif target == "div" and value.all():
        target, value = "mul", 1 / value
    if target not in ("add", "mul") or axes != (shape[0],) + (1,) * (len(shape) - 1):
        raise context.refused(f"with constants of shape {value.shape}; wanted one for each channel")
    ones, zeros = np.ones(shape[0]), np.zeros(shape[0])
    weight, bias = (ones, value.ravel()) if target == "add" else (value.ravel(), zeros)
    weights = {"weight": weight, "bias": bias, "running_mean": zeros, "running_var": ones}
    return context.call("BatchNorm2d", weights, eps=0.0)


def _function(target: str, **renamed: str) -> Reader:
    """A function of one value, its attributes under torch's names."""

    def read(context: OnnxNodeContext) -> Iterable[Call]:
        values = {ours: context.get(theirs) for theirs, ours in renamed.items()}
        known = {key: value for key, value in values.items() if value is not None}
        yield context.call(target, **known)

    return read


def _clip(context: OnnxNodeContext) -> Iterable[Call]:
    low = context.get("min", context.number(1))
    high = context.get("max", context.number(2))
    known = {(0.0, 6.0): "relu6", (0.0, None): "relu"}
    if (low, high) in known:
        yield context.call(known[low, high])
    else:
        yield context.call("clamp", min=low, max=high)


def _hard_sigmoid(context: OnnxNodeContext) -> Iterable[Call]:
    alpha, beta = context.get("alpha", 0.2), context.get("beta", 0.5)
    if abs(alpha - 1 / 6) > 1e-6 or beta != 0.5:
        raise context.refused(f"alpha={alpha:.4g}, beta={beta}; wanted 1/6 and 0.5")
    yield context.call("hardsigmoid")


def _gelu(context: OnnxNodeContext) -> Iterable[Call]:
    yield context.call("gelu", approximate=context.get("approximate", "none"))


def _softmax(context: OnnxNodeContext) -> Iterable[Call]:
    if context.get("flattens") and prod(context.shapes[0][1:]) > 1:
        raise context.refused("spans channels and pixels before opset 13; wanted the channels only")
    yield context.call("softmax", dim=context.get("axis", -1))


def _max_pool(context: OnnxNodeContext) -> Iterable[Call]:
    kernel = context.get("kernel_shape")
    yield context.call(f"MaxPool{len(kernel)}d", **sliding_window(context, kernel))


def _average_pool(context: OnnxNodeContext) -> Iterable[Call]:
    kernel, include = context.get("kernel_shape"), bool(context.get("count_include_pad", 0))
    window = sliding_window(context, kernel)
    fixed = {**context.node.attributes, "ceil_mode": 0}
    plain = replace(context, node=replace(context.node, attributes=fixed))
    if include and sliding_window(plain, kernel) != window:
        raise context.refused(
            "ceil_mode=1 with count_include_pad=1 divides by other numbers at the edges; pad the "
            "input instead"
        )
    yield context.call(f"AvgPool{len(kernel)}d", count_include_pad=include, **window)


def _global_max_pool(context: OnnxNodeContext) -> Iterable[Call]:
    kernel = context.shapes[0][1:]
    yield context.call(f"MaxPool{len(kernel)}d", kernel_size=kernel, stride=kernel)


def _argmax(context: OnnxNodeContext) -> Iterable[Call]:
    raise context.refused(
        "gives the number of a class; leave it out, and take the largest output of the C"
    )


def _prelu(context: OnnxNodeContext) -> Iterable[Call]:
    slope = np.unique(np.asarray(context.value(1)))
    if slope.size != 1:
        raise context.refused(f"has {slope.size} slopes; wanted one for all channels")
    yield context.call("leaky_relu", negative_slope=float(slope.item()))


def _mean(context: OnnxNodeContext) -> Iterable[Call]:
    axes = context.get("axes") or np.asarray(context.value(1)).tolist()
    yield context.call("mean", dim=tuple(axes))


def _pad(context: OnnxNodeContext) -> Iterable[Call]:
    pads = context.get("pads")
    given = np.asarray(context.value(1) if pads is None else pads).reshape(2, -1)
    axes, rank = context.value(3), len(context.shapes[0]) + 1
    edges = np.zeros((2, rank), np.int64)
    edges[:, range(rank) if axes is None else np.asarray(axes).ravel() % rank] = given
    if edges[:, :2].any():
        raise context.refused(f"pads {edges.tolist()}; wanted the pixels only")
    pairs = edges.T[:1:-1]
    value = context.number(2) if pads is None else context.get("value", 0.0)
    mode = context.get("mode", "constant")
    yield context.call("pad", pad=tuple(pairs.ravel().tolist()), mode=mode, value=value or 0)


def _resize(context: OnnxNodeContext) -> Iterable[Call]:
    if context.get("mode", "nearest") == "nearest":
        check_nearest(context)
    yield context.call("interpolate", mode=context.get("mode", "nearest"))


def _reshape(target: str) -> Reader:
    def read(context: OnnxNodeContext) -> Iterable[Call]:
        if prod(context.shapes[0]) != prod(context.shape):
            raise context.refused(f"turns {context.shapes[0]} into {context.shape}")
        yield context.call(target)

    return read


def _concat(context: OnnxNodeContext) -> Iterable[Call]:
    if len(context.inputs) != len(context.node.inputs):
        raise context.refused("joins constants; wanted computed tensors only")
    yield context.call("cat", dim=context.get("axis"))


READERS: dict[str, Reader] = {
    "Conv": _conv,
    "Gemm": _gemm,
    "MatMul": _matmul,
    "BatchNormalization": _norm,
    "Add": _merge("add"),
    "Mul": _merge("mul"),
    "Sub": _merge("sub"),
    "Div": _merge("div"),
    "Relu": _function("relu"),
    "Clip": _clip,
    "LeakyRelu": _function("leaky_relu", alpha="negative_slope"),
    "Elu": _function("elu", alpha="alpha"),
    "Sigmoid": _function("sigmoid"),
    "Silu": _function("silu"),
    "HardSigmoid": _hard_sigmoid,
    "HardSwish": _function("hardswish"),
    "Tanh": _function("tanh"),
    "Softplus": _function("softplus"),
    "Gelu": _gelu,
    "Softmax": _softmax,
    "Neg": _function("neg"),
    "MaxPool": _max_pool,
    "AveragePool": _average_pool,
    "GlobalMaxPool": _global_max_pool,
    "ArgMax": _argmax,
    "PRelu": _prelu,
    "GlobalAveragePool": _function("adaptive_avg_pool2d"),
    "ReduceMean": _mean,
    "Concat": _concat,
    "Pad": _pad,
    "Resize": _resize,
    "Upsample": _resize,
    "Flatten": _reshape("flatten"),
    "Reshape": _reshape("reshape"),
    "Squeeze": _reshape("squeeze"),
    "Unsqueeze": _reshape("unsqueeze"),
    "Gather": read_gather,
    "Slice": read_slice,
    "Identity": _function("Identity"),
    "Dropout": _function("Dropout"),
}
"""Readers by the name of the ONNX operator; `Silu` is the node that `merge_silu` writes."""
