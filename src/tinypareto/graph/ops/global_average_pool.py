"""Mean over all pixels."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from tinypareto.graph.call import Call
from tinypareto.graph.op import Arrays, ChannelRule, CSite, Shape
from tinypareto.graph.ops.common import c_statement, ratio_fixed_point, unsupported
from tinypareto.graph.ops.data_movement import Weightless
from tinypareto.graph.requantize import Quant, rescale, saturate


@dataclass(frozen=True)
class GlobalAveragePool(Weightless):
    """No weights; `pixels` is height * width of the input."""

    kind = "global_average_pool"
    channels = ChannelRule.SAME
    kernel = r"""
static void tp_global_average_pool(const int8_t *input, int8_t *output, int32_t pixels,
                                   int32_t channels, int32_t offset, int32_t multiplier,
                                   int32_t shift, int32_t zero_point)
{
    const tp_view view = {input, 1, pixels, 0, channels};
    tp_mean(&view, output, channels, offset, multiplier, shift, zero_point);
}
"""

    pixels: int

    @classmethod
    def claims(cls, call: Call) -> bool:
        """Whether the call leaves one pixel, or is a mean of any kind."""
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
        """A random case; see Op."""
        height, width, channels = (int(size) for size in rng.integers(1, 9, 3))
        if not rng.integers(4):  # where sums of 16 bits end
            height, width = 16, int(rng.integers(15, 18))
        return cls(height * width), {}, ((height, width, channels),)

    def output_shape(self, *inputs: Shape) -> Shape:
        """Shape of the output."""
        return (1, 1, inputs[0][2])

    def quantize(
        self, weights: Arrays, inputs: Sequence[Quant], output: Quant
    ) -> tuple[dict[str, NDArray[Any]], dict[str, int]]:
        """The division by the number of pixels is part of the rescale."""
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
        """The exact integer result."""
        sums = inputs[0].sum((1, 2), np.int64, keepdims=True) + scalars["offset"]
        steps = rescale(sums, scalars["multiplier"], scalars["shift"])
        return saturate(steps, scalars["zero_point"])

    def c_call(self, site: CSite) -> str:
        """The C statement that computes the node."""
        sizes = (self.pixels, site.output_shape[2])
        scalars = site.named("offset", "multiplier", "shift", "zero_point")
        arguments = (site.inputs[0], site.output, *sizes, *scalars)
        return c_statement("tp_global_average_pool", arguments)


def _spatial(call: Call, axes: int) -> bool:
    """Whether a mean over `dim` leaves out batch and channels; a pooling always does."""
    if call.target != "mean":
        return True
    dim = call.attributes.get("dim", ())
    given = (dim,) if isinstance(dim, int) else tuple(dim or ())
    return {axis % axes for axis in given} == set(range(2, axes))
