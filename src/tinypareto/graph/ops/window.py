"""Sliding windows of convolutions and poolings."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from tinypareto.graph.call import Call
from tinypareto.graph.op import Dim, Shape

Pair = tuple[int, int]


@dataclass(frozen=True)
class Window:
    """Geometry of a sliding window, in pixels.

    Attributes:
        kernel: Taps, (height, width).
        stride: Step from one position to the next, (down, right).
        padding: Pixels of padding, (top, bottom, left, right).
        dilation: Distance between neighbouring taps, (down, right).
    """

    kernel: Pair
    stride: Pair = (1, 1)
    padding: tuple[int, int, int, int] = (0, 0, 0, 0)
    dilation: Pair = (1, 1)

    @classmethod
    def from_call(cls, call: Call) -> Self:
        """Read torch's attributes; those of a series become 1 x N."""
        attributes = call.attributes
        dims = len(call.input_shapes[0]) - 1
        kernel = _pair(attributes["kernel_size"], dims, 1)
        stride = _pair(attributes.get("stride") or attributes["kernel_size"], dims, 1)
        dilation = _pair(attributes.get("dilation", 1), dims, 1)
        padding = attributes.get("padding", 0)
        if "edges" in attributes:  # not torch's: padding that differs between the ends
            top, bottom, left, right = attributes["edges"]
        elif padding == "same":
            (top, bottom), (left, right) = map(_halves, kernel, dilation)
        else:
            top, left = _pair(0 if padding == "valid" else padding, dims, 0)
            bottom, right = top, left
        return cls(kernel, stride, (top, bottom, left, right), dilation)

    @classmethod
    def example(cls, rng: np.random.Generator) -> tuple[Self, Pair]:
        """Make a random window, half of the time 3 x 3, and an input size in which it fits."""
        kernel = (int(rng.integers(1, 4)), int(rng.integers(1, 6)))
        stride, dilation = ((int(down), int(right)) for down, right in rng.integers(1, 4, (2, 2)))
        if rng.integers(2):
            kernel, dilation = (3, 3), (dilation[0], 1)
        top, bottom = (int(pad) for pad in rng.integers(0, kernel[0] // 2 + 1, 2))
        left, right = (int(pad) for pad in rng.integers(0, kernel[1] // 2 + 1, 2))
        window = cls(kernel, stride, (top, bottom, left, right), dilation)
        height, width = (reach + int(rng.integers(0, 7)) for reach in map(_reach, kernel, dilation))
        return window, (height, width)

    @property
    def area(self) -> int:
        """Number of taps of the window."""
        return self.kernel[0] * self.kernel[1]

    @property
    def contiguous(self) -> bool:
        """Whether every position reads one contiguous piece of the input, channels last."""
        row = self.kernel[0] == 1 and (self.kernel[1] == 1 or self.dilation[1] == 1)
        return row and not any(self.padding)

    def same(self, shape: Shape) -> tuple[int, int, int, int]:
        """Compute the padding that TensorFlow Lite calls SAME, (top, bottom, left, right).

        It pads as much as makes ceil(size / stride) positions, an odd pixel after the input.
        """
        edges: list[int] = []
        reaches = map(_reach, self.kernel, self.dilation)
        for size, reach, stride in zip(shape[:2], reaches, self.stride, strict=True):
            total = max((-(-size // stride) - 1) * stride + reach - size, 0)
            edges += [total // 2, total - total // 2]
        top, bottom, left, right = edges
        return top, bottom, left, right

    def output(self, shape: Shape) -> tuple[Dim, Dim]:
        """Compute the (height, width) of the output."""
        top, bottom, left, right = self.padding
        down, across = map(_reach, self.kernel, self.dilation)
        return (
            (shape[0] + top + bottom - down) // self.stride[0] + 1,
            (shape[1] + left + right - across) // self.stride[1] + 1,
        )

    def patches(self, x: NDArray[Any], fill: int) -> NDArray[Any]:
        """Gather the input values that each position of the window reads.

        Args:
            x: Input of shape (n, height, width, channels).
            fill: Value of the padding.

        Returns:
            A view of shape (n, output height, output width, channels, kernel height, kernel width).
        """
        top, bottom, left, right = self.padding
        padded = np.pad(x, ((0, 0), (top, bottom), (left, right), (0, 0)), constant_values=fill)
        views = sliding_window_view(padded, [*map(_reach, self.kernel, self.dilation)], (1, 2))
        (down, across), (tap_down, tap_across) = self.stride, self.dilation
        patches: NDArray[Any] = views[:, ::down, ::across, :, ::tap_down, ::tap_across]
        return patches

    def c_table(self, input_shape: Shape, output_shape: Shape) -> str:
        """Write the definition of `window`, the `tp_window` that describes the positions in C."""
        sizes = (*input_shape[:2], *output_shape[:2], *self.kernel, *self.stride)
        numbers = (*sizes, self.padding[0], self.padding[2], *self.dilation)
        return f"static const tp_window window = {{{', '.join(map(str, numbers))}}};"


def _pair(value: Any, dims: int, other: int) -> Pair:
    """Read torch's attribute as (down, right); `other` is used for the missing axis of a series."""
    values = (value,) * dims if isinstance(value, int) else tuple(value)
    values = values * dims if len(values) == 1 else values
    first, second = (other, *values) if dims == 1 else values
    return int(first), int(second)


def _reach(kernel: int, dilation: int) -> int:
    """Count the pixels from the first tap to the last, both included."""
    return dilation * (kernel - 1) + 1


def _halves(kernel: int, dilation: int) -> Pair:
    """Split the padding that keeps the size; as in torch, an odd pixel goes after the input."""
    total = dilation * (kernel - 1)
    return total // 2, total - total // 2
