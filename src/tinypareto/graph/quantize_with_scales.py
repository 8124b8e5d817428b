"""Quantization of a float graph with given scales, for networks that another tool quantized."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from tinypareto.errors import UnsupportedLayerError
from tinypareto.graph.graph import Graph, Node
from tinypareto.graph.ops.max_pool import MaxPool
from tinypareto.graph.ops.pad import Pad
from tinypareto.graph.ops.upsample import Upsample
from tinypareto.graph.requantize import Quant

KEEPERS = (MaxPool, Pad, Upsample)
"""Operators whose results keep the quantization of their input."""


def quantize_as(graph: Graph, quants: Mapping[str, Quant]) -> Graph:
    """Quantize a float graph with given scales.

    Args:
        graph: Float graph returned by `lower`; nodes with weights have their array `scale`.
        quants: Quantization of the input and of every node; `KEEPERS` need none.

    Raises:
        UnsupportedLayerError: The result of a node has no scale, or a sum can overflow int32.
    """
    known = {graph.input: quants[graph.input]}
    nodes = []
    for node in graph.nodes:
        inputs = [known[name] for name in node.inputs]
        known[node.name] = inputs[0] if isinstance(node.op, KEEPERS) else _given(node, quants)
        if not all(np.isfinite(array).all() for array in node.arrays.values()):
            problem = "a weight or a bias is not finite; train it again"
            raise UnsupportedLayerError(f"{node.op.kind} {node.layer!r}: {problem}")
        try:
            integers, scalars = node.op.quantize(node.arrays, inputs, known[node.name])
        except OverflowError as problem:
            raise UnsupportedLayerError(f"{node.op.kind} {node.layer!r}: {problem}") from problem
        nodes.append(replace(node, arrays=integers, scalars=scalars))
    return replace(graph, nodes=tuple(nodes), quants=known)


def _given(node: Node, quants: Mapping[str, Quant]) -> Quant:
    if node.name not in quants:
        raise UnsupportedLayerError(
            f"{node.op.kind} {node.name!r}: its result is not quantized; wanted a QuantizeLinear "
            "after it, or after a Relu or a Clip to 0 .. 6 that follows it"
        )
    return quants[node.name]
