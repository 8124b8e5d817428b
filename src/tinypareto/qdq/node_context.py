"""An ONNX node with all that its reading needs."""

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
class Site:
    """A node with all that its reading needs.

    Attributes:
        node: The node.
        inputs: The activations it reads, by the call that made them.
        shapes: Their shapes, without the batch axis.
        shape: That of its result.
        parameters: The model's constants.
    """

    node: OnnxNode
    inputs: tuple[str, ...]
    shapes: tuple[Shape, ...]
    shape: Shape
    parameters: Parameters

    def call(self, target: str, weights: Weights | None = None, **attributes: Any) -> Call:
        """The call that stands for the whole node."""
        return Call(
            self.node.name, target, self.inputs, attributes, weights or {}, self.shapes, self.shape
        )

    def value(self, at: int) -> Any:
        """A constant input; None where it is left out."""
        return self.parameters.value(self.node, at)

    def number(self, at: int) -> float | None:
        """A constant input that is one number; None where it is left out."""
        value = self.value(at)
        if value is None:
            return None
        if value.size != 1:
            raise self.refused(f"input {at} has {value.size} values, wanted one")
        return float(value.item())

    def get(self, name: str, default: Any = None) -> Any:
        """An attribute."""
        return self.node.attributes.get(name, default)

    def refused(self, problem: str) -> UnsupportedLayerError:
        """The error for what has no integer counterpart."""
        return UnsupportedLayerError(f"{self.node.kind} {self.node.name!r}: {problem}")
