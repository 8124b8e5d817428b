"""Which part of a long history the surrogates learn from: an ask must stay fast."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from tinypareto.pareto import nondominated
from tinypareto.solvers.history import Array, History, Known, Mask

Rows = NDArray[np.intp]
_NEAR, _LATE = 0.6, 0.8
_LAYERS = 8


def thinned(history: History, known: Known | None, most: int) -> History:
    """At most `most` rows of a history, in their order; all of a shorter one.

    Up to six tenths lie on the first feasible fronts, the hindmost front giving evenly; where
    less is feasible, rows with objectives that break constraints least take their place. Two
    tenths are the latest of the others, and the rest is spread evenly over what is left.
    """
    if len(history.x) <= most:
        return history
    kept = _near(history, known, round(_NEAR * most))
    kept[np.flatnonzero(~kept)[::-1][: round(_LATE * most) - kept.sum()]] = True
    kept[_evenly(np.flatnonzero(~kept), most - kept.sum())] = True
    return replace(history, x=history.x[kept], y=history.y[kept], c=history.c[kept])


def _near(history: History, known: Known | None, most: int) -> Mask:
    """(n,) rows on or near the feasible front, `most` of them where so many have objectives."""
    kept = np.zeros(len(history.x), dtype=bool)
    left = np.where(history.feasible(known)[:, None], history.y, np.nan)
    for _ in range(_LAYERS):
        layer = np.flatnonzero(nondominated(left))
        kept[_evenly(layer, most - kept.sum())] = True
        left[layer] = np.nan
    worst_first = np.argsort(-_violation(history, known), kind="stable")
    others = worst_first[~kept[worst_first] & history.complete[worst_first]]
    kept[others[len(others) - min(len(others), most - int(kept.sum())) :]] = True
    return kept


def _violation(history: History, known: Known | None) -> Array:
    """(n,) sums of what is above zero, of constraints in shares of their greatest value."""
    c = np.nan_to_num(history.c, nan=0.0).clip(min=0.0)
    if known is not None:
        values = known.excess(history.y[:, list(known.indices)])
        c = np.concatenate([c, np.nan_to_num(values, nan=0.0).clip(min=0.0)], axis=1)
    return np.asarray((c / c.max(axis=0, initial=1e-300).clip(min=1e-300)).sum(axis=1))


def _evenly(
    rows: np.ndarray[tuple[int], np.dtype[np.intp]], most: int
) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
    """So many of the rows, or all of fewer."""
    if len(rows) <= most:
        return rows
    return np.asarray(rows[np.linspace(0, len(rows) - 1, max(most, 0)).round().astype(int)])
