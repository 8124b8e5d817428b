"""Batch norm that cannot be merged into a layer before it: a gain and an offset per channel."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from tinypareto.graph.call import Call
from tinypareto.graph.op import Arrays, ChannelRule, CNodeContext, Dim, Op, Shape
from tinypareto.graph.ops.common import c_statement, unsupported
from tinypareto.graph.ops.filters import BYTES, quantize_filters, requantized
from tinypareto.graph.ops.kernels import kernel_text
from tinypareto.graph.requantize import Quant


@dataclass(frozen=True)
class BatchNorm(Op):
    """A gain and an offset per channel, like a depthwise 1x1 convolution, but computed in place.

    Weights are `weight` (channels,) and `bias` (channels,).

    Attributes:
        activation: Fused activation, 'none', 'relu' or 'relu6'.
    """

    kind = "batch_norm"
    channels = ChannelRule.SAME
    inplace = (0,)
    kernel = kernel_text("batch_norm.c")

    activation: str = "none"

    @classmethod
    def from_call(cls, call: Call) -> tuple[Self, dict[str, NDArray[np.float32]]]:
        """Read a batch norm; see Op."""
        gain, offset = gain_and_offset(call)
        weights = {"weight": gain.astype(np.float32), "bias": offset.astype(np.float32)}
        return cls(call.attributes.get("activation", "none")), weights

    @classmethod
    def example(
        cls, rng: np.random.Generator
    ) -> tuple[Self, dict[str, NDArray[np.float32]], tuple[Shape, ...]]:
        """Make a small random case; see Op."""
        height, width, channels = (int(size) for size in rng.integers(1, 9, 3))
        weights = {
            "weight": rng.normal(size=channels).astype(np.float32),
            "bias": rng.normal(size=channels).astype(np.float32),
        }
        op = cls(str(rng.choice(["none", "relu", "relu6"])))
        return op, weights, ((height, width, channels),)

    def output_shape(self, *inputs: Shape) -> Shape:
        """Compute the shape of the output."""
        return inputs[0]

    def macs(self, *inputs: Shape) -> Dim:
        """Count one multiply-accumulate per output value."""
        return prod(inputs[0])

    def constant_bytes(self, *inputs: Shape) -> Dim:
        """Count the bytes of weights, biases, multipliers and shifts."""
        return inputs[0][2] * (1 + BYTES)

    def quantize(
        self, weights: Arrays, inputs: Sequence[Quant], output: Quant
    ) -> tuple[dict[str, NDArray[Any]], dict[str, int]]:
        """Quantize the gains as filters of one tap.

        The scale of each filter absorbs its gain, so that int8 loses no precision.
        """
        arrays, scalars = quantize_filters(
            weights["weight"][:, None], weights["bias"], inputs[0], output, self.activation
        )
        return arrays | {"weight": arrays["weight"][:, 0]}, scalars

    def run(
        self, constants: Arrays, scalars: Mapping[str, int], *inputs: NDArray[np.int8]
    ) -> NDArray[np.int8]:
        """Compute the exact integer result."""
        return requantized(inputs[0] * constants["weight"].astype(np.int64), constants, scalars)

    def c_call(self, context: CNodeContext) -> str:
        """Write the C statement that computes the node."""
        height, width, channels = context.output_shape
        constants = context.named("weight", "bias", "multiplier", "shift")
        scalars = context.named("zero_point", "low", "high")
        arguments = (
            context.inputs[0],
            context.output,
            *constants,
            height * width,
            channels,
            *scalars,
        )
        return c_statement("tp_batch_norm", arguments)


def gain_and_offset(norm: Call) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Compute the gain and the offset of a batch norm in eval mode.

    Args:
        norm: Call of a BatchNorm1d or BatchNorm2d.

    Returns:
        Gain weight / sqrt(var + eps) and offset bias - mean * gain, both of shape (channels,).

    Raises:
        UnsupportedLayerError: The layer has no running statistics.
    """
    if "running_mean" not in norm.weights:
        raise unsupported(norm.target, norm, "has no running statistics; track_running_stats=True")
    weights = {name: values.astype(np.float64) for name, values in norm.weights.items()}
    gain = weights.get("weight", 1.0) / np.sqrt(weights["running_var"] + norm.attributes["eps"])
    return gain, weights.get("bias", 0.0) - weights["running_mean"] * gain
