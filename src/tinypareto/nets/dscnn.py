"""DS-CNN: a convolution, depthwise-separable ones with squeeze-and-excitation, a classifier.

The network of Deutel 2023 for the UEA series (Section 5): batch norm after every convolution, SE
(Hu 2018) after every even separable convolution, adaptive average pooling, linear. 512 wide with
ten separable convolutions it has 2.8 M parameters (the paper: 2.6 M).

The paper leaves kernel sizes and strides open. Here every kernel has 3 taps (3x3), separable
convolutions keep the resolution, and the first convolution strides, with a kernel of
2 * stride + 1, by the smallest power of two that leaves at most 128 steps of a series or 32 x 32
pixels of an image: at that size one 64-wide int8 tensor takes 8 KB or 64 KB.

A series is convolved as an image of height 1: torch trains that up to seven times faster than
Conv1d (one CPU thread, 64 wide, 64 series of 128 steps: 23 ms a step instead of 151 ms).
"""

from collections.abc import Mapping

from torch import Tensor, nn

from tinypareto.nets.family import Family, Setting

LONGEST_SERIES, LONGEST_SIDE = 128, 32
"""Most positions per axis after the first convolution."""

SQUEEZE = 16
"""Channels per channel of the SE bottleneck (Hu 2018)."""

Size = tuple[int, int]


class SqueezeExcite(nn.Module):
    """Scales every channel by a gate computed from all channel means (Hu 2018)."""

    def __init__(self, width: int) -> None:
        super().__init__()
        narrow = max(2, width // SQUEEZE)
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.reduce = nn.Conv2d(width, narrow, 1)
        self.relu = nn.ReLU()
        self.expand = nn.Conv2d(narrow, width, 1)
        self.gate = nn.Hardsigmoid()

    def forward(self, x: Tensor) -> Tensor:
        """Shape (n, width, height, length) in and out."""
        gate: Tensor = self.gate(self.expand(self.relu(self.reduce(self.pool(x)))))
        return x * gate


class Separable(nn.Sequential):
    """Depthwise then pointwise convolution, each with batch norm and ReLU; SE where asked."""

    def __init__(self, width: int, kernel: Size, excite: bool) -> None:
        super().__init__()
        padding = (kernel[0] // 2, kernel[1] // 2)
        self.depthwise = nn.Conv2d(width, width, kernel, padding=padding, groups=width, bias=False)
        self.norm1 = nn.BatchNorm2d(width)
        self.relu1 = nn.ReLU()
        self.pointwise = nn.Conv2d(width, width, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(width)
        self.relu2 = nn.ReLU()
        if excite:
            self.se = SqueezeExcite(width)


class DsCnn(nn.Sequential):
    """The network; inputs (n, channels, length) or (n, channels, height, width), outputs logits."""

    def __init__(self, width: int, depth: int, input_shape: tuple[int, ...], classes: int) -> None:
        super().__init__()
        self.series = len(input_shape) == 2
        kernel = (1, 3) if self.series else (3, 3)
        self.conv = _first(input_shape, width)
        self.norm = nn.BatchNorm2d(width)
        self.relu = nn.ReLU()
        self.blocks = nn.Sequential(
            *(Separable(width, kernel, excite=number % 2 == 0) for number in range(1, depth + 1))
        )
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.flatten = nn.Flatten()
        self.classifier = nn.Linear(width, classes)

    def forward(self, x: Tensor) -> Tensor:
        """Logits, shape (n, classes)."""
        x = x.unsqueeze(2) if self.series else x
        for layer in self:
            x = layer(x)
        return x


def _first(input_shape: tuple[int, ...], width: int) -> nn.Conv2d:
    channels, *sides = input_shape
    limit = LONGEST_SERIES if len(sides) == 1 else LONGEST_SIDE
    stride = 1
    while max(sides) > limit * stride:
        stride *= 2
    strides = (1, stride) if len(sides) == 1 else (stride, stride)
    padding = (0, stride) if len(sides) == 1 else (stride, stride)
    kernel = (2 * padding[0] + 1, 2 * padding[1] + 1)
    return nn.Conv2d(channels, width, kernel, strides, padding, bias=False)


def _build(settings: Mapping[str, int], input_shape: tuple[int, ...], classes: int) -> nn.Module:
    return DsCnn(settings["width"], settings["depth"], input_shape, classes)


DSCNN = Family(
    name="dscnn",
    summary="depthwise-separable convolutions with squeeze-and-excitation, for series and images",
    settings={
        "width": Setting(32, 4, 1024, "channels of every convolution before pruning"),
        "depth": Setting(6, 1, 32, "depthwise-separable convolutions"),
    },
    build=_build,
)
