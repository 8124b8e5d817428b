"""Mean of the int8 values inside a sliding window, as TensorFlow Lite computes it.

The other poolings round halves up, in real numbers. TensorFlow Lite takes the mean of the int8
values, zero point included, and rounds halves away from the integer 0. Only models that are read
from it have this one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from tinypareto.graph.call import Call
from tinypareto.graph.op import Arrays, CNodeContext, Dim, Shape
from tinypareto.graph.ops.common import c_statement
from tinypareto.graph.ops.filters import fixed_points
from tinypareto.graph.ops.inner_average_pool import InnerAveragePool
from tinypareto.graph.ops.kernels import kernel_text
from tinypareto.graph.requantize import Quant, rescale, saturate


@dataclass(frozen=True)
class StepAveragePool(InnerAveragePool):
    """Average pooling whose input and output have one quantization; it has no weights.

    Its constants are a multiplier and a shift of 1 / (2 n) for each number n of pixels that can lie
    inside the window: that of all its pixels alone if there is no padding.
    """

    kind = "step_average_pool"
    kernel = kernel_text("step_average_pool.c")

    @classmethod
    def claims(cls, call: Call) -> bool:
        """Tell whether the call asks for a mean in steps."""
        return bool(call.attributes.get("in_steps"))

    @classmethod
    def example(
        cls, rng: np.random.Generator
    ) -> tuple[Self, dict[str, NDArray[np.float32]], tuple[Shape, ...]]:
        """Make a small random case, padded by nothing or as SAME pads; see Op."""
        op, weights, (shape,) = super().example(rng)
        padding = op.window.same(shape) if rng.integers(2) else (0, 0, 0, 0)
        return cls(replace(op.window, padding=padding)), weights, (shape,)

    @property
    def fewest(self) -> int:
        """Smallest number of pixels inside that has constants."""
        return 1 if any(self.window.padding) else self.window.area

    def constant_bytes(self, *inputs: Shape) -> Dim:
        """Count the bytes of the multipliers and shifts."""
        return (self.window.area - self.fewest + 1) * (4 + 1)

    def output_quant(self, inputs: Sequence[Quant], low: float, high: float) -> Quant:
        """Keep the quantization of the input."""
        return inputs[0]

    def quantize(
        self, weights: Arrays, inputs: Sequence[Quant], output: Quant
    ) -> tuple[dict[str, NDArray[Any]], dict[str, int]]:
        """Make a rescale by 1 / (2 n) for each number n of pixels.

        Raises:
            OverflowError: The output has another quantization than the input.
        """
        if inputs[0] != output:
            raise OverflowError(f"it turns {inputs[0]} into {output}, wanted the same")
        counts = np.arange(self.fewest, self.window.area + 1)
        multipliers, shifts = fixed_points(1 / (2 * counts))
        return {"multiplier": multipliers, "shift": shifts}, {}

    def run(
        self, constants: Arrays, scalars: Mapping[str, int], *inputs: NDArray[np.int8]
    ) -> NDArray[np.int8]:
        """Compute the exact integer result."""
        sums = self.window.patches(inputs[0], 0).sum((-2, -1), np.int64)
        inside = self.window.patches(np.ones((1, *inputs[0].shape[1:3], 1), np.int64), 0)
        counts = inside.sum((-2, -1))
        # With an even count, a half is one step of the doubled sum away from the next integer.
        away = np.where(counts % 2 == 0, np.where(sums < 0, -1, 1), 0)
        index = np.maximum(counts - self.fewest, 0)
        steps = rescale(2 * sums + away, constants["multiplier"][index], constants["shift"][index])
        return saturate(steps, 0)

    def c_call(self, context: CNodeContext) -> str:
        """Write the C statement that computes the node."""
        window = self.window.c_table(context.input_shapes[0], context.output_shape)
        arguments = (
            *(context.inputs[0], context.output, *context.named("multiplier", "shift")),
            *("&window", context.output_shape[2], self.fewest),
        )
        return f"{{ {window} {c_statement('tp_step_average_pool', arguments)} }}"
