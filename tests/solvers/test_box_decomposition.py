import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tinypareto.pareto import hypervolume
from tinypareto.solvers.box_decomposition import partition_nondominated

Array = np.ndarray


def front(n: int, m: int, seed: int = 0) -> Array:
    return np.random.default_rng(seed).random((n, m)).round(1)  # rounded: ties


def test_two_boxes_by_hand() -> None:
    boxes = partition_nondominated(np.array([[0.25, 0.5]]), np.ones(2), 9)
    assert boxes is not None
    order = boxes.upper[:, 0].argsort()
    np.testing.assert_array_equal(boxes.upper[order], [[0.25, 1.0], [1.0, 0.5]])
    np.testing.assert_array_equal(boxes.lower[order], [[-np.inf, -np.inf], [0.25, -np.inf]])


def test_one_objective_leaves_what_is_below_the_best() -> None:
    boxes = partition_nondominated(np.array([[0.7], [0.4], [0.4]]), np.ones(1), 9)
    assert boxes is not None
    np.testing.assert_array_equal(boxes.upper, [[0.4]])


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 15), st.integers(1, 5), st.integers(0, 99))
def test_boxes_and_front_fill_the_cube(n: int, m: int, seed: int) -> None:
    points = front(n, m, seed)
    boxes = partition_nondominated(points, np.ones(m), 10**6)
    assert boxes is not None
    low = boxes.lower.clip(min=0.0)
    assert (boxes.lower < boxes.upper).all()
    volume = np.prod(boxes.upper - low, axis=1).sum()
    assert volume + hypervolume(points) == pytest.approx(1.0)


def test_boxes_are_disjoint_and_undominated() -> None:
    points = front(12, 3)
    boxes = partition_nondominated(points, np.ones(3), 10**6)
    assert boxes is not None
    inside = np.random.default_rng(1).random((500, 1, 3))
    held = ((inside > boxes.lower) & (inside < boxes.upper)).all(axis=2).sum(axis=1)
    dominated = np.any((points < inside).all(axis=2), axis=1)
    np.testing.assert_array_equal(held, ~dominated)


def test_gives_up_at_a_bound() -> None:
    assert partition_nondominated(front(60, 8), np.ones(8), 2_000) is None
