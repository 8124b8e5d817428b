import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tinypareto.solvers.designs import latin_hypercube, raw_candidates, representatives


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
