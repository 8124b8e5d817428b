"""An ONNX file as plain Python: nodes with attributes, constants, shapes."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinypareto.errors import DataError
from tinypareto.graph.unique_names import unique_names
from tinypareto.qdq.fold import constants
from tinypareto.qdq.library import onnx

SOFTMAX_OF_ONE_AXIS = 13
"""Before this opset a softmax runs over `axis` and all later axes together."""


@dataclass(frozen=True)
class OnnxNode:
    """One node.

    Attributes:
        kind: Name of its operator.
        name: Name of the node, or of its first output if it has none; without colons, and unique.
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
        shapes: Shapes by tensor, without the batch axis; those that are not known, or have another
            first axis, are missing.
        types: Types by tensor; those that NumPy has not are missing.
        batch: Number of cases that the model takes at once; 1 if any number will do.
        content: The serialized model.
    """

    input: str
    output: str
    nodes: tuple[OnnxNode, ...]
    constants: Mapping[str, NDArray[Any]]
    shapes: Mapping[str, tuple[int, ...]]
    types: Mapping[str, np.dtype[Any]]
    batch: int
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
        _forget_names(model.graph)
        inferred = library.shape_inference.infer_shapes(model, strict_mode=True, data_prop=True)
        shapes, types = _shapes(inferred.graph), _types(inferred.graph)
        known = constants(model.graph, model.opset_import, shapes)
        opset = max((entry.version for entry in model.opset_import if not entry.domain), default=1)
        nodes = [_node(node, opset) for node in model.graph.node if node.output[0] not in known]
    # A damaged file can make the protobuf parser and the checker raise nearly anything.
    except Exception as cause:
        reason = str(cause).strip().splitlines()[0] if str(cause).strip() else type(cause).__name__
        raise DataError(f"{path}: is no valid ONNX model ({reason}); export it again") from cause
    if len(inputs) != 1 or len(model.graph.output) != 1:
        problem = f"got {len(inputs)} inputs and {len(model.graph.output)} outputs, wanted one each"
        raise DataError(f"{path}: {problem}; export the part that computes the classes")
    name = inputs[0].name
    batch = (shapes.get(name) or (1,))[0]
    return OnnxModel(
        name,
        model.graph.output[0].name,
        _uniquely_named(nodes, name),
        known,
        {tensor: axes[1:] for tensor, axes in shapes.items() if axes[:1] == (batch,)},
        types,
        batch,
        content,
    )


def _one_case(inputs: list[Any]) -> None:
    """Set the batch axis to 1, so that every shape can be inferred."""
    for value in inputs:
        axes = value.type.tensor_type.shape.dim
        if axes and not axes[0].dim_value:
            axes[0].Clear()
            axes[0].dim_value = 1


def _forget_names(graph: Any) -> None:
    """Remove the names of sizes, of the batch above all, so that numbers can be inferred."""
    for value in (*graph.value_info, *graph.output):
        for axis in value.type.tensor_type.shape.dim:
            if axis.dim_param:
                axis.Clear()


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


def _uniquely_named(nodes: Sequence[OnnxNode], taken: str) -> tuple[OnnxNode, ...]:
    """The nodes, each with a name that neither another one nor the input has."""
    names = unique_names((node.name for node in nodes), taken)
    return tuple(replace(node, name=name) for node, name in zip(nodes, names, strict=True))


def _values(graph: Any) -> Iterator[tuple[str, Any]]:
    """Names and types of all tensors."""
    for info in (*graph.input, *graph.value_info, *graph.output):
        yield info.name, info.type.tensor_type


def _shapes(graph: Any) -> dict[str, tuple[int, ...]]:
    """Shapes that are known completely, with the batch axis."""
    shapes = {}
    for name, kind in _values(graph):
        sizes = tuple(axis.dim_value for axis in kind.shape.dim)
        if all(sizes):
            shapes[name] = sizes
    return shapes


def _types(graph: Any) -> dict[str, np.dtype[Any]]:
    to_dtype = onnx().helper.tensor_dtype_to_np_dtype
    values = ((name, kind.elem_type) for name, kind in _values(graph))
    return {name: np.dtype(to_dtype(kind)) for name, kind in values if kind}
