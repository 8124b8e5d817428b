"""Convolution over all input channels; a series is convolved as 1 x N."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from tinypareto.graph.call import Call
from tinypareto.graph.op import Arrays, ChannelRule, CNodeContext, Dim, Op, Shape
from tinypareto.graph.ops.common import c_statement, check_padding_mode, unsupported
from tinypareto.graph.ops.filters import (
    BYTES,
    bias_of,
    blocks,
    products,
    quantize_filters,
    requantized,
)
from tinypareto.graph.ops.kernels import kernel_text
from tinypareto.graph.ops.window import Window
from tinypareto.graph.requantize import Quant


@dataclass(frozen=True)
class Conv2d(Op):
    """A convolution over all input channels.

    Weights are `weight` (out channels, kernel height, kernel width, in channels) and `bias` (out
    channels,).

    Attributes:
        window: The sliding window.
        out_channels: Number of filters.
        activation: Fused activation, 'none', 'relu' or 'relu6'.
    """

    kind = "conv2d"
    channels = ChannelRule.OWN
    kernel = kernel_text("conv2d.c")

    window: Window
    out_channels: Dim
    activation: str = "none"

    @classmethod
    def from_call(cls, call: Call) -> tuple[Self, dict[str, NDArray[np.float32]]]:
        """Read a Conv1d or Conv2d; see Op."""
        weight = call.weights["weight"]
        check_padding_mode(cls.kind, call)
        groups, channels = call.attributes.get("groups", 1), call.input_shapes[0][0]
        if groups != 1:
            raise unsupported(
                cls.kind,
                call,
                f"groups={groups} with {channels} input and {len(weight)} output channels; "
                f"use groups=1, or groups={channels} with as many output channels",
            )
        planes = weight.reshape(*weight.shape[:2], -1, weight.shape[-1])
        weights = {"weight": planes.transpose(0, 2, 3, 1), "bias": bias_of(call)}
        activation = call.attributes.get("activation", "none")
        return cls(Window.from_call(call), len(weight), activation), weights

    @classmethod
    def example(
        cls, rng: np.random.Generator
    ) -> tuple[Self, dict[str, NDArray[np.float32]], tuple[Shape, ...]]:
        """Make a small random case; see Op."""
        window, size = Window.example(rng)
        channels, filters = (int(count) for count in rng.integers(1, 9, 2))
        weights = {
            "weight": rng.normal(size=(filters, *window.kernel, channels)).astype(np.float32),
            "bias": rng.normal(size=filters).astype(np.float32),
        }
        op = cls(window, filters, str(rng.choice(["none", "relu", "relu6"])))
        return op, weights, ((*size, channels),)

    def output_shape(self, *inputs: Shape) -> Shape:
        """Compute the shape of the output."""
        return (*self.window.output(inputs[0]), self.out_channels)

    def macs(self, *inputs: Shape) -> Dim:
        """Count the multiply-accumulates of one inference, padding included."""
        height, width, filters = self.output_shape(*inputs)
        return height * width * filters * self.window.area * inputs[0][2]

    def scratch_bytes(self, *inputs: Shape) -> int:
        """Count the bytes of TP_SCRATCH with the DSP extension, which needs the most."""
        chunks = (self.window.area * int(inputs[0][2]) + 3) // 4
        return 4 * chunks * (5 - int(self.window.contiguous))

    def work(self, *inputs: Shape) -> tuple[Dim, Dim, Dim]:
        """Count the loads and products of the kernel in its blocks; see `blocks`."""
        height, width, filters = self.output_shape(*inputs)
        return blocks(height * width, self.window.area * inputs[0][2], filters)

    def constant_bytes(self, *inputs: Shape) -> Dim:
        """Count the bytes of weights, biases, multipliers and shifts."""
        return self.out_channels * (self.window.area * inputs[0][2] + BYTES)

    def quantize(
        self, weights: Arrays, inputs: Sequence[Quant], output: Quant
    ) -> tuple[dict[str, NDArray[Any]], dict[str, int]]:
        """Quantize symmetrically per channel, with the scales in `scale` if present."""
        weight = weights["weight"]
        arrays, scalars = quantize_filters(
            weight.reshape(len(weight), -1),
            weights["bias"],
            inputs[0],
            output,
            self.activation,
            weights.get("scale"),
        )
        return arrays | {"weight": arrays["weight"].reshape(weight.shape)}, scalars

    def run(
        self, constants: Arrays, scalars: Mapping[str, int], *inputs: NDArray[np.int8]
    ) -> NDArray[np.int8]:
        """Compute the exact integer result from unrolled windows."""
        patches = self.window.patches(inputs[0], scalars["input_zero_point"])
        rows = patches.transpose(0, 1, 2, 4, 5, 3).reshape(*patches.shape[:3], -1)
        filters = constants["weight"].reshape(self.out_channels, -1)
        return requantized(products(rows, filters), constants, scalars)

    def c_call(self, context: CNodeContext) -> str:
        """Write the C statement that computes the node."""
        (input_shape,), output_shape = context.input_shapes, context.output_shape
        constants = context.named("weight", "bias", "multiplier", "shift")
        scalars = context.named("input_zero_point", "zero_point", "low", "high")
        sizes = ("&window", input_shape[2], output_shape[2])
        gathered = int(not self.window.contiguous)
        arguments = (
            context.inputs[0],
            context.output,
            *constants,
            *sizes,
            *scalars,
            gathered,
            "scratch",
        )
        scratch = f"int32_t scratch[TP_SCRATCH({self.window.area * input_shape[2]}, {gathered})];"
        tables = self.window.c_table(input_shape, output_shape)
        return f"{{ {tables} {scratch} {c_statement('tp_conv2d', arguments)} }}"
