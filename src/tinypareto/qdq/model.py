"""An ONNX file as plain Python: nodes with attributes, constants, shapes."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinypareto.errors import DataError
from tinypareto.qdq.library import onnx

SOFTMAX_OF_ONE_AXIS = 13
"""Before this opset a softmax runs over `axis` and all later axes together."""


@dataclass(frozen=True)
class OnnxNode:
    """One node.

    Attributes:
        kind: Name of its operator.
        name: Name of the node, or of its first output if it has none; without colons.
        inputs: Names of tensors; an empty string stands for an input that is left out.
        output: Name of its first output.
        attributes: Attributes by name; strings are decoded.
    """

    kind: str
    name: str
    inputs: tuple[str, ...]
    output: str
    attributes: Mapping[str, Any]


@dataclass(frozen=True)
class OnnxModel:
    """A model with one input and one output.

    Attributes:
        input: Name of the input.
        output: Name of the output.
        nodes: Nodes in execution order, without those that hold constants.
        constants: Arrays by tensor.
        shapes: Shapes by tensor, without the batch axis; those that are not known are missing.
        content: The serialized model.
    """

    input: str
    output: str
    nodes: tuple[OnnxNode, ...]
    constants: Mapping[str, NDArray[Any]]
    shapes: Mapping[str, tuple[int, ...]]
    content: bytes


def load_model(path: Path) -> OnnxModel:
    """Read and check an ONNX file.

    Raises:
        DataError: It is missing or damaged, or has several inputs or outputs.
        ToolchainError: The package onnx is not installed.
    """
    library = onnx()
    if not path.is_file():
        raise DataError(f"{path}: no such file; give an ONNX model")
    try:
        model = library.load(str(path))
        content = model.SerializeToString()
        library.checker.check_model(model)
        stored = {array.name for array in model.graph.initializer}
        inputs = [value for value in model.graph.input if value.name not in stored]
        _one_case(inputs)
        inferred = library.shape_inference.infer_shapes(model, strict_mode=True, data_prop=True)
    # A damaged file can make the protobuf parser and the checker raise nearly anything.
    except Exception as cause:
        reason = str(cause).strip().splitlines()[0] if str(cause).strip() else type(cause).__name__
        raise DataError(f"{path}: is no valid ONNX model ({reason}); export it again") from cause
    if len(inputs) != 1 or len(model.graph.output) != 1:
        problem = f"got {len(inputs)} inputs and {len(model.graph.output)} outputs, wanted one each"
        raise DataError(f"{path}: {problem}; export the part that computes the classes")
    constants = _constants(model.graph)
    opset = max((entry.version for entry in model.opset_import if not entry.domain), default=1)
    return OnnxModel(
        inputs[0].name,
        model.graph.output[0].name,
        tuple(_node(node, opset) for node in model.graph.node if node.output[0] not in constants),
        constants,
        _shapes(inferred.graph),
        content,
    )


def _one_case(inputs: list[Any]) -> None:
    """Set the batch axis to 1, so that every shape can be inferred."""
    for value in inputs:
        axes = value.type.tensor_type.shape.dim
        if axes and not axes[0].dim_value:
            axes[0].Clear()
            axes[0].dim_value = 1


def _constants(graph: Any) -> dict[str, NDArray[Any]]:
    to_array = onnx().numpy_helper.to_array
    found: dict[str, NDArray[Any]] = {
        stored.name: np.asarray(to_array(stored)) for stored in graph.initializer
    }
    for node in graph.node:
        if node.op_type == "Constant" and node.attribute[0].name == "value":
            found[node.output[0]] = np.asarray(to_array(node.attribute[0].t))
        elif node.op_type == "Identity" and node.input[0] in found:
            found[node.output[0]] = found[node.input[0]]
    return found


def _node(node: Any, opset: int) -> OnnxNode:
    value = onnx().helper.get_attribute_value
    attributes = {attribute.name: value(attribute) for attribute in node.attribute}
    decoded = {
        key: v.decode(errors="replace") if isinstance(v, bytes) else v
        for key, v in attributes.items()
    }
    if node.op_type == "Softmax" and opset < SOFTMAX_OF_ONE_AXIS:
        decoded = {"axis": 1, **decoded, "flattens": True}
    name = (node.name or node.output[0]).replace(":", "_")
    return OnnxNode(node.op_type, name, tuple(node.input), node.output[0], decoded)


def _shapes(graph: Any) -> dict[str, tuple[int, ...]]:
    shapes = {}
    for info in (*graph.input, *graph.value_info, *graph.output):
        axes = info.type.tensor_type.shape.dim
        if axes and all(axis.dim_value for axis in axes[1:]):
            shapes[info.name] = tuple(axis.dim_value for axis in axes[1:])
    return shapes
