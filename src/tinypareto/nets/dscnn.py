"""DS-CNN: a convolution, depthwise-separable ones with squeeze-and-excitation, a classifier.

The network of Deutel 2023 for the UEA series (Section 5): batch norm after every convolution, SE
(Hu 2018) after every second separable convolution, adaptive average pooling, linear. At a width of
512 and ten separable convolutions it has 2.83 M parameters; the paper counts 2.6 M. Of these
parameters 0.17 M are SE, whose width the paper does not state.

The paper does not state kernel sizes and strides either. By default every kernel has 3 taps (3x3),
separable convolutions keep the resolution, and the first convolution strides (see
`first_convolution`).
"""

from collections.abc import Mapping

from torch import nn

from tinypareto.nets.blocks import (
    SqueezeExcite,
    Stack,
    convolution,
    first_convolution,
    head,
    is_series,
)
from tinypareto.nets.family import Family, Setting, Span

SQUEEZE = 16
"""Channels per channel of the SE bottleneck (Hu 2018)."""


class Separable(nn.Sequential):
    """Depthwise, then pointwise convolution, each with batch norm and ReLU; SE is optional."""

    def __init__(self, width: int, series: bool, kernel: int, stride: int, excite: bool) -> None:
        super().__init__()
        self.depthwise = convolution(width, width, kernel, series, stride=stride, groups=width)
        self.norm1 = nn.BatchNorm2d(width)
        self.relu1 = nn.ReLU()
        self.pointwise = nn.Conv2d(width, width, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(width)
        self.relu2 = nn.ReLU()
        if excite:
            self.se = SqueezeExcite(width, max(2, width // SQUEEZE))


def _build(settings: Mapping[str, int], input_shape: tuple[int, ...], outputs: int) -> nn.Module:
    width, series = settings["width"], is_series(input_shape)
    kernel, halvings = 2 * settings["reach"] + 1, settings["halvings"]
    blocks = (
        Separable(width, series, kernel, 1 + (n <= halvings), n % 2 == 0)
        for n in range(1, settings["depth"] + 1)
    )
    layers = {
        "conv": first_convolution(input_shape, width, settings["stride"]),
        "norm": nn.BatchNorm2d(width),
        "relu": nn.ReLU(),
        "blocks": nn.Sequential(*blocks),
        **head(width, outputs),
    }
    return Stack.for_input(input_shape, layers)


DSCNN = Family(
    name="dscnn",
    summary="depthwise-separable convolutions with squeeze-and-excitation, for series and images",
    settings={
        "width": Setting(
            32, 4, 1024, "channels of every convolution before pruning", Span(12, 72, log=True)
        ),
        "depth": Setting(6, 1, 32, "depthwise-separable convolutions", Span(1, 6)),
        "reach": Setting(1, 1, 12, "taps of their kernels on each side of the middle", Span(1, 4)),
        "halvings": Setting(0, 0, 5, "of them with stride 2, from the first on", Span(0, 2)),
        "stride": Setting(1, 1, 8, "least stride of the first convolution", Span(1, 4)),
    },
    build=_build,
    width="width",
    suits=frozenset({"series", "images"}),
)
