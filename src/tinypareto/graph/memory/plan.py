"""The static memory plan: one arena that holds the input, the activations and the output.

Everything runs on arrays of shape (n, ...), so n differently pruned networks are planned at once.
Planning one network is the case n = 1 and gives the same plan. This includes the order of
execution, which is not a property of the unpruned network but follows from the sizes of each one.
"""

from dataclasses import dataclass

import numpy as np

from tinypareto.graph.graph import Graph
from tinypareto.graph.memory.liveness import Buffers, Ints, buffers
from tinypareto.graph.memory.ordering import best_orders, least_peaks
from tinypareto.graph.memory.placement import place
from tinypareto.graph.op import Dim


@dataclass(frozen=True)
class Plan:
    """The memory plan of one network: offsets of its tensors and order of its nodes.

    Attributes:
        offsets: First byte in the arena, by tensor; multiples of `liveness.ALIGNMENT`.
        arena_bytes: Size of the arena in bytes.
        order: Index of the node that each step computes.
    """

    offsets: dict[str, int]
    arena_bytes: int
    order: tuple[int, ...]


@dataclass(frozen=True)
class _Arrangement:
    """Networks that run in the same order, with their buffers.

    Attributes:
        rows: Indices of the networks among all n.
        order: Index of the node that each step computes.
        pieces: Buffers of that order.
        offsets: Offsets of the buffers in bytes, shape (rows, buffers).
        arenas: Sizes of the arenas in bytes, shape (rows,).
    """

    rows: Ints
    order: tuple[int, ...]
    pieces: Buffers
    offsets: Ints
    arenas: Ints


def peak_bytes(graph: Graph) -> Dim:
    """Compute the peak bytes of the best order, alignment included; no arena is smaller."""
    return _scalar_or_array(graph, least_peaks(graph))


def arena_bytes(graph: Graph) -> Dim:
    """Compute the bytes of the planned arena, equal to those of `plan`; an int or an array (n,)."""
    parts = _arrangements(graph)
    arenas = np.full(1 + max(int(part.rows.max()) for part in parts), np.iinfo(np.int64).max)
    for part in parts:
        np.minimum.at(arenas, part.rows, part.arenas)
    return _scalar_or_array(graph, arenas)


def plan(graph: Graph) -> Plan:
    """Order the nodes of one network and place its tensors.

    Args:
        graph: A graph with integer shapes, quantized or not.
    """
    return plans(graph)[0]


def plans(graph: Graph) -> list[Plan]:
    """Plan n differently pruned networks at once; each plan is equal to that of `plan`.

    Args:
        graph: A graph whose channel counts may be arrays (n,); n = 1 if none is.
    """
    best: dict[int, Plan] = {}
    for part in _arrangements(graph):
        for row, offsets, arena in zip(part.rows.tolist(), part.offsets, part.arenas, strict=True):
            if row not in best or arena < best[row].arena_bytes:
                by_tensor = {name: int(offsets[i]) for name, i in part.pieces.index.items()}
                best[row] = Plan(by_tensor, int(arena), part.order)
    return [best[row] for row in sorted(best)]


def peak_layer(graph: Graph) -> str:
    """Find the layer of one network that runs when most bytes are in use."""
    order = plan(graph).order
    pieces = buffers(graph, order)
    (used,) = pieces.sizes @ pieces.live.T.astype(np.int64)
    return graph.nodes[order[int(used.argmax())]].layer


def _arrangements(graph: Graph) -> list[_Arrangement]:
    """Arrange each network in its order of lowest peak.

    If the arena of that order exceeds its peak, the network is also arranged in the order as
    written, which may have the smaller arena in spite of its higher peak.
    """
    written = tuple(range(len(graph.nodes)))
    chosen = [_arranged(graph, order, rows) for order, rows in best_orders(graph)]
    missed = [
        part.rows[part.arenas > part.pieces.peaks()] for part in chosen if part.order != written
    ]
    rows = np.concatenate([*missed, np.empty(0, np.int64)])
    return [*chosen, _arranged(graph, written, rows)] if rows.size else chosen


def _arranged(graph: Graph, order: tuple[int, ...], rows: Ints) -> _Arrangement:
    every = buffers(graph, order)
    pieces = Buffers(every.index, every.live, every.sizes[rows])
    return _Arrangement(rows, order, pieces, *place(pieces))


def _scalar_or_array(graph: Graph, values: Ints) -> Dim:
    many = any(isinstance(dim, np.ndarray) for shape in graph.shapes().values() for dim in shape)
    return values if many else int(values[0])
