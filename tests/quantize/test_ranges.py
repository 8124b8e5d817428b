import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from tinypareto.graph.requantize import affine, to_int8
from tinypareto.quantize.observe import BINS, Observed
from tinypareto.quantize.ranges import least_squares


def observed(values: NDArray[np.float32]) -> Observed:
    seen = Observed()
    seen.add(torch.from_numpy(values)[:, None])
    return seen


def root_mean_square(values: NDArray[np.float32], low: float, high: float) -> float:
    """Of what rounding and clipping to this range changes."""
    quant = affine(low, high)
    real = (to_int8(values, quant).astype(np.float64) - quant.zero_point) * quant.scale
    return float(np.sqrt(((real - values) ** 2).mean()))


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    tail=st.floats(1, 100),
    rate=st.floats(0, 0.01),
    relu=st.booleans(),
    unit=st.sampled_from([1e-30, 1.0, 1e30]),
)
def test_it_lies_within_what_was_seen_and_loses_no_more(
    seed: int, tail: float, rate: float, relu: bool, unit: float
) -> None:
    rng = np.random.default_rng(seed)
    drawn = rng.normal(size=5000) * np.where(rng.random(5000) < rate, tail, 1.0)
    values = (unit * np.maximum(drawn, 0 if relu else -np.inf)).astype(np.float32)
    seen = observed(values)
    low, high = least_squares(seen)
    assert seen.low <= low <= high <= seen.high
    # A root mean square moves by no more than the values do: to the centres of bins, and back.
    bin_width = (seen.high - seen.low) / BINS
    full = root_mean_square(values, seen.low, seen.high)
    assert root_mean_square(values, low, high) <= full + bin_width


def test_a_lonely_outlier_is_clipped() -> None:
    values = np.random.default_rng(0).normal(size=100_000).astype(np.float32)
    values[0] = 12.0
    seen = observed(values)
    low, high = least_squares(seen)
    assert 3 < high < 12
    full = root_mean_square(values, seen.low, seen.high)
    assert root_mean_square(values, low, high) < 0.95 * full


@pytest.mark.parametrize("value", [0.0, 5.0, -3.0, 1e-40, 3e38])
def test_a_constant_is_kept(value: float) -> None:
    values = np.full(100, value, np.float32)
    assert least_squares(observed(values)) == (min(values[0], 0), max(values[0], 0))


def test_what_is_not_finite_is_left_to_be_refused() -> None:
    _, high = least_squares(observed(np.array([1.0, np.inf], np.float32)))
    assert high == np.inf
