import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinypareto.graph.requantize import Quant, affine, fixed_point, rescale, saturate, to_int8

INT32 = st.integers(-(2**31) + 1, 2**31 - 1)
FINITE = st.floats(-1e9, 1e9)


@given(INT32, st.integers(0, 2**31 - 1), st.integers(1, 62))
def test_rescale_rounds_once_half_up(accumulator: int, multiplier: int, shift: int) -> None:
    exact = (2 * accumulator * multiplier + 2**shift) // 2 ** (shift + 1)
    assert rescale(np.array([accumulator]), multiplier, shift)[0] == exact


@given(st.floats(2.0**-24, 2.0**29))
def test_fixed_point_has_31_bits(ratio: float) -> None:
    multiplier, shift = fixed_point(ratio)
    assert 0 <= multiplier < 2**31
    assert 1 <= shift <= 54
    assert multiplier / 2**shift == pytest.approx(ratio, rel=2.0**-31)


@given(st.floats(0, 2.0**-24, exclude_min=True))
def test_fixed_point_of_a_tiny_ratio_is_nearest(ratio: float) -> None:
    multiplier, shift = fixed_point(ratio)
    assert abs(multiplier / 2**shift - ratio) <= 2.0**-55 + ratio * 2.0**-31


def test_fixed_point_refuses_what_cannot_be_shifted() -> None:
    with pytest.raises(ValueError, match=r"got >= 2\^30"):
        fixed_point(2.0**30)


@given(FINITE, FINITE)
def test_affine_holds_zero_and_the_range(first: float, second: float) -> None:
    low, high = sorted([first, second])
    quant = affine(low, high)
    assert to_int8(np.array(0.0), quant) == quant.zero_point
    for end in (low, high):
        step = float(to_int8(np.array(end), quant)) - quant.zero_point
        assert abs(step * quant.scale - end) <= quant.scale * (1 + 1e-9)


def test_affine_of_nothing_but_zero() -> None:
    assert affine(0.0, 0.0) == Quant(1.0, -128)


def test_saturate_clamps_after_the_zero_point() -> None:
    steps = np.array([-(2**40), -3, 0, 3, 2**40])
    assert saturate(steps, 10, 8, 12).tolist() == [8, 8, 10, 12, 12]
