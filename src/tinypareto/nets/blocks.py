"""Parts that the families share.

Everything works on images; a series is one of height 1, with kernels (1, k) and strides (1, s):
torch trains that up to seven times faster than Conv1d (one CPU thread, 64 wide, 64 series of 128
steps: 23 ms a step instead of 151 ms).
"""

from typing import Self

from torch import Tensor, nn

LONGEST_SERIES, LONGEST_SIDE = 128, 32
"""Most positions per axis after `first_convolution`."""


class Stack(nn.Sequential):
    """Layers one after the other, for images and for series."""

    series = False

    @classmethod
    def of(cls, input_shape: tuple[int, ...], layers: dict[str, nn.Module]) -> Self:
        """Named layers; an input of shape (n, channels, length) becomes one of height 1."""
        stack = cls()
        for name, layer in layers.items():
            stack.add_module(name, layer)
        stack.series = is_series(input_shape)
        return stack

    def forward(self, x: Tensor) -> Tensor:
        """What the last layer makes of it."""
        x = x.unsqueeze(2) if self.series else x
        for layer in self:
            x = layer(x)
        return x


class SqueezeExcite(nn.Module):
    """Scales every channel by a gate computed from all channel means (Hu 2018)."""

    def __init__(self, width: int, narrow: int) -> None:
        super().__init__()
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.reduce = nn.Conv2d(width, narrow, 1)
        self.relu = nn.ReLU()
        self.expand = nn.Conv2d(narrow, width, 1)
        self.gate = nn.Hardsigmoid()

    def forward(self, x: Tensor) -> Tensor:
        """Shape (n, width, height, length) in and out."""
        gate: Tensor = self.gate(self.expand(self.relu(self.reduce(self.pool(x)))))
        return x * gate


def is_series(input_shape: tuple[int, ...]) -> bool:
    """Whether one case is (channels, length)."""
    return len(input_shape) == 2


def convolution(
    inputs: int,
    outputs: int,
    kernel: int,
    series: bool,
    *,
    stride: int = 1,
    groups: int = 1,
    bias: bool = False,
) -> nn.Conv2d:
    """A convolution with an odd kernel that keeps the positions but for its stride."""
    sides, strides = (kernel, kernel), (stride, stride)
    if series:
        sides, strides = (1, kernel), (1, stride)
    padding = (sides[0] // 2, sides[1] // 2)
    return nn.Conv2d(inputs, outputs, sides, strides, padding, groups=groups, bias=bias)


def first_convolution(input_shape: tuple[int, ...], width: int, stride: int = 1) -> nn.Conv2d:
    """Strides so far that at most 128 steps or 32 x 32 pixels are left: `stride` times 1, 2, 4, ...

    Its kernel is 2 * stride + 1. At that size one 64-wide int8 tensor takes 8 KB or 64 KB.
    """
    channels, *sides = input_shape
    limit = LONGEST_SERIES if is_series(input_shape) else LONGEST_SIDE
    while max(sides) > limit * stride:
        stride *= 2
    return convolution(channels, width, 2 * stride + 1, is_series(input_shape), stride=stride)


def head(width: int, classes: int) -> dict[str, nn.Module]:
    """Global average and linear classifier."""
    return {
        "pool": nn.AdaptiveAvgPool2d(1),
        "flatten": nn.Flatten(),
        "classifier": nn.Linear(width, classes),
    }


def scaled(channels: int, percent: int) -> int:
    """Channels at a width in percent: a multiple of 8, at least 8 (Howard 2019).

    It is at least 90 % of the exact value.
    """
    exact = channels * percent / 100
    rounded = max(8, int(exact + 4) // 8 * 8)
    return rounded + 8 if rounded < 0.9 * exact else rounded
