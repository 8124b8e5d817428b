"""Predicts the latency of thousands of prunings at once from a few emulated programs.

For one window and one image size, the time of a layer is close to linear in its operator's `work`.
The coefficients are fitted to emulated programs of the same search: layer by layer where all
networks have the same layers, else one set for all layers of a kind. A trial's own latency comes
from its own program.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tinypareto.graph.graph import Graph, Node

Floats = NDArray[np.float64]

RIDGE = 1e-4
"""Weight of the penalty, relative to the norm of the work.

It makes the fit unique where two kinds of work always change together.
"""


@dataclass(frozen=True)
class LatencyModel:
    """Latency of the networks of one search on one board.

    Attributes:
        per_work: Milliseconds for each unit of work, shape (k,), by name of the node or by kind of
            operator; the first of the k kinds of work is a constant.
        around_ms: Milliseconds outside of the layers.
        by_kind: Whether the keys are kinds of operators.
    """

    per_work: Mapping[str, Floats]
    around_ms: float
    by_kind: bool = False

    @classmethod
    def fitted(
        cls, graphs: Sequence[Graph], times: Sequence[Sequence[float]], by_kind: bool = False
    ) -> "LatencyModel":
        """Fit the model to emulated programs.

        Args:
            graphs: Networks of one search, at least one.
            times: For each of them, the milliseconds of its nodes in their order, then those
                outside of the nodes.
            by_kind: Whether the networks have different layers.
        """
        work: dict[str, list[Floats]] = {}
        spent: dict[str, list[float]] = {}
        for graph, row in zip(graphs, times, strict=True):
            for node, amounts, ms in zip(graph.nodes, _work(graph), row[:-1], strict=True):
                key = _key(node, by_kind)
                work.setdefault(key, []).append(amounts)
                spent.setdefault(key, []).append(ms)
        fits = {key: _ridge(np.array(rows), np.array(spent[key])) for key, rows in work.items()}
        return cls(fits, float(np.mean([row[-1] for row in times])), by_kind)

    def ms(self, graph: Graph) -> Floats:
        """Predicted milliseconds, shape (n,) if n networks are costed at once, else ()."""
        work = _work(graph)
        # A kind that no emulated program had is left out.
        unknown = np.zeros(work.shape[1])
        per_work = [self.per_work.get(_key(node, self.by_kind), unknown) for node in graph.nodes]
        times = np.einsum("jk...,jk->j...", work, np.array(per_work))
        total: Floats = times.clip(min=0.0).sum(axis=0) + self.around_ms
        return total


def _key(node: Node, by_kind: bool) -> str:
    return node.op.kind if by_kind else node.name


def _work(graph: Graph) -> Floats:
    """Work by node and kind, the constant 1 first, shape (nodes, k) or (nodes, k, n)."""
    shapes = graph.shapes()
    rows = [(1, *node.op.work(*(shapes[name] for name in node.inputs))) for node in graph.nodes]
    flat = np.broadcast_arrays(*(kind for row in rows for kind in row))
    return np.array(flat, np.float64).reshape(len(rows), -1, *flat[0].shape)


def _ridge(work: Floats, times: Floats) -> Floats:
    """Coefficients (k,) of work (runs, k) by ridge regression on normalized columns."""
    scale = work.max(axis=0).clip(min=1.0)
    scaled = work / scale
    penalty = RIDGE * np.linalg.norm(scaled) * np.eye(scaled.shape[1])
    rows = np.concatenate([scaled, penalty])
    # The penalty's rows ask for coefficients of zero.
    targets = np.concatenate([times, np.zeros(len(penalty))])
    solution: Floats = np.linalg.lstsq(rows, targets)[0] / scale
    return solution
