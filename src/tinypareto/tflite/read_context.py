"""A TensorFlow Lite operator with everything that is needed to read it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinypareto.errors import UnsupportedLayerError
from tinypareto.graph.call import Call
from tinypareto.graph.op import Shape
from tinypareto.graph.requantize import Quant
from tinypareto.tflite.model import TfliteModel, TfliteNode, TfliteTensor


@dataclass(frozen=True)
class View:
    """A tensor of the model as the values of a call in some order.

    Attributes:
        source: Name of the call, or of the input, that holds the values.
        shape: Its (height, width, channels).
        order: Position of each value in (height, width, channels) order; shape of the tensor
            without the batch axis.
    """

    source: str
    shape: Shape
    order: NDArray[np.int64]

    @property
    def is_plain(self) -> bool:
        """Whether the values lie in the order of the graph."""
        flat = self.order.ravel()
        return bool((flat == np.arange(flat.size)).all())


@dataclass(frozen=True)
class TfliteReadContext:
    """An operator with everything that is needed to read it.

    Attributes:
        node: The operator.
        model: The model.
        views: Views of the tensors that were computed before, by number.
        activations: Names of the fused activations, by their numbers in the format.
        paddings: Names of the kinds of padding, likewise.
        scales: Receives the scale of each filter, shape (filters,), by the layer.
    """

    node: TfliteNode
    model: TfliteModel
    views: Mapping[int, View]
    activations: Mapping[int, str]
    paddings: Mapping[int, str]
    scales: dict[str, NDArray[np.float64]]

    def tensor(self, index: int) -> TfliteTensor:
        """An input of the operator."""
        return self.model.tensors[self.node.inputs[index]]

    @property
    def result(self) -> TfliteTensor:
        """The output of the operator."""
        return self.model.tensors[self.node.outputs[0]]

    def computed(self) -> list[int]:
        """Numbers of the inputs that are not constant."""
        numbers = [number for number in self.node.inputs if number >= 0]
        return [number for number in numbers if self.model.tensors[number].data is None]

    def view(self, number: int) -> View:
        """The values of a computed tensor, in any order."""
        if number not in self.views:
            raise self.refused(f"reads {self.model.tensors[number].name!r}, which is not computed")
        return self.views[number]

    def constant(self, index: int) -> NDArray[Any]:
        """The values of a constant input.

        Raises:
            UnsupportedLayerError: The input is missing or computed.
        """
        if index >= len(self.node.inputs) or self.node.inputs[index] < 0:
            raise self.refused(f"input {index} is missing")
        data = self.tensor(index).data
        if data is None:
            raise self.refused(f"input {index} is computed, wanted a constant")
        return data

    def option(self, name: str, default: Any = None) -> Any:
        """An option of the operator."""
        return self.node.options.get(name, default)

    def activation(self) -> str:
        """The fused activation, as the graph names it.

        Raises:
            UnsupportedLayerError: It is neither ReLU nor ReLU6.
        """
        number = self.option("fusedActivationFunction", 0)
        name = self.activations.get(number, str(number))
        known = {"NONE": "none", "RELU": "relu", "RELU6": "relu6"}
        if name not in known:
            raise self.refused(f"has the fused activation {name}; wanted one of {', '.join(known)}")
        return known[name]

    def call(
        self, target: str, weights: Mapping[str, NDArray[Any]] | None = None, **attributes: Any
    ) -> Call:
        """The call that stands for an operator on images.

        Raises:
            UnsupportedLayerError: An input is the result of another operator in another order.
        """
        for number in self.computed():
            view, tensor = self.view(number), self.model.tensors[number]
            if not view.is_plain or view.shape != self.image(tensor):
                raise self.refused(
                    f"reads {tensor.name!r}, whose values were reshaped or transposed; only a "
                    "fully connected layer can"
                )
        return self.layer(target, weights or {}, **attributes)

    def layer(self, target: str, weights: Mapping[str, NDArray[Any]], **attributes: Any) -> Call:
        """The call that stands for the operator, whatever the order of the values that it reads."""
        views = [self.view(number) for number in self.computed()]
        inputs = tuple(view.source for view in views)
        shapes, shape = tuple(planes(view.shape) for view in views), planes(self.image(self.result))
        return Call(self.node.name, target, inputs, attributes, weights, shapes, shape)

    def image(self, tensor: TfliteTensor) -> Shape:
        """(height, width, channels) of a tensor.

        Raises:
            UnsupportedLayerError: It has another batch than 1, or too many axes.
        """
        batch, *axes = tensor.shape or (0,)
        if batch != 1 or not 1 <= len(axes) <= 3:
            raise self.refused(
                f"{tensor.name!r} has shape {tensor.shape}; wanted (1, height, width, channels), "
                "(1, length, channels) or (1, features)"
            )
        height, width, channels = (1, 1, *axes)[-3:]
        return height, width, channels

    def quant(self, tensor: TfliteTensor) -> Quant:
        """Scale and zero point of an activation.

        Raises:
            UnsupportedLayerError: It is not int8, or has no single positive scale.
        """
        if tensor.kind != "INT8" or tensor.scales.size != 1 or not 0 < tensor.scales[0] < 1e9:
            raise self.refused(
                f"{tensor.name!r} is {tensor.kind} with {tensor.scales.size} scales, wanted INT8 "
                "with one; convert the model with full integer quantization"
            )
        zero = int(tensor.zero_points[0])
        if not -128 <= zero <= 127:
            raise self.refused(f"{tensor.name!r} has the zero point {zero}; wanted -128 to 127")
        return Quant(float(tensor.scales[0]), zero)

    def refused(self, problem: str) -> UnsupportedLayerError:
        """The error for an operator without an integer counterpart."""
        return UnsupportedLayerError(f"{self.node.kind} {self.node.name!r}: {problem}")


def planes(shape: Shape) -> tuple[int, int, int]:
    """(height, width, channels) in torch's order, that of calls."""
    height, width, channels = shape
    return channels, height, width
