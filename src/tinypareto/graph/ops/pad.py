"""Zeros added around the pixels, or pixels cut off at the edges."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from tinypareto.graph.call import Call
from tinypareto.graph.op import Arrays, ChannelRule, CNodeContext, Shape
from tinypareto.graph.ops.common import c_statement, unsupported
from tinypareto.graph.ops.data_movement import DataMovement
from tinypareto.graph.ops.kernels import kernel_text
from tinypareto.graph.requantize import Quant

Edges = tuple[int, int, int, int]
"""(top, bottom, left, right), in pixels."""


@dataclass(frozen=True)
class Pad(DataMovement):
    """Padding with zeros; it has no weights and keeps the quantization of its input.

    Attributes:
        edges: Pixels to add at each edge; negative numbers cut pixels off.
    """

    kind = "pad"
    channels = ChannelRule.SAME
    kernel = kernel_text("pad.c")

    edges: Edges

    @classmethod
    def from_call(cls, call: Call) -> tuple[Self, dict[str, NDArray[np.float32]]]:
        """Read a padding by zeros, or a slice with fixed ends; see Op."""
        edges = _cut(call) if call.target == "getitem" else _padded(call)
        (_, *sizes), (_, *wanted) = call.input_shapes[0], call.shape
        top, bottom, left, right = edges
        sums = (top + bottom, left + right)[2 - len(sizes) :]
        if [size + more for size, more in zip(sizes, sums, strict=True)] != wanted:
            problem = f"makes {call.shape} of {call.input_shapes[0]}, wanted a change of pixels"
            raise unsupported(cls.kind, call, f"{problem} only; keep the channels as they are")
        return cls(edges), {}

    @classmethod
    def example(
        cls, rng: np.random.Generator
    ) -> tuple[Self, dict[str, NDArray[np.float32]], tuple[Shape, ...]]:
        """Make a small random case; see Op."""
        height, width, channels = (int(size) for size in rng.integers(5, 9, 3))
        top, bottom, left, right = (int(pad) for pad in rng.integers(-2, 4, 4))
        return cls((top, bottom, left, right)), {}, ((height, width, channels),)

    def output_shape(self, *inputs: Shape) -> Shape:
        """Compute the shape of the output."""
        height, width, channels = inputs[0]
        top, bottom, left, right = self.edges
        return height + top + bottom, width + left + right, channels

    def quantize(
        self, weights: Arrays, inputs: Sequence[Quant], output: Quant
    ) -> tuple[dict[str, NDArray[Any]], dict[str, int]]:
        """Return the int8 value that stands for real 0."""
        return {}, {"zero_point": output.zero_point}

    def run(
        self, constants: Arrays, scalars: Mapping[str, int], *inputs: NDArray[np.int8]
    ) -> NDArray[np.int8]:
        """Compute the exact integer result."""
        (x,) = inputs
        top, bottom, left, right = self.edges
        padded = np.pad(
            x,
            ((0, 0), (max(top, 0), max(bottom, 0)), (max(left, 0), max(right, 0)), (0, 0)),
            constant_values=scalars["zero_point"],
        )
        height, width, _ = self.output_shape(x.shape[1:])
        down, across = max(-top, 0), max(-left, 0)
        return padded[:, down : down + height, across : across + width]

    def c_call(self, context: CNodeContext) -> str:
        """Write the C statement that computes the node."""
        sizes = (*context.input_shapes[0][:2], *context.output_shape, self.edges[0], self.edges[2])
        arguments = (context.inputs[0], context.output, *sizes, *context.named("zero_point"))
        return c_statement("tp_pad", arguments)


def _padded(call: Call) -> Edges:
    """Read the edges of torch's padding, whose list starts at the last axis."""
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
    """Read the (negative) edges of a slice such as x[:, :, :-2]."""
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
