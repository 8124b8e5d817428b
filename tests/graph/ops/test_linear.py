import pytest
import torch
from reference import EXACT, call_of, representable, steps_off
from torch import nn

from tinypareto.errors import UnsupportedLayerError
from tinypareto.graph.ops.linear import Linear


@pytest.mark.parametrize("bias", [True, False])
def test_linear_is_torchs(bias: bool) -> None:
    torch.manual_seed(0)
    assert steps_off(representable(nn.Linear(30, 7, bias=bias)), (30,)) <= EXACT


def test_refuses_to_work_on_the_last_axis_only() -> None:
    with pytest.raises(UnsupportedLayerError, match=r"linear '0': got an input of shape \(3, 5\)"):
        Linear.from_call(call_of(nn.Linear(5, 7), (3, 5)))
