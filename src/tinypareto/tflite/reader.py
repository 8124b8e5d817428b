"""Reads an int8 TensorFlow Lite model as an integer graph.

Its operators become calls (`read_ops`), like those of a traced torch network, and are lowered in
the same way. The model's int8 weights, int32 biases and scales stay as they are. Operators that
only move values disappear (`read_views`). A float input or output, with the QUANTIZE or DEQUANTIZE
beside it, is left out: the graph begins and ends with int8.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from math import prod

import numpy as np
from numpy.typing import NDArray

from tinypareto.errors import UnsupportedLayerError
from tinypareto.graph.call import Call
from tinypareto.graph.graph import Graph
from tinypareto.graph.lower import lower
from tinypareto.graph.quantize_with_scales import quantize_as
from tinypareto.graph.requantize import Quant
from tinypareto.tflite.builder import schema
from tinypareto.tflite.model import TfliteModel, TfliteNode
from tinypareto.tflite.read_context import TfliteReadContext, View, planes
from tinypareto.tflite.read_ops import READERS
from tinypareto.tflite.read_views import VIEWS, read_view

ENDS = ("QUANTIZE", "DEQUANTIZE")


@dataclass(frozen=True)
class ImportedTflite:
    """An integer graph with the tensors of the model that it was read from.

    Attributes:
        graph: The graph.
        tensors: Number of the model's tensor by node.
        input: Number of the first int8 tensor.
        output: Number of the last int8 tensor.
    """

    graph: Graph
    tensors: Mapping[str, int]
    input: int
    output: int


def import_model(model: TfliteModel) -> ImportedTflite:
    """Convert a TensorFlow Lite model to an integer graph.

    Raises:
        UnsupportedLayerError: An operator, or one of its inputs, has no integer counterpart.
    """
    _refuse_unknown(model)
    with _refusing("model"):
        reader = _Reader(model)
    for node in model.nodes:
        with _refusing(f"{node.kind} {node.name!r}"):
            reader.read(node)
    with _refusing("model"):
        return reader.imported()


def _refuse_unknown(model: TfliteModel) -> None:
    """Refuse operators without an integer counterpart, all of them in one message."""
    known = {*READERS, *VIEWS, *ENDS}
    unknown = [node for node in model.nodes if node.kind not in known]
    if unknown:
        places = ", ".join(f"{node.kind} {node.name!r}" for node in unknown)
        verb, listed = "has" if len(unknown) == 1 else "have", ", ".join(sorted(known))
        raise UnsupportedLayerError(f"{places}: {verb} no integer operator; supported are {listed}")


@contextmanager
def _refusing(place: str) -> Iterator[None]:
    """Refuse damaged numbers, such as sizes that make no window."""
    try:
        # A damaged number can be too large for float32; what becomes infinite is refused.
        with np.errstate(over="ignore", invalid="ignore"):
            yield
    except (ArithmeticError, LookupError, TypeError, ValueError, MemoryError) as problem:
        raise UnsupportedLayerError(
            f"{place}: is no valid TensorFlow Lite ({problem}); convert it again"
        ) from problem


class _Reader:
    """Collects the calls of a model; a tensor is known by its view of a call."""

    def __init__(self, model: TfliteModel) -> None:
        self._model = model
        self._calls: list[Call] = []
        self._quants: dict[str, Quant] = {}
        self._scales: dict[str, NDArray[np.float64]] = {}
        self._tensors: dict[str, int] = {}
        self._views: dict[int, View] = {}
        self._output = model.output
        self._input = self._first()

    def _first(self) -> int:
        """The first int8 tensor: the input, or what a QUANTIZE makes of it."""
        model = self._model
        readers = [node for node in model.nodes if model.input in node.inputs]
        if not readers:
            raise ValueError("nothing reads its input")
        context = self._context(readers[0])
        first = len(readers) == 1 and _is_end(context)
        number = readers[0].outputs[0] if first else model.input
        tensor = model.tensors[number]
        self._name, self._shape = model.tensors[model.input].name, context.image(tensor)
        self._quants[self._name] = context.quant(tensor)
        self._views[number] = View(self._name, self._shape, _positions(tensor.shape[1:]))
        return number

    def _context(self, node: TfliteNode) -> TfliteReadContext:
        library = schema()
        activations, paddings = (
            {value: key for key, value in vars(kind).items() if isinstance(value, int)}
            for kind in (library.ActivationFunctionType, library.Padding)
        )
        return TfliteReadContext(
            node, self._model, self._views, activations, paddings, self._scales
        )

    def read(self, node: TfliteNode) -> None:
        """Read one operator."""
        context = self._context(node)
        if len(node.outputs) != 1:
            raise context.refused(f"has {len(node.outputs)} outputs, wanted one")
        (number,) = node.outputs
        if node.kind in VIEWS:
            self._views[number] = read_view(context)
        elif number == self._model.output and _is_end(context):
            self._output = node.inputs[0]
        elif number != self._input:
            self._append(context)

    def _append(self, context: TfliteReadContext) -> None:
        node = context.node
        if node.kind not in READERS:
            raise context.refused("wanted int8 on one side, and the model's end on the other")
        for call in READERS[node.kind](context):
            self._calls.append(call)
            self._quants[call.name] = context.quant(context.result)
        self._tensors[node.name] = node.outputs[0]
        shape, order = context.image(context.result), _positions(context.result.shape[1:])
        self._views[node.outputs[0]] = View(node.name, shape, order)

    def imported(self) -> ImportedTflite:
        """Lower and quantize the calls read so far."""
        last = self._views.get(self._output)
        made = self._calls[-1].name if self._calls else ""
        if last is None or not last.is_plain or last.source != made:
            raise UnsupportedLayerError(
                "model: its output is no int8 result of its last operator; convert it again"
            )
        # Padding rounds nothing, so it may be merged.
        keep = {call.name for call in self._calls if call.target != "pad"}
        lowered = lower(self._calls, self._name, planes(self._shape), keep, self._scales)
        graph = quantize_as(lowered, self._quants)
        return ImportedTflite(graph, self._tensors, self._input, self._output)


def _is_end(context: TfliteReadContext) -> bool:
    """Whether an operator turns int8 into another type of the same values, or back."""
    tensors = context.tensor(0), context.result
    kinds = [tensor.kind for tensor in tensors]
    if context.node.kind not in ENDS or "INT8" not in kinds:
        return False
    # Both types of integers stand for the same numbers if their zero points differ by 128.
    scales = {tensor.scales.tobytes() for tensor in tensors}
    zeros = {tuple(tensor.zero_points - 128 * (tensor.kind == "UINT8")) for tensor in tensors}
    same = len(scales) == len(zeros) == 1
    return "FLOAT32" in kinds or ("UINT8" in kinds and same)


def _positions(shape: tuple[int, ...]) -> NDArray[np.int64]:
    return np.arange(prod(shape)).reshape(shape)
