"""The training step of each torch call, under the key of its record in `graph.ops.TORCH_CALLS`.

Calls without an entry, and those that an entry does not cover, are left to autograd, one by one.
Functions are mostly left to it although their modules have a step: a step keeps the channels last
in memory while autograd does not, and sums then round differently, so that existing searches would
give other trials.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from torch import fx, nn

from tinypareto.training.engine.autograd_step import run_call
from tinypareto.training.engine.calls import TracedCall, is_norm
from tinypareto.training.engine.compiled_layers import CompiledDepthwise, CompiledNorm
from tinypareto.training.engine.compiled_steps import ALIAS, FLAT
from tinypareto.training.engine.kernels import kernels
from tinypareto.training.engine.steps import (
    ACTIVATIONS,
    Activation,
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


def _none(call: TracedCall) -> None:
    return None


@dataclass(frozen=True)
class TrainingStep:
    """How training runs one torch call forward and backward.

    Attributes:
        tape: Builds its step on a `Tape`, or returns None to leave the call to autograd.
        compiled: Chooses its C step: an entry of `compiled_steps.KINDS`, `ALIAS` or `FLAT`, or
            None where there is none and the whole network is left to the tape.
    """

    tape: Callable[[TracedCall], Step | None]
    compiled: Callable[[TracedCall], str | None] = _none


def _tape_convolution(call: TracedCall) -> Step | None:
    layer = call.layer
    if not isinstance(layer, nn.Conv2d) or layer.padding_mode != "zeros":
        return None
    if isinstance(layer.padding, str):
        return None
    if layer.kernel_size == (1, 1) and layer.padding == (0, 0) and layer.groups == 1:
        return Pointwise(layer)
    height, width = layer.kernel_size
    plain = layer.stride == layer.dilation == (1, 1) and layer.bias is None
    same = layer.padding == (height // 2, width // 2) and height % 2 == width % 2 == 1
    if plain and same and _is_depthwise(layer) and kernels():
        return CompiledDepthwise(layer)
    return Convolution(layer, any(call.active))


def _is_depthwise(layer: nn.Conv2d) -> bool:
    return layer.groups == layer.in_channels == layer.out_channels


def _compiled_convolution(call: TracedCall) -> str | None:
    layer = call.layer
    if not isinstance(layer, nn.Conv2d) or layer.padding_mode != "zeros":
        return None
    if isinstance(layer.padding, str) or layer.dilation != (1, 1):
        return None
    if layer.groups > 1:
        return "filters" if layer.bias is None and _is_depthwise(layer) else None
    single = layer.kernel_size == layer.stride == (1, 1) and layer.padding == (0, 0)
    if any(call.active) and not single:
        # Torch's own kernels are faster where many channels meet many taps.
        return None
    return "dense" if single else "convolution"


def _tape_norm(call: TracedCall) -> Step | None:
    if not (isinstance(call.layer, nn.BatchNorm2d) and is_norm(call.layer)):
        return None
    return (CompiledNorm if kernels() else Norm)(call.layer, call.rectified)


def _compiled_norm(call: TracedCall) -> str | None:
    return "norm" if is_norm(call.layer) else None


def _tape_linear(call: TracedCall) -> Step | None:
    return Linear(call.layer) if isinstance(call.layer, nn.Linear) else None


def _tape_reshape(call: TracedCall) -> Step | None:
    return Reshape(run_call(call))


def _compiled_reshape(call: TracedCall) -> str | None:
    # The input of a program is an image already; see `frontend.trace`.
    axes = (*call.node.args[1:], *call.node.kwargs.values())
    if call.node.target == "unsqueeze" and call.inputs == (0,) and axes in ((2,), (-2,)):
        return ALIAS
    layer = call.layer
    flattens = isinstance(layer, nn.Flatten) and (layer.start_dim, layer.end_dim) == (1, -1)
    return FLAT if flattens else None


def _activation(kind: str) -> TrainingStep:
    def tape(call: TracedCall) -> Step | None:
        return Activation(*ACTIVATIONS[kind]) if call.layer is not None else None

    def compiled(call: TracedCall) -> str | None:
        return kind if call.layer is not None else None

    return TrainingStep(tape, compiled)


def _is_global_mean(call: TracedCall) -> bool:
    layer = call.layer
    return isinstance(layer, nn.AdaptiveAvgPool2d) and layer.output_size in (1, (1, 1))


def _combination(step: type[Sum | Product], kind: str) -> TrainingStep:
    """Sums and products of two tensors, not of a tensor and a number."""

    def covers(call: TracedCall) -> bool:
        node = call.node
        tensors_only = not node.kwargs and all(isinstance(a, fx.Node) for a in node.args)
        return node.op == "call_function" and tensors_only and len(node.all_input_nodes) == 2

    return TrainingStep(
        lambda call: step() if covers(call) else None,
        lambda call: kind if covers(call) else None,
    )


STEPS: Mapping[str, TrainingStep] = {
    "conv": TrainingStep(_tape_convolution, _compiled_convolution),
    "linear": TrainingStep(_tape_linear, lambda call: "dense"),
    "batch_norm": TrainingStep(_tape_norm, _compiled_norm),
    "relu": _activation("relu"),
    "hardsigmoid": _activation("hardsigmoid"),
    "hardswish": _activation("hardswish"),
    "add": _combination(Sum, "sum"),
    "mul": _combination(Product, "product"),
    "adaptive_avg_pool": TrainingStep(
        lambda call: GlobalMean() if _is_global_mean(call) else None,
        lambda call: "mean" if _is_global_mean(call) else None,
    ),
    "reshape": TrainingStep(_tape_reshape, _compiled_reshape),
}


def training_step(call: TracedCall) -> TrainingStep | None:
    """The training step of a call, or None if it is always left to autograd."""
    return STEPS.get(call.key or "")
