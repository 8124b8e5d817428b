"""Every pixel repeated to a block of equal ones (nearest neighbour)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from tinypareto.graph.call import Call
from tinypareto.graph.op import Arrays, ChannelRule, CSite, Shape
from tinypareto.graph.ops.common import c_statement, unsupported
from tinypareto.graph.ops.data_movement import Moving


@dataclass(frozen=True)
class Upsample(Moving):
    """No weights; keeps the quantization of its input; `factors` is (down, right)."""

    kind = "upsample"
    channels = ChannelRule.SAME
    kernel = r"""
static void tp_upsample(const int8_t *input, int8_t *output, int32_t height, int32_t width,
                        int32_t channels, int32_t down, int32_t right)
{
    int32_t repeats = 0;
    for (int32_t row = 0; row < height * down; row++) {
        const int8_t *pixel = input;
        for (int32_t column = 0; column < width; column++) {
            for (int32_t i = 0; i < right; i++) {
                tp_copy(output, pixel, channels);
                output += channels;
            }
            pixel += channels;
        }
        if (++repeats == down) {
            repeats = 0;
            input = pixel;
        }
    }
}
"""

    factors: tuple[int, int]

    @classmethod
    def from_call(cls, call: Call) -> tuple[Self, dict[str, NDArray[np.float32]]]:
        """Read a nearest-neighbour interpolation by whole factors; see Op."""
        attributes = call.attributes
        mode, scale = attributes.get("mode", "nearest"), attributes.get("scale_factor")
        (_, *given), (_, *made) = call.input_shapes[0], call.shape
        factors = tuple(new // old for old, new in zip(given, made, strict=True))
        asked = (scale,) * len(factors) if isinstance(scale, int | float) else scale or factors
        exact = [old * by for old, by in zip(given, factors, strict=True)] == made
        if mode not in ("nearest", "nearest-exact") or not exact or tuple(asked) != factors:
            problem = f"got mode={mode!r} from {given} to {made} pixels, scale_factor={scale}"
            raise unsupported(
                cls.kind, call, f"{problem}; use mode='nearest' and a whole scale_factor"
            )
        down, right = (1, *factors)[-2:]
        return cls((down, right)), {}

    @classmethod
    def example(
        cls, rng: np.random.Generator
    ) -> tuple[Self, dict[str, NDArray[np.float32]], tuple[Shape, ...]]:
        """A random case; see Op."""
        height, width, down, right = (int(size) for size in rng.integers(1, 5, 4))
        return cls((down, right)), {}, ((height, width, int(rng.integers(1, 9))),)

    def output_shape(self, *inputs: Shape) -> Shape:
        """Shape of the output."""
        height, width, channels = inputs[0]
        return height * self.factors[0], width * self.factors[1], channels

    def run(
        self, constants: Arrays, scalars: Mapping[str, int], *inputs: NDArray[np.int8]
    ) -> NDArray[np.int8]:
        """The exact integer result."""
        return inputs[0].repeat(self.factors[0], axis=1).repeat(self.factors[1], axis=2)

    def c_call(self, site: CSite) -> str:
        """The C statement that computes the node."""
        arguments = (site.inputs[0], site.output, *site.input_shapes[0], *self.factors)
        return c_statement("tp_upsample", arguments)
