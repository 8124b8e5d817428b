"""Float graph and given scales to integer graph, as a network has them that others quantized."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from tinypareto.errors import UnsupportedLayerError
from tinypareto.graph.graph import Graph, Node
from tinypareto.graph.ops.max_pool import MaxPool
from tinypareto.graph.ops.pad import Pad
from tinypareto.graph.ops.upsample import Upsample
from tinypareto.graph.requantize import Quant

KEEPERS = (MaxPool, Pad, Upsample)
"""Operators whose results have the scale of their input."""


def quantize_as(
    graph: Graph, quants: Mapping[str, Quant], scales: Mapping[str, NDArray[np.float64]]
) -> Graph:
    """Quantize with given scales.

    Args:
        graph: As `lower` returns it.
        quants: Of the input and every node; `KEEPERS` need none.
        scales: Of each filter, by the layer that owns them.

    Raises:
        UnsupportedLayerError: The result of a node has no scale, or a sum can leave int32.
    """
    known = {graph.input: quants[graph.input]}
    nodes = []
    for node in graph.nodes:
        inputs = [known[name] for name in node.inputs]
        known[node.name] = inputs[0] if isinstance(node.op, KEEPERS) else _given(node, quants)
        arrays = dict(node.arrays)
        if node.layer in scales:
            arrays["scale"] = scales[node.layer]
        try:
            made, scalars = node.op.quantize(arrays, inputs, known[node.name])
        except OverflowError as problem:
            raise UnsupportedLayerError(f"{node.op.kind} {node.layer!r}: {problem}") from problem
        nodes.append(replace(node, arrays=made, scalars=scalars))
    return replace(graph, nodes=tuple(nodes), quants=known)


def _given(node: Node, quants: Mapping[str, Quant]) -> Quant:
    if node.name not in quants:
        raise UnsupportedLayerError(
            f"{node.op.kind} {node.name!r}: its result is not quantized; wanted a QuantizeLinear "
            "after it, or after the activation that follows it"
        )
    return quants[node.name]
