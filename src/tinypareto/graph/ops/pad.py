"""Zeros around the pixels, or pixels cut off at the edges."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from tinypareto.graph.call import Call
from tinypareto.graph.op import Arrays, ChannelRule, CSite, Shape
from tinypareto.graph.ops.common import c_statement, unsupported
from tinypareto.graph.ops.data_movement import Moving
from tinypareto.graph.requantize import Quant

Edges = tuple[int, int, int, int]
"""(top, bottom, left, right), in pixels."""


@dataclass(frozen=True)
class Pad(Moving):
    """No weights; keeps the quantization of its input. Negative edges cut."""

    kind = "pad"
    channels = ChannelRule.SAME
    kernel = r"""
static void tp_pad(const int8_t *input, int8_t *output, int32_t input_height,
                   int32_t input_width, int32_t output_height, int32_t output_width,
                   int32_t channels, int32_t top, int32_t left, int8_t zero_point)
{
    for (int32_t row = -top; row < output_height - top; row++) {
        for (int32_t column = -left; column < output_width - left; column++) {
            const int32_t inside =
                row >= 0 && row < input_height && column >= 0 && column < input_width;
            for (int32_t channel = 0; channel < channels; channel++) {
                *output++ = inside ? input[(row * input_width + column) * channels + channel]
                                   : zero_point;
            }
        }
    }
}
"""

    edges: Edges

    @classmethod
    def from_call(cls, call: Call) -> tuple[Self, dict[str, NDArray[np.float32]]]:
        """Read a padding by zeros, or a slice with fixed ends; see Op."""
        edges = _cut(call) if call.target == "getitem" else _padded(call)
        (_, *given), (_, *made) = call.input_shapes[0], call.shape
        top, bottom, left, right = edges
        sums = (top + bottom, left + right)[2 - len(given) :]
        if [size + more for size, more in zip(given, sums, strict=True)] != made:
            problem = f"makes {call.shape} of {call.input_shapes[0]}, wanted a change of pixels"
            raise unsupported(cls.kind, call, f"{problem} only; keep the channels as they are")
        return cls(edges), {}

    @classmethod
    def example(
        cls, rng: np.random.Generator
    ) -> tuple[Self, dict[str, NDArray[np.float32]], tuple[Shape, ...]]:
        """A random case; see Op."""
        height, width, channels = (int(size) for size in rng.integers(5, 9, 3))
        top, bottom, left, right = (int(pad) for pad in rng.integers(-2, 4, 4))
        return cls((top, bottom, left, right)), {}, ((height, width, channels),)

    def output_shape(self, *inputs: Shape) -> Shape:
        """Shape of the output."""
        height, width, channels = inputs[0]
        top, bottom, left, right = self.edges
        return height + top + bottom, width + left + right, channels

    def quantize(
        self, weights: Arrays, inputs: Sequence[Quant], output: Quant
    ) -> tuple[dict[str, NDArray[Any]], dict[str, int]]:
        """What stands for zero."""
        return {}, {"zero_point": output.zero_point}

    def run(
        self, constants: Arrays, scalars: Mapping[str, int], *inputs: NDArray[np.int8]
    ) -> NDArray[np.int8]:
        """The exact integer result."""
        (x,) = inputs
        top, bottom, left, right = self.edges
        wide = np.pad(
            x,
            ((0, 0), (max(top, 0), max(bottom, 0)), (max(left, 0), max(right, 0)), (0, 0)),
            constant_values=scalars["zero_point"],
        )
        height, width, _ = self.output_shape(x.shape[1:])
        down, across = max(-top, 0), max(-left, 0)
        return wide[:, down : down + height, across : across + width]

    def c_call(self, site: CSite) -> str:
        """The C statement that computes the node."""
        sizes = (*site.input_shapes[0][:2], *site.output_shape, self.edges[0], self.edges[2])
        arguments = (site.inputs[0], site.output, *sizes, *site.named("zero_point"))
        return c_statement("tp_pad", arguments)


def _padded(call: Call) -> Edges:
    """The edges of torch's padding, which starts at the last axis."""
    attributes = call.attributes
    pads = attributes["pad" if call.target == "pad" else "padding"]
    mode, value = attributes.get("mode", "constant"), attributes.get("value", 0)
    if mode != "constant" or value not in (0, None):
        problem = f"got mode={mode!r}, value={value}, wanted zeros; use mode='constant', value=0"
        raise unsupported(Pad.kind, call, problem)
    pads = (pads,) * 2 * (len(call.shape) - 1) if isinstance(pads, int) else tuple(pads)
    if any(pads[4 if len(call.shape) == 3 else 2 :]):
        problem = f"pads {pads}, beyond the pixels; keep the channels as they are"
        raise unsupported(Pad.kind, call, problem)
    left, right, top, bottom = (*pads, 0, 0, 0, 0)[:4] if len(call.shape) == 3 else (*pads, 0, 0)
    return int(top), int(bottom), int(left), int(right)


def _cut(call: Call) -> Edges:
    """The edges of a slice such as x[:, :, :-2]."""
    index = next(iter(call.attributes.values()), ())
    slices = index if isinstance(index, tuple) else (index,)
    axes = (len(call.input_shapes[0]) + 1, *call.input_shapes[0])
    whole = (slice(None),) * 2
    if len(slices) > len(axes) or not all(
        isinstance(part, slice) and part.step in (None, 1) for part in slices
    ):
        problem = f"takes {index}, wanted slices of pixels without steps, such as x[:, :, :-2]"
        raise unsupported(Pad.kind, call, f"{problem}; use a pooling or a strided convolution")
    if tuple(slices[:2]) != whole[: len(slices)]:
        problem = f"takes {index}, wanted all cases and channels; start with x[:, :, ...]"
        raise unsupported(Pad.kind, call, problem)
    ends = [part.indices(size) for part, size in zip(slices[2:], axes[2:], strict=False)]
    cuts = [(-start, stop - size) for (start, stop, _), size in zip(ends, axes[2:], strict=False)]
    cuts += [(0, 0)] * (len(axes) - 2 - len(cuts))
    (top, bottom), (left, right) = ((0, 0), (0, 0), *cuts)[-2:]
    return top, bottom, left, right
