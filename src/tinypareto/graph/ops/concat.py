"""Tensors one after the other along the channels."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from tinypareto.graph.call import Call
from tinypareto.graph.op import Arrays, ChannelRule, CSite, Shape
from tinypareto.graph.ops.common import c_statement, ratio_fixed_point, unsupported
from tinypareto.graph.ops.data_movement import Weightless
from tinypareto.graph.requantize import Quant, rescale, saturate


@dataclass(frozen=True)
class Concat(Weightless):
    """No weights; each input is rescaled to the output, exactly where their scales are equal."""

    kind = "concat"
    channels = ChannelRule.CONCAT
    kernel = r"""
/* One input to its place among the `stride` channels of each output pixel. */
static void tp_concat(const int8_t *input, int8_t *output, int32_t pixels, int32_t channels,
                      int32_t stride, int32_t input_zero_point, int32_t multiplier,
                      int32_t shift, int32_t zero_point)
{
    for (int32_t pixel = 0; pixel < pixels; pixel++) {
        for (int32_t channel = 0; channel < channels; channel++) {
            output[channel] = tp_requantize(*input++ - input_zero_point, multiplier, shift,
                                            zero_point, -128, 127);
        }
        output += stride;
    }
}
"""

    @classmethod
    def from_call(cls, call: Call) -> tuple[Self, dict[str, NDArray[np.float32]]]:
        """Read a concatenation along the channels; see Op."""
        axis = call.attributes.get("dim", call.attributes.get("axis", 0))
        if axis % (len(call.shape) + 1) != 1:
            problem = f"joins along axis {axis}, wanted 1 (channels); move the channels there"
            raise unsupported(cls.kind, call, problem)
        return cls(), {}

    @classmethod
    def example(
        cls, rng: np.random.Generator
    ) -> tuple[Self, dict[str, NDArray[np.float32]], tuple[Shape, ...]]:
        """A random case; see Op."""
        height, width, count = (int(size) for size in rng.integers(1, 5, 3))
        return cls(), {}, tuple((height, width, int(c)) for c in rng.integers(1, 9, count))

    def output_shape(self, *inputs: Shape) -> Shape:
        """Shape of the output."""
        return (*inputs[0][:2], sum(channels for _, _, channels in inputs))

    def quantize(
        self, weights: Arrays, inputs: Sequence[Quant], output: Quant
    ) -> tuple[dict[str, NDArray[Any]], dict[str, int]]:
        """One rescale per input; their numbers end the names."""
        scalars = {"zero_point": output.zero_point}
        for at, given in enumerate(inputs):
            multiplier, shift = ratio_fixed_point(given.scale / output.scale)
            scalars[f"input_zero_point_{at}"] = given.zero_point
            scalars[f"multiplier_{at}"], scalars[f"shift_{at}"] = multiplier, shift
        return {}, scalars

    def run(
        self, constants: Arrays, scalars: Mapping[str, int], *inputs: NDArray[np.int8]
    ) -> NDArray[np.int8]:
        """The exact integer result."""
        parts = []
        for at, values in enumerate(inputs):
            steps = values.astype(np.int64) - scalars[f"input_zero_point_{at}"]
            steps = rescale(steps, scalars[f"multiplier_{at}"], scalars[f"shift_{at}"])
            parts.append(saturate(steps, scalars["zero_point"]))
        return np.concatenate(parts, axis=-1)

    def c_call(self, site: CSite) -> str:
        """The C statements that compute the node, one per input."""
        statements, start = [], 0
        for at, (given, (height, width, channels)) in enumerate(
            zip(site.inputs, site.input_shapes, strict=True)
        ):
            sizes = (height * width, channels, site.output_shape[2])
            rescaling = (f"input_zero_point_{at}", f"multiplier_{at}", f"shift_{at}", "zero_point")
            arguments = (given, f"{site.output} + {start}", *sizes, *site.named(*rescaling))
            statements.append(c_statement("tp_concat", arguments))
            start += channels
        return "\n".join(statements)
