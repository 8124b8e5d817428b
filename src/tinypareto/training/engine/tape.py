"""A traced network as a list of steps that are run forward and then backward."""

from collections.abc import Callable
from operator import add, iadd, imul, mul
from typing import Any

import torch
from torch import Tensor, fx, nn

from tinypareto.training.engine.calls import Entries, Entry, in_place, is_norm, parameters
from tinypareto.training.engine.compiled_layers import CompiledDepthwise, CompiledNorm
from tinypareto.training.engine.kernels import kernels
from tinypareto.training.engine.steps import (
    ACTIVATIONS,
    Activation,
    Autograd,
    Convolution,
    GlobalMean,
    Linear,
    Norm,
    Pointwise,
    Product,
    Reshape,
    Step,
    Sum,
)

_FUNCTIONS: dict[Any, type[Sum | Product]] = {
    add: Sum,
    iadd: Sum,
    torch.add: Sum,
    mul: Product,
    imul: Product,
    torch.mul: Product,
}


class Tape:
    """Steps of one network, for the parameters that it has now.

    The result and all gradients are those of torch's autograd, up to rounding.

    Args:
        entries: Of a module in training mode; every parameter has a gradient to add to.
    """

    def __init__(self, entries: Entries) -> None:
        self.entries, self.output = entries.calls, entries.output
        self.steps = [_step(entry) for entry in self.entries]

    def forward(self, x: Tensor) -> Tensor:
        """The output for a batch."""
        values: list[Any] = [x]
        for entry, step in zip(self.entries, self.steps, strict=True):
            values.append(step.forward(*[values[at] for at in entry.inputs]))
        result: Tensor = values[self.output]
        return result

    def backward(self, gradient: Tensor) -> None:
        """Add the gradients of all parameters, from that of the output."""
        gradients = {self.output: gradient}
        for entry, step in zip(reversed(self.entries), reversed(self.steps), strict=True):
            if entry.output not in gradients:
                continue
            made = step.backward(gradients.pop(entry.output))
            for at, active, values in zip(entry.inputs, entry.active, made, strict=True):
                if active and values is not None:
                    known = gradients.get(at)
                    gradients[at] = values if known is None else known + values


def _step(entry: Entry) -> Step:
    """The step for a call."""
    node, layer = entry.node, entry.layer
    if isinstance(layer, nn.BatchNorm2d) and is_norm(layer):
        return (CompiledNorm if kernels() else Norm)(layer, entry.rectified)
    if (
        type(layer) is nn.Conv2d
        and layer.padding_mode == "zeros"
        and isinstance(layer.padding, tuple)
    ):
        return _convolution(layer, any(entry.active))
    if layer is not None and type(layer) in ACTIVATIONS:
        return Activation(*ACTIVATIONS[type(layer)])
    if type(layer) is nn.Linear:
        return Linear(layer)
    if type(layer) is nn.Flatten or node.target in ("unsqueeze", "view"):
        return Reshape(_call(entry))
    if is_global_mean(layer):
        return GlobalMean()
    if (combine := combination(entry)) is not None:
        return combine()
    return Autograd(_call(entry), parameters(layer), in_place(node, layer))


def is_global_mean(layer: nn.Module | None) -> bool:
    """Whether it gives one value per channel."""
    return type(layer) is nn.AdaptiveAvgPool2d and layer.output_size in (1, (1, 1))


def combination(entry: Entry) -> type[Sum | Product] | None:
    """Which one of two tensors it is, if it is one."""
    node = entry.node
    tensors_only = not node.kwargs and all(isinstance(a, fx.Node) for a in node.args)
    two = tensors_only and len(node.all_input_nodes) == 2
    return _FUNCTIONS.get(node.target) if two else None


def _convolution(layer: nn.Conv2d, active: bool) -> Step:
    if layer.kernel_size == (1, 1) and layer.padding == (0, 0) and layer.groups == 1:
        return Pointwise(layer)
    height, width = layer.kernel_size
    plain = layer.stride == layer.dilation == (1, 1) and layer.bias is None
    same = layer.padding == (height // 2, width // 2) and height % 2 == width % 2 == 1
    depthwise = layer.groups == layer.in_channels == layer.out_channels
    if plain and same and depthwise and kernels():
        return CompiledDepthwise(layer)
    return Convolution(layer, active)


def _call(entry: Entry) -> Callable[..., Any]:
    """What the call does with the values of its input nodes, in their order."""
    # With the channels last, the values may have to move.
    node = entry.node
    target = "reshape" if node.target == "view" else node.target
    function = entry.layer or target
    sources = node.all_input_nodes

    def call(*inputs: Any) -> Any:
        values = dict(zip(sources, inputs, strict=True))
        args = fx.node.map_arg(node.args, values.__getitem__)
        kwargs = fx.node.map_arg(node.kwargs, values.__getitem__)
        if node.op == "call_method":
            return getattr(args[0], str(function))(*args[1:], **kwargs)
        assert callable(function)
        return function(*args, **kwargs)

    return call
