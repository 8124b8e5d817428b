"""Quantization of a float graph with observed ranges."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import isfinite

import numpy as np

from tinypareto.errors import ConfigError, DivergedError
from tinypareto.graph.graph import Graph, Node
from tinypareto.graph.requantize import Quant, affine


def quantize(graph: Graph, ranges: Mapping[str, tuple[float, float]]) -> Graph:
    """Quantize weights and activations (post-training, static).

    Args:
        graph: Float graph returned by `lower`.
        ranges: (lowest, highest) real value of the input and of every node.

    Returns:
        The same structure with integer arrays, scalars and the quantization of every tensor.

    Raises:
        ConfigError: The range of a tensor is missing.
        DivergedError: A range or a weight is not finite.
    """
    quants = {graph.input: affine(*_range(graph.input, ranges))}
    nodes = []
    for node in graph.nodes:
        inputs = [quants[name] for name in node.inputs]
        output = node.op.output_quant(inputs, *_range(node.name, ranges))
        quants[node.name] = output
        nodes.append(quantize_node(node, inputs, output))
    return replace(graph, nodes=tuple(nodes), quants=quants)


def quantize_node(node: Node, inputs: Sequence[Quant], output: Quant) -> Node:
    """Quantize the weights of a node to integer arrays and scalars.

    Raises:
        DivergedError: A weight is not finite.
    """
    for name, values in node.arrays.items():
        if not np.isfinite(values).all():
            raise DivergedError(
                f"{node.op.kind} {node.layer!r}: {name} is not finite; lower the learning rate"
            )
    arrays, scalars = node.op.quantize(node.arrays, inputs, output)
    return replace(node, arrays=arrays, scalars=scalars)


def _range(name: str, ranges: Mapping[str, tuple[float, float]]) -> tuple[float, float]:
    """Look up the observed range of a tensor and check it."""
    if name not in ranges:
        raise ConfigError(f"tensor {name!r}: has no observed range; calibrate it first")
    low, high = ranges[name]
    if not (isfinite(low) and isfinite(high)):
        raise DivergedError(
            f"tensor {name!r}: got the range [{low}, {high}], wanted finite numbers; "
            "lower the learning rate"
        )
    return low, high
