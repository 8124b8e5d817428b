"""The network between training and C: a graph of nodes whose tensors have names."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinypareto.graph.op import Op, Shape
from tinypareto.graph.requantize import Quant


@dataclass(frozen=True)
class Node:
    """One use of an operator in a graph.

    Attributes:
        name: Unique name, taken from the network; also the name of the output tensor.
        op: The operator, with its structural attributes.
        inputs: Names of the tensors that it reads.
        arrays: Float weights before quantization, integer constants after it.
        scalars: Integers passed to the kernel; empty before quantization.
        layer: Name of the layer that owns the weights. It differs from `name` if later layers
            (batch norm, ReLU) were merged into the node and gave it their name.
    """

    name: str
    op: Op
    inputs: tuple[str, ...]
    arrays: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    scalars: Mapping[str, int] = field(default_factory=dict)
    layer: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "layer", self.layer or self.name)


@dataclass(frozen=True)
class Graph:
    """A network with one input and one output.

    Attributes:
        input: Name of the input tensor.
        input_shape: (height, width, channels).
        nodes: Nodes in an executable order (`plan` may choose another one); the last node computes
            the output.
        quants: Scale and zero point by tensor; empty before quantization.
    """

    input: str
    input_shape: Shape
    nodes: tuple[Node, ...]
    quants: Mapping[str, Quant] = field(default_factory=dict)

    @property
    def output(self) -> str:
        """Name of the output tensor."""
        return self.nodes[-1].name

    def shapes(self) -> dict[str, Shape]:
        """Compute the (height, width, channels) of every tensor, the input first."""
        known = {self.input: self.input_shape}
        for node in self.nodes:
            known[node.name] = node.op.output_shape(*(known[name] for name in node.inputs))
        return known

    def resized(self, channels: Mapping[str, int | NDArray[np.int64]]) -> "Graph":
        """Copy the structure with other numbers of output channels and without arrays.

        Args:
            channels: Output channels by the layer that owns them, integers or arrays of shape (n,).
                Layers left out keep theirs.
        """
        nodes = tuple(
            Node(
                node.name,
                # A subclass that owns its channels has this field; the base class need not.
                replace(node.op, out_channels=channels[node.layer])  # type: ignore[type-var]
                if node.layer in channels
                else node.op,
                node.inputs,
                layer=node.layer,
            )
            for node in self.nodes
        )
        return Graph(self.input, self.input_shape, nodes)
