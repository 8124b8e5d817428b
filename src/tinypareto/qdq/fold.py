"""Computes what depends on constants only, and shapes, before a model is read."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinypareto.qdq.library import onnx

Array = NDArray[Any]

FOLDED = frozenset(
    {
        *("Add", "Cast", "Clip", "Concat", "Div", "Gather", "Identity", "Mul", "Neg", "Pow"),
        *("QuantizeLinear", "Reshape", "Slice", "Sqrt", "Squeeze", "Sub", "Transpose", "Unsqueeze"),
    }
)
"""Operators whose results are about as large as their inputs.

DequantizeLinear is not one of them: `Parameters` keeps the integers beside the real numbers."""

_STORED = ("value", "value_int", "value_ints", "value_float", "value_floats")


def constants(
    graph: Any, opset_imports: Any, shapes: Mapping[str, tuple[int, ...]]
) -> dict[str, Array]:
    """Compute the constants of a graph.

    Args:
        graph: The `GraphProto`.
        opset_imports: The model's operator sets.
        shapes: Shapes of tensors with the batch axis, for the operator Shape.

    Returns:
        Arrays by tensor.
    """
    to_array = onnx().numpy_helper.to_array
    found: dict[str, Array] = {
        stored.name: np.asarray(to_array(stored)) for stored in graph.initializer
    }
    for node in graph.node:
        if node.op_type == "Constant" and node.attribute[0].name in _STORED:
            found[node.output[0]] = _stored(node.attribute[0])
        elif node.op_type == "Shape" and not node.attribute and node.input[0] in shapes:
            found[node.output[0]] = np.array(shapes[node.input[0]], np.int64)
        elif node.op_type in FOLDED and all(not name or name in found for name in node.input):
            # What cannot be computed is refused when it is read, by its name.
            with suppress(Exception):
                found[node.output[0]] = _computed(node, opset_imports, found)
    return found


def _stored(attribute: Any) -> Array:
    """The value of a Constant."""
    value = onnx().helper.get_attribute_value(attribute)
    if attribute.name == "value":
        return np.asarray(onnx().numpy_helper.to_array(value))
    return np.asarray(value, np.float32 if "float" in attribute.name else np.int64)


def _computed(node: Any, opset_imports: Any, found: Mapping[str, Array]) -> Array:
    """The result of a node by onnx's own reference implementation."""
    from onnx.reference import ReferenceEvaluator

    helper, kind = onnx().helper, onnx().TensorProto
    names = [name for name in node.input if name]
    inputs = [helper.make_tensor_value_info(name, kind.UNDEFINED, None) for name in names]
    outputs = [helper.make_tensor_value_info(node.output[0], kind.UNDEFINED, None)]
    body = helper.make_graph([node], "constant", inputs, outputs)
    model = helper.make_model(body, opset_imports=opset_imports)
    (result,) = ReferenceEvaluator(model).run(None, {name: found[name] for name in names})
    return np.asarray(result)
