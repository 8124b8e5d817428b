import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tinypareto.solvers.designs import (
    first_of_each,
    latin_hypercube,
    raw_candidates,
    representatives,
)


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 30), st.integers(1, 8), st.integers(0, 99))
def test_latin_hypercube_has_one_point_in_every_slice(n: int, dim: int, seed: int) -> None:
    points = latin_hypercube(n, dim, np.random.default_rng(seed))
    slices = np.sort((points * n).astype(int), axis=0)
    np.testing.assert_array_equal(slices, np.tile(np.arange(n)[:, None], dim))


def test_representatives_take_one_point_of_each_cluster() -> None:
    rng = np.random.default_rng(0)
    centres = np.array([[0.1, 0.1], [0.9, 0.1], [0.5, 0.9]])
    points = np.concatenate([c + 0.01 * rng.normal(size=(9, 2)) for c in centres])
    chosen = representatives(points, 3, rng)
    nearest = np.linalg.norm(chosen[:, None] - centres, axis=2).argmin(axis=1)
    assert sorted(nearest) == [0, 1, 2]
    assert all((points == row).all(axis=1).any() for row in chosen)


def test_representatives_of_few_or_equal_points() -> None:
    rng = np.random.default_rng(0)
    assert len(representatives(np.ones((5, 2)), 3, rng)) == 1
    assert len(representatives(np.eye(2), 3, rng)) == 2


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 5), st.integers(1, 6))
def test_raw_candidates_stay_in_the_cube(good: int, dim: int) -> None:
    rng = np.random.default_rng(0)
    raw = raw_candidates(100, rng.random((good, dim)), dim, rng)
    assert raw.shape == (100, dim)
    assert raw.min() >= 0.0
    assert raw.max() <= 1.0


PARTS = (slice(1, 4), slice(4, 6))


def categories_of(points: np.ndarray) -> np.ndarray:
    return np.stack([points[:, part].argmax(axis=1) for part in PARTS], axis=1)


def test_a_crossover_takes_whole_categories_from_either_parent() -> None:
    """No parent has choice 0: mixed one-hot coordinates would be all zero, which reads as 0."""
    good = np.array([[0.2, 0, 1, 0, 0, 1], [0.8, 0, 0, 1, 0, 1]])
    raw = raw_candidates(300, good, 6, np.random.default_rng(0), PARTS)
    crossed = categories_of(raw[200:])
    assert set(crossed[:, 0].tolist()) == {1, 2}
    assert set(crossed[:, 1].tolist()) == {1}


def test_a_disturbance_draws_categories_anew() -> None:
    good = np.array([[0.5, 1, 0, 0, 1, 0]])
    raw = raw_candidates(600, good, 6, np.random.default_rng(0), PARTS)
    changed = (categories_of(raw[200:400]) != 0).mean(axis=0)
    assert changed.min() > 0.2
    assert changed.max() < 0.6


def test_half_of_the_candidates_keep_levels_together() -> None:
    levels = [0, 2, 3]
    raw = raw_candidates(600, np.full((1, 5), 0.5), 5, np.random.default_rng(0), (), levels)
    together = np.ptp(raw[:, levels], axis=1) < 1e-12
    for start in (0, 200):
        assert together[start : start + 100].all()
        assert together[start + 100 : start + 200].mean() < 0.5
    assert np.ptp(raw[:200], axis=1).min() > 0.0


def test_repeated_points_are_dropped_in_their_order() -> None:
    points = np.array([[3.0], [1.0], [3.0], [2.0], [1.0]])
    np.testing.assert_array_equal(first_of_each(points), [[3.0], [1.0], [2.0]])
