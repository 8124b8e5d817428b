"""Predicts the latency of thousands of prunings at once from a few emulated programs.

For one window and one image size, the time of a layer is close to linear in its operator's `work`.
The coefficients are fitted, layer by layer, to emulated programs of the same search. A trial's own
latency comes from its own program.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tinypareto.graph.graph import Graph

Floats = NDArray[np.float64]

RIDGE = 1e-4
"""Weight of the penalty, relative to the norm of the work.

It makes the fit unique where two kinds of work always change together.
"""


@dataclass(frozen=True)
class LatencyModel:
    """Latency of all prunings of one network on one board.

    Attributes:
        per_work: Milliseconds for each unit of work, shape (nodes, k); the first of the k kinds is
            a constant.
        around_ms: Milliseconds outside of the layers.
    """

    per_work: Floats
    around_ms: float

    @classmethod
    def fitted(cls, graphs: Sequence[Graph], times: Sequence[Sequence[float]]) -> "LatencyModel":
        """Fit the model to emulated programs.

        Args:
            graphs: Prunings of one network, at least one.
            times: For each of them, the milliseconds of its nodes in their order, then those
                outside of the nodes.
        """
        work = np.stack([_work(graph) for graph in graphs], axis=1)
        milliseconds = np.array(times, np.float64)
        nodes = milliseconds[:, :-1].T
        per_work = [_ridge(x, y) for x, y in zip(work, nodes, strict=True)]
        return cls(np.array(per_work), float(milliseconds[:, -1].mean()))

    def ms(self, graph: Graph) -> Floats:
        """Predicted milliseconds, shape (n,) if n networks are costed at once, else ()."""
        times = np.einsum("jk...,jk->j...", _work(graph), self.per_work)
        total: Floats = times.clip(min=0.0).sum(axis=0) + self.around_ms
        return total


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
