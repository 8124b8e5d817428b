"""DS-CNN: a convolution, depthwise-separable ones with squeeze-and-excitation, a classifier.

The network of Deutel 2023 for the UEA series (Section 5): batch norm after every convolution, SE
(Hu 2018) after every even separable convolution, adaptive average pooling, linear. 512 wide with
ten separable convolutions it has 2.8 M parameters (the paper: 2.6 M).

The paper leaves kernel sizes and strides open. Here every kernel has 3 taps (3x3), separable
convolutions keep the resolution, and the first convolution strides, with a kernel of
2 * stride + 1, by the smallest power of two that leaves at most 128 steps of a series or 32 x 32
pixels of an image: at that size one 64-wide int8 tensor takes 8 KB or 64 KB.
"""

import math
from collections.abc import Mapping

from torch import Tensor, nn

from tinypareto.nets.family import Family, Setting

LONGEST = {1: 128, 2: 32}
"""Most positions per axis after the first convolution, by number of spatial axes."""

CONV = {1: nn.Conv1d, 2: nn.Conv2d}
NORM = {1: nn.BatchNorm1d, 2: nn.BatchNorm2d}
POOL = {1: nn.AdaptiveAvgPool1d, 2: nn.AdaptiveAvgPool2d}
SQUEEZE = 16
"""Channels per channel of the SE bottleneck (Hu 2018)."""


class SqueezeExcite(nn.Module):
    """Scales every channel by a gate computed from all channel means (Hu 2018)."""

    def __init__(self, axes: int, width: int) -> None:
        super().__init__()
        narrow = max(2, width // SQUEEZE)
        self.pool = POOL[axes](1)
        self.reduce = CONV[axes](width, narrow, 1)
        self.relu = nn.ReLU()
        self.expand = CONV[axes](narrow, width, 1)
        self.gate = nn.Hardsigmoid()

    def forward(self, x: Tensor) -> Tensor:
        """Shape (n, width, ...) in and out."""
        gate: Tensor = self.gate(self.expand(self.relu(self.reduce(self.pool(x)))))
        return x * gate


class Separable(nn.Sequential):
    """Depthwise then pointwise convolution, each with batch norm and ReLU; SE where asked."""

    def __init__(self, axes: int, width: int, excite: bool) -> None:
        super().__init__()
        conv, norm = CONV[axes], NORM[axes]
        self.depthwise = conv(width, width, 3, padding=1, groups=width, bias=False)
        self.norm1 = norm(width)
        self.relu1 = nn.ReLU()
        self.pointwise = conv(width, width, 1, bias=False)
        self.norm2 = norm(width)
        self.relu2 = nn.ReLU()
        if excite:
            self.se = SqueezeExcite(axes, width)


def _first(axes: int, input_shape: tuple[int, ...], width: int) -> nn.Module:
    excess = max(input_shape[1:]) / LONGEST[axes]
    stride = 2 ** max(0, math.ceil(math.log2(excess)))
    kernel = 2 * stride + 1
    return CONV[axes](input_shape[0], width, kernel, stride, padding=stride, bias=False)


class DsCnn(nn.Sequential):
    """The network; inputs (n, channels, length) or (n, channels, height, width), outputs logits."""

    def __init__(self, width: int, depth: int, input_shape: tuple[int, ...], classes: int) -> None:
        super().__init__()
        axes = len(input_shape) - 1
        self.conv = _first(axes, input_shape, width)
        self.norm = NORM[axes](width)
        self.relu = nn.ReLU()
        self.blocks = nn.Sequential(
            *(Separable(axes, width, excite=number % 2 == 0) for number in range(1, depth + 1))
        )
        self.pool = POOL[axes](1)
        self.flatten = nn.Flatten()
        self.classifier = nn.Linear(width, classes)


def _build(settings: Mapping[str, int], input_shape: tuple[int, ...], classes: int) -> nn.Module:
    return DsCnn(settings["width"], settings["depth"], input_shape, classes)


DSCNN = Family(
    name="dscnn",
    summary="depthwise-separable convolutions with squeeze-and-excitation, for series and images",
    settings={
        "width": Setting(64, 4, 1024, "channels of every convolution before pruning"),
        "depth": Setting(10, 1, 32, "depthwise-separable convolutions"),
    },
    build=_build,
)
