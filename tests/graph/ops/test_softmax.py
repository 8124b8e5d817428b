import numpy as np
import pytest
import torch
from reference import EXACT, Function, op_of, steps_off
from torch import nn
from torch.nn import functional as F

from tinypareto.errors import UnsupportedLayerError
from tinypareto.graph.ops.softmax import MOST, ONE, Softmax
from tinypareto.graph.ops.table import UNIT
from tinypareto.graph.requantize import Quant


@pytest.mark.parametrize(
    ("module", "shape"),
    [
        (nn.Softmax(dim=1), (5, 4, 3)),
        (nn.Softmax(dim=-2), (5, 4)),
        (nn.Softmax(dim=-1), (12,)),
        (nn.Softmax(dim=1), (1, 2, 2)),
        (Function(lambda x: F.softmax(x, 1)), (5, 4, 3)),
        (Function(lambda x: torch.softmax(x, dim=-3)), (200, 2, 2)),
    ],
)
def test_it_is_torchs(module: nn.Module, shape: tuple[int, ...]) -> None:
    assert steps_off(module, shape) <= EXACT


@pytest.mark.parametrize(
    ("module", "problem"),
    [
        (nn.Softmax(dim=-1), r"softmax '0': dim=-1 on shape \(8, 8, 8\); wanted dim=1"),
        (Function(lambda x: x.softmax(2)), "dim=2"),
    ],
)
def test_other_axes_are_refused(module: nn.Module, problem: str) -> None:
    with pytest.raises(UnsupportedLayerError, match=problem):
        op_of(module, (8, 8, 8))


def test_more_channels_than_int32_can_sum_are_refused() -> None:
    assert np.iinfo(np.int32).max + ONE >= 2 * MOST * ONE - 1
    op_of(nn.Softmax(dim=1), (MOST,))
    with pytest.raises(UnsupportedLayerError, match="1025 channels; wanted at most 1024"):
        op_of(nn.Softmax(dim=1), (MOST + 1,))


def test_shares_of_most_channels_by_hand() -> None:
    made = Softmax().quantize({}, [Quant(1.0, 0)], UNIT)
    x = np.full((1, 1, 1, MOST), -128, np.int8)
    assert set(Softmax().run(*made, x).ravel().tolist()) == {-128}
    x[..., 7] = 127
    assert Softmax().run(*made, x).ravel()[7] == 127
    two = np.array([[[[3, 3]]]], np.int8)
    assert Softmax().run(*made, two).ravel().tolist() == [0, 0]


@pytest.mark.parametrize("output", [Quant(1 / 255, -128), Quant(1 / 16, -128)])
def test_coarser_steps_are_those_of_other_tools(output: Quant) -> None:
    rng = np.random.default_rng(0)
    x = rng.integers(-128, 128, (50, 1, 1, 7)).astype(np.int8)
    got = Softmax().run(*Softmax().quantize({}, [Quant(0.05, 3)], output), x)
    real = np.exp(x * 0.05)
    wanted = real / real.sum(-1, keepdims=True) / output.scale - 128
    assert np.abs(got - wanted).max() <= EXACT


@pytest.mark.parametrize("output", [Quant(1 / 256, 0), Quant(1 / 512, -128), Quant(3.0, -128)])
def test_other_steps_are_refused(output: Quant) -> None:
    with pytest.raises(OverflowError, match="wanted Quant"):
        Softmax().quantize({}, [Quant(0.05, 3)], output)
