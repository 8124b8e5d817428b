"""The part of a long history that surrogates learn from, so that an ask stays fast."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from tinypareto.pareto import nondominated
from tinypareto.solvers.history import Array, History, Known, Mask

Rows = NDArray[np.intp]
# Cumulative shares of the rows: on or near the front, then the latest of the others.
_NEAR, _LATE = 0.6, 0.8
_LAYERS = 8


def subsample(history: History, known: Known | None, count: int) -> History:
    """Choose at most `count` rows of a history, in their order; all rows of a shorter one.

    Up to six tenths lie on the first feasible fronts, the last of which is thinned evenly. If
    fewer rows are feasible, rows with objectives that break constraints least take their place.
    Two tenths are the latest of the other rows, and the rest is spread evenly over what is left.

    Args:
        history: All n evaluations.
        known: Known objectives, whose limits decide feasibility too.
        count: Number of rows wanted.
    """
    if len(history.x) <= count:
        return history
    chosen = _near(history, known, round(_NEAR * count))
    chosen[np.flatnonzero(~chosen)[::-1][: round(_LATE * count) - chosen.sum()]] = True
    chosen[_evenly(np.flatnonzero(~chosen), count - chosen.sum())] = True
    return replace(history, x=history.x[chosen], y=history.y[chosen], c=history.c[chosen])


def _near(history: History, known: Known | None, count: int) -> Mask:
    """(n,) mask of `count` rows on or near the feasible front; fewer if fewer have objectives."""
    chosen = np.zeros(len(history.x), dtype=bool)
    left = np.where(history.feasible(known)[:, None], history.y, np.nan)
    for _ in range(_LAYERS):
        # Peel the fronts off one by one (nondominated sorting, Deb 2002).
        layer = np.flatnonzero(nondominated(left))
        chosen[_evenly(layer, count - chosen.sum())] = True
        left[layer] = np.nan
    worst_first = np.argsort(-_violation(history, known), kind="stable")
    others = worst_first[~chosen[worst_first] & history.complete[worst_first]]
    chosen[others[len(others) - min(len(others), count - int(chosen.sum())) :]] = True
    return chosen


def _violation(history: History, known: Known | None) -> Array:
    """(n,) sums of the positive parts of all constraints, each divided by its greatest value."""
    c = np.nan_to_num(history.c, nan=0.0).clip(min=0.0)
    if known is not None:
        values = known.excess(history.y[:, list(known.indices)])
        c = np.concatenate([c, np.nan_to_num(values, nan=0.0).clip(min=0.0)], axis=1)
    return np.asarray((c / c.max(axis=0, initial=1e-300).clip(min=1e-300)).sum(axis=1))


def _evenly(
    rows: np.ndarray[tuple[int], np.dtype[np.intp]], count: int
) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
    """`count` rows at even distances, or all of them if there are fewer."""
    if len(rows) <= count:
        return rows
    return np.asarray(rows[np.linspace(0, len(rows) - 1, max(count, 0)).round().astype(int)])
