"""Concatenation of tensors along the channels."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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
class Concat(Weightless):
    """Concatenation along the channels; it has no weights.

    Each input is rescaled to the scale of the output; values stay exact if the scales are equal.
    """

    kind = "concat"
    channels = ChannelRule.CONCAT
    kernel = kernel_text("concat.c")

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
        """Make a small random case; see Op."""
        height, width, count = (int(size) for size in rng.integers(1, 5, 3))
        return cls(), {}, tuple((height, width, int(c)) for c in rng.integers(1, 9, count))

    def output_shape(self, *inputs: Shape) -> Shape:
        """Compute the shape of the output."""
        return (*inputs[0][:2], sum(channels for _, _, channels in inputs))

    def quantize(
        self, weights: Arrays, inputs: Sequence[Quant], output: Quant
    ) -> tuple[dict[str, NDArray[Any]], dict[str, int]]:
        """Make the scalars of one rescale per input; their names end with the input's index."""
        scalars = {"zero_point": output.zero_point}
        for index, quant in enumerate(inputs):
            multiplier, shift = ratio_fixed_point(quant.scale / output.scale)
            scalars[f"input_zero_point_{index}"] = quant.zero_point
            scalars[f"multiplier_{index}"], scalars[f"shift_{index}"] = multiplier, shift
        return {}, scalars

    def run(
        self, constants: Arrays, scalars: Mapping[str, int], *inputs: NDArray[np.int8]
    ) -> NDArray[np.int8]:
        """Compute the exact integer result."""
        parts = []
        for index, values in enumerate(inputs):
            steps = values.astype(np.int64) - scalars[f"input_zero_point_{index}"]
            steps = rescale(steps, scalars[f"multiplier_{index}"], scalars[f"shift_{index}"])
            parts.append(saturate(steps, scalars["zero_point"]))
        return np.concatenate(parts, axis=-1)

    def c_call(self, context: CNodeContext) -> str:
        """Write the C statements that compute the node, one per input."""
        statements, start = [], 0
        for index, (pointer, (height, width, channels)) in enumerate(
            zip(context.inputs, context.input_shapes, strict=True)
        ):
            sizes = (height * width, channels, context.output_shape[2])
            rescaling = (
                f"input_zero_point_{index}",
                f"multiplier_{index}",
                f"shift_{index}",
                "zero_point",
            )
            arguments = (pointer, f"{context.output} + {start}", *sizes, *context.named(*rescaling))
            statements.append(c_statement("tp_concat", arguments))
            start += channels
        return "\n".join(statements)
