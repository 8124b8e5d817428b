"""Branch and bound for the smallest arena, for networks where the heuristics miss the lower bound.

Placing buffers is a packing problem: a buffer is a rectangle of fixed height (its size) and fixed
horizontal extent (the steps at which it is live), and rectangles must not overlap. In some optimal
packing every buffer lies at offset 0 or directly on top of another one, and placing the buffers by
rising offset reaches each such packing once (canonical solutions and dominance as in Moffitt 2023,
"MiniMalloc"). The placed buffers then form a skyline with one height per step, so the lowest offset
of a further buffer is the largest height over its steps.

The effort is bounded by counts, never by time, so the result is the same on every machine and for n
networks at once.
"""

import numpy as np

from tinypareto.graph.memory.liveness import Bools, Ints

BUFFERS = 40
"""Networks with more buffers are left to the heuristics."""

VISITS = 400
"""Number of placements of a buffer that are tried for one network."""


def tighten(sizes: Ints, live: Bools, offsets: Ints, arenas: Ints) -> tuple[Ints, Ints]:
    """Search for smaller arenas of n networks.

    Args:
        sizes: Bytes of the buffers, shape (n, buffers).
        live: Whether a buffer is in use at a step, shape (steps, buffers).
        offsets: Offsets of the best known placements, shape (n, buffers).
        arenas: Bytes of the arenas of these placements, shape (n,).

    Returns:
        Offsets (n, buffers) and arenas (n,), which are never larger than the known ones.
    """
    if not len(sizes) or sizes.shape[1] > BUFFERS:
        return offsets, arenas
    offsets, arenas = offsets.copy(), arenas.copy()
    spans = _spans(live)
    # Networks with equal sizes have equal placements and are searched once.
    rows, inverse = np.unique(sizes, axis=0, return_inverse=True)
    for index, row in enumerate(rows.tolist()):
        same = np.flatnonzero(inverse.ravel() == index)
        best = _Skyline(row, spans, int(arenas[same[0]])).best()
        if best is not None:
            offsets[same] = best
            arenas[same] = max(start + size for start, size in zip(best, row, strict=True))
    return offsets, arenas


def _spans(live: Bools) -> list[range]:
    """Find the steps at which every buffer is live, after dropping redundant steps.

    A step whose live buffers are all live at the step before or after it constrains nothing that
    this other step does not, so it is dropped. The spans count the steps that remain.
    """
    steps: list[Ints] = []
    for step in live:
        if steps and not (steps[-1] & ~step).any():
            steps[-1] = step
        elif not steps or (step & ~steps[-1]).any():
            steps.append(step)
    columns = np.stack(steps, axis=1)
    return [range(int(row.argmax()), len(row) - int(row[::-1].argmax())) for row in columns]


class _Skyline:
    """Depth-first search for one network.

    Args:
        sizes: Bytes of the buffers.
        spans: Steps at which each buffer is live.
        arena: Bytes of the best known arena.
    """

    def __init__(self, sizes: list[int], spans: list[range], arena: int) -> None:
        steps = max(span.stop for span in spans)
        # Large buffers are tried first; small ones can then fill the gaps that they leave.
        self._order = sorted(range(len(sizes)), key=lambda buffer: (-sizes[buffer], buffer))
        self._sizes, self._spans, self._arena = sizes, spans, arena
        # By step: the top of the skyline, and the bytes of live buffers that are not placed yet.
        self._heights, self._open = [0] * steps, [0] * steps
        for size, span in zip(sizes, spans, strict=True):
            for step in span:
                self._open[step] += size
        self._peak = max(self._open)
        self._offsets: dict[int, int] = {}
        self._found: list[int] | None = None
        self._visits = 0

    def best(self) -> list[int] | None:
        """Search for an arena smaller than the known one.

        Returns:
            Offsets of the buffers in the smallest arena found; None if there is none.
        """
        self._extend((0, -1))
        return self._found

    def _extend(self, last: tuple[int, int]) -> None:
        """Place one more buffer, whose (offset, rank) must be above that of the last one."""
        if len(self._offsets) == len(self._sizes):
            self._arena = max(self._heights)
            self._found = [self._offsets[buffer] for buffer in range(len(self._sizes))]
            return
        choices, ceiling = [], self._arena
        for rank, buffer in enumerate(self._order):
            if buffer not in self._offsets:
                span = self._spans[buffer]
                offset = max(self._heights[span.start : span.stop])
                ceiling = min(ceiling, offset + self._sizes[buffer])
                choices.append((offset, rank))
        for choice in sorted(choices):
            # Dominance: from the ceiling on, another buffer would fit entirely below this one, and
            # the search reaches that placement by placing the other buffer first.
            if choice[0] >= ceiling or self._visits >= VISITS or self._arena <= self._peak:
                return
            # Symmetry: the same placements in another order have been visited already.
            if choice > last:
                self._visits += 1
                self._try(choice)

    def _try(self, choice: tuple[int, int]) -> None:
        offset, rank = choice
        buffer = self._order[rank]
        span, size = self._spans[buffer], self._sizes[buffer]
        before = self._heights[span.start : span.stop]
        self._offsets[buffer] = offset
        for step in span:
            self._heights[step] = offset + size
            self._open[step] -= size
        if self._promising(offset):
            self._extend(choice)
        del self._offsets[buffer]
        self._heights[span.start : span.stop] = before
        for step in span:
            self._open[step] += size

    def _promising(self, offset: int) -> bool:
        """Bound: tell whether all unplaced buffers can still end below the best arena.

        Offsets only rise, so at every step the unplaced buffers lie above both the skyline and
        `offset`, and need at least the sum of their sizes there.
        """
        return all(
            max(height, offset if left else 0) + left < self._arena
            for height, left in zip(self._heights, self._open, strict=True)
        )
