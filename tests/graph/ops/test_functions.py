import pytest
import torch
from reference import EXACT, Function, op_of, steps_off
from torch import nn
from torch.nn import functional as F

from tinypareto.errors import UnsupportedLayerError
from tinypareto.graph.requantize import Quant

FUNCTIONS = [
    nn.ReLU(),
    nn.ReLU(inplace=True),
    nn.ReLU6(),
    nn.Hardswish(),
    nn.Hardsigmoid(),
    nn.Sigmoid(),
    nn.Tanh(),
    nn.SiLU(),
    Function(F.relu),
    Function(F.hardswish),
    Function(torch.sigmoid),
    Function(lambda x: x.tanh()),
    nn.LeakyReLU(),
    nn.LeakyReLU(0.3),
    nn.ELU(0.5),
    nn.GELU(),
    nn.Softplus(),
    nn.Hardtanh(-0.5, 2.0),
    Function(lambda x: F.leaky_relu(x, 0.2)),
    Function(lambda x: F.elu(x)),
    Function(lambda x: x.clamp(min=-0.5)),
    Function(lambda x: torch.clamp(x, 0, 1)),
    Function(lambda x: -x),
    Function(lambda x: 3 + x),
    Function(lambda x: x - 0.5),
    Function(lambda x: 1 - x),
    Function(lambda x: x * 2.5),
    Function(lambda x: x / 6),
]


@pytest.mark.parametrize("function", FUNCTIONS)
def test_every_function_is_torchs(function: nn.Module) -> None:
    assert steps_off(function, (5, 7, 9)) <= EXACT


@pytest.mark.parametrize(
    ("function", "problem"),
    [
        (nn.GELU("tanh"), "table '0': approximate='tanh' has no integer counterpart; use 'none'"),
        (nn.Softplus(beta=2), "beta=2"),
        (Function(lambda x: 1 / x), "div 'truediv': divides by a tensor"),
        (Function(lambda x: x // 2), "floordiv"),
        (Function(lambda x: torch.add(x, 2, alpha=3)), "add '.*': got .*'alpha': 3"),
        (Function(lambda x: torch.div(x, 2, rounding_mode="floor")), "div '.*': got .*'floor'"),
    ],
)
def test_refuses_what_it_cannot_do(function: nn.Module, problem: str) -> None:
    with pytest.raises(UnsupportedLayerError, match=problem):
        op_of(function, (5, 7, 9))


@pytest.mark.parametrize("function", [nn.Sigmoid(), nn.Hardsigmoid()])
def test_sigmoids_always_cover_zero_to_one(function: nn.Module) -> None:
    op = op_of(function, (5,))
    assert op.output_quant([Quant(1.0, 0)], 0.4, 0.6) == Quant(1 / 256, -128)
