"""The order of execution that needs the least memory at its fullest step.

Dynamic programming over the sets of nodes that are already computed. A set is one state however its
nodes were ordered, so a chain of n nodes has n + 1 states, and parallel branches as many as the
product of their lengths. Which sets there are follows from the structure alone; what they need is
computed for n networks at once, and each network takes its own best order. Among equal ones that is
the one nearest to the order as written, so prediction and the trained network agree.
"""

from collections.abc import Iterator

import numpy as np

from tinypareto.graph.graph import Graph
from tinypareto.graph.memory.liveness import Ints, aligned, replaceable, tensor_bytes

STATES = 128
"""Sets of equal size that are followed; beyond them, those nearest to the order as written."""

Order = tuple[int, ...]


def best_orders(graph: Graph) -> list[tuple[Order, Ints]]:
    """The best order of each network: pairs of an order and those networks of n that take it."""
    search = Search(graph)
    written = tuple(range(len(graph.nodes)))
    if all(len(level) == 1 for level in search.levels):
        return [(written, np.arange(len(search.peaks)))]
    orders, which = np.unique(search.orders(), axis=0, return_inverse=True)
    return [
        (tuple(order), np.flatnonzero(which.ravel() == at))
        for at, order in enumerate(orders.tolist())
    ]


def least_peaks(graph: Graph) -> Ints:
    """Bytes in use at the fullest step of the best order, shape (n,)."""
    return Search(graph).peaks


class Search:
    """The states of one structure and what they need in each of n networks.

    A state is an integer, the bits of which are the nodes that it has computed.

    Attributes:
        levels: Least peak (n,) by state, one level per number of computed nodes.
    """

    def __init__(self, graph: Graph) -> None:
        sizes = tensor_bytes(graph)
        self._nodes = graph.nodes
        self._reusable = [replaceable(node, sizes) for node in graph.nodes]
        self._sizes = {name: aligned(size) for name, size in sizes.items()}
        number = {node.name: at for at, node in enumerate(graph.nodes)}
        self._needs = [
            sum(1 << number[name] for name in set(node.inputs) if name in number)
            for node in graph.nodes
        ]
        self._readers = {
            name: sum(1 << at for at, node in enumerate(graph.nodes) if name in node.inputs)
            for name in self._sizes
        }
        # Read by a node that never comes, so that it stays.
        self._readers[graph.output] |= 1 << len(graph.nodes)
        first = self._sizes[graph.input]
        self._live = {0: first}
        self.levels: list[dict[int, Ints]] = [{0: np.zeros_like(first)}]
        for _ in graph.nodes:
            self.levels.append(self._nearest(self._next(self.levels[-1])))

    @property
    def peaks(self) -> Ints:
        """Bytes in use at the fullest step of the best order, shape (n,)."""
        (peaks,) = self.levels[-1].values()
        return peaks

    def orders(self) -> Ints:
        """The best order of each network, shape (n, nodes).

        From the end, each step takes the last written node that leaves the peak as low as it is.
        """
        steps, peaks = len(self._nodes), self.peaks
        orders = np.zeros((len(peaks), steps), np.int64)
        states = {(1 << steps) - 1: np.arange(len(peaks))}
        for step in reversed(range(steps)):
            before: dict[int, list[Ints]] = {}
            for state, rows in states.items():
                for at, earlier in self._previous(state, step):
                    peak = np.maximum(self.levels[step][earlier], self._during(earlier, at))
                    fits = peak[rows] <= peaks[rows]
                    orders[rows[fits], step] = at
                    before.setdefault(earlier, []).append(rows[fits])
                    rows = rows[~fits]
            states = {state: np.concatenate(rows) for state, rows in before.items()}
        return orders

    def _next(self, level: dict[int, Ints]) -> dict[int, Ints]:
        found: dict[int, Ints] = {}
        for state, peaks in level.items():
            for at, needs in enumerate(self._needs):
                after = state | 1 << at
                if after == state or needs & ~state:
                    continue
                peak = np.maximum(peaks, self._during(state, at))
                found[after] = np.minimum(found[after], peak) if after in found else peak
                if after not in self._live:
                    self._live[after] = self._after(state, at)
        return found

    def _previous(self, state: int, step: int) -> Iterator[tuple[int, int]]:
        """The nodes that can have come last, the last written first, and the states before."""
        for at in reversed(range(len(self._nodes))):
            earlier = state & ~(1 << at)
            if earlier != state and earlier in self.levels[step] and not self._needs[at] & ~earlier:
                yield at, earlier

    def _during(self, state: int, at: int) -> Ints:
        """Bytes in use while a node is computed."""
        done = state | 1 << at
        live = self._live[state]
        if any(not self._readers[name] & ~done for name in self._reusable[at]):
            return live
        return live + self._sizes[self._nodes[at].name]

    def _after(self, state: int, at: int) -> Ints:
        """Bytes that are still needed afterwards."""
        done, node = state | 1 << at, self._nodes[at]
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
    """Least for the nodes that are written first."""
    return sum(at for at in range(state.bit_length()) if state >> at & 1), state
