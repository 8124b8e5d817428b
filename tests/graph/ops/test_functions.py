import pytest
import torch
from reference import EXACT, Function, op_of, steps_off
from torch import nn
from torch.nn import functional as F

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
]


@pytest.mark.parametrize("function", FUNCTIONS)
def test_every_function_is_torchs(function: nn.Module) -> None:
    assert steps_off(function, (5, 7, 9)) <= EXACT


@pytest.mark.parametrize("function", [nn.Sigmoid(), nn.Hardsigmoid()])
def test_sigmoids_always_cover_zero_to_one(function: nn.Module) -> None:
    op = op_of(function, (5,))
    assert op.output_quant([Quant(1.0, 0)], 0.4, 0.6) == Quant(1 / 256, -128)
