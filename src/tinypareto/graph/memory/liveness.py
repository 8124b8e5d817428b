"""Which pieces of memory a network needs, how large they are, and when."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tinypareto.graph.graph import Graph, Node

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

ALIGNMENT = 4
"""Every tensor starts at a multiple of so many bytes, for kernels that load words."""


@dataclass(frozen=True)
class Buffers:
    """The pieces of memory to place: a tensor's own, or one reused in place by several.

    Attributes:
        index: Buffer by tensor.
        live: Whether a buffer is in use at a step, shape (steps, buffers); in a row for each.
        sizes: Bytes in the arena, shape (n, buffers).
    """

    index: dict[str, int]
    live: Bools
    sizes: Ints

    def peaks(self) -> Ints:
        """Most bytes in use at one step, shape (n,)."""
        peaks: Ints = (self.sizes @ self.live.T.astype(np.int64)).max(axis=1)
        return peaks


def lifetimes(graph: Graph, order: Sequence[int]) -> dict[str, tuple[int, int]]:
    """First and last step that needs each tensor.

    The input is there from step 0 on, the output until the last step.

    Args:
        graph: A network.
        order: Node that each step computes.
    """
    spans = {graph.input: (0, 0)}
    for step, node in enumerate(graph.nodes[at] for at in order):
        spans[node.name] = (step, step)
        for name in node.inputs:
            spans[name] = (spans[name][0], step)
    spans[graph.output] = (spans[graph.output][0], len(order) - 1)
    return spans


def tensor_bytes(graph: Graph) -> dict[str, Ints]:
    """Bytes of every int8 tensor, shape (n,); n = 1 where no channel count is an array."""
    shapes = graph.shapes()
    rows = np.broadcast_arrays(*(np.atleast_1d(h * w * c) for h, w, c in shapes.values()))
    return {name: row.astype(np.int64) for name, row in zip(shapes, rows, strict=True)}


def aligned(sizes: Ints) -> Ints:
    """Bytes that tensors of these sizes take in the arena."""
    return -(-sizes // ALIGNMENT) * ALIGNMENT


def replaceable(node: Node, sizes: dict[str, Ints]) -> list[str]:
    """Inputs that the node's output may overwrite, once nothing else needs them.

    The rule must hold for all n networks; it does for operators that have the channels of these
    inputs in their output.

    Args:
        node: A node.
        sizes: As `tensor_bytes` returns them.
    """
    names = [node.inputs[at] for at in node.op.inplace if at < len(node.inputs)]
    return [name for name in names if np.array_equal(sizes[name], sizes[node.name])]


def buffers(graph: Graph, order: Sequence[int]) -> Buffers:
    """Give every tensor a buffer; a node in place reuses that of an input that dies.

    Args:
        graph: A network.
        order: Node that each step computes.
    """
    spans, sizes = lifetimes(graph, order), tensor_bytes(graph)
    index, owners = {graph.input: 0}, [graph.input]
    for step, node in enumerate(graph.nodes[at] for at in order):
        dying = (name for name in replaceable(node, sizes) if spans[name][1] == step)
        reused = next(dying, None)
        index[node.name] = len(owners) if reused is None else index[reused]
        if reused is None:
            owners.append(node.name)
    live = np.zeros((len(order), len(owners)), np.bool_)
    for name, (start, end) in spans.items():
        live[start : end + 1, index[name]] = True
    return Buffers(index, live, aligned(np.stack([sizes[name] for name in owners], axis=1)))


def conflicts(live: Bools) -> Bools:
    """Whether two different buffers are ever in use at the same step, shape (buffers, buffers)."""
    counts = live.astype(np.int64)
    together: Bools = counts.T @ counts > 0
    np.fill_diagonal(together, False)
    return together
