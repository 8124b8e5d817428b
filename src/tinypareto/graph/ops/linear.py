"""Fully connected layer, on a vector or on all pixels at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from tinypareto.graph.call import Call
from tinypareto.graph.op import Arrays, ChannelRule, CSite, Dim, Op, Shape
from tinypareto.graph.ops.common import c_statement, unsupported
from tinypareto.graph.ops.dsp.row import ROW
from tinypareto.graph.ops.filters import (
    BYTES,
    bias_of,
    blocks,
    products,
    quantize_filters,
    requantized,
)
from tinypareto.graph.requantize import Quant


@dataclass(frozen=True)
class Linear(Op):
    """Weights `weight` (out channels, height * width * in channels) and `bias`."""

    kind = "linear"
    channels = ChannelRule.OWN
    kernel = rf"""
#if TP_DSP
{ROW}#endif

static void tp_linear(const int8_t *input, int8_t *output, const int8_t *weight,
                      const int32_t *bias, const int32_t *multiplier, const int8_t *shift,
                      int32_t features, int32_t count, int32_t zero_point, int32_t low,
                      int32_t high)
{{
#if TP_DSP
    if (count >= 2) {{
        const tp_filters filters = {{weight, bias, multiplier, shift, features, count, zero_point}};
        tp_row(&filters, input, output);
        tp_bound(output, count, low, high);
        return;
    }}
#endif
    for (int32_t filter = 0; filter < count; filter++) {{
        const int32_t sum = bias[filter] + tp_dot(input, weight + filter * features, features);
        output[filter] = tp_requantize(sum, multiplier[filter], shift[filter], zero_point, low,
                                       high);
    }}
}}
"""

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
        """A random case; see Op."""
        height, width, channels, filters = (int(size) for size in rng.integers(1, 9, 4))
        weights = {
            "weight": rng.normal(size=(filters, height * width * channels)).astype(np.float32),
            "bias": rng.normal(size=filters).astype(np.float32),
        }
        op = cls(filters, str(rng.choice(["none", "relu", "relu6"])))
        return op, weights, ((height, width, channels),)

    def output_shape(self, *inputs: Shape) -> Shape:
        """Shape of the output."""
        return (1, 1, self.out_channels)

    def macs(self, *inputs: Shape) -> Dim:
        """Multiply-accumulates of one inference."""
        return prod(inputs[0]) * self.out_channels

    def work(self, *inputs: Shape) -> tuple[Dim, Dim, Dim]:
        """See Op."""
        return blocks(1, prod(inputs[0]), self.out_channels)

    def constant_bytes(self, *inputs: Shape) -> Dim:
        """Bytes of weights, biases, multipliers and shifts."""
        return self.out_channels * (prod(inputs[0]) + BYTES)

    def quantize(
        self, weights: Arrays, inputs: Sequence[Quant], output: Quant
    ) -> tuple[dict[str, NDArray[Any]], dict[str, int]]:
        """Per-channel symmetric weights, or those of a given `scale`; see `quantize_filters`."""
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
        """The exact integer result."""
        rows = inputs[0].reshape(len(inputs[0]), 1, 1, constants["weight"].shape[1])
        return requantized(products(rows, constants["weight"]), constants, scalars)

    def c_call(self, site: CSite) -> str:
        """The C statement that computes the node."""
        constants = site.named("weight", "bias", "multiplier", "shift")
        scalars = site.named("zero_point", "low", "high")
        sizes = (prod(site.input_shapes[0]), site.output_shape[2])
        return c_statement("tp_linear", (site.inputs[0], site.output, *constants, *sizes, *scalars))
