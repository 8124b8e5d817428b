"""Mean over all pixels."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from tinypareto.graph.call import Call
from tinypareto.graph.op import Arrays, ChannelRule, CNodeContext, Shape
from tinypareto.graph.ops.common import c_statement, ratio_fixed_point, unsupported
from tinypareto.graph.ops.data_movement import Weightless
from tinypareto.graph.ops.kernels import kernel_text
from tinypareto.graph.requantize import Quant, rescale, saturate


@dataclass(frozen=True)
class GlobalAveragePool(Weightless):
    """Mean over all pixels; it has no weights.

    Attributes:
        pixels: Height * width of the input.
    """

    kind = "global_average_pool"
    channels = ChannelRule.SAME
    kernel = kernel_text("global_average_pool.c")

    pixels: int

    @classmethod
    def claims(cls, call: Call) -> bool:
        """Tell whether the call leaves one pixel, or is a mean of any kind."""
        return super().claims(call) and (call.target == "mean" or prod(call.shape[1:]) == 1)

    @classmethod
    def from_call(cls, call: Call) -> tuple[Self, dict[str, NDArray[np.float32]]]:
        """Read a pooling to one pixel, or a mean over all axes but batch and channels; see Op."""
        (shape,) = call.input_shapes
        if prod(call.shape) != shape[0] or not _spatial(call, len(shape) + 1):
            raise unsupported(
                cls.kind,
                call,
                f"got {dict(call.attributes)} on shape {shape}, wanted the mean over all pixels; "
                "use output_size=1",
            )
        return cls(prod(shape[1:])), {}

    @classmethod
    def example(
        cls, rng: np.random.Generator
    ) -> tuple[Self, dict[str, NDArray[np.float32]], tuple[Shape, ...]]:
        """Make a small random case; see Op."""
        height, width, channels = (int(size) for size in rng.integers(1, 9, 3))
        if not rng.integers(
            4
        ):  # around 256 pixels, the most that the kernel's 16-bit sums can hold
            height, width = 16, int(rng.integers(15, 18))
        return cls(height * width), {}, ((height, width, channels),)

    def output_shape(self, *inputs: Shape) -> Shape:
        """Compute the shape of the output."""
        return (1, 1, inputs[0][2])

    def quantize(
        self, weights: Arrays, inputs: Sequence[Quant], output: Quant
    ) -> tuple[dict[str, NDArray[Any]], dict[str, int]]:
        """Make the scalars of the rescale, which includes the division by the number of pixels."""
        ratio = inputs[0].scale / (output.scale * self.pixels)
        multiplier, shift = ratio_fixed_point(ratio)
        return {}, {
            "offset": -self.pixels * inputs[0].zero_point,
            "multiplier": multiplier,
            "shift": shift,
            "zero_point": output.zero_point,
        }

    def run(
        self, constants: Arrays, scalars: Mapping[str, int], *inputs: NDArray[np.int8]
    ) -> NDArray[np.int8]:
        """Compute the exact integer result."""
        sums = inputs[0].sum((1, 2), np.int64, keepdims=True) + scalars["offset"]
        steps = rescale(sums, scalars["multiplier"], scalars["shift"])
        return saturate(steps, scalars["zero_point"])

    def c_call(self, context: CNodeContext) -> str:
        """Write the C statement that computes the node."""
        sizes = (self.pixels, context.output_shape[2])
        scalars = context.named("offset", "multiplier", "shift", "zero_point")
        arguments = (context.inputs[0], context.output, *sizes, *scalars)
        return c_statement("tp_global_average_pool", arguments)


def _spatial(call: Call, axes: int) -> bool:
    """Tell whether a mean over `dim` keeps batch and channels; a pooling always does."""
    if call.target != "mean":
        return True
    dim = call.attributes.get("dim", ())
    reduced = (dim,) if isinstance(dim, int) else tuple(dim or ())
    return {axis % axes for axis in reduced} == set(range(2, axes))
