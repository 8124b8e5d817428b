"""Where the buffers of a network lie in its arena, for n networks at once.

Buffers that are never in use at the same step share bytes, as in first-fit planning (Pisarchyk &
Lee 2020, "Efficient Memory Management for Deep Neural Net Inference"). Several orders of placement
are tried and the smallest arena wins; where that is still above the peak, `exact` searches on.
"""

from collections.abc import Callable

import numpy as np

from tinypareto.graph.memory.branch_and_bound import tighten
from tinypareto.graph.memory.liveness import Bools, Buffers, Ints, conflicts

PROMOTIONS = 32
"""Rounds that place the highest buffer of a too large arena first (Joslin & Clements 1999)."""


def place(pieces: Buffers) -> tuple[Ints, Ints]:
    """Offsets (n, buffers) and arena sizes (n,), each network for itself."""
    offsets, arenas = place_by_heuristics(pieces)
    rows = np.flatnonzero(arenas > pieces.peaks())
    better, tops = tighten(pieces.sizes[rows], pieces.live, offsets[rows], arenas[rows])
    offsets[rows], arenas[rows] = better, tops
    return offsets, arenas


def _neighbours(live: Bools) -> Ints:
    """Conflicting buffers in rows of equal length, filled up with the number of buffers."""
    together = conflicts(live)
    count = len(together)
    rows = np.full((count, max(1, together.sum(axis=1).max())), count, np.int64)
    for row, mask in zip(rows, together, strict=True):
        row[: mask.sum()] = np.flatnonzero(mask)
    return rows


def _first_fit(order: Ints, sizes: Ints, neighbours: Ints) -> Ints:
    """Place buffers one by one at the lowest free offset.

    Args:
        order: Buffers in the order of placement, shape (n, buffers).
        sizes: Bytes, shape (n, buffers).
        neighbours: Conflicting buffers, shape (buffers, most); `buffers` stands for none.

    Returns:
        Offsets, shape (n, buffers).
    """
    count, width = sizes.shape
    row = np.arange(count)
    column = row[:, None]
    # Not yet placed, and none: an empty range at 0, which blocks nothing.
    starts = np.zeros((count, width + 1), np.int64)
    ends = np.zeros_like(starts)
    gap_starts = np.zeros((count, neighbours.shape[1] + 1), np.int64)
    gap_ends = np.full_like(gap_starts, np.iinfo(np.int64).max)
    for which in order.T:
        near = neighbours[which]
        near_starts = starts[column, near]
        ascending = np.argsort(near_starts, axis=1)
        gap_ends[:, :-1] = near_starts[column, ascending]
        gap_starts[:, 1:] = np.maximum.accumulate(ends[column, near[column, ascending]], axis=1)
        size = sizes[row, which]
        fits = gap_ends - gap_starts >= size[:, None]
        offset = gap_starts[row, fits.argmax(axis=1)]
        starts[row, which], ends[row, which] = offset, offset + size
    return starts[:, :-1]


def _execution(sizes: Ints, _: Bools) -> Ints:
    return np.broadcast_to(np.arange(sizes.shape[1]), sizes.shape)


def _reverse(sizes: Ints, live: Bools) -> Ints:
    return _execution(sizes, live)[:, ::-1]


def _by_size(sizes: Ints, _: Bools) -> Ints:
    return np.argsort(-sizes, axis=1, kind="stable")


def _by_breadth(sizes: Ints, live: Bools) -> Ints:
    """Buffers of the fullest step first, the larger before the smaller."""
    totals = sizes @ live.T.astype(np.int64)
    breadth = np.where(live[None], totals[:, :, None], 0).max(axis=1)
    order: Ints = np.lexsort((-sizes, -breadth), axis=1)
    return order


ORDERS: tuple[Callable[[Ints, Bools], Ints], ...] = (_by_size, _by_breadth, _execution, _reverse)
"""Orders of placement from sizes (n, buffers) and liveness (steps, buffers)."""


def _promote(order: Ints, offsets: Ints, sizes: Ints) -> Ints:
    """Move the buffer that ends highest to the front of the order."""
    top = (offsets + sizes).argmax(axis=1)[:, None]
    keys = np.where(order == top, -1, np.arange(order.shape[1]))
    return np.take_along_axis(order, np.argsort(keys, axis=1), axis=1)


def place_by_heuristics(pieces: Buffers) -> tuple[Ints, Ints]:
    """As `place`, without the search: the smallest arena over all orders of placement."""
    sizes, neighbours, peaks = pieces.sizes, _neighbours(pieces.live), pieces.peaks()
    best, order, offsets = (np.zeros_like(sizes) for _ in range(3))
    arenas = np.full_like(peaks, np.iinfo(np.int64).max)
    for attempt in range(len(ORDERS) + PROMOTIONS):
        todo = np.flatnonzero(arenas > peaks)
        if not todo.size:
            break
        part = sizes[todo]
        if attempt < len(ORDERS):
            order[todo] = ORDERS[attempt](part, pieces.live)
        else:
            order[todo] = _promote(order[todo], offsets[todo], part)
        offsets[todo] = _first_fit(order[todo], part, neighbours)
        tops = (offsets[todo] + part).max(axis=1)
        better = tops < arenas[todo]
        arenas[todo[better]], best[todo[better]] = tops[better], offsets[todo[better]]
    return best, arenas
