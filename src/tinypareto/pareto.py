"""Dominance, the feasible front and its hypervolume; every objective is minimized.

The problem is that of Section 3 of Deutel 2023 (arXiv 2305.14109); `moocore` computes fronts and
hypervolumes exactly. Symbols: n points, m objectives.
"""

import moocore
import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]


def _table(values: ArrayLike) -> Array:
    """(n, m) array of the values.

    Raises:
        ValueError: They are not a table.
    """
    table = np.asarray(values, dtype=np.float64)
    if table.ndim != 2:
        raise ValueError(f"values: got shape {table.shape}, wanted (n, m); pass one row per point")
    return table


def dominates(a: ArrayLike, b: ArrayLike) -> bool:
    """Whether `a` is nowhere worse than `b` and somewhere better.

    Args:
        a: (m,) objectives.
        b: (m,) objectives.
    """
    first, second = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    return bool(np.all(first <= second) and np.any(first < second))


def nondominated(values: ArrayLike) -> Mask:
    """Find the rows that no other row dominates.

    Args:
        values: (n, m) objectives; a row with a NaN is never on the front.

    Returns:
        (n,) mask. Equal rows do not dominate each other: all of them stay.

    Raises:
        ValueError: `values` is not a table.
    """
    table = _table(values)
    mask: Mask = np.asarray(~np.isnan(table).any(axis=1))
    if mask.any():
        mask[mask] = moocore.is_nondominated(table[mask], keep_weakly=True)
    return mask


def feasible_front(values: ArrayLike, feasible: ArrayLike) -> Mask:
    """Find the feasible rows that no feasible row dominates.

    Args:
        values: (n, m) objectives.
        feasible: (n,) booleans.

    Returns:
        (n,) mask.
    """
    table = _table(values)
    allowed = np.asarray(feasible, dtype=bool)
    return nondominated(np.where(allowed[:, None], table, np.nan))


def hypervolume(values: ArrayLike, reference: ArrayLike | None = None) -> float:
    """Compute the exact volume that the points dominate within the reference.

    Args:
        values: (n, m) objectives, n >= 0; points that are not better than the reference in every
            objective add nothing.
        reference: (m,) worst corner; ones by default, the limits of normalized objectives.

    Returns:
        The volume, in the product of the objectives' units; 0.0 for no points.
    """
    table = _table(values)
    corner = np.ones(table.shape[1]) if reference is None else np.asarray(reference, np.float64)
    inside = table[(table < corner).all(axis=1)]
    return float(moocore.hypervolume(inside, ref=corner)) if len(inside) else 0.0


def knee(values: ArrayLike) -> int:
    """Find the knee of a front of two objectives.

    It is the point that gives up little of either: the one farthest below the line through the
    front's two ends, with both objectives scaled to the front's range (I. Das, "On characterizing
    the knee of the Pareto curve based on Normal-Boundary Intersection", Structural Optimization
    18, 1999). If no point lies below that line, and among equals, it is the point with the lowest
    first objective.

    Args:
        values: (n, 2) objectives, n >= 1; dominated rows are never chosen.

    Returns:
        Index of the row.

    Raises:
        ValueError: `values` is not a table of two columns with a row.
    """
    table = _table(values)
    if table.shape[1] != 2 or not len(table):
        raise ValueError(f"values: got shape {table.shape}, wanted (n, 2) with n >= 1")
    front = np.flatnonzero(nondominated(table))
    ends = table[front]
    span = np.ptp(ends, axis=0)
    # Below the line from (0, 1) to (1, 0) the sum is less than one; both ends have one exactly.
    sums = ((ends - ends.min(axis=0)) / np.where(span > 0, span, 1.0)).sum(axis=1)
    best = np.lexsort((ends[:, 0], sums.round(12)))[0]
    return int(front[best])
