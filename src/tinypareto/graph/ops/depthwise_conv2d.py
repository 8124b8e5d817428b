"""Convolution of each channel with its own filter; a series is convolved as 1 x N."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from tinypareto.graph.call import Call
from tinypareto.graph.op import Arrays, ChannelRule, CNodeContext, Dim, Op, Shape
from tinypareto.graph.ops.channel_plane import band_rows, band_samples
from tinypareto.graph.ops.common import c_statement, check_padding_mode
from tinypareto.graph.ops.filters import BYTES, bias_of, quantize_filters, requantized
from tinypareto.graph.ops.kernels import kernel_text
from tinypareto.graph.ops.window import Window
from tinypareto.graph.requantize import Quant


@dataclass(frozen=True)
class DepthwiseConv2d(Op):
    """A convolution of each channel with a filter of its own.

    Weights are `weight` (kernel height, kernel width, channels) and `bias` (channels,).

    Attributes:
        window: The sliding window.
        activation: Fused activation, 'none', 'relu' or 'relu6'.
    """

    kind = "depthwise_conv2d"
    channels = ChannelRule.SAME
    kernel = kernel_text("depthwise_conv2d.c")

    window: Window
    activation: str = "none"

    @classmethod
    def claims(cls, call: Call) -> bool:
        """Tell whether each channel of the convolution has one filter of its own."""
        if not super().claims(call):
            return False
        groups, channels = call.attributes.get("groups", 1), call.input_shapes[0][0]
        return bool(1 < groups == channels == len(call.weights["weight"]))

    @classmethod
    def from_call(cls, call: Call) -> tuple[Self, dict[str, NDArray[np.float32]]]:
        """Read a Conv1d or Conv2d; see Op."""
        check_padding_mode(cls.kind, call)
        weight, window = call.weights["weight"], Window.from_call(call)
        planes = weight.reshape(len(weight), *window.kernel).transpose(1, 2, 0)
        activation = call.attributes.get("activation", "none")
        return cls(window, activation), {"weight": planes, "bias": bias_of(call)}

    @classmethod
    def example(
        cls, rng: np.random.Generator
    ) -> tuple[Self, dict[str, NDArray[np.float32]], tuple[Shape, ...]]:
        """Make a small random case; see Op."""
        window, size = Window.example(rng)
        channels = int(rng.integers(1, 9))
        weights = {
            "weight": rng.normal(size=(*window.kernel, channels)).astype(np.float32),
            "bias": rng.normal(size=channels).astype(np.float32),
        }
        op = cls(window, str(rng.choice(["none", "relu", "relu6"])))
        return op, weights, ((*size, channels),)

    def output_shape(self, *inputs: Shape) -> Shape:
        """Compute the shape of the output."""
        return (*self.window.output(inputs[0]), inputs[0][2])

    def macs(self, *inputs: Shape) -> Dim:
        """Count the multiply-accumulates of one inference, padding included."""
        height, width, channels = self.output_shape(*inputs)
        return height * width * channels * self.window.area

    def scratch_bytes(self, *inputs: Shape) -> int:
        """Count the bytes of the band of samples and of one channel's weights."""
        return 2 * band_samples(self.window, self.output_shape(*inputs))

    def constant_bytes(self, *inputs: Shape) -> Dim:
        """Count the bytes of weights, biases, multipliers and shifts."""
        return inputs[0][2] * (self.window.area + BYTES)

    def quantize(
        self, weights: Arrays, inputs: Sequence[Quant], output: Quant
    ) -> tuple[dict[str, NDArray[Any]], dict[str, int]]:
        """Quantize symmetrically per channel, with the scales in `scale` if present."""
        weight = weights["weight"]
        arrays, scalars = quantize_filters(
            weight.reshape(-1, weight.shape[2]).T,
            weights["bias"],
            inputs[0],
            output,
            self.activation,
            weights.get("scale"),
        )
        return arrays | {"weight": arrays["weight"].T.reshape(weight.shape)}, scalars

    def run(
        self, constants: Arrays, scalars: Mapping[str, int], *inputs: NDArray[np.int8]
    ) -> NDArray[np.int8]:
        """Compute the exact integer result."""
        patches = self.window.patches(inputs[0], scalars["input_zero_point"])
        sums = np.zeros(patches.shape[:4], np.int32)
        for i, j in np.ndindex(self.window.kernel):
            sums += patches[..., i, j] * constants["weight"][i, j].astype(np.int32)
        return requantized(sums, constants, scalars)

    def c_call(self, context: CNodeContext) -> str:
        """Write the C statement that computes the node."""
        (input_shape,), output_shape = context.input_shapes, context.output_shape
        constants = context.named("weight", "bias", "multiplier", "shift")
        scalars = context.named("input_zero_point", "zero_point", "low", "high")
        sizes = ("&window", input_shape[2])
        scalars += [band_rows(self.window, output_shape), "scratch"]
        arguments = (context.inputs[0], context.output, *constants, *sizes, *scalars)
        scratch = f"int16_t scratch[{band_samples(self.window, output_shape)}];"
        tables = self.window.c_table(input_shape, output_shape)
        return f"{{ {tables} {scratch} {c_statement('tp_depthwise_conv2d', arguments)} }}"
