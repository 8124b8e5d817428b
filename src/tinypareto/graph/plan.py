"""The static memory plan: one arena that holds the input, the activations and the output.

Tensors that never live at the same time share bytes, as in first-fit planning (Pisarchyk & Lee
2020, "Efficient Memory Management for Deep Neural Net Inference"). Several placement orders are
tried and the smallest arena wins. Everything runs on arrays of shape (n, buffers), so n differently
pruned networks are planned at once; the plan of one network is the case n = 1.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tinypareto.graph.graph import Graph
from tinypareto.graph.op import Dim

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

PROMOTIONS = 32
"""Rounds that place the highest buffer of a too large arena first (Joslin & Clements 1999)."""


@dataclass(frozen=True)
class Plan:
    """Where every tensor of one network lies.

    Attributes:
        offsets: First byte in the arena, by tensor.
        arena_bytes: Size of the arena.
    """

    offsets: dict[str, int]
    arena_bytes: int


@dataclass(frozen=True)
class Buffers:
    """The pieces of memory to place: a tensor's own, or one reused in place by several.

    Attributes:
        index: Buffer by tensor.
        live: Whether a buffer is in use at a step, shape (steps, buffers).
        sizes: Bytes, shape (n, buffers).
    """

    index: dict[str, int]
    live: Bools
    sizes: Ints

    def peaks(self) -> Ints:
        """Most bytes in use at one step, shape (n,)."""
        peaks: Ints = (self.sizes @ self.live.T.astype(np.int64)).max(axis=1)
        return peaks


def lifetimes(graph: Graph) -> dict[str, tuple[int, int]]:
    """First and last step that needs each tensor; step i computes node i.

    The input is there from step 0 on, the output until the last step.
    """
    spans = {graph.input: (0, 0)}
    for step, node in enumerate(graph.nodes):
        spans[node.name] = (step, step)
        for name in node.inputs:
            spans[name] = (spans[name][0], step)
    return spans


def tensor_bytes(graph: Graph) -> dict[str, Ints]:
    """Bytes of every int8 tensor, shape (n,); n = 1 where no channel count is an array."""
    shapes = graph.shapes()
    rows = np.broadcast_arrays(*(np.atleast_1d(h * w * c) for h, w, c in shapes.values()))
    return {name: row.astype(np.int64) for name, row in zip(shapes, rows, strict=True)}


def buffers(graph: Graph) -> Buffers:
    """Give every tensor a buffer; an in-place node reuses that of a first input of equal size.

    The rule must hold for all n networks; it does for an operator of which the output has the
    channels of its first input.
    """
    spans, sizes = lifetimes(graph), tensor_bytes(graph)
    index, owners = {graph.input: 0}, [graph.input]
    for step, node in enumerate(graph.nodes):
        first = node.inputs[0]
        dies = spans[first][1] == step
        if node.op.inplace and dies and np.array_equal(sizes[first], sizes[node.name]):
            index[node.name] = index[first]
        else:
            index[node.name] = len(owners)
            owners.append(node.name)
    live = np.zeros((len(graph.nodes), len(owners)), np.bool_)
    for name, (start, end) in spans.items():
        live[start : end + 1, index[name]] = True
    return Buffers(index, live, np.stack([sizes[name] for name in owners], axis=1))


def conflicts(live: Bools) -> Bools:
    """Whether two different buffers are ever in use at the same step, shape (buffers, buffers)."""
    counts = live.astype(np.int64)
    together: Bools = counts.T @ counts > 0
    np.fill_diagonal(together, False)
    return together


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


def _place(pieces: Buffers) -> tuple[Ints, Ints]:
    """Offsets (n, buffers) and arena sizes (n,): for each network the smallest over all orders."""
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


def _scalar_or_array(graph: Graph, values: Ints) -> Dim:
    many = any(isinstance(dim, np.ndarray) for shape in graph.shapes().values() for dim in shape)
    return values if many else int(values[0])


def peak_bytes(graph: Graph) -> Dim:
    """Most bytes in use at one step, which no arena can undercut; an int or an array (n,)."""
    return _scalar_or_array(graph, buffers(graph).peaks())


def arena_bytes(graph: Graph) -> Dim:
    """Size of the planned arena, equal to that of `plan`; an int or an array (n,)."""
    return _scalar_or_array(graph, _place(buffers(graph))[1])


def plan(graph: Graph) -> Plan:
    """Place every tensor of one network.

    Args:
        graph: A graph with integer shapes, quantized or not.
    """
    pieces = buffers(graph)
    (offsets,), (arena,) = _place(pieces)
    return Plan({name: int(offsets[at]) for name, at in pieces.index.items()}, int(arena))
