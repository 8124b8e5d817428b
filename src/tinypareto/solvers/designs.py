"""Space-filling designs, representatives of a front and raw candidates: the starts of a search."""

import warnings

import numpy as np
from numpy.typing import NDArray
from scipy.stats import qmc
from sklearn.cluster import KMeans
from sklearn.exceptions import ConvergenceWarning

Array = NDArray[np.float64]


def latin_hypercube(n: int, dim: int, rng: np.random.Generator) -> Array:
    """Draw (n, dim) points; each of n equal slices of every coordinate holds one (McKay 1979)."""
    return np.asarray(qmc.LatinHypercube(dim, rng=rng).random(n), dtype=np.float64)


def representatives(points: Array, count: int, rng: np.random.Generator) -> Array:
    """Choose at most `count` rows that stand for all: the nearest to each k-means center.

    Args:
        points: (n, d) points.
        count: Number of rows, L of Algorithm 1 (Deutel 2023), at least 1.
        rng: Source of randomness.

    Returns:
        (min(n, count), d) rows, or fewer if rows are equal.
    """
    unique = np.unique(points, axis=0)
    if len(unique) <= count:
        return unique
    with warnings.catch_warnings():
        # Raised for fewer distinct clusters than asked for; fewer starts are no error.
        warnings.simplefilter("ignore", ConvergenceWarning)
        means = KMeans(count, n_init=1, random_state=int(rng.integers(2**31))).fit(unique)
    distance = np.linalg.norm(unique[:, None] - means.cluster_centers_[None], axis=2)
    return np.asarray(unique[np.unique(distance.argmin(axis=0))])


def raw_candidates(n: int, good: Array, dim: int, rng: np.random.Generator) -> Array:
    """Draw (n, dim) points among which promising starts are looked for.

    One third each: uniform points; `good` points with some coordinates disturbed at scales from
    0.01 to 0.5 of the range; crossovers of two `good` points. All are uniform if `good` is empty.

    Args:
        n: Number of points.
        good: (g, dim) points worth searching around, g >= 0.
        dim: Number of coordinates.
        rng: Source of randomness.
    """
    uniform = rng.random((n, dim))
    if not len(good):
        return uniform
    third = n // 3
    disturbed = good[rng.integers(len(good), size=third)]
    scale = 10.0 ** rng.uniform(-2.0, np.log10(0.5), (third, 1))  # log-uniform
    share = rng.uniform(1.0 / dim, 1.0, (third, 1))
    moved = rng.random((third, dim)) < share
    disturbed = np.clip(disturbed + moved * scale * rng.normal(size=(third, dim)), 0.0, 1.0)
    # Uniform crossover: each coordinate comes from either parent.
    parents = good[rng.integers(len(good), size=(2, third))]
    crossed = np.where(rng.random((third, dim)) < 0.5, parents[0], parents[1])
    return np.concatenate([uniform[: n - 2 * third], disturbed, crossed])
