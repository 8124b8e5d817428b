"""Offsets of the buffers of a network in its arena, for n networks at once.

Buffers that are never live at the same step can share bytes. They are placed by first fit
(Pisarchyk & Lee 2020, "Efficient Memory Management for Deep Neural Net Inference") in several
orders, and the smallest arena wins. The peak of live bytes is a lower bound: if no order reaches
it, `branch_and_bound` searches on.
"""

from collections.abc import Callable

import numpy as np

from tinypareto.graph.memory.branch_and_bound import tighten
from tinypareto.graph.memory.liveness import Bools, Buffers, Ints, conflicts

PROMOTIONS = 32
"""Rounds that move the topmost buffer of an arena above its lower bound to the front of the order,
so that it is placed first (squeaky wheel optimization, Joslin & Clements 1999)."""


def place(pieces: Buffers) -> tuple[Ints, Ints]:
    """Place the buffers of each network.

    Returns:
        Offsets in bytes, shape (n, buffers), and sizes of the arenas in bytes, shape (n,).
    """
    offsets, arenas = place_by_heuristics(pieces)
    rows = np.flatnonzero(arenas > pieces.peaks())
    better, tops = tighten(pieces.sizes[rows], pieces.live, offsets[rows], arenas[rows])
    offsets[rows], arenas[rows] = better, tops
    return offsets, arenas


def _neighbours(live: Bools) -> Ints:
    """List the conflicting buffers of each buffer, shape (buffers, most).

    Shorter rows are padded with the number of buffers, which stands for no buffer.
    """
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
        sizes: Bytes of the buffers, shape (n, buffers).
        neighbours: Conflicting buffers, as `_neighbours` lists them.

    Returns:
        Offsets in bytes, shape (n, buffers).
    """
    count, width = sizes.shape
    row = np.arange(count)
    column = row[:, None]
    # Buffers that are not placed yet, and the one that stands for none in the last column, are
    # empty ranges at 0, which block nothing.
    starts = np.zeros((count, width + 1), np.int64)
    ends = np.zeros_like(starts)
    gap_starts = np.zeros((count, neighbours.shape[1] + 1), np.int64)
    gap_ends = np.full_like(gap_starts, np.iinfo(np.int64).max)
    for buffer in order.T:
        near = neighbours[buffer]
        near_starts = starts[column, near]
        # With the placed neighbours sorted by their start, a gap begins at the highest end so far
        # and ends at the next start; the last gap is open. Overlaps give gaps of negative size.
        ascending = np.argsort(near_starts, axis=1)
        gap_ends[:, :-1] = near_starts[column, ascending]
        gap_starts[:, 1:] = np.maximum.accumulate(ends[column, near[column, ascending]], axis=1)
        size = sizes[row, buffer]
        fits = gap_ends - gap_starts >= size[:, None]
        offset = gap_starts[row, fits.argmax(axis=1)]
        starts[row, buffer], ends[row, buffer] = offset, offset + size
    return starts[:, :-1]


def _execution(sizes: Ints, _: Bools) -> Ints:
    return np.broadcast_to(np.arange(sizes.shape[1]), sizes.shape)


def _reverse(sizes: Ints, live: Bools) -> Ints:
    return _execution(sizes, live)[:, ::-1]


def _by_size(sizes: Ints, _: Bools) -> Ints:
    return np.argsort(-sizes, axis=1, kind="stable")


def _by_breadth(sizes: Ints, live: Bools) -> Ints:
    """Order buffers by the bytes in use at the fullest of their steps, then by size."""
    totals = sizes @ live.T.astype(np.int64)
    breadth = np.where(live[None], totals[:, :, None], 0).max(axis=1)
    order: Ints = np.lexsort((-sizes, -breadth), axis=1)
    return order


ORDERS: tuple[Callable[[Ints, Bools], Ints], ...] = (_by_size, _by_breadth, _execution, _reverse)
"""Orders of placement, computed from sizes (n, buffers) and liveness (steps, buffers)."""


def _promote(order: Ints, offsets: Ints, sizes: Ints) -> Ints:
    """Move the buffer that ends highest in the arena to the front of the order."""
    top = (offsets + sizes).argmax(axis=1)[:, None]
    keys = np.where(order == top, -1, np.arange(order.shape[1]))
    return np.take_along_axis(order, np.argsort(keys, axis=1), axis=1)


def place_by_heuristics(pieces: Buffers) -> tuple[Ints, Ints]:
    """Place the buffers like `place`, but without branch and bound."""
    sizes, neighbours, peaks = pieces.sizes, _neighbours(pieces.live), pieces.peaks()
    best, order, offsets = (np.zeros_like(sizes) for _ in range(3))
    arenas = np.full_like(peaks, np.iinfo(np.int64).max)
    for attempt in range(len(ORDERS) + PROMOTIONS):
        # Only networks whose arena is still above the lower bound go on.
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
