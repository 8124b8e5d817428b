import pytest
import torch
from reference import EXACT, Function, op_of, steps_off
from torch import nn
from torch.nn import functional as F

from tinypareto.errors import UnsupportedLayerError
from tinypareto.graph.requantize import Quant

PLANES = [
    nn.AdaptiveAvgPool2d(1),
    nn.AdaptiveAvgPool2d((1, 1)),
    Function(lambda x: x.mean((2, 3))),
    Function(lambda x: torch.mean(x, dim=[-1, -2], keepdim=True)),
    Function(lambda x: F.adaptive_avg_pool2d(x, 1)),
    nn.AdaptiveAvgPool2d((7, 3)),
    nn.AdaptiveAvgPool2d((2, 2)),
    Function(lambda x: F.adaptive_avg_pool2d(x, (1, 3))),
    nn.AvgPool2d(3, stride=2, padding=1),
    nn.AvgPool2d((1, 3), count_include_pad=False),
    Function(lambda x: F.avg_pool2d(x, 2)),
    nn.MaxPool2d(3, stride=2, padding=1),
    nn.MaxPool2d((2, 3), dilation=(2, 1)),
    Function(lambda x: F.max_pool2d(x, 2)),
]
SERIES = [
    nn.AdaptiveAvgPool1d(1),
    Function(lambda x: x.mean(-1)),
    nn.AdaptiveAvgPool1d(2),
    nn.AdaptiveAvgPool1d(11),
    nn.AvgPool1d(3),
    nn.MaxPool1d(4, stride=2, padding=2),
    Function(lambda x: F.max_pool1d(x, 3, 1)),
]


@pytest.mark.parametrize("pool", PLANES)
def test_pools_planes(pool: nn.Module) -> None:
    assert steps_off(pool, (5, 7, 9)) <= EXACT


@pytest.mark.parametrize("pool", SERIES)
def test_pools_series(pool: nn.Module) -> None:
    assert steps_off(pool, (5, 11)) <= EXACT


def test_a_maximum_keeps_the_quantization() -> None:
    given = Quant(0.25, 3)
    assert op_of(nn.MaxPool2d(2), (1, 4, 4)).output_quant([given], -9.0, 9.0) == given


@pytest.mark.parametrize(
    ("pool", "problem"),
    [
        (
            nn.AdaptiveAvgPool2d(5),
            r"average_pool '0': pools \[8, 8\] pixels to \[5, 5\] by",
        ),
        (Function(lambda x: x.mean(1)), "wanted the mean over all pixels"),
        (Function(lambda x: x.mean((1, 2))), "wanted the mean over all pixels"),
        (nn.AvgPool2d(3, ceil_mode=True), "average_pool '0': ceil_mode=True"),
        (nn.AvgPool2d(3, divisor_override=2), "divisor_override=2"),
        (nn.AvgPool2d(3, padding=1, count_include_pad=False), "count_include_pad=False"),
        (nn.MaxPool2d(3, ceil_mode=True), "max_pool '0': ceil_mode=True"),
    ],
)
def test_refuses_what_it_cannot_do(pool: nn.Module, problem: str) -> None:
    with pytest.raises(UnsupportedLayerError, match=problem):
        op_of(pool, (8, 8, 8))
