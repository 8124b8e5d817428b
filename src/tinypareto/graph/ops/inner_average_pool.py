"""Mean over the pixels inside a sliding window, with padding left out of the mean."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from tinypareto.graph.call import Call
from tinypareto.graph.op import Arrays, ChannelRule, CNodeContext, Dim, Shape
from tinypareto.graph.ops.common import c_statement, unsupported
from tinypareto.graph.ops.data_movement import Pooling
from tinypareto.graph.ops.filters import fixed_points
from tinypareto.graph.ops.kernels import kernel_text
from tinypareto.graph.ops.window import Window
from tinypareto.graph.requantize import Quant, rescale, saturate


@dataclass(frozen=True)
class InnerAveragePool(Pooling):
    """Average pooling that divides by the number of pixels inside; it has no weights.

    Its constants are a multiplier and a shift for each number of pixels from 1 to the window's
    area. Only imported models have it.
    """

    kind = "inner_average_pool"
    channels = ChannelRule.SAME
    kernel = kernel_text("inner_average_pool.c")

    @classmethod
    def claims(cls, call: Call) -> bool:
        """Tell whether the call has padding, given by its edges, that does not count."""
        counted = call.attributes.get("count_include_pad", True)
        return not counted and any(call.attributes.get("edges", ()))

    @classmethod
    def from_call(cls, call: Call) -> tuple[Self, dict[str, NDArray[np.float32]]]:
        """Read an average pooling whose padding does not count; see Op."""
        window = Window.from_call(call)
        if window.dilation != (1, 1):
            problem = f"got dilation {window.dilation} with padding that does not count"
            raise unsupported(cls.kind, call, f"{problem}; use no dilation")
        return cls(window), {}

    @classmethod
    def example(
        cls, rng: np.random.Generator
    ) -> tuple[Self, dict[str, NDArray[np.float32]], tuple[Shape, ...]]:
        """Make a small random case; see Op."""
        op, weights, shapes = super().example(rng)
        return cls(replace(op.window, dilation=(1, 1))), weights, shapes

    def constant_bytes(self, *inputs: Shape) -> Dim:
        """Count the bytes of the multipliers and shifts."""
        return self.window.area * (4 + 1)

    def quantize(
        self, weights: Arrays, inputs: Sequence[Quant], output: Quant
    ) -> tuple[dict[str, NDArray[Any]], dict[str, int]]:
        """Make a rescale for each number of pixels, which includes the division by it."""
        counts = np.arange(1, self.window.area + 1)
        multipliers, shifts = fixed_points(inputs[0].scale / (output.scale * counts))
        scalars = {"input_zero_point": inputs[0].zero_point, "zero_point": output.zero_point}
        return {"multiplier": multipliers, "shift": shifts}, scalars

    def run(
        self, constants: Arrays, scalars: Mapping[str, int], *inputs: NDArray[np.int8]
    ) -> NDArray[np.int8]:
        """Compute the exact integer result."""
        zero_point = scalars["input_zero_point"]
        sums = self.window.patches(inputs[0], zero_point).sum((-2, -1), np.int64)
        inside = self.window.patches(np.ones((1, *inputs[0].shape[1:3], 1), np.int64), 0)
        index = np.maximum(inside.sum((-2, -1)) - 1, 0)
        steps = rescale(
            sums - self.window.area * zero_point,
            constants["multiplier"][index],
            constants["shift"][index],
        )
        return saturate(steps, scalars["zero_point"])

    def c_call(self, context: CNodeContext) -> str:
        """Write the C statement that computes the node."""
        window = self.window.c_table(context.input_shapes[0], context.output_shape)
        rescaling, zeros = ("multiplier", "shift"), ("input_zero_point", "zero_point")
        arguments = (
            *(context.inputs[0], context.output, *context.named(*rescaling)),
            *("&window", context.output_shape[2], *context.named(*zeros)),
        )
        return f"{{ {window} {c_statement('tp_inner_average_pool', arguments)} }}"
