"""Writes an integer graph as an int8 QDQ model.

Each node becomes the float operator on dequantized tensors, and its result is quantized again with
the graph's own scale and zero point. Weights and biases are the graph's integers, exactly: the
scale of a filter follows from its multiplier and shift.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from tinypareto.graph.graph import Graph
from tinypareto.qdq.builder import Builder
from tinypareto.qdq.library import onnx
from tinypareto.qdq.write_ops import write_op

OPSET, IR_VERSION = 20, 9
"""Opset 20 is the first one with Gelu."""
INPUT, OUTPUT = "input", "output"


def to_onnx(graph: Graph, producer_version: str, metadata: Mapping[str, str]) -> bytes:
    """Convert a graph to a serialized ONNX model.

    The input `input`, float32 [batch, channels, height, width], takes the real values of the
    graph's first tensor; the output `output` gives those of the last one, a vector as
    [batch, features].

    Args:
        graph: A quantized graph.
        producer_version: Version of tinypareto.
        metadata: Strings to store, by name.

    Raises:
        ToolchainError: The package onnx is not installed.
        UnsupportedLayerError: A node has no form in ONNX.
    """
    to = Builder(graph)
    to.quantize(INPUT, graph.input)
    for node in graph.nodes:
        to.quantize(write_op(node.op, to, node), node.name)
    _finish(to)
    helper = onnx().helper
    model = helper.make_model(
        _body(to),
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
        producer_name="tinypareto",
        producer_version=producer_version,
    )
    helper.set_model_props(model, dict(metadata))
    onnx().checker.check_model(model, full_check=True)
    content: bytes = model.SerializeToString(deterministic=True)
    return content


def _finish(to: Builder) -> None:
    """Add the output; a vector loses its two axes of pixels."""
    last = to.real(to.graph.output)
    if to.shape(to.graph.output)[:2] == (1, 1):
        to.add("Reshape", [last, to.constant("/features", np.array([0, -1], np.int64))], OUTPUT)
    else:
        to.add("Identity", [last], OUTPUT)


def _body(to: Builder) -> Any:
    """The finished nodes with the input and the output."""
    info, real = onnx().helper.make_tensor_value_info, onnx().TensorProto.FLOAT
    height, width, channels = to.graph.input_shape
    rows, columns, features = to.shape(to.graph.output)
    pixels = [] if (rows, columns) == (1, 1) else [rows, columns]
    return onnx().helper.make_graph(
        to.nodes,
        "tinypareto",
        [info(INPUT, real, ["batch", channels, height, width])],
        [info(OUTPUT, real, ["batch", features, *pixels])],
        to.constants,
    )
