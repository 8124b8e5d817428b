"""Bias correction: shifts of biases that cancel the mean error of rounding and clipping.

Rounding the weights of a filter shifts its mean output, and the shift propagates through the
network. Adding the difference of the means to the bias removes it (Nagel 2019, "Data-Free
Quantization Through Weight Equalization and Bias Correction", Section 4.2).
"""

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
"""Correction added to the bias of each filter, in real units, by node."""

ROUNDS = 2
"""One round is not enough where outputs are clamped and so move by less than their bias does."""


def corrected(graph: Graph, biases: Biases) -> Graph:
    """Add corrections to the biases of a float graph.

    Args:
        graph: Float graph returned by `lower`.
        biases: Corrections by node; nodes left out keep their biases.

    Raises:
        ConfigError: The number of corrections differs from the number of filters of a node.
    """
    nodes = (_shifted(node, np.array(biases.get(node.name, 0.0))) for node in graph.nodes)
    return replace(graph, nodes=tuple(nodes))


def _shifted(node: Node, correction: NDArray[np.float64]) -> Node:
    if "bias" not in node.arrays:
        return node
    bias = node.arrays["bias"]
    if correction.shape not in ((), bias.shape):
        raise ConfigError(
            f"{node.op.kind} {node.layer!r}: got {correction.size} corrected biases for "
            f"{bias.size} filters; calibrate it again"
        )
    return replace(node, arrays={**node.arrays, "bias": bias + correction})


def corrections(
    graph: Graph,
    ranges: Ranges,
    x: NDArray[np.float32],
    means: Mapping[str, NDArray[np.float64]],
    rounds: int = ROUNDS,
) -> Biases:
    """Find the corrections with which each filter's mean output equals the float network's.

    The nodes are corrected in order, and each runs on the integer outputs of the corrected nodes
    before it. A correction therefore also cancels the error that earlier nodes pass on.

    Args:
        graph: Float graph returned by `lower`.
        ranges: (lowest, highest) real value of the input and of every node.
        x: Normalized cases, float32 [n, channels, ...].
        means: Mean of every channel of each tensor of the float network on these cases.
        rounds: Number of times that each node is measured and corrected.

    Raises:
        DivergedError: A range or a weight is not finite.
    """
    quants, last, size = quantize(graph, ranges).quants, last_readers(graph), batch(graph)
    rows = np.moveaxis(x, 1, -1).reshape(len(x), *graph.input_shape)
    tensors, biases = {graph.input: to_int8(rows, quants[graph.input])}, {}
    for index, node in enumerate(graph.nodes):
        inputs = [quants[name] for name in node.inputs]
        outputs = partial(_outputs, node, inputs, quants[node.name], size, tensors)
        correction: NDArray[np.float64] = np.zeros(())
        if "bias" in node.arrays:
            for _ in range(rounds):
                reached = _means(outputs(correction), quants[node.name])
                correction = correction + means[node.name] - reached
            biases[node.name] = tuple(correction.tolist())
        tensors[node.name] = outputs(correction)
        # As in the interpreter, a tensor is dropped after its last reader.
        for name in set(node.inputs):
            if last[name] == index:
                del tensors[name]
    return biases


def _outputs(
    node: Node,
    input_quants: Sequence[Quant],
    output_quant: Quant,
    size: int,
    tensors: Mapping[str, NDArray[np.int8]],
    correction: NDArray[np.float64],
) -> NDArray[np.int8]:
    """Run the integer node with a corrected bias, `size` cases at a time."""
    integer = quantize_node(_shifted(node, correction), input_quants, output_quant)
    inputs = [tensors[name] for name in node.inputs]
    batches = [
        [tensor[start : start + size] for tensor in inputs]
        for start in range(0, len(inputs[0]), size)
    ]
    return np.concatenate(
        [node.op.run(integer.arrays, integer.scalars, *batch) for batch in batches]
    )


def _means(outputs: NDArray[np.int8], quant: Quant) -> NDArray[np.float64]:
    """Mean of each channel of int8 outputs (n, height, width, channels), in real units."""
    means: NDArray[np.float64] = outputs.mean((0, 1, 2), np.float64)
    return (means - quant.zero_point) * quant.scale
