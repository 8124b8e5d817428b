"""Biases against the mean error that rounded weights and activations make."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from tinypareto.errors import ConfigError
from tinypareto.graph.graph import Graph, Node
from tinypareto.graph.interpreter import batch, last_readers
from tinypareto.graph.quantize import quantize, quantize_node
from tinypareto.graph.requantize import Quant, to_int8
from tinypareto.quantize.ranges import Ranges

Biases = Mapping[str, tuple[float, ...]]
"""Added to the bias of each filter, by node."""

ROUNDS = 2
"""One does not suffice where outputs are clamped, and so move less than their bias."""


def corrected(graph: Graph, biases: Biases) -> Graph:
    """A float graph with these added to its biases.

    Raises:
        ConfigError: Not as many as the node has filters.
    """
    nodes = (_shifted(node, np.array(biases.get(node.name, 0.0))) for node in graph.nodes)
    return replace(graph, nodes=tuple(nodes))


def _shifted(node: Node, by: NDArray[np.float64]) -> Node:
    if "bias" not in node.arrays:
        return node
    bias = node.arrays["bias"]
    if by.shape not in ((), bias.shape):
        raise ConfigError(
            f"{node.op.kind} {node.layer!r}: got {by.size} corrected biases for {bias.size} "
            "filters; calibrate it again"
        )
    return replace(node, arrays={**node.arrays, "bias": bias + by})


def corrections(
    graph: Graph,
    ranges: Ranges,
    x: NDArray[np.float32],
    means: Mapping[str, NDArray[np.float64]],
    rounds: int = ROUNDS,
) -> Biases:
    """Biases with which each filter's mean output is the float one (Nagel 2019, Section 4.2).

    Node by node on the same cases, so that the nodes before are corrected already.

    Args:
        graph: As `lower` returns it.
        ranges: Of the input and of every node.
        x: Normalised cases, [n, channels, ...].
        means: Of the float network on these cases, by tensor and channel.
        rounds: How often a node is measured and corrected.

    Raises:
        DivergedError: A range or a weight is not finite.
    """
    quants, last, size = quantize(graph, ranges).quants, last_readers(graph), batch(graph)
    rows = np.moveaxis(x, 1, -1).reshape(len(x), *graph.input_shape)
    tensors, biases = {graph.input: to_int8(rows, quants[graph.input])}, {}
    for index, node in enumerate(graph.nodes):
        given = [quants[name] for name in node.inputs]
        outputs = partial(_outputs, node, given, quants[node.name], size, tensors)
        by: NDArray[np.float64] = np.zeros(())
        if "bias" in node.arrays:
            for _ in range(rounds):
                by = by + means[node.name] - _means(outputs(by), quants[node.name])
            biases[node.name] = tuple(by.tolist())
        tensors[node.name] = outputs(by)
        for name in set(node.inputs):
            if last[name] == index:
                del tensors[name]
    return biases


def _outputs(
    node: Node,
    given: Sequence[Quant],
    made: Quant,
    size: int,
    tensors: Mapping[str, NDArray[np.int8]],
    by: NDArray[np.float64],
) -> NDArray[np.int8]:
    """Of the integer node with such a correction, `size` cases at a time."""
    integer = quantize_node(_shifted(node, by), given, made)
    inputs = [tensors[name] for name in node.inputs]
    parts = [
        node.op.run(integer.arrays, integer.scalars, *(part[at : at + size] for part in inputs))
        for at in range(0, len(inputs[0]), size)
    ]
    return np.concatenate(parts)


def _means(outputs: NDArray[np.int8], quant: Quant) -> NDArray[np.float64]:
    """Real mean of each channel."""
    means: NDArray[np.float64] = outputs.mean((0, 1, 2), np.float64)
    return (means - quant.zero_point) * quant.scale
