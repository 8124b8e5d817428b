"""The nodes and constants of a QDQ model under construction."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinypareto.graph.graph import Graph, Node
from tinypareto.graph.op import Shape
from tinypareto.graph.ops.filters import real_filters
from tinypareto.graph.requantize import Quant
from tinypareto.qdq.library import onnx


class Builder:
    """The nodes and constants of a model under construction."""

    def __init__(self, graph: Graph) -> None:
        self.graph, self._shapes = graph, graph.shapes()
        self._helper, self._numpy = onnx().helper, onnx().numpy_helper
        self.nodes: list[Any] = []
        self.constants: list[Any] = []

    def quant(self, tensor: str) -> Quant:
        """Scale and zero point of a tensor of the graph."""
        return self.graph.quants[tensor]

    def shape(self, tensor: str) -> Shape:
        """(height, width, channels) of a tensor of the graph."""
        return self._shapes[tensor]

    def constant(self, name: str, values: Any) -> str:
        """Store an array or a NumPy number and return its name."""
        self.constants.append(self._numpy.from_array(np.asarray(values, order="C"), name))
        return name

    def add(self, kind: str, inputs: Sequence[str], output: str, **attributes: Any) -> str:
        """Append a node and return the name of its output."""
        node = self._helper.make_node(kind, list(inputs), [output], name=output, **attributes)
        self.nodes.append(node)
        return output

    def real(self, tensor: str) -> str:
        """Name of the dequantized tensor of the graph."""
        return f"{tensor}/real"

    def quantize(self, real: str, tensor: str) -> None:
        """Quantize a real result like a tensor of the graph, and dequantize it again."""
        quant = self.quant(tensor)
        scale = self.constant(f"{tensor}/scale", np.float32(quant.scale))
        zero = self.constant(f"{tensor}/zero_point", np.int8(quant.zero_point))
        self.add("QuantizeLinear", [real, scale, zero], f"{tensor}/int8")
        self.add("DequantizeLinear", [f"{tensor}/int8", scale, zero], self.real(tensor))

    def filters(self, node: Node, weight: NDArray[np.int8]) -> list[str]:
        """Add the real weights (filters, ...) and biases of a node, from its integers.

        The graph's bias has the input's zero point folded in, the model's bias has not.

        Returns:
            Names of the dequantized weights and biases.
        """
        source, result = self.quant(node.inputs[0]), self.quant(node.name)
        sums = weight.reshape(len(weight), -1).sum(1, np.int64)
        scales, bias = real_filters(node.arrays, sums, source, result)
        names = []
        for key, values, scale in (
            ("weight", weight, scales),
            ("bias", bias, scales * source.scale),
        ):
            integers = self.constant(f"{node.name}/{key}/int", values)
            step = self.constant(f"{node.name}/{key}/scale", scale.astype(np.float32))
            # ONNX Runtime's kernels without saturation need the zeros to be written out.
            zero = self.constant(
                f"{node.name}/{key}/zero_point", np.zeros(len(values), values.dtype)
            )
            inputs = [integers, step, zero]
            names.append(self.add("DequantizeLinear", inputs, f"{node.name}/{key}", axis=0))
        return names
