"""The tensors and operators of a TensorFlow Lite model under construction."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinypareto.errors import ToolchainError
from tinypareto.graph.requantize import Quant

VERSION = 3
IDENTIFIER = b"TFL3"
VERSIONS = {
    **{"CONV_2D": 3, "DEPTHWISE_CONV_2D": 3, "GATHER": 1, "CAST": 1},
    **{"RESHAPE": 1, "HARD_SWISH": 1},
}
"""Versions of operators; the others have int8 since version 2."""

TYPES = {"int8": "INT8", "int32": "INT32"}


def schema() -> Any:
    """The classes of the file format, which come with LiteRT.

    Raises:
        ToolchainError: LiteRT is not installed.
    """
    try:
        from ai_edge_litert import schema_py_generated
    except ModuleNotFoundError as absent:
        raise missing() from absent
    return schema_py_generated


def missing() -> ToolchainError:
    """The error to raise if LiteRT is not installed."""
    return ToolchainError("ai-edge-litert is not installed; run: pip install 'tinypareto[tflite]'")


class Builder:
    """A model with one subgraph; a tensor is known by its number."""

    def __init__(self) -> None:
        self._schema = schema()
        self._codes: list[str] = []
        self._buffers = [self._schema.BufferT()]
        self._tensors: list[Any] = []
        self._operators: list[Any] = []

    def activation(self, name: str, shape: Sequence[int], quant: Quant) -> int:
        """An int8 tensor of one case (height, width, channels)."""
        scales = np.array([quant.scale]), np.array([quant.zero_point])
        return self._tensor(name, (1, *shape), "INT8", 0, *scales)

    def plain(self, name: str, shape: Sequence[int]) -> int:
        """An int32 tensor of one case."""
        return self._tensor(name, (1, *shape), "INT32", 0)

    def constant(
        self, name: str, values: NDArray[Any], scales: NDArray[Any] | None = None, axis: int = 0
    ) -> int:
        """A stored array, quantized symmetrically if it has scales."""
        buffer = self._schema.BufferT()
        buffer.data = np.frombuffer(np.ascontiguousarray(values).tobytes(), np.uint8)
        self._buffers.append(buffer)
        kind, number = TYPES[values.dtype.name], len(self._buffers) - 1
        zeros = None if scales is None else np.zeros(len(scales), np.int64)
        return self._tensor(name, values.shape, kind, number, scales, zeros, axis)

    def quantized(self, name: str, values: NDArray[np.int8], quant: Quant) -> int:
        """A stored array with the quantization of an activation."""
        number = self.constant(name, values, np.array([quant.scale]))
        self._tensors[number].quantization.zeroPoint = np.array([quant.zero_point], np.int64)
        return number

    def add(
        self, kind: str, inputs: Sequence[int], output: int, options: str = "", **values: Any
    ) -> int:
        """Append an operator and return its output."""
        operator = self._schema.OperatorT()
        if kind not in self._codes:
            self._codes.append(kind)
        operator.opcodeIndex = self._codes.index(kind)
        operator.inputs, operator.outputs = list(inputs), [output]
        if options:
            operator.builtinOptionsType = getattr(self._schema.BuiltinOptions, options)
            operator.builtinOptions = getattr(self._schema, f"{options}T")()
            for key, value in values.items():
                setattr(operator.builtinOptions, key, value)
        self._operators.append(operator)
        return output

    def enum(self, name: str, value: str) -> int:
        """A number of the format, such as that of a padding."""
        number: int = getattr(getattr(self._schema, name), value)
        return number

    def model(self, source: int, result: int, description: str) -> bytes:
        """The finished file.

        Args:
            source: Number of the input.
            result: Number of the output.
            description: Stored in the model.
        """
        import flatbuffers

        graph = self._schema.SubGraphT()
        graph.tensors, graph.operators = self._tensors, self._operators
        graph.inputs, graph.outputs, graph.name = [source], [result], "main"
        model = self._schema.ModelT()
        model.version, model.description = VERSION, description
        model.subgraphs, model.buffers = [graph], self._buffers
        model.operatorCodes = [self._code(kind) for kind in self._codes]
        packed = flatbuffers.Builder(1024)
        packed.Finish(model.Pack(packed), file_identifier=IDENTIFIER)
        return bytes(packed.Output())

    def _code(self, kind: str) -> Any:
        code = self._schema.OperatorCodeT()
        code.builtinCode = getattr(self._schema.BuiltinOperator, kind)
        # Old readers know the one-byte field only.
        code.deprecatedBuiltinCode = min(code.builtinCode, 127)
        code.version = VERSIONS.get(kind, 2)
        return code

    def _tensor(
        self,
        name: str,
        shape: Sequence[int],
        kind: str,
        buffer: int,
        scales: NDArray[Any] | None = None,
        zeros: NDArray[Any] | None = None,
        axis: int = 0,
    ) -> int:
        tensor = self._schema.TensorT()
        tensor.name, tensor.shape, tensor.buffer = name, list(shape), buffer
        tensor.type = getattr(self._schema.TensorType, kind)
        if scales is not None and zeros is not None:
            tensor.quantization = self._schema.QuantizationParametersT()
            tensor.quantization.scale = scales.astype(np.float32)
            tensor.quantization.zeroPoint = zeros.astype(np.int64)
            tensor.quantization.quantizedDimension = axis
        self._tensors.append(tensor)
        return len(self._tensors) - 1
