"""Search for the smallest arena, where the heuristics of `placement` miss the peak.

Branch and bound over placements by rising offset, each buffer at the end of one below it or at 0
(canonical solutions and dominance as in Moffitt 2023, "MiniMalloc"). What is placed is then a
skyline, one height per step. The effort is bounded by counts, never by time, so the result is the
same everywhere and for n networks at once.
"""

import numpy as np

from tinypareto.graph.memory.liveness import Bools, Ints

BUFFERS = 40
"""Networks with more are left to the heuristics."""

VISITS = 400
"""Placements that are tried for one network."""


def tighten(sizes: Ints, live: Bools, offsets: Ints, arenas: Ints) -> tuple[Ints, Ints]:
    """Smaller arenas for n networks, where the search finds them.

    Args:
        sizes: Bytes, shape (n, buffers).
        live: Whether a buffer is in use at a step, shape (steps, buffers).
        offsets: Of the best known placements, shape (n, buffers).
        arenas: Their sizes, shape (n,).

    Returns:
        Offsets (n, buffers) and arenas (n,), never larger ones.
    """
    if not len(sizes) or sizes.shape[1] > BUFFERS:
        return offsets, arenas
    offsets, arenas = offsets.copy(), arenas.copy()
    spans = _spans(live)
    rows, which = np.unique(sizes, axis=0, return_inverse=True)
    for at, row in enumerate(rows.tolist()):
        same = np.flatnonzero(which.ravel() == at)
        found = _Skyline(row, spans, int(arenas[same[0]])).best()
        if found is not None:
            offsets[same] = found
            arenas[same] = max(start + size for start, size in zip(found, row, strict=True))
    return offsets, arenas


def _spans(live: Bools) -> list[range]:
    """The steps of every buffer, among those that no other step contains."""
    kept: list[Ints] = []
    for step in live:
        if kept and not (kept[-1] & ~step).any():
            kept[-1] = step
        elif not kept or (step & ~kept[-1]).any():
            kept.append(step)
    columns = np.stack(kept, axis=1)
    return [range(int(row.argmax()), len(row) - int(row[::-1].argmax())) for row in columns]


class _Skyline:
    """Depth-first search for one network."""

    def __init__(self, sizes: list[int], spans: list[range], arena: int) -> None:
        steps = max(span.stop for span in spans)
        # The large ones first: what they leave is then filled by small ones.
        self._order = sorted(range(len(sizes)), key=lambda at: (-sizes[at], at))
        self._sizes, self._spans, self._arena = sizes, spans, arena
        self._heights, self._open = [0] * steps, [0] * steps
        for size, span in zip(sizes, spans, strict=True):
            for step in span:
                self._open[step] += size
        self._peak = max(self._open)
        self._offsets: dict[int, int] = {}
        self._found: list[int] | None = None
        self._visits = 0

    def best(self) -> list[int] | None:
        """Offsets of the smallest arena found, if smaller than the known one."""
        self._extend((0, -1))
        return self._found

    def _extend(self, last: tuple[int, int]) -> None:
        """Place one more buffer, after (offset, rank) of the last one."""
        if len(self._offsets) == len(self._sizes):
            self._arena = max(self._heights)
            self._found = [self._offsets[at] for at in range(len(self._sizes))]
            return
        choices, ceiling = [], self._arena
        for rank, at in enumerate(self._order):
            if at not in self._offsets:
                span = self._spans[at]
                offset = max(self._heights[span.start : span.stop])
                ceiling = min(ceiling, offset + self._sizes[at])
                choices.append((offset, rank))
        for choice in sorted(choices):
            # Under the ceiling another buffer would fit below: that order is tried instead.
            if choice[0] >= ceiling or self._visits >= VISITS or self._arena <= self._peak:
                return
            if choice > last:
                self._visits += 1
                self._try(choice)

    def _try(self, choice: tuple[int, int]) -> None:
        offset, rank = choice
        at = self._order[rank]
        span, size = self._spans[at], self._sizes[at]
        before = self._heights[span.start : span.stop]
        self._offsets[at] = offset
        for step in span:
            self._heights[step] = offset + size
            self._open[step] -= size
        if self._promising(offset):
            self._extend(choice)
        del self._offsets[at]
        self._heights[span.start : span.stop] = before
        for step in span:
            self._open[step] += size

    def _promising(self, offset: int) -> bool:
        """Whether all that is left can still end below the best arena."""
        return all(
            max(height, offset if left else 0) + left < self._arena
            for height, left in zip(self._heights, self._open, strict=True)
        )
