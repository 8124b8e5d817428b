"""The sliding window that convolutions and poolings share."""

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
    """Where a sliding window reads, in pixels.

    Attributes:
        kernel: (height, width).
        stride: (down, right).
        padding: (top, bottom, left, right).
        dilation: (down, right).
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
        if padding == "same":
            (top, bottom), (left, right) = map(_halves, kernel, dilation)
        else:
            top, left = _pair(0 if padding == "valid" else padding, dims, 0)
            bottom, right = top, left
        return cls(kernel, stride, (top, bottom, left, right), dilation)

    @classmethod
    def example(cls, rng: np.random.Generator) -> tuple[Self, Pair]:
        """A random window and an input size that it fits in."""
        kernel = (int(rng.integers(1, 4)), int(rng.integers(1, 6)))
        top, bottom, left, right = (int(rng.integers(0, size // 2 + 1)) for size in kernel * 2)
        stride = (int(rng.integers(1, 4)), int(rng.integers(1, 4)))
        size = (kernel[0] + int(rng.integers(0, 5)), kernel[1] + int(rng.integers(0, 9)))
        return cls(kernel, stride, (min(top, left), bottom, left, right)), size

    @property
    def area(self) -> int:
        """Taps of the window."""
        return self.kernel[0] * self.kernel[1]

    def output(self, shape: Shape) -> tuple[Dim, Dim]:
        """(height, width) of the output."""
        top, bottom, left, right = self.padding
        reach = [
            step * (size - 1) + 1 for size, step in zip(self.kernel, self.dilation, strict=True)
        ]
        return (
            (shape[0] + top + bottom - reach[0]) // self.stride[0] + 1,
            (shape[1] + left + right - reach[1]) // self.stride[1] + 1,
        )

    def patches(self, x: NDArray[Any], fill: int) -> NDArray[Any]:
        """What each position sees: (n, height, width, channels) to (n, oh, ow, channels, kh, kw).

        Args:
            x: The input.
            fill: Value of the padding.
        """
        top, bottom, left, right = self.padding
        padded = np.pad(x, ((0, 0), (top, bottom), (left, right), (0, 0)), constant_values=fill)
        (down, right_step), (dilate_down, dilate_right) = self.stride, self.dilation
        reach = ((self.kernel[0] - 1) * dilate_down + 1, (self.kernel[1] - 1) * dilate_right + 1)
        views = sliding_window_view(padded, reach, axis=(1, 2))
        seen: NDArray[Any] = views[:, ::down, ::right_step, :, ::dilate_down, ::dilate_right]
        return seen

    def c_literal(self, given: Shape, made: Shape) -> str:
        """Pointer to the `tp_window` that describes the positions."""
        sizes = (*given[:2], *made[:2], *self.kernel, *self.stride)
        numbers = (*sizes, self.padding[0], self.padding[2], *self.dilation)
        return f"&(const tp_window){{{', '.join(map(str, numbers))}}}"


def _pair(value: Any, dims: int, other: int) -> Pair:
    """(down, right) of torch's attribute; `other` is that of the missing axis of a series."""
    values = (value,) * dims if isinstance(value, int) else tuple(value)
    values = values * dims if len(values) == 1 else values
    first, second = (other, *values) if dims == 1 else values
    return int(first), int(second)


def _halves(kernel: int, dilation: int) -> Pair:
    """The padding that keeps the size, the odd one after the input, as torch has it."""
    total = dilation * (kernel - 1)
    return total // 2, total - total // 2
