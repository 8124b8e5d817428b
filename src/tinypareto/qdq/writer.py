"""An integer graph as an int8 QDQ model.

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

OPSET, IR_VERSION = 17, 8
"""Of 2022: newer operators are not needed, and other tools read it."""
INPUT, OUTPUT = "input", "output"


def to_onnx(graph: Graph, producer_version: str, metadata: Mapping[str, str]) -> bytes:
    """The graph as a serialized ONNX model.

    Its input `input`, float32 [batch, channels, height, width], takes the real values that the
    graph's first tensor stands for; its output `output`, [batch, features], gives those of the
    last.

    Args:
        graph: A quantized graph.
        producer_version: Of tinypareto.
        metadata: Texts to store by name.

    Raises:
        ToolchainError: The package onnx is not installed.
    """
    to = Builder(graph)
    to.quantize(INPUT, graph.input)
    for node in graph.nodes:
        to.quantize(write_op(node.op, to, node), node.name)
    # The interpreter's order, channels last; for the usual vector it changes nothing.
    pixels = to.add("Transpose", [to.real(graph.output)], "/pixels", perm=(0, 2, 3, 1))
    to.add("Reshape", [pixels, to.constant("/features", np.array([0, -1], np.int64))], OUTPUT)
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


def _body(to: Builder) -> Any:
    """The finished nodes with what goes in and out."""
    info, real = onnx().helper.make_tensor_value_info, onnx().TensorProto.FLOAT
    height, width, channels = to.graph.input_shape
    features = int(np.prod(to.shape(to.graph.output)))
    return onnx().helper.make_graph(
        to.nodes,
        "tinypareto",
        [info(INPUT, real, ["batch", channels, height, width])],
        [info(OUTPUT, real, ["batch", features])],
        to.constants,
    )
