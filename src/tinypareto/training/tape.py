"""A traced network as a list of steps that are run forward and then backward."""

from collections.abc import Callable
from dataclasses import dataclass
from operator import add, iadd, imul, mul
from typing import Any

import torch
from torch import Tensor, fx, nn

from tinypareto.training.compiled import CompiledDepthwise, CompiledNorm
from tinypareto.training.kernels import kernels
from tinypareto.training.steps import (
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
_IN_PLACE = (iadd, imul)


@dataclass(frozen=True)
class Entry:
    """A step with the places of its inputs and of its result, and which inputs need gradients."""

    step: Step
    inputs: tuple[int, ...]
    output: int
    active: tuple[bool, ...]


class Tape:
    """Steps of one network, for the parameters that it has now.

    The result and all gradients are those of torch's autograd, up to rounding.

    Args:
        module: In training mode; every parameter has a gradient to add to.
        graph: Of the module, traced in training mode.
    """

    def __init__(self, module: nn.Module, graph: fx.Graph) -> None:
        self.entries: list[Entry] = []
        places: dict[fx.Node, int] = {}
        active: set[int] = set()
        for node in graph.nodes:
            if node.op == "output":
                self.output = places[node.args[0]]
            elif node.op == "placeholder":
                places[node] = 0
            elif (normed := _fused_norm(module, node)) is not None:
                places[node] = places[normed]
            else:
                self._record(module, node, places, active)
        self.size = 1 + len(self.entries)

    def _record(
        self, module: nn.Module, node: fx.Node, places: dict[fx.Node, int], active: set[int]
    ) -> None:
        inputs = tuple(places[source] for source in node.all_input_nodes)
        needs = tuple(at in active for at in inputs)
        place = len(self.entries) + 1
        self.entries.append(Entry(_step(module, node, any(needs)), inputs, place, needs))
        if any(needs) or _parameters(module, node):
            active.add(place)
        if _in_place(module, node):
            # Whoever reads what was overwritten reads this result.
            places.update({n: place for n, at in places.items() if at == inputs[0]})
        places[node] = place

    def forward(self, x: Tensor) -> Tensor:
        """The output for a batch."""
        values: list[Any] = [x] * self.size
        for entry in self.entries:
            values[entry.output] = entry.step.forward(*[values[at] for at in entry.inputs])
        result: Tensor = values[self.output]
        return result

    def backward(self, gradient: Tensor) -> None:
        """Add the gradients of all parameters, from that of the output."""
        gradients = {self.output: gradient}
        for entry in reversed(self.entries):
            if entry.output not in gradients:
                continue
            made = entry.step.backward(gradients.pop(entry.output))
            for at, active, values in zip(entry.inputs, entry.active, made, strict=True):
                if active and values is not None:
                    known = gradients.get(at)
                    gradients[at] = values if known is None else known + values


def _layer(module: nn.Module, node: fx.Node) -> nn.Module | None:
    return module.get_submodule(str(node.target)) if node.op == "call_module" else None


def _parameters(module: nn.Module, node: fx.Node) -> list[nn.Parameter]:
    layer = _layer(module, node)
    return [] if layer is None else [p for p in layer.parameters() if p.requires_grad]


def _in_place(module: nn.Module, node: fx.Node) -> bool:
    flagged = bool(node.kwargs.get("inplace") or getattr(_layer(module, node), "inplace", False))
    named = node.op == "call_method" and str(node.target).endswith("_")
    return flagged or named or node.target in _IN_PLACE


def _fused_norm(module: nn.Module, node: fx.Node) -> fx.Node | None:
    """The batch norm whose step does what this ReLU does."""
    if type(_layer(module, node)) is not nn.ReLU:
        return None
    (source,) = node.all_input_nodes
    return source if _is_norm(_layer(module, source)) and len(source.users) == 1 else None


def _is_norm(layer: nn.Module | None) -> bool:
    return type(layer) is nn.BatchNorm2d and layer.affine


def _step(module: nn.Module, node: fx.Node, active: bool) -> Step:
    """The step for a node; `active`: the gradient by its input is needed."""
    layer = _layer(module, node)
    tensors_only = not node.kwargs and all(isinstance(a, fx.Node) for a in node.args)
    if isinstance(layer, nn.BatchNorm2d) and _is_norm(layer):
        rectified = any(_fused_norm(module, user) is node for user in node.users)
        return (CompiledNorm if kernels() else Norm)(layer, rectified)
    if (
        type(layer) is nn.Conv2d
        and layer.padding_mode == "zeros"
        and isinstance(layer.padding, tuple)
    ):
        return _convolution(layer, active)
    if layer is not None and type(layer) in ACTIVATIONS:
        return Activation(*ACTIVATIONS[type(layer)])
    if type(layer) is nn.Linear:
        return Linear(layer)
    if type(layer) is nn.Flatten or node.target in ("unsqueeze", "view"):
        return Reshape(_call(module, node))
    if type(layer) is nn.AdaptiveAvgPool2d and layer.output_size in (1, (1, 1)):
        return GlobalMean()
    if node.target in _FUNCTIONS and tensors_only and len(node.all_input_nodes) == 2:
        return _FUNCTIONS[node.target]()
    return Autograd(_call(module, node), _parameters(module, node), _in_place(module, node))


def _convolution(layer: nn.Conv2d, active: bool) -> Step:
    if layer.kernel_size == layer.stride == (1, 1) and layer.padding == (0, 0):
        return Pointwise(layer) if layer.groups == 1 else Convolution(layer, active)
    height, width = layer.kernel_size
    plain = layer.stride == layer.dilation == (1, 1) and layer.bias is None
    same = layer.padding == (height // 2, width // 2) and height % 2 == width % 2 == 1
    depthwise = layer.groups == layer.in_channels == layer.out_channels
    if plain and same and depthwise and kernels():
        return CompiledDepthwise(layer)
    return Convolution(layer, active)


def _call(module: nn.Module, node: fx.Node) -> Callable[..., Any]:
    """What the node does with the values of its input nodes, in their order."""
    # With the channels last, the values may have to move.
    target = "reshape" if node.target == "view" else node.target
    function = _layer(module, node) or target
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
