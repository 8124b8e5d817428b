import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from tinypareto.errors import UnsupportedLayerError
from tinypareto.frontend.trace import trace
from tinypareto.nets.spec import NetSpec
from tinypareto.pruning.plan import PruningPlan, filters_left, prunable_layers, pruning_plan


def plan_from_module(module: nn.Module, shape: tuple[int, ...]) -> PruningPlan:
    return pruning_plan(*trace(module, shape))


@pytest.mark.parametrize(
    ("width", "sparsity", "left"),
    [(64, 0.0, 64), (64, 0.5, 32), (10, 0.55, 5), (10, 0.59, 5), (4, 0.99, 1), (1, 0.9, 1)],
)
def test_kept_by_hand(width: int, sparsity: float, left: int) -> None:
    assert filters_left(width, sparsity) == left


@given(
    width=st.integers(1, 1000),
    sparsities=st.lists(st.floats(0, 1, exclude_max=True), min_size=1, max_size=9),
)
def test_kept_of_an_array_is_kept_of_each(width: int, sparsities: list[float]) -> None:
    together = filters_left(width, np.array(sparsities))
    assert together.dtype == np.int64
    assert together.tolist() == [filters_left(width, sparsity) for sparsity in sparsities]
    assert all(1 <= left <= width for left in together.tolist())


def test_squeeze_layer_is_alone_and_expand_follows_the_main_path() -> None:
    module = NetSpec("dscnn", {"width": 32, "depth": 2}, (3, 20), 4).build()
    calls, source = trace(module, (3, 20))
    assert prunable_layers(calls, source) == {
        "conv": 32,
        "blocks.0.pointwise": 32,
        "blocks.1.pointwise": 32,
        "blocks.1.se.reduce": 2,
    }
    plan = pruning_plan(calls, source)
    main = plan.axes["blocks.1.pointwise"].outputs
    for path in ("blocks.1.norm2", "blocks.1.se.expand"):
        np.testing.assert_array_equal(plan.axes[path].outputs, main)
    np.testing.assert_array_equal(plan.axes["classifier"].inputs, main)
    depthwise = plan.axes["blocks.0.depthwise"]
    np.testing.assert_array_equal(depthwise.outputs, plan.axes["conv"].outputs)


def test_flatten_repeats_each_channel_over_its_positions() -> None:
    module = nn.Sequential(nn.Conv1d(2, 3, 1), nn.Flatten(), nn.Linear(12, 2))
    plan = plan_from_module(module, (2, 4))
    np.testing.assert_array_equal(plan.axes["2"].inputs, np.repeat(plan.axes["0"].outputs, 4))


@pytest.mark.parametrize(("sizes", "widths"), [((-1, 1), {"0": 6}), ((6, 1), {}), ((6, -1), {})])
def test_channels_that_a_reshape_writes_out_stay(
    sizes: tuple[int, int], widths: dict[str, int]
) -> None:
    pooled = nn.Conv1d(2, 6, 1), nn.AdaptiveAvgPool1d(1), nn.Flatten()
    module = nn.Sequential(*pooled, nn.Unflatten(1, sizes), nn.Flatten(), nn.Linear(6, 2))
    assert plan_from_module(module, (2, 4)).widths == widths


def test_layer_channels_of_many_networks_at_once() -> None:
    module = NetSpec("dscnn", {"width": 8, "depth": 2}, (3, 20), 4).build()
    channels = plan_from_module(module, (3, 20)).layer_channels(
        {"blocks.1.pointwise": np.array([1, 5])}
    )
    assert channels["blocks.1.se.expand"].tolist() == [1, 5]
    assert channels["blocks.0.pointwise"] == 8
    assert channels["classifier"] == 4


class InputResidual(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(4, 4, 3, padding=1)
        self.more = nn.Conv2d(4, 6, 1)
        self.head = nn.Conv2d(6, 2, 1)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.more(x + self.conv(x)))  # type: ignore[no-any-return]


def test_what_is_tied_to_the_input_or_the_output_stays() -> None:
    assert plan_from_module(InputResidual(), (4, 5, 5)).widths == {"more": 6}


class Wrong(nn.Module):
    def __init__(self, kind: str) -> None:
        super().__init__()
        self.kind = kind
        self.conv = nn.Conv2d(4, 4, 1)
        self.linear = nn.Linear(4, 4)
        self.norm = nn.GroupNorm(2, 4)

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv(x)
        if self.kind == "transpose":
            return x.transpose(1, 2)
        if self.kind == "mean":
            return x.mean(1)
        if self.kind == "cat":
            return torch.cat([x, x], dim=-1)
        layer = self.linear if self.kind == "linear" else self.norm
        return layer(x)  # type: ignore[no-any-return]


@pytest.mark.parametrize("kind", ["transpose", "mean", "cat", "linear", "norm"])
def test_unknown_mixing_of_channels_is_refused_by_name(kind: str) -> None:
    with pytest.raises(UnsupportedLayerError, match=f"'{kind}'"):
        plan_from_module(Wrong(kind), (4, 4, 4))
