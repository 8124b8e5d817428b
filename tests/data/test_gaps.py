import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinypareto.data.gaps import check_padding, fill_channels, interpolated, notes, stacked
from tinypareto.errors import DataError

NAN = float("nan")


def series(*values: float) -> np.ndarray:
    return np.array(values, np.float32)


def test_gaps_are_linear_in_time_and_constant_at_the_ends() -> None:
    got = interpolated(series(NAN, 1, NAN, NAN, 4, NAN))
    np.testing.assert_allclose(got, [1, 1, 2, 3, 4, 4])


@given(st.lists(st.one_of(st.just(NAN), st.floats(-9, 9, width=32)), min_size=1, max_size=12))
def test_known_values_stay_and_bound_the_others(values: list[float]) -> None:
    given_values = series(*values)
    known = ~np.isnan(given_values)
    got = interpolated(given_values)
    np.testing.assert_array_equal(got[known], given_values[known])
    if known.any():
        assert got.min() >= given_values[known].min()
        assert got.max() <= given_values[known].max()


def test_short_series_go_on_and_long_ones_are_cut() -> None:
    cases = [[series(1, 2), series(5, NAN, 7)], [series(1, 2, 3, 4), series(9, 9, 9, 9)]]
    np.testing.assert_array_equal(stacked(cases, 3), [[[1, 2, 2], [5, 6, 7]], [[1, 2, 3], [9] * 3]])
    assert notes(cases, 3) == (
        "1 of 13 values are missing: interpolated in time",
        "1 of 4 channels are shorter than 3 steps (the shortest 2): continued by their last value",
        "2 of 4 channels are longer than 3 steps, the longest of the training part: cut at their "
        "end",
    )
    assert notes([[series(1, 2)]], 2) == ()


def test_a_channel_that_is_missing_in_a_case_takes_the_mean_of_the_training_cases() -> None:
    train = stacked([[series(1, 3)], [series(NAN, NAN)], [series()]], 2)
    test = stacked([[series(NAN)]], 2)
    fill_channels("here", train, test)
    np.testing.assert_array_equal(train[:, 0], [[1, 3], [2, 2], [2, 2]])
    np.testing.assert_array_equal(test[:, 0], [[2, 2]])
    with pytest.raises(DataError, match="here: channel 0 has no known value"):
        fill_channels("here", np.full((2, 1, 3), NAN, np.float32))


def test_one_long_series_is_refused_before_the_others_are_padded() -> None:
    short = [[np.zeros(4, np.float32)] * 3] * 1000
    long = np.broadcast_to(np.float32(0), 2_000_000)
    with pytest.raises(DataError) as refusal:
        check_padding("a.ts", [*short, [long] * 3], len(long))
    assert str(refusal.value) == (
        "a.ts: the longest series has 2000000 steps; padding all 1001 cases to it takes 24.0 GB "
        "for 0.024 GB of values; cut or remove it"
    )
    check_padding("a.ts", [[long] * 3] * 100, len(long))
    check_padding("a.ts", [*short, [long[:20_000]] * 3], 20_000)
