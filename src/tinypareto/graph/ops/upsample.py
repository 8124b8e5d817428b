"""Nearest-neighbour upsampling by whole factors: every pixel becomes a block of equal ones."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from tinypareto.graph.call import Call
from tinypareto.graph.op import Arrays, ChannelRule, CNodeContext, Shape
from tinypareto.graph.ops.common import c_statement, unsupported
from tinypareto.graph.ops.data_movement import DataMovement
from tinypareto.graph.ops.kernels import kernel_text


@dataclass(frozen=True)
class Upsample(DataMovement):
    """Nearest-neighbour upsampling; it has no weights and keeps the quantization of its input.

    Attributes:
        factors: Copies of each pixel, (down, right).
    """

    kind = "upsample"
    channels = ChannelRule.SAME
    kernel = kernel_text("upsample.c")

    factors: tuple[int, int]

    @classmethod
    def from_call(cls, call: Call) -> tuple[Self, dict[str, NDArray[np.float32]]]:
        """Read a nearest-neighbour interpolation by whole factors; see Op."""
        attributes = call.attributes
        mode, scale = attributes.get("mode", "nearest"), attributes.get("scale_factor")
        (_, *before), (_, *after) = call.input_shapes[0], call.shape
        factors = tuple(new // old for old, new in zip(before, after, strict=True))
        requested = (scale,) * len(factors) if isinstance(scale, int | float) else scale or factors
        exact = [old * n for old, n in zip(before, factors, strict=True)] == after
        if mode not in ("nearest", "nearest-exact") or not exact or tuple(requested) != factors:
            problem = f"got mode={mode!r} from {before} to {after} pixels, scale_factor={scale}"
            raise unsupported(
                cls.kind, call, f"{problem}; use mode='nearest' and a whole scale_factor"
            )
        down, right = (1, *factors)[-2:]
        return cls((down, right)), {}

    @classmethod
    def example(
        cls, rng: np.random.Generator
    ) -> tuple[Self, dict[str, NDArray[np.float32]], tuple[Shape, ...]]:
        """Make a small random case; see Op."""
        height, width, down, right = (int(size) for size in rng.integers(1, 5, 4))
        return cls((down, right)), {}, ((height, width, int(rng.integers(1, 9))),)

    def output_shape(self, *inputs: Shape) -> Shape:
        """Compute the shape of the output."""
        height, width, channels = inputs[0]
        return height * self.factors[0], width * self.factors[1], channels

    def run(
        self, constants: Arrays, scalars: Mapping[str, int], *inputs: NDArray[np.int8]
    ) -> NDArray[np.int8]:
        """Compute the exact integer result."""
        return inputs[0].repeat(self.factors[0], axis=1).repeat(self.factors[1], axis=2)

    def c_call(self, context: CNodeContext) -> str:
        """Write the C statement that computes the node."""
        arguments = (context.inputs[0], context.output, *context.input_shapes[0], *self.factors)
        return c_statement("tp_upsample", arguments)
