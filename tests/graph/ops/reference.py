"""Operators against the float modules that they stand for."""

from collections.abc import Callable
from typing import TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from tinypareto.frontend.trace import trace
from tinypareto.graph.call import Call
from tinypareto.graph.op import Op
from tinypareto.graph.ops import op_for
from tinypareto.graph.requantize import Quant, affine, to_int8

BATCH = 8
EXACT = 0.51
"""Steps of the output that an operator may be off: its rounding, and a little for its bias."""


T = TypeVar("T", bound=np.generic)


class Function(nn.Module):
    """A function of one tensor, as a module."""

    def __init__(self, function: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.function = function

    def forward(self, x: Tensor) -> Tensor:
        return self.function(x)


def call_of(module: nn.Module, shape: tuple[int, ...]) -> Call:
    """The only call of a module."""
    (call,), _ = trace(nn.Sequential(module), shape)
    return call


def op_of(module: nn.Module, shape: tuple[int, ...]) -> Op:
    """The operator that stands for a module."""
    call = call_of(module, shape)
    return op_for(call).from_call(call)[0]


def representable(module: nn.Module) -> nn.Module:
    """The module with weights that int8 holds exactly: integers, 127 in every filter."""
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.copy_(torch.randint(-127, 128, parameter.shape))
            if parameter.ndim > 1:
                parameter.flatten(1)[:, 0] = 127
    return module


def steps_off(module: nn.Module, shape: tuple[int, ...]) -> float:
    """Largest error of the integer operator in steps of its output; float on the same inputs."""
    rng = np.random.default_rng(0)
    call = call_of(module, shape)
    op, weights = op_for(call).from_call(call)
    x = rng.normal(1, 2, (BATCH, *shape)).astype(np.float32)
    quant = affine(float(x.min()), float(x.max()))
    integers = to_int8(x, quant)
    with torch.no_grad():
        wanted = module(torch.from_numpy(real(integers, quant)).float()).numpy()
    output = op.output_quant([quant], float(wanted.min()), float(wanted.max()))
    constants, scalars = op.quantize(weights, [quant], output)
    got = op.run(constants, scalars, channels_last(integers))
    wanted = np.clip(wanted / output.scale + output.zero_point, -128, 127)
    return float(np.abs(got - channels_last(wanted)).max())


def real(values: NDArray[np.int8], quant: Quant) -> NDArray[np.float64]:
    """What the integers stand for."""
    return (values.astype(np.float64) - quant.zero_point) * quant.scale


def channels_last(x: NDArray[T]) -> NDArray[T]:
    """(n, C, H, W), (n, C, L) or (n, F) as (n, height, width, channels)."""
    planes = x.reshape(*x.shape[:2], *(1,) * (4 - x.ndim), *x.shape[2:])
    return planes.transpose(0, 2, 3, 1)
