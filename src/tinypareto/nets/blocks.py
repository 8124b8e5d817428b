"""Parts that the families share.

All layers work on images; a series is an image of height 1, with kernels (1, k) and strides (1, s).
Torch trains this up to seven times faster than Conv1d: one step takes 23 ms instead of 151 ms (one
CPU thread, width 64, 64 series of 128 steps).
"""

from typing import Self

from torch import Tensor, nn

LONGEST_SERIES, LONGEST_SIDE = 128, 32
"""Maximum positions per axis after `first_convolution`."""


class Stack(nn.Sequential):
    """A sequence of layers for images and for series."""

    series = False

    @classmethod
    def for_input(cls, input_shape: tuple[int, ...], layers: dict[str, nn.Module]) -> Self:
        """Stack named layers; inputs (n, channels, length) become images of height 1 first."""
        stack = cls()
        for name, layer in layers.items():
            stack.add_module(name, layer)
        stack.series = is_series(input_shape)
        return stack

    def forward(self, x: Tensor) -> Tensor:
        """Output of the last layer."""
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
    """A convolution with an odd kernel, padded so that only its stride reduces the positions."""
    sides, strides = (kernel, kernel), (stride, stride)
    if series:
        sides, strides = (1, kernel), (1, stride)
    padding = (sides[0] // 2, sides[1] // 2)
    return nn.Conv2d(inputs, outputs, sides, strides, padding, groups=groups, bias=bias)


def first_convolution(input_shape: tuple[int, ...], width: int, stride: int = 1) -> nn.Conv2d:
    """A convolution that leaves at most 128 steps or 32 x 32 pixels.

    It strides by the least of `stride` times 1, 2, 4, ... that does; the kernel is 2 * stride + 1.
    At that size an int8 tensor of 64 channels takes 8 KB or 64 KB.
    """
    channels, *sides = input_shape
    limit = LONGEST_SERIES if is_series(input_shape) else LONGEST_SIDE
    while max(sides) > limit * stride:
        stride *= 2
    return convolution(channels, width, 2 * stride + 1, is_series(input_shape), stride=stride)


def head(width: int, outputs: int) -> dict[str, nn.Module]:
    """Global average and a linear layer.

    The layer is called `classifier` for every task: names of layers are part of result files.
    """
    return {
        "pool": nn.AdaptiveAvgPool2d(1),
        "flatten": nn.Flatten(),
        "classifier": nn.Linear(width, outputs),
    }


def scaled(channels: int, percent: int) -> int:
    """Channels at a width in percent, rounded to a multiple of 8 (Howard 2019).

    The result is at least 8, and at least 90 % of the exact value.
    """
    exact = channels * percent / 100
    rounded = max(8, int(exact + 4) // 8 * 8)
    return rounded + 8 if rounded < 0.9 * exact else rounded
