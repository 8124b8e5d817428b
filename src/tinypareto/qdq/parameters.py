"""Constants of a QDQ model: int8 weights with their scales, and plain numbers."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinypareto.errors import UnsupportedLayerError
from tinypareto.graph.requantize import Quant
from tinypareto.qdq.model import OnnxModel, OnnxNode

OFFSETS = {np.dtype("int8"): 0, np.dtype("uint8"): 128}
"""Difference between the zero points of a type and of int8."""


class Parameters:
    """The constants of a model, dequantized ones included.

    Attributes:
        scales: Scale of each filter, shape (filters,), by the layer that owns the weights.
    """

    def __init__(self, model: OnnxModel) -> None:
        self._constants = dict(model.constants)
        self._steps: dict[str, NDArray[np.float64]] = {}
        self.scales: dict[str, NDArray[np.float64]] = {}

    def known(self, tensor: str) -> bool:
        """Whether a tensor is constant."""
        return tensor in self._constants

    def take(self, node: OnnxNode) -> bool:
        """Dequantize or transpose a constant, and return whether the node does so."""
        if node.kind not in ("DequantizeLinear", "Transpose") or not self.known(node.inputs[0]):
            return False
        if node.kind == "DequantizeLinear":
            self._dequantize(node)
        else:
            self._transpose(node)
        return True

    def _transpose(self, node: OnnxNode) -> None:
        axes, source = node.attributes.get("perm"), node.inputs[0]
        self._constants[node.output] = self._constants[source].transpose(axes)
        if source in self._steps:
            steps = self._steps[source]
            self._steps[node.output] = steps.transpose(axes) if steps.ndim else steps

    def _dequantize(self, node: OnnxNode) -> None:
        stored, zero = self._constants[node.inputs[0]], self._zero(node)
        scale = np.asarray(self.value(node, 1), np.float64)
        if scale.ndim > 1:
            problem = f"has scales of shape {scale.shape}; wanted one, or one for each filter"
            raise UnsupportedLayerError(f"{node.kind} {node.name!r}: {problem}")
        if stored.dtype == np.int32 and zero.any():
            problem = f"has the zero point {zero[zero != 0].flat[0]}; ONNX allows int32 only 0"
            raise UnsupportedLayerError(f"{node.kind} {node.name!r}: {problem}")
        axis = node.attributes.get("axis", 1) % max(stored.ndim, 1)
        along = [-1 if other == axis else 1 for other in range(stored.ndim)]
        steps = scale.reshape(along) if scale.size > 1 else scale.reshape(())
        zeros = zero.reshape(along) if zero.size > 1 else zero.reshape(())
        self._constants[node.output] = (stored.astype(np.float64) - zeros) * steps
        if (zero == OFFSETS.get(stored.dtype, -1)).all():
            self._steps[node.output] = steps

    def _zero(self, node: OnnxNode) -> NDArray[np.int64]:
        zero = self.value(node, 2)
        return np.asarray(0 if zero is None else zero, np.int64)

    def reordered(self, node: OnnxNode, order: NDArray[np.int64], axis: int) -> str:
        """Reorder the weights of a layer, its input 1, along an axis, and return their name."""
        source = node.inputs[1]
        name = f"{source}/{node.name}"
        self._constants[name] = np.take(self._constants[source], order, axis)
        if source in self._steps:
            self._steps[name] = self._steps[source]
        return name

    def value(self, node: OnnxNode, index: int) -> NDArray[Any] | None:
        """A constant input of a node, or None if it is left out.

        Raises:
            UnsupportedLayerError: The input is not constant.
        """
        if len(node.inputs) <= index or not node.inputs[index]:
            return None
        if not self.known(node.inputs[index]):
            problem = f"input {index} is computed, wanted a constant"
            raise UnsupportedLayerError(f"{node.kind} {node.name!r}: {problem}")
        return self._constants[node.inputs[index]]

    def filters(self, node: OnnxNode, layer: str, axis: int) -> NDArray[np.float64]:
        """The weights of a layer; their scales are recorded under its name.

        Args:
            node: The layer; its input 1 holds the weights.
            layer: Its name among the calls.
            axis: Axis of the weights that the filters lie along.

        Raises:
            UnsupportedLayerError: The weights are not int8, or have scales along another axis.
        """
        weight = self.value(node, 1)
        steps = self._steps.get(node.inputs[1])
        if weight is None or steps is None:
            problem = "its weights are no symmetric int8; quantize them with QuantType.QInt8"
            raise UnsupportedLayerError(f"{node.kind} {node.name!r}: {problem}")
        if not (np.isfinite(steps) & (steps > 0)).all():
            problem = f"a scale of its weights is {steps.min():g}; wanted positive numbers"
            raise UnsupportedLayerError(f"{node.kind} {node.name!r}: {problem}")
        if steps.size not in (1, weight.shape[axis]) or (
            steps.size > 1 and steps.shape[axis] != steps.size
        ):
            problem = f"its weights have {steps.size} scales, wanted one, or one for each filter"
            raise UnsupportedLayerError(f"{node.kind} {node.name!r}: {problem}")
        self.scales[layer] = np.broadcast_to(steps.ravel(), weight.shape[axis]).astype(np.float64)
        return weight


def activation_quant(node: OnnxNode, model: OnnxModel) -> Quant:
    """Scale and zero point that a QuantizeLinear or DequantizeLinear gives a tensor.

    A zero point that is left out is 0, in the type of the quantized tensor.

    Raises:
        UnsupportedLayerError: The tensor is not int8 or uint8, or has several scales, or its
            parameters are not constant.
    """
    constants = model.constants
    quantized = node.output if node.kind == "QuantizeLinear" else node.inputs[0]
    dtype = model.types.get(quantized)
    for name in node.inputs[1:3]:
        if name and name not in constants:
            problem = f"{name!r} is computed; wanted a constant scale and zero point"
            raise UnsupportedLayerError(f"{node.kind} {node.name!r}: {problem}")
    scale = np.asarray(constants[node.inputs[1]], np.float64)
    zero = np.asarray(constants[node.inputs[2]] if len(node.inputs) > 2 and node.inputs[2] else 0)
    if scale.size != 1 or zero.size != 1 or dtype not in OFFSETS or not 0 < scale.max() < 1e9:
        raise UnsupportedLayerError(
            f"{node.kind} {node.name!r}: got {scale.size} scales ({scale.ravel()[:3]}) and "
            f"{dtype}, wanted one positive constant scale and int8 or uint8; quantize "
            "activations per tensor"
        )
    return Quant(float(scale.item()), int(zero.item()) - OFFSETS[dtype])
