"""Infinite and absurd values say "very bad" and hide nothing."""

import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tinypareto.samplers.penalties import tame

VALUES = arrays(np.float64, (9, 2), elements=st.floats(allow_nan=True, allow_infinity=True))


def test_penalties_lie_one_range_outside() -> None:
    column = np.array([[1.0], [3.0], [np.inf], [2.0], [-np.inf], [np.nan]])
    np.testing.assert_array_equal(tame(column)[:, 0], [1.0, 3.0, 5.0, 2.0, -1.0, np.nan])


@pytest.mark.parametrize("penalty", [1e30, 1e155, sys.float_info.max, np.inf])
def test_every_penalty_is_worth_the_same(penalty: float) -> None:
    column = np.array([[0.1], [0.4], [0.2], [0.3], [penalty]])
    assert tame(column)[-1, 0] == pytest.approx(0.7)


def test_a_study_that_has_converged_has_no_penalties() -> None:
    values = np.r_[1e-8 * np.arange(12), np.linspace(0.1, 0.9, 8)][:, None]
    np.testing.assert_array_equal(tame(values), values)


def test_nothing_but_penalties() -> None:
    np.testing.assert_array_equal(tame(np.array([[np.inf], [np.inf]])), [[1.0], [1.0]])


def test_measured_values_stay() -> None:
    values = np.geomspace(1e-3, 1e2, 12)[:, None]
    np.testing.assert_array_equal(tame(values), values)


@given(VALUES)
def test_the_result_is_finite_keeps_nan_and_order(values: np.ndarray) -> None:
    tamed = tame(values)
    np.testing.assert_array_equal(np.isnan(tamed), np.isnan(values))
    assert np.abs(np.nan_to_num(tamed)).max() < 1e101
    for before, after in zip(values.T, tamed.T, strict=True):
        there = ~np.isnan(before)
        order = np.argsort(before[there], kind="stable")
        assert (np.diff(after[there][order]) >= 0).all()
