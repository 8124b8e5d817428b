"""A TensorFlow Lite file as plain Python: operators with options, tensors, constants."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinypareto.errors import DataError
from tinypareto.graph.unique_names import unique_names
from tinypareto.tflite.builder import IDENTIFIER, schema

MOST_BYTES, MOST_VALUES = 2**27, 2**24
"""Largest file, and largest tensor, to read: more than any microcontroller can hold."""

DTYPES = {
    "INT8": "int8",
    "UINT8": "uint8",
    "INT32": "int32",
    "INT64": "int64",
    "FLOAT32": "float32",
}
"""Types of tensors that can be read as constants; activations of others are refused."""


@dataclass(frozen=True)
class TfliteTensor:
    """One tensor.

    Attributes:
        name: Its name, as far as the first semicolon.
        shape: Its shape, with the batch axis.
        kind: Its type, as the format names it.
        scales: Its scales, shape (n,); n = 0 if it is not quantized.
        zero_points: Its zero points, shape (n,).
        axis: The axis that several scales lie along.
        data: Its values if it is constant, otherwise None.
    """

    name: str
    shape: tuple[int, ...]
    kind: str
    scales: NDArray[np.float64]
    zero_points: NDArray[np.int64]
    axis: int
    data: NDArray[Any] | None


@dataclass(frozen=True)
class TfliteNode:
    """One operator.

    Attributes:
        kind: Name of the builtin operator, as the format names it.
        name: Name of its first output; without colons, and unique.
        inputs: Numbers of tensors; -1 stands for an input that is left out.
        outputs: Numbers of tensors.
        options: Options by their names in the format.
    """

    kind: str
    name: str
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    options: Mapping[str, Any]


@dataclass(frozen=True)
class TfliteModel:
    """A model with one input and one output.

    Attributes:
        input: Number of the input.
        output: Number of the output.
        tensors: Tensors by number.
        nodes: Operators in execution order.
        content: The file.
    """

    input: int
    output: int
    tensors: tuple[TfliteTensor, ...]
    nodes: tuple[TfliteNode, ...]
    content: bytes


def load_model(path: Path) -> TfliteModel:
    """Read a TensorFlow Lite file.

    Raises:
        DataError: It is missing or damaged, or has several inputs or outputs.
        ToolchainError: ai-edge-litert is not installed.
    """
    library = schema()
    if not path.is_file():
        raise DataError(f"{path}: no such file; give a TensorFlow Lite model")
    if path.stat().st_size > MOST_BYTES:
        raise DataError(f"{path}: has more than {MOST_BYTES} bytes; give a model for a chip")
    content = path.read_bytes()
    try:
        model, graph = _unpacked(library, content)
        with np.errstate(invalid="ignore"):  # scales that are no numbers are refused later
            tensors = tuple(_tensor(library, tensor, model.buffers) for tensor in graph.tensors)
        nodes = [_node(library, operator, model, tensors) for operator in graph.operators]
        inputs, outputs = _numbers(graph.inputs, tensors), _numbers(graph.outputs, tensors)
    # A damaged file can make the flatbuffer's parser raise nearly anything.
    except Exception as cause:
        reason = str(cause).strip().partition("\n")[0] or type(cause).__name__
        raise DataError(
            f"{path}: is no valid TensorFlow Lite model ({reason}); convert it again"
        ) from cause
    if len(inputs) != 1 or len(outputs) != 1:
        problem = f"got {len(inputs)} inputs and {len(outputs)} outputs, wanted one each"
        raise DataError(f"{path}: {problem}; convert the part that computes the classes")
    named = _uniquely_named(nodes, tensors[inputs[0]].name)
    return TfliteModel(inputs[0], outputs[0], tensors, named, content)


def _unpacked(library: Any, content: bytes) -> tuple[Any, Any]:
    """The model, and its main subgraph, as objects."""
    if content[4:8] != IDENTIFIER:
        raise ValueError(f"got identifier {content[4:8]!r}, wanted {IDENTIFIER!r}")
    model = library.ModelT.InitFromObj(library.Model.GetRootAs(content))
    return model, model.subgraphs[0]


def _tensor(library: Any, tensor: Any, buffers: Sequence[Any]) -> TfliteTensor:
    quant = tensor.quantization
    scales, zeros = (None, None) if quant is None else (quant.scale, quant.zeroPoint)
    scale = np.asarray([] if scales is None else scales, np.float64)
    zero = np.asarray([0] * scale.size if zeros is None else zeros, np.int64)
    if scale.shape != zero.shape:
        raise ValueError(f"a tensor has {scale.size} scales and {zero.size} zero points")
    shape = tuple(int(size) for size in ([] if tensor.shape is None else tensor.shape))
    if tensor.isVariable or tensor.sparsity is not None or min(shape, default=1) < 1:
        raise ValueError(f"a tensor of shape {shape} is variable, sparse or empty")
    if prod(shape) > MOST_VALUES:
        raise ValueError(f"a tensor has shape {shape}, wanted at most {MOST_VALUES} values")
    kind = _name(library.TensorType, tensor.type)
    name = _text(tensor.name).partition(";")[0]
    stored = buffers[_index(tensor.buffer, len(buffers))].data
    data = None if stored is None or not len(stored) else _values(stored, kind, shape)
    axis = 0 if quant is None else int(quant.quantizedDimension)
    return TfliteTensor(name, shape, kind, scale, zero, axis, data)


def _values(stored: Any, kind: str, shape: tuple[int, ...]) -> NDArray[Any]:
    """A constant of the given type and shape."""
    if kind not in DTYPES:
        raise ValueError(f"a constant has type {kind}")
    found = np.asarray(stored, np.uint8).view(np.dtype(DTYPES[kind]).newbyteorder("<"))
    if found.size != prod(shape):
        raise ValueError(f"a constant has {found.size} values, wanted shape {shape}")
    return found.reshape(shape)


def _node(library: Any, operator: Any, model: Any, tensors: Sequence[TfliteTensor]) -> TfliteNode:
    code = model.operatorCodes[_index(operator.opcodeIndex, len(model.operatorCodes))]
    # The wider field was added later; old files have the narrow one alone.
    number = max(code.builtinCode, code.deprecatedBuiltinCode)
    inputs = _numbers(operator.inputs, tensors, missing=True)
    outputs = _numbers(operator.outputs, tensors)
    options = {} if operator.builtinOptions is None else vars(operator.builtinOptions)
    kind = _name(library.BuiltinOperator, number)
    name = tensors[outputs[0]].name.replace(":", "_") or kind
    return TfliteNode(kind, name, inputs, outputs, options)


def _uniquely_named(nodes: Sequence[TfliteNode], taken: str) -> tuple[TfliteNode, ...]:
    """The operators, each with a name that neither another one nor the input has."""
    names = unique_names((node.name for node in nodes), taken)
    return tuple(replace(node, name=name) for node, name in zip(nodes, names, strict=True))


def _numbers(
    values: Any, tensors: Sequence[TfliteTensor], missing: bool = False
) -> tuple[int, ...]:
    """Numbers of tensors that exist; -1 too if an input may be left out."""
    numbers = tuple(int(value) for value in ([] if values is None else values))
    return tuple(n if missing and n == -1 else _index(n, len(tensors)) for n in numbers)


def _index(number: int, count: int) -> int:
    if not 0 <= number < count:
        raise ValueError(f"number {number} of {count} does not exist")
    return number


def _name(enum: Any, number: int) -> str:
    """The name of a number in an enumeration of the format."""
    return next((key for key, value in vars(enum).items() if value == number), f"number {number}")


def _text(name: bytes | str | None) -> str:
    return name.decode("utf-8", "replace") if isinstance(name, bytes) else name or ""
