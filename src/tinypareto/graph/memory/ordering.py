"""The order of execution with the lowest peak of live tensors.

Dynamic programming over the sets of nodes that have been computed. The bytes that are live after a
set of nodes, and the lowest peak with which the set can be reached, do not depend on what follows.
So a set is one state, however its nodes were ordered: a chain of n nodes has n + 1 states, and
parallel branches have the product of their lengths.

The possible sets follow from the structure alone. Their bytes are computed for n networks at once,
and each network takes its own best order. Ties are broken towards the order as written, so that the
prediction for a candidate and the plan of the trained network agree.
"""

from collections.abc import Iterator

import numpy as np

from tinypareto.graph.graph import Graph
from tinypareto.graph.memory.liveness import (
    Ints,
    aligned,
    replaceable,
    tensor_bytes,
    workspace_bytes,
)

STATES = 128
"""Largest number of sets of equal size that are followed (a beam). If there are more, those nearest
to the order as written are kept, and the order found need not be optimal."""

Order = tuple[int, ...]


def best_orders(graph: Graph) -> list[tuple[Order, Ints]]:
    """Find the best order of each network.

    Args:
        graph: A graph whose channel counts may be arrays (n,); n = 1 if none is.

    Returns:
        Pairs of an order (index of the node that each step computes) and the indices of the
        networks that take it. Every network occurs once.
    """
    search = Search(graph)
    written = tuple(range(len(graph.nodes)))
    # A chain has only one order.
    if all(len(level) == 1 for level in search.levels):
        return [(written, np.arange(len(search.peaks)))]
    orders, inverse = np.unique(search.orders(), axis=0, return_inverse=True)
    return [
        (tuple(order), np.flatnonzero(inverse.ravel() == index))
        for index, order in enumerate(orders.tolist())
    ]


def least_peaks(graph: Graph) -> Ints:
    """Compute the peak bytes of the best order of each network, shape (n,)."""
    return Search(graph).peaks


class Search:
    """The states of one structure, with their bytes in each of n networks.

    A state is an integer whose bits mark the nodes that have been computed. Sets of nodes are
    represented in the same way everywhere in this class.

    Attributes:
        levels: Lowest peak (n,) by state, one level per number of computed nodes.
    """

    def __init__(self, graph: Graph) -> None:
        sizes = tensor_bytes(graph)
        self._nodes = graph.nodes
        self._reusable = [replaceable(node, sizes) for node in graph.nodes]
        self._sizes = {name: aligned(size) for name, size in sizes.items()}
        self._workspaces = {name: aligned(size) for name, size in workspace_bytes(graph).items()}
        number = {node.name: index for index, node in enumerate(graph.nodes)}
        # The set of nodes before each node, and the set of nodes that read each tensor.
        self._needs = [
            sum(1 << number[name] for name in set(node.inputs) if name in number)
            for node in graph.nodes
        ]
        self._readers = {
            name: sum(1 << index for index, node in enumerate(graph.nodes) if name in node.inputs)
            for name in self._sizes
        }
        # An additional reader that is never computed keeps the output alive until the end.
        self._readers[graph.output] |= 1 << len(graph.nodes)
        first = self._sizes[graph.input]
        self._live = {0: first}
        self.levels: list[dict[int, Ints]] = [{0: np.zeros_like(first)}]
        for _ in graph.nodes:
            self.levels.append(self._nearest(self._next(self.levels[-1])))

    @property
    def peaks(self) -> Ints:
        """Peak bytes of the best order of each network, shape (n,)."""
        (peaks,) = self.levels[-1].values()
        return peaks

    def orders(self) -> Ints:
        """Trace the best order of each network back from the end, shape (n, nodes).

        Each step, from the last one on, takes the node written last among those with which the
        peak remains the lowest one. That gives the order nearest to the order as written.
        """
        steps, peaks = len(self._nodes), self.peaks
        orders = np.zeros((len(peaks), steps), np.int64)
        # Networks by the state that they are in: they start together and part as orders differ.
        states = {(1 << steps) - 1: np.arange(len(peaks))}
        for step in reversed(range(steps)):
            before: dict[int, list[Ints]] = {}
            for state, rows in states.items():
                for index, earlier in self._previous(state, step):
                    peak = np.maximum(self.levels[step][earlier], self._during(earlier, index))
                    fits = peak[rows] <= peaks[rows]
                    orders[rows[fits], step] = index
                    before.setdefault(earlier, []).append(rows[fits])
                    rows = rows[~fits]
            states = {state: np.concatenate(rows) for state, rows in before.items()}
        return orders

    def _next(self, level: dict[int, Ints]) -> dict[int, Ints]:
        """Extend every state by every node that can follow, with the lowest peak by new state."""
        reached: dict[int, Ints] = {}
        for state, peaks in level.items():
            for index, needs in enumerate(self._needs):
                after = state | 1 << index
                # The node has been computed already, or lacks an input.
                if after == state or needs & ~state:
                    continue
                peak = np.maximum(peaks, self._during(state, index))
                reached[after] = np.minimum(reached[after], peak) if after in reached else peak
                if after not in self._live:
                    self._live[after] = self._after(state, index)
        return reached

    def _previous(self, state: int, step: int) -> Iterator[tuple[int, int]]:
        """Yield the nodes that can have come last, with the states before them.

        The node written last comes first.
        """
        for index in reversed(range(len(self._nodes))):
            earlier = state & ~(1 << index)
            known = earlier != state and earlier in self.levels[step]
            if known and not self._needs[index] & ~earlier:
                yield index, earlier

    def _during(self, state: int, index: int) -> Ints:
        """Compute the bytes in use while a node runs, after the nodes of a state."""
        done, name = state | 1 << index, self._nodes[index].name
        live = self._live[state] + self._workspaces.get(name, 0)
        # In place: the output takes the memory of an input that no later node reads.
        if any(not self._readers[reused] & ~done for reused in self._reusable[index]):
            return live
        return live + self._sizes[name]

    def _after(self, state: int, index: int) -> Ints:
        """Compute the bytes that are still live after a node has run."""
        done, node = state | 1 << index, self._nodes[index]
        live = self._live[state] + self._sizes[node.name] * bool(self._readers[node.name])
        for name in set(node.inputs):
            if not self._readers[name] & ~done:
                live = live - self._sizes[name]
        return live

    @staticmethod
    def _nearest(level: dict[int, Ints]) -> dict[int, Ints]:
        if len(level) <= STATES:
            return level
        return {state: level[state] for state in sorted(level, key=_distance)[:STATES]}


def _distance(state: int) -> tuple[int, int]:
    """Distance of a state from the order as written: the sum of the indices of its nodes."""
    return sum(index for index in range(state.bit_length()) if state >> index & 1), state
