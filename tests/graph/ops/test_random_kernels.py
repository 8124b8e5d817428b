from itertools import combinations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from tinypareto.errors import UnsupportedLayerError
from tinypareto.frontend.trace import trace
from tinypareto.graph.lower import lower
from tinypareto.graph.ops.dilated_kernels import count_reaching
from tinypareto.graph.ops.random_kernels import UNIT, RandomKernels
from tinypareto.graph.requantize import Quant
from tinypareto.nets import random_kernels

TRIPLES = list(combinations(range(9), 3))


def minirocket(
    series: NDArray[np.float64], triple: tuple[int, int, int], dilation: int, padded: bool
) -> NDArray[np.float64]:
    """Results as the paper defines them: a dilated convolution with weights of -1 and 2.

    Dempster 2021, Section 3.1: kernels of nine weights, three of them 2, the others -1; where a
    kernel is padded, the series has zeros at both ends so that each of its positions is the middle
    of the kernel once.
    """
    weights = np.where(np.isin(np.arange(9), triple), 2.0, -1.0)
    outside = np.zeros(4 * dilation if padded else 0)
    long = np.concatenate([outside, series, outside])
    starts = range(len(long) - 8 * dilation)
    return np.array(
        [long[start : start + 8 * dilation + 1 : dilation] @ weights for start in starts]
    )


@st.composite
def features(draw: st.DrawFn) -> tuple[int, dict[str, NDArray[np.float32]], NDArray[np.int8], int]:
    seed = draw(st.integers(0, 2**32 - 1))
    count, channels = draw(st.integers(1, 12)), draw(st.integers(1, 9))
    dilation = draw(st.integers(1, 4))
    length = draw(st.integers(8 * dilation + 1, 90))
    rng = np.random.default_rng(seed)
    order = np.sort(rng.integers(0, 3, count))
    weights = {
        "kernel": rng.integers(84, size=count),
        "dilation": rng.integers(1, dilation + 1, 3)[order],
        "padded": rng.integers(2, size=count),
        "channels": rng.integers(2, size=(3, channels))[order],
        "threshold": rng.normal(size=count) * 20,
        "mean": rng.integers(0, length, count),
        "gain": UNIT.scale * 2.0 ** rng.integers(-8, 8, count),
    }
    x = rng.integers(-128, 128, (3, 1, length, channels)).astype(np.int8)
    floats = {name: values.astype(np.float32) for name, values in weights.items()}
    return dilation, floats, x, int(rng.integers(-128, 128))


@settings(deadline=None)
@given(features())
def test_counts_are_minirockets(
    given_: tuple[int, dict[str, NDArray[np.float32]], NDArray[np.int8], int],
) -> None:
    dilation, weights, x, zero_point = given_
    scale, count = 0.25, len(weights["kernel"])
    op = RandomKernels(count, 3, dilation)
    constants, scalars = op.quantize(weights, [Quant(scale, zero_point)], UNIT)
    got = op.counts(constants, scalars, x[:, 0])
    real = (x[:, 0].astype(np.float64) - zero_point) * scale
    for feature in range(count):
        members = weights["channels"][feature] != 0
        for case in range(len(x)):
            results = minirocket(
                real[case][:, members].sum(axis=1),
                TRIPLES[int(weights["kernel"][feature])],
                int(weights["dilation"][feature]),
                bool(weights["padded"][feature]),
            )
            # The proportion of positive values, times the positions.
            assert got[case, feature] == np.sum(results > weights["threshold"][feature])
    features_of = op.run(constants, scalars, x)[:, 0, 0].astype(np.float64) * UNIT.scale
    wanted = (got - weights["mean"]) * weights["gain"].astype(np.float64)
    assert np.abs(features_of - np.clip(wanted, -4, 127 / 32)).max() <= UNIT.scale / 2


@settings(deadline=None)
@given(features())
def test_the_torch_layer_computes_the_same(
    given_: tuple[int, dict[str, NDArray[np.float32]], NDArray[np.int8], int],
) -> None:
    dilation, weights, x, zero_point = given_
    # Eighths of an odd number are never reached, so that rounding changes no comparison.
    weights["threshold"] = np.floor(weights["threshold"]) + np.float32(0.125)
    module = random_kernels.RandomKernels(weights, 3, dilation)
    op = RandomKernels(len(weights["kernel"]), 3, dilation)
    constants, scalars = op.quantize(weights, [Quant(0.25, zero_point)], UNIT)
    real = (x[:, 0].astype(np.float32) - zero_point) * 0.25
    made = module(torch.from_numpy(np.moveaxis(real, 2, 1))).numpy()
    counts = op.counts(constants, scalars, x[:, 0])
    np.testing.assert_array_equal(made, (counts - weights["mean"]) * weights["gain"])


@given(st.integers(1, 2000), st.integers(-5, 5))
def test_counts_of_long_series_do_not_overflow(length: int, threshold: int) -> None:
    values = np.random.default_rng(length).integers(-5, 6, (length, 2)).astype(np.int16)
    np.testing.assert_array_equal(
        count_reaching(values, threshold), (values >= threshold).sum(axis=0)
    )


def layer(channels: NDArray[np.int64], groups: int) -> random_kernels.RandomKernels:
    count = len(channels)
    weights = {
        "kernel": np.arange(count),
        "dilation": np.ones(count),
        "padded": np.ones(count),
        "channels": channels,
        "threshold": np.zeros(count),
        "mean": np.zeros(count),
        "gain": np.ones(count),
    }
    return random_kernels.RandomKernels(weights, groups, 1)


def test_more_groups_than_announced_are_refused() -> None:
    made = layer(np.array([[1, 0], [0, 1], [1, 0]]), 2)
    with pytest.raises(UnsupportedLayerError, match="3 groups, wanted at most 2"):
        lower(*trace(torch.nn.Sequential(made, torch.nn.Linear(3, 2)), (2, 20)), (2, 20))


def test_sums_that_int16_does_not_hold_are_refused() -> None:
    made = layer(np.ones((2, 10), np.int64), 2)
    with pytest.raises(UnsupportedLayerError, match="sums of 10 channels"):
        lower(*trace(torch.nn.Sequential(made, torch.nn.Linear(2, 2)), (10, 20)), (10, 20))


def test_groups_that_are_not_used_have_no_features() -> None:
    made = layer(np.array([[1, 0], [1, 0], [1, 0]]), 5)
    graph = lower(*trace(torch.nn.Sequential(made, torch.nn.Linear(3, 2)), (2, 20)), (2, 20))
    node = graph.nodes[0]
    constants, scalars = node.op.quantize(node.arrays, [Quant(0.1, 0)], UNIT)
    assert constants["size"].tolist() == [3, 0, 0]
    assert node.op.run(constants, scalars, np.ones((1, 1, 20, 2), np.int8)).shape == (1, 1, 1, 3)
