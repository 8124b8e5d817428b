"""The five networks that MCUNet (Lin 2020) publishes for ImageNet, mcunet-in0 to mcunet-in4.

Their layouts come from the published model descriptions (github.com/mit-han-lab/mcunet,
assets/configs): a convolution of stride 2, inverted residuals with ReLU6 and without SE, global
average, linear. They were designed for images of 48, 96, 160, 176 and 160 pixels; in smaller
inputs, few positions are left for the last stages. Series get kernels (1, k).

With 1,000 classes they have 0.75, 0.64, 0.73, 0.74 and 1.73 M parameters and 6.4, 12.8, 67.3, 81.8
and 125.9 M multiply-accumulates, as published.
"""

from collections.abc import Mapping

from torch import nn

from tinypareto.nets.blocks import Stack, convolution, head, is_series
from tinypareto.nets.family import Family, Setting
from tinypareto.nets.inverted_residual import Inverted, conv_norm

Rows = tuple[tuple[int, int, int, int], ...]

# Channels of the first convolution; kernel, expansion, output channels and stride of each block.
# fmt: off
LAYOUTS: tuple[tuple[int, Rows], ...] = (
    (24, (
        (3, 1, 16, 1), (5, 4, 16, 2), (3, 3, 16, 1), (3, 4, 16, 1), (7, 5, 24, 2), (5, 4, 24, 1),
        (5, 5, 24, 1), (7, 5, 48, 2), (5, 4, 48, 1), (3, 5, 56, 1), (5, 4, 56, 1), (3, 5, 56, 1),
        (3, 6, 112, 2), (5, 4, 112, 1), (3, 6, 192, 1),
    )),
    (16, (
        (3, 1, 8, 1), (3, 4, 16, 2), (3, 3, 16, 1), (7, 3, 24, 2), (3, 5, 24, 1), (3, 5, 40, 2),
        (7, 4, 40, 1), (5, 4, 48, 1), (3, 3, 48, 1), (3, 4, 48, 1), (7, 5, 96, 2), (5, 4, 96, 1),
        (5, 4, 96, 1), (3, 6, 160, 1),
    )),
    (16, (
        (3, 1, 8, 1), (5, 3, 16, 2), (7, 6, 16, 1), (3, 5, 16, 1), (5, 5, 16, 1), (3, 5, 24, 2),
        (7, 6, 24, 1), (5, 6, 24, 1), (7, 4, 40, 2), (5, 5, 40, 1), (3, 5, 48, 1), (5, 5, 48, 1),
        (3, 4, 48, 1), (5, 6, 96, 2), (5, 4, 96, 1), (5, 3, 96, 1), (3, 4, 96, 1), (5, 5, 160, 1),
    )),
    (16, (
        (3, 1, 8, 1), (7, 3, 16, 2), (3, 5, 16, 1), (7, 5, 16, 1), (5, 4, 16, 1), (5, 5, 24, 2),
        (5, 5, 24, 1), (5, 5, 24, 1), (3, 5, 40, 2), (7, 6, 40, 1), (5, 4, 40, 1), (5, 5, 48, 1),
        (7, 5, 48, 1), (3, 5, 48, 1), (3, 6, 96, 2), (7, 5, 96, 1), (3, 4, 96, 1), (7, 5, 160, 1),
    )),
    (32, (
        (3, 1, 16, 1), (7, 3, 24, 2), (3, 5, 24, 1), (5, 4, 24, 1), (7, 5, 40, 2), (3, 4, 40, 1),
        (7, 4, 40, 1), (7, 3, 80, 2), (3, 3, 80, 1), (7, 3, 80, 1), (3, 4, 96, 1), (5, 3, 96, 1),
        (5, 3, 96, 1), (7, 4, 192, 2), (7, 3, 192, 1), (5, 3, 192, 1), (5, 4, 320, 1),
    )),
)
# fmt: on
PIXELS = (48, 96, 160, 176, 160)
"""Side of the images that each layout was published for."""


def _build(settings: Mapping[str, int], input_shape: tuple[int, ...], outputs: int) -> nn.Module:
    channels, rows = LAYOUTS[settings["model"]]
    series = is_series(input_shape)
    stem = convolution(input_shape[0], channels, 3, series, stride=2)
    blocks = nn.Sequential()
    for kernel, expansion, width, stride in rows:
        inner = expansion * channels
        blocks.append(Inverted(channels, inner, width, kernel, stride, series, nn.ReLU6))
        channels = width
    layers = {
        "stem": nn.Sequential(*conv_norm(stem, [nn.ReLU6()])),
        "blocks": blocks,
        **head(channels, outputs),
    }
    return Stack.for_input(input_shape, layers)


MCUNET = Family(
    name="mcunet",
    summary="inverted residuals in the five published layouts of MCUNet, for images and series",
    settings={"model": Setting(0, 0, 4, "which one: 0 is mcunet-in0, 4 is mcunet-in4")},
    build=_build,
)
