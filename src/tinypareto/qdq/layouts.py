"""Tensors whose channels come last, as between the transposes that Keras models are exported with.

A graph has no transposes: its tensors have one order of axes, and a Transpose only changes which
order the model's tensor of that name has.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from tinypareto.errors import UnsupportedLayerError
from tinypareto.qdq.model import OnnxModel, OnnxNode
from tinypareto.qdq.node_context import Shape
from tinypareto.qdq.parameters import Parameters

PASSING = frozenset(
    {
        *("Add", "Clip", "DequantizeLinear", "Dropout", "Elu", "Gelu", "HardSigmoid", "HardSwish"),
        *("Identity", "LeakyRelu", "Mul", "Neg", "QuantizeLinear", "Relu", "Sigmoid", "Silu"),
        *("Softplus", "Tanh"),
    }
)
"""Operators that treat all values alike, and so do not care for the order of axes."""


class Layouts:
    """Order of the axes of each tensor.

    Attributes:
        last: Tensors whose channels come last: (batch, height, width, channels), or flattened so.
    """

    def __init__(self, model: OnnxModel, nodes: Sequence[OnnxNode], parameters: Parameters) -> None:
        self._model, self._parameters = model, parameters
        self.last: set[str] = set()
        self._flattened: dict[str, Shape] = {}
        if _begins_with_transposes(model.input, nodes):
            self.last.add(model.input)

    def channels_first(self, tensor: str, shape: Shape) -> Shape:
        """Shape of a tensor with the channels in front, without the batch axis."""
        return (shape[-1], *shape[:-1]) if tensor in self.last else shape

    def adapted(self, node: OnnxNode) -> OnnxNode:
        """The node that does the same to tensors whose channels come first.

        Raises:
            UnsupportedLayerError: There is none.
        """
        data = [name for name in node.inputs if name and not self._parameters.known(name)]
        last = [name in self.last for name in data]
        if node.kind == "Transpose":
            return self._transpose(node)
        if not any(last):
            return node
        if node.kind in ("Gemm", "MatMul"):
            return self._linear(node, data[0])
        sizes = [
            np.asarray(self._parameters.value(node, index)).size
            for index, name in enumerate(node.inputs)
            if name and self._parameters.known(name) and node.kind in ("Add", "Mul")
        ]
        if node.kind in PASSING and all(last) and max(sizes, default=1) == 1:
            self._pass(data[0], node.output)
            return node
        if node.kind in ("Flatten", "Reshape"):
            self.last.add(node.output)
            self._flattened[node.output] = self._model.shapes[data[0]]
            return node
        raise UnsupportedLayerError(
            f"{node.kind} {node.name!r}: reads a tensor whose channels come last; transpose it "
            "to channels first before"
        )

    def _pass(self, source: str, output: str) -> None:
        self.last.add(output)
        if source in self._flattened:
            self._flattened[output] = self._flattened[source]

    def _transpose(self, node: OnnxNode) -> OnnxNode:
        (source,), axes = node.inputs, list(node.attributes.get("perm", ()))
        rank = len(axes)
        to_last, to_first = [0, *range(2, rank), 1], [0, rank - 1, *range(1, rank - 1)]
        same = replace(node, kind="Identity", attributes={})
        if axes == to_first and source in self.last:
            return same
        if axes == to_last and source not in self.last:
            self.last.add(node.output)
            return same
        if axes and axes == list(range(rank)):
            if source in self.last:
                self._pass(source, node.output)
            return same
        order = "last" if source in self.last else "first"
        raise UnsupportedLayerError(
            f"Transpose {node.name!r}: perm={axes} of a tensor whose channels come {order}; only "
            "moving the channels to the end and back has an integer counterpart"
        )

    def _linear(self, node: OnnxNode, source: str) -> OnnxNode:
        """A layer whose weights are in the order of features with the channels first."""
        shape = self._flattened.get(source, ())
        if len(shape) < 2:
            problem = "reads a tensor whose channels come last; flatten it before"
            raise UnsupportedLayerError(f"{node.kind} {node.name!r}: {problem}")
        order = np.moveaxis(np.arange(np.prod(shape)).reshape(shape), -1, 0).ravel()
        axis = 1 if node.attributes.get("transB", 0) else 0
        weight = self._parameters.reordered(node, order, axis)
        return replace(node, inputs=(node.inputs[0], weight, *node.inputs[2:]))


def _begins_with_transposes(tensor: str, nodes: Sequence[OnnxNode]) -> bool:
    """Whether the channels of a tensor are moved to the front by everything that reads it."""
    readers = [node for node in nodes if tensor in node.inputs]
    return bool(readers) and all(
        _begins_with_transposes(node.output, nodes)
        if node.kind in ("QuantizeLinear", "DequantizeLinear")
        else node.kind == "Transpose" and _moves_to_front(list(node.attributes.get("perm", ())))
        for node in readers
    )


def _moves_to_front(axes: list[int]) -> bool:
    return len(axes) > 2 and axes == [0, len(axes) - 1, *range(1, len(axes) - 1)]
