"""Batch norm that no layer before it can take up: one gain and one offset per channel."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from tinypareto.graph.call import Call
from tinypareto.graph.op import Arrays, ChannelRule, CSite, Dim, Op, Shape
from tinypareto.graph.ops.common import c_statement, unsupported
from tinypareto.graph.ops.filters import BYTES, quantize_filters, requantized
from tinypareto.graph.requantize import Quant


@dataclass(frozen=True)
class BatchNorm(Op):
    """Weights `weight` (channels,) and `bias`: a depthwise 1x1 convolution, but in place."""

    kind = "batch_norm"
    channels = ChannelRule.SAME
    inplace = (0,)
    kernel = r"""
static void tp_batch_norm(const int8_t *input, int8_t *output, const int8_t *weight,
                          const int32_t *bias, const int32_t *multiplier, const int8_t *shift,
                          int32_t pixels, int32_t channels, int32_t zero_point, int32_t low,
                          int32_t high)
{
    for (int32_t pixel = 0; pixel < pixels; pixel++) {
        for (int32_t channel = 0; channel < channels; channel++) {
            const int32_t sum = bias[channel] + *input++ * weight[channel];
            *output++ = tp_requantize(sum, multiplier[channel], shift[channel], zero_point, low,
                                      high);
        }
    }
}
"""

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
        """A random case; see Op."""
        height, width, channels = (int(size) for size in rng.integers(1, 9, 3))
        weights = {
            "weight": rng.normal(size=channels).astype(np.float32),
            "bias": rng.normal(size=channels).astype(np.float32),
        }
        op = cls(str(rng.choice(["none", "relu", "relu6"])))
        return op, weights, ((height, width, channels),)

    def output_shape(self, *inputs: Shape) -> Shape:
        """Shape of the output."""
        return inputs[0]

    def macs(self, *inputs: Shape) -> Dim:
        """One per output."""
        return prod(inputs[0])

    def constant_bytes(self, *inputs: Shape) -> Dim:
        """Bytes of weights, biases, multipliers and shifts."""
        return inputs[0][2] * (1 + BYTES)

    def quantize(
        self, weights: Arrays, inputs: Sequence[Quant], output: Quant
    ) -> tuple[dict[str, NDArray[Any]], dict[str, int]]:
        """Filters of one tap, which int8 holds exactly: the scale takes up the gain."""
        arrays, scalars = quantize_filters(
            weights["weight"][:, None], weights["bias"], inputs[0], output, self.activation
        )
        return arrays | {"weight": arrays["weight"][:, 0]}, scalars

    def run(
        self, constants: Arrays, scalars: Mapping[str, int], *inputs: NDArray[np.int8]
    ) -> NDArray[np.int8]:
        """The exact integer result."""
        return requantized(inputs[0] * constants["weight"].astype(np.int64), constants, scalars)

    def c_call(self, site: CSite) -> str:
        """The C statement that computes the node."""
        height, width, channels = site.output_shape
        constants = site.named("weight", "bias", "multiplier", "shift")
        scalars = site.named("zero_point", "low", "high")
        arguments = (site.inputs[0], site.output, *constants, height * width, channels, *scalars)
        return c_statement("tp_batch_norm", arguments)


def gain_and_offset(norm: Call) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """What a batch norm multiplies by and adds, per channel.

    Raises:
        UnsupportedLayerError: It has no running statistics.
    """
    if "running_mean" not in norm.weights:
        raise unsupported(norm.target, norm, "has no running statistics; track_running_stats=True")
    given = {name: values.astype(np.float64) for name, values in norm.weights.items()}
    gain = given.get("weight", 1.0) / np.sqrt(given["running_var"] + norm.attributes["eps"])
    return gain, given.get("bias", 0.0) - given["running_mean"] * gain
