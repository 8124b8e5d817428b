"""Infinite values, and those so large that they can only be penalties.

An objective that returns `inf`, or 1e30, for a candidate that failed says "very bad", not how bad.
To a Gaussian process such a value would be the only thing that varies: all others would be equal.
So it becomes a value somewhat worse than the worst one that was measured.
"""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

_ABSURD = 1e100
"""No quantity is measured in such numbers; their squares still are numbers."""
_OUTLYING = 1e6
"""Multiple of the median absolute deviation, and least amount, of a value that is a penalty."""


def tame(values: Array) -> Array:
    """Replace penalties in each column by values just outside of the range of the others.

    Args:
        values: (n, m) values to minimize, of any size, NaN where there are none.

    Returns:
        (n, m) values, finite or NaN. A penalty becomes the greatest (or, if negative, the least)
        other value plus (minus) the others' range; in a column without other values, 1 (or -1).
    """
    columns = [_tame_column(column) for column in values.T]
    return np.stack(columns, axis=1) if columns else values


def _tame_column(column: Array) -> Array:
    penalty = _penalties(column)
    if not penalty.any():
        return column
    rest = column[~penalty & ~np.isnan(column)]
    low, high = (rest.min(), rest.max()) if len(rest) else (0.0, 0.0)
    margin = high - low if high > low else max(1.0, abs(high))
    tamed = column.copy()
    tamed[penalty] = np.where(column[penalty] > high, high + margin, low - margin)
    return tamed


def _penalties(column: Array) -> NDArray[np.bool_]:
    """(n,) which values are infinite, absurd or outlying."""
    # False for NaN.
    absurd = np.abs(column) > _ABSURD
    rest = column[~absurd & ~np.isnan(column)]
    if not len(rest):
        return absurd
    away = np.abs(rest - np.median(rest))
    spread = np.median(away)
    if spread > 0.0:
        # A study that has converged has a tiny spread; ordinary numbers are no penalties.
        outlying = (away > _OUTLYING * spread) & (np.abs(rest) > _OUTLYING)
        absurd[~absurd & ~np.isnan(column)] = outlying
    return absurd
