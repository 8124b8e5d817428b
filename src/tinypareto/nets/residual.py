"""Residual blocks of two convolutions (He 2016), the parts of `resnet18` and `resnet8`."""

from collections.abc import Mapping

from torch import Tensor, nn

from tinypareto.nets.blocks import Stack, convolution, first_convolution, head, is_series
from tinypareto.nets.family import Family, Setting, Span


class Residual(nn.Module):
    """Two 3x3 convolutions and a shortcut, which is a 1x1 convolution if shapes differ.

    All blocks of a stage add to the same channels, so pruning removes these together.
    """

    def __init__(
        self, inputs: int, width: int, stride: int, series: bool, *, norm_shortcut: bool = True
    ) -> None:
        """`norm_shortcut`: batch norm after the shortcut's convolution, instead of a bias."""
        super().__init__()
        self.conv1 = convolution(inputs, width, 3, series, stride=stride)
        self.norm1 = nn.BatchNorm2d(width)
        self.relu1 = nn.ReLU()
        self.conv2 = convolution(width, width, 3, series)
        self.norm2 = nn.BatchNorm2d(width)
        self.shortcut = nn.Sequential()
        if stride > 1 or inputs != width:
            bias = not norm_shortcut
            self.shortcut.append(convolution(inputs, width, 1, series, stride=stride, bias=bias))
            if norm_shortcut:
                self.shortcut.append(nn.BatchNorm2d(width))
        self.relu2 = nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:
        """Shape (n, inputs, height, length) to (n, width, height / stride, length / stride)."""
        y = self.relu1(self.norm1(self.conv1(x)))
        y = self.norm2(self.conv2(y)) + self.shortcut(x)
        result: Tensor = self.relu2(y)
        return result


def resnet(name: str, summary: str, blocks: int, *, norm_shortcut: bool = True) -> Family:
    """A family of three stages with `blocks` blocks each, and no pooling before them."""

    def build(settings: Mapping[str, int], input_shape: tuple[int, ...], outputs: int) -> nn.Module:
        width, series = settings["width"], is_series(input_shape)
        layers = {
            "conv": first_convolution(input_shape, width),
            "norm": nn.BatchNorm2d(width),
            "relu": nn.ReLU(),
            **_stages(width, blocks, series, norm_shortcut=norm_shortcut),
            **head(4 * width, outputs),
        }
        return Stack.for_input(input_shape, layers)

    about = "channels of the first stage before pruning; then x 2, x 4"
    width = Setting(16, 4, 128, about, Span(8, 32, log=True))
    return Family(name, summary, {"width": width}, build, width="width")


def _stages(
    width: int, blocks: int, series: bool, *, norm_shortcut: bool = True
) -> dict[str, nn.Module]:
    """Three stages; each halves the positions and doubles the channels of the one before."""
    stages: dict[str, nn.Module] = {}
    inputs = width
    for number, outputs in enumerate((width, 2 * width, 4 * width), start=1):
        strides = [min(number, 2), *[1] * (blocks - 1)]
        residuals = nn.Sequential()
        for stride in strides:
            residuals.append(Residual(inputs, outputs, stride, series, norm_shortcut=norm_shortcut))
            inputs = outputs
        stages[f"stage{number}"] = residuals
    return stages
