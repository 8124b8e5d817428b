"""Space-filling designs, representatives of a front and raw candidates: the starts of a search."""

import warnings
from collections.abc import Sequence

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


def raw_candidates(
    n: int,
    good: Array,
    dim: int,
    rng: np.random.Generator,
    categories: Sequence[slice] = (),
    levels: Sequence[int] = (),
) -> Array:
    """Draw (n, dim) points among which promising starts are looked for.

    One third each: uniform points; `good` points with some coordinates disturbed at scales from
    0.01 to 0.5 of the range; crossovers of two `good` points. All are uniform if `good` is empty.
    A category is drawn anew, or taken from one parent, as a whole. In half of the points the
    coordinates that share a level are equal (uniform points) or disturbed alike.

    Args:
        n: Number of points.
        good: (g, dim) points worth searching around, g >= 0.
        dim: Number of coordinates.
        rng: Source of randomness.
        categories: Coordinates of each categorical parameter.
        levels: Coordinates that share a level.
    """
    level, third = list(levels), n // 3 if len(good) else 0
    # All are drawn even where two thirds are dropped: recorded searches did so.
    uniform = rng.random((n, dim))[: n - 2 * third]
    if level:
        half = len(uniform) // 2
        uniform[:half, level] = uniform[:half, level[:1]]
    if not third:
        return uniform
    disturbed = good[rng.integers(len(good), size=third)]
    scale = 10.0 ** rng.uniform(-2.0, np.log10(0.5), (third, 1))  # log-uniform
    share = rng.uniform(1.0 / dim, 1.0, (third, 1))
    moved = _by_parameter(rng.random((third, dim)), categories) < share
    noise = rng.normal(size=(third, dim))
    if level:
        half = third // 2
        noise[:half, level] = noise[:half, level[:1]]
        moved[:half, level] = moved[:half, level[:1]]
    changed = np.clip(disturbed + moved * scale * noise, 0.0, 1.0)
    for part in categories:
        # Noise would hardly ever make another choice the largest one.
        changed[:, part] = np.where(
            moved[:, part], rng.random(noise[:, part].shape), disturbed[:, part]
        )
    # Uniform crossover: each parameter comes from either parent.
    parents = good[rng.integers(len(good), size=(2, third))]
    crossed = np.where(
        _by_parameter(rng.random((third, dim)), categories) < 0.5, parents[0], parents[1]
    )
    return np.concatenate([uniform, changed, crossed])


def _by_parameter(draws: Array, categories: Sequence[slice]) -> Array:
    """(n, dim) draws with one draw for all coordinates of a category."""
    for part in categories:
        draws[:, part] = draws[:, part.start : part.start + 1]
    return draws


def first_of_each(points: Array) -> Array:
    """(u, dim) rows without those that repeat an earlier one."""
    return np.asarray(points[np.sort(np.unique(points, axis=0, return_index=True)[1])])
