"""Reads an int8 QDQ model from any exporter as an integer graph.

QuantizeLinear and DequantizeLinear disappear: they tell how the tensor between them is quantized.
The float operators that remain become calls (`read_ops`), like those of a traced torch network,
and are lowered in the same way. The model's own int8 weights and scales stay as they are.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np

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
from tinypareto.qdq.integers import on_reals
from tinypareto.qdq.layouts import Layouts
from tinypareto.qdq.model import OnnxModel, OnnxNode
from tinypareto.qdq.node_context import Shape
from tinypareto.qdq.parameters import OFFSETS, Parameters, activation_quant
from tinypareto.qdq.patterns import merge_silu
from tinypareto.qdq.read_ops import read_op, refuse_unknown
from tinypareto.qdq.split_roundings import original, split_roundings

LAYERS = frozenset({"BatchNorm2d", "Conv1d", "Conv2d", "Linear"})
"""Calls that a gain and an offset for each channel can be merged into."""


@dataclass(frozen=True)
class ImportedModel:
    """An integer graph with the tensors of the model that it was read from.

    Attributes:
        graph: The graph.
        tensors: Quantized tensor of the model by node, with its shape (channels, height, width),
            (channels, length) or (features,); tensors that the model does not quantize are missing.
        channels_last: Tensors whose channels come last in the model.
    """

    graph: Graph
    tensors: Mapping[str, tuple[str, Shape]]
    channels_last: Collection[str]


def read(model: OnnxModel) -> Graph:
    """Convert a QDQ model to an integer graph; see `import_model`."""
    return import_model(model).graph


def import_model(model: OnnxModel) -> ImportedModel:
    """Convert a QDQ model to an integer graph.

    Raises:
        UnsupportedLayerError: A node, or one of its inputs, has no integer counterpart.
    """
    merged = merge_silu(model.nodes)
    refuse_unknown(merged)
    with _refusing("model"):
        nodes = split_roundings(model, merged)
        reader = _Reader(model, nodes)
    for node in nodes:
        with _refusing(f"{node.kind} {node.name!r}"):
            reader.read(node)
    with _refusing("model"):
        return reader.imported()


@contextmanager
def _refusing(place: str) -> Iterator[None]:
    """Refuse what the checker accepts although ONNX does not, such as missing attributes."""
    try:
        # A damaged number can be too large for float32; what becomes infinite is refused.
        with np.errstate(over="ignore", invalid="ignore"):
            yield
    except (ArithmeticError, LookupError, TypeError, ValueError) as problem:
        raise UnsupportedLayerError(
            f"{place}: is no valid ONNX ({problem}); export it again"
        ) from problem


class _Reader:
    """Collects the calls of a model; a tensor is known by the call that computes it."""

    def __init__(self, model: OnnxModel, nodes: Sequence[OnnxNode]) -> None:
        self._model = model
        self._parameters = Parameters(model)
        self._layouts = Layouts(model, nodes, self._parameters)
        self._calls: dict[str, Call] = {}
        self._quants: dict[str, Quant] = {}
        self._tensors: dict[str, tuple[str, Shape]] = {}
        self._calls_by_tensor = {model.input: model.input}
        self._sources = {model.input: model.input}

    def read(self, node: OnnxNode) -> None:
        """Read one node."""
        if self._parameters.take(node):
            return
        node = self._layouts.adapted(node)
        if node.kind == "QuantizeLinear":
            self._rounded(node)
        elif node.kind == "DequantizeLinear":
            self._dequantized(node)
        else:
            inputs, quant = self._resolved(node), self._integers(node)
            if quant is not None:
                offset = OFFSETS[self._model.types[original(node.inputs[0])]]
                node = on_reals(node, quant, offset, self._parameters)
            linear = self._is_unrounded_layer(inputs)
            for call in read_op(node, inputs, self._parameters, self._shape, linear):
                self._append(call, node.output)
                if quant is not None:
                    self._quants.setdefault(self._sources[call.name], quant)

    def imported(self) -> ImportedModel:
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
        calls, scales = list(self._calls.values()), self._parameters.scales
        lowered = lower(calls, first, self._shape(first), keep, scales)
        return ImportedModel(quantize_as(lowered, self._quants), self._tensors, self._layouts.last)

    def _is_unrounded_layer(self, inputs: tuple[str, ...]) -> bool:
        """Whether a node reads one layer with weights whose result is not quantized."""
        source = self._sources[inputs[0]] if len(inputs) == 1 else ""
        call = None if source in self._quants else self._calls.get(source)
        return call is not None and call.target in LAYERS

    def _integers(self, node: OnnxNode) -> Quant | None:
        """Quantization of the input of a node that computes with integers; None for others."""
        data = next((name for name in node.inputs if name in self._calls_by_tensor), "")
        if self._model.types.get(original(data)) not in OFFSETS:
            return None
        source = self._sources[self._calls_by_tensor[data]]
        if source not in self._quants:
            problem = f"{data!r} is not quantized; wanted a DequantizeLinear before it"
            raise UnsupportedLayerError(f"{node.kind} {node.name!r}: {problem}")
        return self._quants[source]

    def _resolved(self, node: OnnxNode) -> tuple[str, ...]:
        """Names of the calls whose results a node reads."""
        computed = [name for name in node.inputs if name and not self._parameters.known(name)]
        for name in computed:
            if name not in self._calls_by_tensor:
                raise UnsupportedLayerError(f"{node.kind} {node.name!r}: reads unknown {name!r}")
        return tuple(self._calls_by_tensor[name] for name in computed)

    def _append(self, call: Call, output: str) -> None:
        self._calls[call.name] = call
        self._calls_by_tensor[output] = call.name
        source = self._sources[call.inputs[0]] if call.inputs else call.name
        self._sources[call.name] = source if _is_view(call) else call.name

    def _rounded(self, node: OnnxNode) -> None:
        """Record how a tensor is quantized; rescale it where that changes."""
        (name,) = self._resolved(node)
        quant = activation_quant(node, self._model)
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
            source = self._calls_by_tensor[node.output]
            self._quants[source] = quant
        if source in self._calls:
            self._tensors.setdefault(source, (node.output, self._calls[source].shape))

    def _dequantized(self, node: OnnxNode) -> None:
        """Take integers for the real numbers that they stand for."""
        (name,) = self._resolved(node)
        quant = activation_quant(node, self._model)
        known = self._quants.setdefault(self._sources[name], quant)
        if known != quant:
            raise UnsupportedLayerError(
                f"{node.kind} {node.name!r}: got scale {quant.scale:g} and zero point "
                f"{quant.zero_point} (as int8) for a tensor with {known.scale:g} and "
                f"{known.zero_point}; dequantize it as it was quantized"
            )
        self._calls_by_tensor[node.output] = name

    def _shape(self, tensor: str) -> Shape:
        name = original(tensor)
        if name not in self._model.shapes:
            node = next((node for node in self._model.nodes if node.output == name), None)
            place = f"{node.kind} {node.name!r}" if node else f"input {name!r}"
            raise UnsupportedLayerError(
                f"{place}: its result has no fixed shape, or its first axis is not the batch of "
                f"{self._model.batch}; export the model with a fixed input size, and keep the "
                "batch apart"
            )
        return self._layouts.channels_first(tensor, self._model.shapes[name])


def _is_view(call: Call) -> bool:
    """Whether a call passes the values of its input on."""
    record = torch_call(call.target)
    return record is not None and record.role is not Role.OPERATOR


def _stands_for(call: Call, *ops: type[Op]) -> bool:
    """Whether one of these operators stands for a call."""
    record = torch_call(call.target)
    return record is not None and not set(ops).isdisjoint(record.ops)
