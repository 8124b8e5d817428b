"""Operators between a QuantizeLinear and a DequantizeLinear, which compute with the integers."""

from dataclasses import replace
from typing import Any

from tinypareto.errors import UnsupportedLayerError
from tinypareto.graph.requantize import INT8_MAX, INT8_MIN, Quant
from tinypareto.qdq.model import OnnxNode
from tinypareto.qdq.parameters import Parameters

MOVES = frozenset(
    {
        *("Dropout", "Flatten", "Gather", "GlobalMaxPool", "Identity", "MaxPool", "Reshape"),
        *("Resize", "Slice", "Squeeze", "Transpose", "Unsqueeze", "Upsample"),
    }
)
"""Operators that do the same to integers as to the real numbers that they stand for."""


def on_reals(node: OnnxNode, quant: Quant, offset: int, parameters: Parameters) -> OnnxNode:
    """The node that does to real numbers what a node does to quantized integers.

    Args:
        node: A node whose input is int8 or uint8.
        quant: Quantization of the input.
        offset: Number by which the zero point of the input's type is larger than that of int8.
        parameters: The model's constants.

    Raises:
        UnsupportedLayerError: There is no such node.
    """
    if node.kind in MOVES:
        return node
    if node.kind not in ("Clip", "Relu"):
        problem = "computes with quantized integers; wanted a DequantizeLinear before it"
        raise UnsupportedLayerError(f"{node.kind} {node.name!r}: {problem}")
    zero = quant.zero_point + offset
    lowest, highest = INT8_MIN + offset, INT8_MAX + offset
    low, high = (lowest, highest) if node.kind == "Clip" else (0, highest)
    if node.kind == "Clip":
        given = [parameters.value(node, index) for index in (1, 2)]
        low, high = (
            bound if value is None else int(value.item())
            for value, bound in zip(given, (low, high), strict=True)
        )
    data = node.inputs[:1]
    if low <= lowest and highest <= high:
        return replace(node, kind="Identity", inputs=data)
    reals: dict[str, Any] = {"min": (low - zero) * quant.scale, "max": (high - zero) * quant.scale}
    return replace(node, kind="Clip", inputs=data, attributes=reals)
