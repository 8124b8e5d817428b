"""Latency of thousands of prunings at once, from a few that were emulated.

The time of a layer is close to linear in its operator's `work`, for one window and one size of
image: the coefficients are fitted to emulated programs of the same search, layer by layer. A
trial's own latency comes from its own program.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tinypareto.graph.graph import Graph

Floats = NDArray[np.float64]

RIDGE = 1e-4
"""Penalty relative to the norm of the work; enough if two kinds of work always change together."""


@dataclass(frozen=True)
class LatencyModel:
    """Milliseconds of all prunings of one network on one board.

    Attributes:
        per_work: (nodes, k) milliseconds per unit of each kind of work, the constant first.
        around_ms: Outside of the layers.
    """

    per_work: Floats
    around_ms: float

    @classmethod
    def fitted(cls, graphs: Sequence[Graph], times: Sequence[Sequence[float]]) -> "LatencyModel":
        """Fit to emulated programs.

        Args:
            graphs: Prunings of one network, at least one.
            times: Milliseconds of each network's nodes in their order, then those around them.
        """
        work = np.stack([_work(graph) for graph in graphs], axis=1)
        spent = np.array(times, np.float64)
        nodes = spent[:, :-1].T
        per_work = [_ridge(x, y) for x, y in zip(work, nodes, strict=True)]
        return cls(np.array(per_work), float(spent[:, -1].mean()))

    def ms(self, graph: Graph) -> Floats:
        """Predicted milliseconds: an array (n,) where n networks are costed at once, else ()."""
        times = np.einsum("jk...,jk->j...", _work(graph), self.per_work)
        total: Floats = times.clip(min=0.0).sum(axis=0) + self.around_ms
        return total


def _work(graph: Graph) -> Floats:
    """Compute the work of each node by kind, a one for the constant first.

    Returns:
        (nodes, k), or (nodes, k, n) if the graph stands for n networks.
    """
    shapes = graph.shapes()
    rows = [(1, *node.op.work(*(shapes[name] for name in node.inputs))) for node in graph.nodes]
    flat = np.broadcast_arrays(*(kind for row in rows for kind in row))
    return np.array(flat, np.float64).reshape(len(rows), -1, *flat[0].shape)


def _ridge(work: Floats, times: Floats) -> Floats:
    """(k,) coefficients of (runs, k) work, nearly least squares."""
    scale = work.max(axis=0).clip(min=1.0)
    scaled = work / scale
    penalty = RIDGE * np.linalg.norm(scaled) * np.eye(scaled.shape[1])
    rows = np.concatenate([scaled, penalty])
    wanted = np.concatenate([times, np.zeros(len(penalty))])
    solution: Floats = np.linalg.lstsq(rows, wanted)[0] / scale
    return solution
