"""Reads an int8 QDQ model from any exporter as an integer graph.

QuantizeLinear and DequantizeLinear disappear: they tell how the tensor between them is quantized.
The float operators that remain become calls (`read_ops`), like those of a traced torch network,
and are lowered in the same way. The model's own int8 weights and scales stay as they are.
"""

from dataclasses import replace

from tinypareto.errors import UnsupportedLayerError
from tinypareto.graph.call import Call
from tinypareto.graph.graph import Graph
from tinypareto.graph.lower import lower
from tinypareto.graph.op import Op
from tinypareto.graph.ops import torch_call
from tinypareto.graph.ops.pad import Pad
from tinypareto.graph.quantize_with_scales import KEEPERS, quantize_as
from tinypareto.graph.requantize import Quant
from tinypareto.graph.torch_call import Role
from tinypareto.qdq.model import OnnxModel, OnnxNode
from tinypareto.qdq.parameters import Parameters, activation_quant
from tinypareto.qdq.patterns import merge_silu
from tinypareto.qdq.read_ops import read_op


def read(model: OnnxModel) -> Graph:
    """Convert a QDQ model to an integer graph.

    Raises:
        UnsupportedLayerError: A node, or one of its inputs, has no integer counterpart.
    """
    reader = _Reader(model)
    for node in merge_silu(model.nodes):
        try:
            reader.read(node)
        # The checker accepts some models that ONNX does not allow, such as with missing attributes.
        except (ArithmeticError, LookupError, TypeError, ValueError) as problem:
            raise UnsupportedLayerError(
                f"{node.kind} {node.name!r}: is no valid ONNX ({problem}); export it again"
            ) from problem
    return reader.graph()


class _Reader:
    """Collects the calls of a model; a tensor is known by the call that computes it."""

    def __init__(self, model: OnnxModel) -> None:
        self._model = model
        self._parameters = Parameters(model)
        self._calls: dict[str, Call] = {}
        self._quants: dict[str, Quant] = {}
        self._calls_by_tensor = {model.input: model.input}
        self._sources = {model.input: model.input}

    def read(self, node: OnnxNode) -> None:
        """Read one node."""
        if self._parameters.take(node):
            return
        if node.kind in ("QuantizeLinear", "DequantizeLinear"):
            self._rounded(node)
        else:
            for call in read_op(node, self._resolved(node), self._parameters, self._shape):
                self._append(call, node.output)

    def graph(self) -> Graph:
        """Lower and quantize the calls read so far."""
        first, last = self._model.input, self._calls_by_tensor.get(self._model.output)
        if last is None or first not in self._quants:
            raise UnsupportedLayerError(
                f"model: its {'output' if last is None else 'input'} is not quantized; "
                "quantize it with onnxruntime.quantization (QuantFormat.QDQ)"
            )
        # Padding rounds nothing, so it may be merged although its result is quantized.
        keep = {
            name
            for name in self._quants
            if name in self._calls and not _stands_for(self._calls[name], Pad)
        }
        lowered = lower(list(self._calls.values()), first, self._shape(first), keep)
        return quantize_as(lowered, self._quants, self._parameters.scales)

    def _resolved(self, node: OnnxNode) -> tuple[str, ...]:
        """Names of the calls whose results a node reads."""
        computed = [name for name in node.inputs if name and not self._parameters.known(name)]
        for name in computed:
            if name not in self._calls_by_tensor:
                raise UnsupportedLayerError(f"{node.kind} {node.name!r}: reads unknown {name!r}")
        return tuple(self._calls_by_tensor[name] for name in computed)

    def _append(self, call: Call, output: str) -> None:
        while call.name in self._calls or call.name == self._model.input:
            call = replace(call, name=f"{call.name}_")
        self._calls[call.name] = call
        self._calls_by_tensor[output] = call.name
        source = self._sources[call.inputs[0]] if call.inputs else call.name
        self._sources[call.name] = source if _is_view(call) else call.name

    def _rounded(self, node: OnnxNode) -> None:
        """Record how a tensor is quantized; rescale it where that changes."""
        (name,) = self._resolved(node)
        quant = activation_quant(node, self._model.constants)
        source = self._sources[name]
        call = self._calls.get(source)
        if call and _stands_for(call, *KEEPERS):
            inherited = self._quants.get(self._sources[call.inputs[0]], quant)
            self._quants.setdefault(source, inherited)
        if self._quants.setdefault(source, quant) == quant:
            self._calls_by_tensor[node.output] = name
        else:
            shape = self._shape(node.inputs[0])
            rescaled = Call(node.name, "cat", (name,), {"dim": 1}, {}, (shape,), shape)
            self._append(rescaled, node.output)
            self._quants[self._calls_by_tensor[node.output]] = quant

    def _shape(self, tensor: str) -> tuple[int, ...]:
        if tensor not in self._model.shapes:
            raise UnsupportedLayerError(
                f"tensor {tensor!r}: has no fixed shape; export the model with a fixed input size"
            )
        return self._model.shapes[tensor]


def _is_view(call: Call) -> bool:
    """Whether a call passes the values of its input on."""
    record = torch_call(call.target)
    return record is not None and record.role is not Role.OPERATOR


def _stands_for(call: Call, *ops: type[Op]) -> bool:
    """Whether one of these operators stands for a call."""
    record = torch_call(call.target)
    return record is not None and not set(ops).isdisjoint(record.ops)
