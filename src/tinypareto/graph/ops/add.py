"""Sum of a tensor with a second one of the same shape, or with one offset per channel."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from tinypareto.graph.call import Call
from tinypareto.graph.op import Arrays, ChannelRule, CNodeContext, Shape
from tinypareto.graph.ops.broadcast import check_second
from tinypareto.graph.ops.common import activation_bounds, c_statement, unsupported
from tinypareto.graph.ops.data_movement import Weightless
from tinypareto.graph.ops.kernels import kernel_text
from tinypareto.graph.requantize import INT8_MAX, INT8_MIN, Quant, saturate

RATIO_MAX = 2.0**20
"""Largest ratio of an input's scale to the output's; beyond it every step saturates anyway."""

SHIFT_MAX = 30
"""Largest common shift, for ratios near 0."""


@dataclass(frozen=True)
class Add(Weightless):
    """Sum of two tensors; it has no weights.

    With a and b less their zero points, the output is ((a m_a + b m_b + 2^(s-1)) >> s) plus its own
    zero point: both multipliers share one shift, so the sum is rounded once.

    Attributes:
        activation: Fused activation, 'none', 'relu' or 'relu6'.
    """

    kind = "add"
    channels = ChannelRule.MERGE
    inplace = (0, 1)
    kernel = kernel_text("add.c")

    activation: str = "none"

    @classmethod
    def claims(cls, call: Call) -> bool:
        """Tell whether both operands are tensors."""
        return super().claims(call) and len(call.inputs) > 1

    @classmethod
    def from_call(cls, call: Call) -> tuple[Self, dict[str, NDArray[np.float32]]]:
        """Read a sum; see Op."""
        alpha = call.attributes.get("alpha", 1)
        if len(call.inputs) != 2 or alpha != 1:
            raise unsupported(
                cls.kind,
                call,
                f"got {len(call.inputs)} tensors and {dict(call.attributes)}, "
                "wanted two tensors and nothing else; fold constants into a layer before",
            )
        check_second(cls.kind, call)
        return cls(call.attributes.get("activation", "none")), {}

    @classmethod
    def example(
        cls, rng: np.random.Generator
    ) -> tuple[Self, dict[str, NDArray[np.float32]], tuple[Shape, ...]]:
        """Make a small random case; see Op."""
        height, width, channels = (int(size) for size in rng.integers(1, 9, 3))
        second = (1, 1, channels) if rng.integers(2) else (height, width, channels)
        op = cls(str(rng.choice(["none", "relu", "relu6"])))
        return op, {}, ((height, width, channels), second)

    def output_shape(self, *inputs: Shape) -> Shape:
        """Compute the shape of the output."""
        return inputs[0]

    def quantize(
        self, weights: Arrays, inputs: Sequence[Quant], output: Quant
    ) -> tuple[dict[str, NDArray[Any]], dict[str, int]]:
        """Choose the largest common shift for which no sum leaves int32, and both multipliers."""
        first, second = (min(quant.scale / output.scale, RATIO_MAX) for quant in inputs)
        span = INT8_MAX - INT8_MIN
        # |x - zero_point| <= 255, so a sum is at most 2^s (255 (r_a + r_b) + 1/2) for the ratios r
        # of scales. Rounding each multiplier adds at most 255 / 2: hence the margin below 2^31.
        shift = next(
            shift
            for shift in range(SHIFT_MAX, 0, -1)
            if 2**shift * (span * (first + second) + 0.5) < 2**31 - 2 * span
        )
        return {}, {
            "first_zero_point": inputs[0].zero_point,
            "second_zero_point": inputs[1].zero_point,
            "first_multiplier": round(first * 2**shift),
            "second_multiplier": round(second * 2**shift),
            "shift": shift,
            "zero_point": output.zero_point,
            **activation_bounds(self.activation, output),
        }

    def run(
        self, constants: Arrays, scalars: Mapping[str, int], *inputs: NDArray[np.int8]
    ) -> NDArray[np.int8]:
        """Compute the exact integer result."""
        first, second = (values.astype(np.int64) for values in inputs)
        sums = (first - scalars["first_zero_point"]) * scalars["first_multiplier"]
        sums += (second - scalars["second_zero_point"]) * scalars["second_multiplier"]
        steps = (sums + (1 << (scalars["shift"] - 1))) >> scalars["shift"]
        return saturate(steps, scalars["zero_point"], scalars["low"], scalars["high"])

    def c_call(self, context: CNodeContext) -> str:
        """Write the C statement that computes the node."""
        zero_points = context.named("first_zero_point", "second_zero_point")
        multipliers = context.named("first_multiplier", "second_multiplier", "shift")
        bounds = context.named("zero_point", "low", "high")
        count = prod(context.input_shapes[1])
        sizes = (prod(context.output_shape) // count, count)
        arguments = (*context.inputs, context.output, *sizes, *zero_points, *multipliers, *bounds)
        return c_statement("tp_add", arguments)
