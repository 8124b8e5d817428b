import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tinypareto.pareto import dominates, feasible_front, hypervolume, knee, nondominated

TABLES = st.integers(1, 4).flatmap(
    lambda m: arrays(
        np.float64, st.tuples(st.integers(1, 12), st.just(m)), elements=st.floats(0, 2)
    )
)


def test_dominance_needs_one_strictly_better_value() -> None:
    assert dominates([0, 1], [1, 1])
    assert not dominates([0, 1], [0, 1])
    assert not dominates([0, 2], [1, 1])


@settings(max_examples=50, deadline=None)
@given(TABLES)
def test_front_is_what_no_row_dominates(values: np.ndarray) -> None:
    expected = [not any(dominates(other, row) for other in values) for row in values]
    assert nondominated(values).tolist() == expected


def test_nan_rows_and_infeasible_rows_are_not_on_the_front() -> None:
    values = [[0.0, np.nan], [0.1, 0.1], [0.5, 0.5], [0.4, 0.6]]
    assert nondominated(values).tolist() == [False, True, False, False]
    assert feasible_front(values, [1, 0, 1, 1]).tolist() == [False, False, True, True]


def test_hypervolume_by_hand() -> None:
    assert hypervolume([[0.5, 0.5]]) == pytest.approx(0.25)
    assert hypervolume([[0.25, 0.75], [0.75, 0.25]]) == pytest.approx(0.1875 * 2 - 0.0625)
    assert hypervolume([[1.0, 1.0]], reference=[2.0, 3.0]) == pytest.approx(2.0)


def test_points_beyond_the_reference_and_no_points_add_nothing() -> None:
    assert hypervolume([[0.5, 0.5], [-5.0, 1.0], [2.0, 0.0]]) == pytest.approx(0.25)
    assert hypervolume(np.empty((0, 4))) == 0.0
    assert hypervolume([[1.0, 0.0]]) == 0.0


@settings(max_examples=30, deadline=None)
@given(TABLES)
def test_dominated_points_do_not_change_the_hypervolume(values: np.ndarray) -> None:
    assert hypervolume(values) == pytest.approx(hypervolume(values[nondominated(values)]))


def test_a_list_instead_of_a_table_is_refused() -> None:
    with pytest.raises(ValueError, match=r"got shape \(2,\), wanted \(n, m\)"):
        hypervolume([0.5, 0.5])


def test_the_knee_is_farthest_below_the_line_through_the_ends() -> None:
    # Scaled to [0, 1] the sums are 1, 0.8, 0.5, 0.7 and 1; the last row is dominated.
    values = [[0.9, 10], [0.6, 14], [0.2, 18], [0.1, 30], [0.0, 50], [0.3, 18]]
    assert knee(values) == 2


@settings(max_examples=50, deadline=None)
@given(arrays(np.int64, st.tuples(st.integers(1, 12), st.just(2)), elements=st.integers(0, 99)))
def test_the_knee_is_on_the_front_and_keeps_its_place_when_units_change(
    values: np.ndarray,
) -> None:
    chosen = knee(values)
    assert nondominated(values)[chosen]
    assert knee(values * [4, 1024] + [8, 64]) == chosen


def test_without_a_knee_the_best_first_objective_wins() -> None:
    assert knee([[0.9, 1.0]]) == 0
    assert knee([[0.9, 1.0], [0.1, 9.0]]) == 1
    assert knee([[0.0, 1.0], [0.9, 0.9], [1.0, 0.0]]) == 0
    with pytest.raises(ValueError, match=r"got shape \(1, 3\), wanted \(n, 2\)"):
        knee([[1.0, 2.0, 3.0]])
