from typing import Any

import pytest
import torch
from reference import EXACT, call_of, op_of, representable, steps_off
from torch import nn

from tinypareto.errors import UnsupportedLayerError
from tinypareto.graph.ops import op_for
from tinypareto.graph.ops.conv2d import Conv2d
from tinypareto.graph.ops.depthwise_conv2d import DepthwiseConv2d

PLANES: list[dict[str, Any]] = [
    {"kernel_size": 1},
    {"kernel_size": 3, "padding": 1},
    {"kernel_size": (3, 2), "stride": (2, 1), "padding": (1, 0)},
    {"kernel_size": (2, 4), "padding": "same"},
    {"kernel_size": 3, "padding": "valid", "dilation": 2},
    {"kernel_size": (1, 3), "padding": "same", "dilation": (1, 2), "bias": False},
]
SERIES: list[dict[str, Any]] = [
    {"kernel_size": 5, "stride": 2, "padding": 2},
    {"kernel_size": 4, "padding": "same", "dilation": 3},
]


# Torch warns that an even kernel with padding='same' is slow.
pytestmark = pytest.mark.filterwarnings("ignore:Using padding='same'")


@pytest.fixture(autouse=True)
def seed() -> None:
    torch.manual_seed(0)


@pytest.mark.parametrize("options", PLANES)
@pytest.mark.parametrize("groups", [1, 6])
def test_conv2d_is_torchs(options: dict[str, Any], groups: int) -> None:
    layer = nn.Conv2d(6, 4 if groups == 1 else 6, groups=groups, **options)
    assert isinstance(op_of(layer, (6, 7, 9)), Conv2d if groups == 1 else DepthwiseConv2d)
    assert steps_off(representable(layer), (6, 7, 9)) <= EXACT


@pytest.mark.parametrize("options", SERIES)
@pytest.mark.parametrize("groups", [1, 6])
def test_conv1d_is_torchs(options: dict[str, Any], groups: int) -> None:
    layer = nn.Conv1d(6, 6, groups=groups, **options)
    assert steps_off(representable(layer), (6, 20)) <= EXACT


def test_more_taps_than_float32_sums_exactly() -> None:
    assert steps_off(representable(nn.Conv2d(300, 3, 2)), (300, 3, 3)) <= EXACT


def test_rounded_weights_stay_close() -> None:
    assert steps_off(nn.Conv2d(8, 4, 3), (8, 6, 6)) <= 3


@pytest.mark.parametrize(
    ("layer", "problem"),
    [
        (nn.Conv2d(8, 8, 3, groups=2), r"conv2d '0': groups=2 with 8 input and 8 output channels"),
        (nn.Conv2d(4, 8, 3, groups=4), r"use groups=1, or groups=4 with as many output channels"),
        (nn.Conv2d(8, 4, 3, padding=1, padding_mode="reflect"), "padding_mode='reflect'"),
        (nn.ConvTranspose2d(8, 4, 3), "ConvTranspose2d '0': has no integer operator; use one of"),
    ],
)
def test_refuses_what_it_cannot_do(layer: nn.Module, problem: str) -> None:
    call = call_of(layer, (4 if "groups=4" in str(layer) else 8, 6, 6))
    with pytest.raises(UnsupportedLayerError, match=problem):
        op_for(call).from_call(call)
