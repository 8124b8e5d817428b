"""Product of a tensor with a second one of the same shape, or with one gate per channel."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from tinypareto.graph.call import Call
from tinypareto.graph.op import Arrays, ChannelRule, CNodeContext, Dim, Shape
from tinypareto.graph.ops.broadcast import check_second
from tinypareto.graph.ops.common import c_statement, ratio_fixed_point, unsupported
from tinypareto.graph.ops.data_movement import Weightless
from tinypareto.graph.ops.kernels import kernel_text
from tinypareto.graph.requantize import INT8_MAX, INT8_MIN, Quant, rescale, saturate


@dataclass(frozen=True)
class Mul(Weightless):
    """Product of two tensors; it has no weights.

    The second input may be (1, 1, channels), as in squeeze-and-excitation.
    """

    kind = "mul"
    channels = ChannelRule.MERGE
    inplace = (0, 1)
    kernel = kernel_text("mul.c")

    @classmethod
    def claims(cls, call: Call) -> bool:
        """Tell whether both operands are tensors."""
        return super().claims(call) and len(call.inputs) > 1

    @classmethod
    def from_call(cls, call: Call) -> tuple[Self, dict[str, NDArray[np.float32]]]:
        """Read a product whose second factor is a gate or as large as the first; see Op."""
        if len(call.inputs) != 2:
            raise unsupported(
                cls.kind, call, f"got {len(call.inputs)} tensors, wanted 2; fold constants away"
            )
        check_second(cls.kind, call)
        return cls(), {}

    @classmethod
    def example(
        cls, rng: np.random.Generator
    ) -> tuple[Self, dict[str, NDArray[np.float32]], tuple[Shape, ...]]:
        """Make a small random case; see Op."""
        height, width, channels = (int(size) for size in rng.integers(1, 9, 3))
        gate = (1, 1, channels) if rng.integers(2) else (height, width, channels)
        return cls(), {}, ((height, width, channels), gate)

    def output_shape(self, *inputs: Shape) -> Shape:
        """Compute the shape of the output."""
        return inputs[0]

    def macs(self, *inputs: Shape) -> Dim:
        """Count one multiply-accumulate per output value."""
        return prod(inputs[0])

    def quantize(
        self, weights: Arrays, inputs: Sequence[Quant], output: Quant
    ) -> tuple[dict[str, NDArray[Any]], dict[str, int]]:
        """Make the scalars of the rescale of the products."""
        ratio = inputs[0].scale * inputs[1].scale / output.scale
        multiplier, shift = ratio_fixed_point(ratio)
        return {}, {
            "first_zero_point": inputs[0].zero_point,
            "second_zero_point": inputs[1].zero_point,
            "multiplier": multiplier,
            "shift": shift,
            "zero_point": output.zero_point,
        }

    def run(
        self, constants: Arrays, scalars: Mapping[str, int], *inputs: NDArray[np.int8]
    ) -> NDArray[np.int8]:
        """Compute the exact integer result."""
        first, second = (values.astype(np.int64) for values in inputs)
        products = first - scalars["first_zero_point"]
        products *= second - scalars["second_zero_point"]
        steps = rescale(products, scalars["multiplier"], scalars["shift"])
        return saturate(steps, scalars["zero_point"], INT8_MIN, INT8_MAX)

    def c_call(self, context: CNodeContext) -> str:
        """Write the C statement that computes the node."""
        count = prod(context.input_shapes[1])
        repeats = prod(context.output_shape) // count
        zero_points = context.named("first_zero_point", "second_zero_point")
        rescaling = context.named("multiplier", "shift", "zero_point")
        arguments = (*context.inputs, context.output, repeats, count, *zero_points, *rescaling)
        return c_statement("tp_mul", arguments)
