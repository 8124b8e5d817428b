"""Fully connected layer on a vector, or on all pixels of an image as one vector."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from tinypareto.graph.call import Call
from tinypareto.graph.op import Arrays, ChannelRule, CNodeContext, Dim, Op, Shape
from tinypareto.graph.ops.common import c_statement, unsupported
from tinypareto.graph.ops.filters import (
    BYTES,
    bias_of,
    blocks,
    products,
    quantize_filters,
    requantized,
)
from tinypareto.graph.ops.kernels import kernel_text
from tinypareto.graph.requantize import Quant


@dataclass(frozen=True)
class Linear(Op):
    """A fully connected layer.

    Weights are `weight` (out channels, height * width * in channels) and `bias` (out channels,).

    Attributes:
        out_channels: Number of outputs.
        activation: Fused activation, 'none', 'relu' or 'relu6'.
    """

    kind = "linear"
    channels = ChannelRule.OWN
    kernel = kernel_text("linear.c")

    out_channels: Dim
    activation: str = "none"

    @classmethod
    def from_call(cls, call: Call) -> tuple[Self, dict[str, NDArray[np.float32]]]:
        """Read a Linear whose weight columns already follow (height, width, channels)."""
        weight = call.weights["weight"]
        if prod(call.input_shapes[0]) != weight.shape[1]:
            raise unsupported(
                cls.kind,
                call,
                f"got an input of shape {call.input_shapes[0]}, wanted {weight.shape[1]} features; "
                "put a flatten before it",
            )
        weights = {"weight": weight, "bias": bias_of(call)}
        return cls(len(weight), call.attributes.get("activation", "none")), weights

    @classmethod
    def example(
        cls, rng: np.random.Generator
    ) -> tuple[Self, dict[str, NDArray[np.float32]], tuple[Shape, ...]]:
        """Make a small random case; see Op."""
        height, width, channels, filters = (int(size) for size in rng.integers(1, 9, 4))
        weights = {
            "weight": rng.normal(size=(filters, height * width * channels)).astype(np.float32),
            "bias": rng.normal(size=filters).astype(np.float32),
        }
        op = cls(filters, str(rng.choice(["none", "relu", "relu6"])))
        return op, weights, ((height, width, channels),)

    def output_shape(self, *inputs: Shape) -> Shape:
        """Compute the shape of the output."""
        return (1, 1, self.out_channels)

    def macs(self, *inputs: Shape) -> Dim:
        """Count the multiply-accumulates of one inference."""
        return prod(inputs[0]) * self.out_channels

    def work(self, *inputs: Shape) -> tuple[Dim, Dim, Dim]:
        """Count the loads and products of the kernel in its blocks; see `blocks`."""
        return blocks(1, prod(inputs[0]), self.out_channels)

    def constant_bytes(self, *inputs: Shape) -> Dim:
        """Count the bytes of weights, biases, multipliers and shifts."""
        return self.out_channels * (prod(inputs[0]) + BYTES)

    def quantize(
        self, weights: Arrays, inputs: Sequence[Quant], output: Quant
    ) -> tuple[dict[str, NDArray[Any]], dict[str, int]]:
        """Quantize symmetrically per channel, with the scales in `scale` if present."""
        return quantize_filters(
            weights["weight"],
            weights["bias"],
            inputs[0],
            output,
            self.activation,
            weights.get("scale"),
        )

    def run(
        self, constants: Arrays, scalars: Mapping[str, int], *inputs: NDArray[np.int8]
    ) -> NDArray[np.int8]:
        """Compute the exact integer result."""
        rows = inputs[0].reshape(len(inputs[0]), 1, 1, constants["weight"].shape[1])
        return requantized(products(rows, constants["weight"]), constants, scalars)

    def c_call(self, context: CNodeContext) -> str:
        """Write the C statement that computes the node."""
        constants = context.named("weight", "bias", "multiplier", "shift")
        scalars = context.named("zero_point", "low", "high")
        sizes = (prod(context.input_shapes[0]), context.output_shape[2])
        return c_statement(
            "tp_linear", (context.inputs[0], context.output, *constants, *sizes, *scalars)
        )
