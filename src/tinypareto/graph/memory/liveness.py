"""Liveness: which buffers a network needs, how large they are, and at which steps."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tinypareto.graph.graph import Graph, Node

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

ALIGNMENT = 4
"""Every tensor starts at a multiple of this many bytes, for kernels that load words."""


@dataclass(frozen=True)
class Buffers:
    """The buffers to place.

    There is one per tensor or workspace, or one shared by tensors that overwrite each other.

    Attributes:
        index: Index of the buffer of each tensor, and of each node's `workspace`.
        live: Whether a buffer is in use at a step, shape (steps, buffers). The steps of a buffer
            are consecutive.
        sizes: Bytes in the arena, shape (n, buffers).
    """

    index: dict[str, int]
    live: Bools
    sizes: Ints

    def peaks(self) -> Ints:
        """Compute the largest number of bytes in use at one step, shape (n,)."""
        peaks: Ints = (self.sizes @ self.live.T.astype(np.int64)).max(axis=1)
        return peaks


def lifetimes(graph: Graph, order: Sequence[int]) -> dict[str, tuple[int, int]]:
    """Find the first and the last step at which each tensor is live.

    The input is live from step 0 on, and the output until the last step.

    Args:
        graph: A network.
        order: Index of the node that each step computes.
    """
    spans = {graph.input: (0, 0)}
    for step, node in enumerate(graph.nodes[index] for index in order):
        spans[node.name] = (step, step)
        for name in node.inputs:
            spans[name] = (spans[name][0], step)
    spans[graph.output] = (spans[graph.output][0], len(order) - 1)
    return spans


def tensor_bytes(graph: Graph) -> dict[str, Ints]:
    """Compute the bytes of every int8 tensor, shape (n,); n = 1 if no channel count is an array."""
    shapes = graph.shapes()
    rows = np.broadcast_arrays(*(np.atleast_1d(h * w * c) for h, w, c in shapes.values()))
    return {name: row.astype(np.int64) for name, row in zip(shapes, rows, strict=True)}


def workspace(name: str) -> str:
    """Name of the memory that a node works in, among the tensors of a plan."""
    return f"{name}/workspace"


def workspace_bytes(graph: Graph) -> dict[str, Ints]:
    """Compute the bytes that nodes work in, shape (n,) or (1,), by node; others are left out."""
    shapes = graph.shapes()
    every = (
        (node.name, node.op.workspace_bytes(*(shapes[name] for name in node.inputs)))
        for node in graph.nodes
    )
    return {name: np.atleast_1d(size).astype(np.int64) for name, size in every if np.any(size)}


def aligned(sizes: Ints) -> Ints:
    """Round sizes in bytes up to the alignment of the arena."""
    return -(-sizes // ALIGNMENT) * ALIGNMENT


def replaceable(node: Node, sizes: dict[str, Ints]) -> list[str]:
    """List the inputs that the node's output may overwrite once no other node needs them.

    All n networks must agree, so that they share one set of buffers. They do, because the operators
    that work in place have as many output channels as the inputs that they overwrite.

    Args:
        node: A node.
        sizes: Bytes of the tensors, from `tensor_bytes`.
    """
    names = [node.inputs[index] for index in node.op.inplace if index < len(node.inputs)]
    return [name for name in names if np.array_equal(sizes[name], sizes[node.name])]


def buffers(graph: Graph, order: Sequence[int]) -> Buffers:
    """Assign a buffer to every tensor; a node in place reuses the buffer of an input that dies.

    The memory that a node works in is a buffer of its own at that step, named by `workspace`.

    Args:
        graph: A network.
        order: Index of the node that each step computes.
    """
    spans, sizes = lifetimes(graph, order), tensor_bytes(graph)
    index, owners = {graph.input: 0}, [graph.input]
    for step, node in enumerate(graph.nodes[position] for position in order):
        dying = (name for name in replaceable(node, sizes) if spans[name][1] == step)
        reused = next(dying, None)
        index[node.name] = len(owners) if reused is None else index[reused]
        if reused is None:
            owners.append(node.name)
    for name, size in workspace_bytes(graph).items():
        key, step = workspace(name), spans[name][0]
        index[key], spans[key] = len(owners), (step, step)
        sizes[key] = np.broadcast_to(size, sizes[name].shape)
        owners.append(key)
    live = np.zeros((len(order), len(owners)), np.bool_)
    for name, (start, end) in spans.items():
        live[start : end + 1, index[name]] = True
    return Buffers(index, live, aligned(np.stack([sizes[name] for name in owners], axis=1)))


def conflicts(live: Bools) -> Bools:
    """Find the pairs of different buffers that are live at the same step, (buffers, buffers)."""
    counts = live.astype(np.int64)
    together: Bools = counts.T @ counts > 0
    np.fill_diagonal(together, False)
    return together
