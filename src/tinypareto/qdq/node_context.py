"""An ONNX node with everything that is needed to read it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tinypareto.errors import UnsupportedLayerError
from tinypareto.graph.call import Call
from tinypareto.qdq.model import OnnxNode
from tinypareto.qdq.parameters import Parameters

Shape = tuple[int, ...]
Weights = Mapping[str, Any]


@dataclass(frozen=True)
class OnnxNodeContext:
    """A node with everything that is needed to read it.

    Attributes:
        node: The node.
        inputs: Names of the calls whose results it reads.
        shapes: Shapes of these results, without the batch axis.
        shape: Shape of its own result, likewise.
        parameters: The model's constants.
        linear: Whether it reads one layer with weights whose result is not quantized.
    """

    node: OnnxNode
    inputs: tuple[str, ...]
    shapes: tuple[Shape, ...]
    shape: Shape
    parameters: Parameters
    linear: bool

    def call(self, target: str, weights: Weights | None = None, **attributes: Any) -> Call:
        """The call that stands for the whole node."""
        return Call(
            self.node.name, target, self.inputs, attributes, weights or {}, self.shapes, self.shape
        )

    def value(self, index: int) -> Any:
        """A constant input, or None if it is left out."""
        return self.parameters.value(self.node, index)

    def number(self, index: int) -> float | None:
        """A constant input that is one number, or None if it is left out."""
        value = self.value(index)
        if value is None:
            return None
        if value.size != 1:
            raise self.refused(f"input {index} has {value.size} values, wanted one")
        return float(value.item())

    def get(self, name: str, default: Any = None) -> Any:
        """An attribute of the node, or a default."""
        return self.node.attributes.get(name, default)

    def refused(self, problem: str) -> UnsupportedLayerError:
        """The error for a node without an integer counterpart."""
        return UnsupportedLayerError(f"{self.node.kind} {self.node.name!r}: {problem}")
