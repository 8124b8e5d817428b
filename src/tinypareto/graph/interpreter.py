"""Exact interpreter of integer graphs, bit for bit equal to their C."""

from collections.abc import Mapping
from math import prod

import numpy as np
from numpy.typing import NDArray

from tinypareto.graph.graph import Graph

BATCH_ELEMENTS = 2**18
"""Number of elements of the largest tensor per batch, sized to fit in cache; the result does not
depend on it."""


def run(graph: Graph, x: NDArray[np.int8]) -> NDArray[np.int8]:
    """Compute the outputs of an integer graph.

    Args:
        graph: Integer graph returned by `quantize`.
        x: Quantized inputs, int8, shape (n, height, width, channels).

    Returns:
        Quantized outputs, int8, shape (n, features): the last tensor, flattened.
    """
    step = batch(graph)
    starts = range(0, max(len(x), 1), step)
    return np.concatenate([_run(graph, x[start : start + step]) for start in starts])


def batch(graph: Graph) -> int:
    """Number of cases that are computed at once."""
    return max(1, BATCH_ELEMENTS // max(prod(shape) for shape in graph.shapes().values()))


def predict(graph: Graph, x: NDArray[np.int8]) -> NDArray[np.int64]:
    """Classify inputs by the index of the largest output, the first one on ties.

    Args:
        graph: Integer graph returned by `quantize`.
        x: Quantized inputs, int8, shape (n, height, width, channels).

    Returns:
        Labels, int64, shape (n,).
    """
    labels: NDArray[np.int64] = run(graph, x).argmax(1)
    return labels


def _run(graph: Graph, x: NDArray[np.int8]) -> NDArray[np.int8]:
    """Run one batch; every tensor is dropped after its last reader."""
    last = last_readers(graph)
    tensors = {graph.input: x}
    for index, node in enumerate(graph.nodes):
        inputs = [tensors[name] for name in node.inputs]
        tensors[node.name] = node.op.run(node.arrays, node.scalars, *inputs)
        for name in set(node.inputs):
            if last[name] == index:
                del tensors[name]
    output = tensors[graph.output]
    return output.reshape(len(x), prod(output.shape[1:]))


def last_readers(graph: Graph) -> Mapping[str, int]:
    """Find the index of the last node that reads each tensor."""
    return {name: index for index, node in enumerate(graph.nodes) for name in node.inputs}
