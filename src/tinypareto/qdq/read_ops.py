"""The calls that stand for each ONNX operator: one function each, by its name."""

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from tinypareto.errors import UnsupportedLayerError
from tinypareto.graph.call import Call
from tinypareto.qdq.model import OnnxNode
from tinypareto.qdq.node_context import Shape, Site, Weights
from tinypareto.qdq.parameters import Parameters

Reader = Callable[[Site], Iterable[Call]]


def read_op(
    node: OnnxNode, inputs: tuple[str, ...], parameters: Parameters, shape: Callable[[str], Shape]
) -> list[Call]:
    """The calls that stand for a node, in order.

    Raises:
        UnsupportedLayerError: It has no integer counterpart.
    """
    if node.kind not in READERS:
        known = ", ".join(sorted({*READERS, "QuantizeLinear", "DequantizeLinear"} - {"Silu"}))
        raise UnsupportedLayerError(
            f"{node.kind} {node.name!r}: has no integer operator; supported are {known}"
        )
    if not inputs:
        problem = "reads constants only; simplify the model before quantizing it"
        raise UnsupportedLayerError(f"{node.kind} {node.name!r}: {problem}")
    shapes = tuple(shape(name) for name in node.inputs if name and not parameters.known(name))
    return list(READERS[node.kind](Site(node, inputs, shapes, shape(node.output), parameters)))


def _edges(site: Site, axes: int) -> tuple[int, ...]:
    """Padding (top, bottom, left, right)."""
    mode, pads = site.get("auto_pad", "NOTSET"), list(site.get("pads", [0] * 2 * axes))
    if mode not in ("NOTSET", "VALID"):
        raise site.refused(f"auto_pad={mode!r} is unknown; export it with explicit pads")
    if mode == "VALID":
        return 0, 0, 0, 0
    pairs = zip([0, *pads[:axes]][-2:], [0, *pads[axes:]][-2:], strict=True)
    return tuple(edge for pair in pairs for edge in pair)


def _window(site: Site, kernel: Shape) -> dict[str, Any]:
    """Torch's attributes of a sliding window."""
    axes, edges = len(kernel), _edges(site, len(kernel))
    stride, dilation = (tuple(site.get(key, (1,) * axes)) for key in ("strides", "dilations"))
    if min(*kernel, *stride, *dilation) < 1 or min(edges) < 0 or not len(stride) == len(dilation):
        raise site.refused(
            f"kernel {kernel}, strides {stride}, dilations {dilation} make no window"
        )
    return {
        "kernel_size": tuple(kernel),
        "stride": stride,
        "dilation": dilation,
        "edges": edges,
    }


def _conv(site: Site) -> Iterable[Call]:
    weight = site.parameters.filters(site.node, site.node.name, 0)
    groups, (channels, *pixels) = site.get("group", 1), site.shapes[0]
    if weight.shape[1] * groups != channels or weight.ndim - 2 != len(pixels):
        raise site.refused(f"weights of shape {weight.shape} do not fit input {site.shapes[0]}")
    window = _window(site, weight.shape[2:])
    yield site.call(f"Conv{len(pixels)}d", _weights(site, weight), groups=groups, **window)


def _weights(site: Site, weight: Any) -> Weights:
    """Weights and, where there is one, the bias."""
    bias = site.value(2)
    if bias is None:
        return {"weight": weight}
    if bias.size != len(weight):
        raise site.refused(f"{bias.size} biases for {len(weight)} filters")
    return {"weight": weight, "bias": bias.ravel()}


def _gemm(site: Site) -> Iterable[Call]:
    plain = site.get("alpha", 1.0) == site.get("beta", 1.0) == 1.0 and not site.get("transA", 0)
    if not plain:
        raise site.refused("wanted alpha=1, beta=1, transA=0; fold them into the weights")
    rows = bool(site.get("transB", 0))
    weight = site.parameters.filters(site.node, site.node.name, 0 if rows else 1)
    yield site.call("Linear", _weights(site, weight if rows else weight.T))


def _matmul(site: Site) -> Iterable[Call]:
    if len(site.inputs) != 1 or len(site.shapes[0]) != 1:
        raise site.refused("wanted a vector times constant weights")
    yield site.call("Linear", {"weight": site.parameters.filters(site.node, site.node.name, 1).T})


def _norm(site: Site) -> Iterable[Call]:
    keys = ("weight", "bias", "running_mean", "running_var")
    weights = {key: np.asarray(site.value(at)) for at, key in enumerate(keys, 1)}
    yield site.call("BatchNorm2d", weights, eps=site.get("epsilon", 1e-5))


def _merge(target: str) -> Reader:
    def read(site: Site) -> Iterable[Call]:
        if len(site.inputs) == 2:
            if target not in ("add", "mul"):
                raise site.refused("of two tensors; only their sum and product are supported")
            return [site.call(target)]
        at = next(at for at, name in enumerate(site.node.inputs) if site.parameters.known(name))
        value = site.value(at)
        if value.size == 1:
            number: dict[str, Any] = {"other" if at == 1 else "input": float(value.item())}
            return [site.call(target, **number)]
        return [_by_channel(site, target, value)]

    return read


def _by_channel(site: Site, target: str, value: Any) -> Call:
    """A number for each channel, added or multiplied, as a batch norm."""
    (shape,) = site.shapes
    axes = (1,) * (len(shape) - value.ndim) + value.shape[-len(shape) :]
    if target not in ("add", "mul") or axes != (shape[0],) + (1,) * (len(shape) - 1):
        raise site.refused(f"with constants of shape {value.shape}; wanted one for each channel")
    ones, zeros = np.ones(shape[0]), np.zeros(shape[0])
    weight, bias = (ones, value.ravel()) if target == "add" else (value.ravel(), zeros)
    weights = {"weight": weight, "bias": bias, "running_mean": zeros, "running_var": ones}
    return site.call("BatchNorm2d", weights, eps=0.0)


def _function(target: str, **renamed: str) -> Reader:
    """A function of one value; its attributes get torch's names."""

    def read(site: Site) -> Iterable[Call]:
        given = {ours: site.get(theirs) for theirs, ours in renamed.items()}
        yield site.call(target, **{key: value for key, value in given.items() if value is not None})

    return read


def _clip(site: Site) -> Iterable[Call]:
    low = site.get("min", site.number(1))
    high = site.get("max", site.number(2))
    known = {(0.0, 6.0): "relu6", (0.0, None): "relu"}
    if (low, high) in known:
        yield site.call(known[low, high])
    else:
        yield site.call("clamp", min=low, max=high)


def _hard_sigmoid(site: Site) -> Iterable[Call]:
    alpha, beta = site.get("alpha", 0.2), site.get("beta", 0.5)
    if abs(alpha - 1 / 6) > 1e-6 or beta != 0.5:
        raise site.refused(f"alpha={alpha:.4g}, beta={beta}; wanted 1/6 and 0.5")
    yield site.call("hardsigmoid")


def _gelu(site: Site) -> Iterable[Call]:
    yield site.call("gelu", approximate=site.get("approximate", "none"))


def _pool(target: str) -> Reader:
    def read(site: Site) -> Iterable[Call]:
        names = ("ceil_mode", "count_include_pad")
        flags: dict[str, Any] = {name: bool(site.get(name, False)) for name in names}
        kernel = site.get("kernel_shape")
        yield site.call(f"{target}{len(kernel)}d", **flags, **_window(site, kernel))

    return read


def _mean(site: Site) -> Iterable[Call]:
    axes = site.get("axes") or np.asarray(site.value(1)).tolist()
    yield site.call("mean", dim=tuple(axes))


def _pad(site: Site) -> Iterable[Call]:
    pads = site.get("pads")
    edges = np.asarray(site.value(1) if pads is None else pads).reshape(2, -1)
    if edges[:, :2].any():
        raise site.refused(f"pads {edges.tolist()}; wanted the pixels only")
    pairs = edges.T[:1:-1]
    value = site.number(2) if pads is None else site.get("value", 0.0)
    mode = site.get("mode", "constant")
    yield site.call("pad", pad=tuple(pairs.ravel().tolist()), mode=mode, value=value or 0)


def _resize(site: Site) -> Iterable[Call]:
    where = site.get("coordinate_transformation_mode", "half_pixel")
    if where not in ("asymmetric", "half_pixel"):
        raise site.refused(f"coordinate_transformation_mode={where!r}; wanted 'asymmetric'")
    yield site.call("interpolate", mode=site.get("mode", "nearest"))


def _concat(site: Site) -> Iterable[Call]:
    if len(site.inputs) != len(site.node.inputs):
        raise site.refused("joins constants; wanted computed tensors only")
    yield site.call("cat", dim=site.get("axis"))


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
    "Neg": _function("neg"),
    "MaxPool": _pool("MaxPool"),
    "AveragePool": _pool("AvgPool"),
    "GlobalAveragePool": _function("adaptive_avg_pool2d"),
    "ReduceMean": _mean,
    "Concat": _concat,
    "Pad": _pad,
    "Resize": _resize,
    "Upsample": _resize,
    "Flatten": _function("flatten"),
    "Reshape": _function("reshape"),
    "Squeeze": _function("squeeze"),
    "Unsqueeze": _function("unsqueeze"),
    "Identity": _function("Identity"),
    "Dropout": _function("Dropout"),
}
"""By the operator's name."""
