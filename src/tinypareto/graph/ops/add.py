"""Sum of a tensor with a second one of the same shape, or with one offset per channel."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from tinypareto.graph.call import Call
from tinypareto.graph.op import Arrays, ChannelRule, CSite, Shape
from tinypareto.graph.ops.broadcast import check_second
from tinypareto.graph.ops.common import activation_bounds, c_statement, unsupported
from tinypareto.graph.ops.data_movement import Weightless
from tinypareto.graph.requantize import INT8_MAX, INT8_MIN, Quant, saturate

RATIO_MAX = 2.0**20
SHIFT_MAX = 30


@dataclass(frozen=True)
class Add(Weightless):
    """No weights; both inputs are scaled with one shift: (a m_a + b m_b + 2^(s-1)) >> s.

    The second input may be (1, 1, channels).
    """

    kind = "add"
    channels = ChannelRule.MERGE
    inplace = (0, 1)
    kernel = r"""
static void tp_add(const int8_t *first, const int8_t *second, int8_t *output, int32_t repeats,
                   int32_t count, int32_t first_zero_point, int32_t second_zero_point,
                   int32_t first_multiplier, int32_t second_multiplier, int32_t shift,
                   int32_t zero_point, int32_t low, int32_t high)
{
    const int32_t half = (int32_t)1 << (shift - 1);
    for (int32_t repeat = 0; repeat < repeats; repeat++) {
        for (int32_t i = 0; i < count; i++) {
            const int32_t sum = (*first++ - first_zero_point) * first_multiplier +
                                (second[i] - second_zero_point) * second_multiplier;
            const int32_t value = ((sum + half) >> shift) + zero_point;
            *output++ = tp_clamp(value, low, high);
        }
    }
}
"""

    activation: str = "none"

    @classmethod
    def claims(cls, call: Call) -> bool:
        """Whether both operands are tensors."""
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
        """A random case; see Op."""
        height, width, channels = (int(size) for size in rng.integers(1, 9, 3))
        offsets = (1, 1, channels) if rng.integers(2) else (height, width, channels)
        op = cls(str(rng.choice(["none", "relu", "relu6"])))
        return op, {}, ((height, width, channels), offsets)

    def output_shape(self, *inputs: Shape) -> Shape:
        """Shape of the output."""
        return inputs[0]

    def quantize(
        self, weights: Arrays, inputs: Sequence[Quant], output: Quant
    ) -> tuple[dict[str, NDArray[Any]], dict[str, int]]:
        """The finest common shift for which no sum leaves int32."""
        first, second = (min(given.scale / output.scale, RATIO_MAX) for given in inputs)
        span = INT8_MAX - INT8_MIN
        # 2^s (255 (r_a + r_b) + 1/2) < 2^31 - 2^8 leaves room for the rounding of both multipliers.
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
        """The exact integer result."""
        first, second = (values.astype(np.int64) for values in inputs)
        sums = (first - scalars["first_zero_point"]) * scalars["first_multiplier"]
        sums += (second - scalars["second_zero_point"]) * scalars["second_multiplier"]
        steps = (sums + (1 << (scalars["shift"] - 1))) >> scalars["shift"]
        return saturate(steps, scalars["zero_point"], scalars["low"], scalars["high"])

    def c_call(self, site: CSite) -> str:
        """The C statement that computes the node."""
        zero_points = site.named("first_zero_point", "second_zero_point")
        multipliers = site.named("first_multiplier", "second_multiplier", "shift")
        bounds = site.named("zero_point", "low", "high")
        count = prod(site.input_shapes[1])
        sizes = (prod(site.output_shape) // count, count)
        arguments = (*site.inputs, site.output, *sizes, *zero_points, *multipliers, *bounds)
        return c_statement("tp_add", arguments)
