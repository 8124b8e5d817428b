"""MobileNetV3-Large (Howard 2019, Table 1) for series and images.

Deutel 2023 uses it for DaLiAc (24 channels, 13 classes, windows of 1024 steps) with 2.8 M
parameters and does not state its layout. The blocks of Table 1 with kernels (1, k), followed by the
960-wide convolution, pooling and a linear layer, have 2.91 M parameters at a width of 100 %. With
the table's 1280-wide hidden layer there would be 4.15 M, so this family omits that layer.

The original halves the resolution five times and was designed for 224 x 224 pixels. Smaller inputs
skip the first of these halvings, so that the longest side keeps at least 4 positions.
"""

from collections.abc import Mapping

from torch import nn

from tinypareto.nets.blocks import Stack, convolution, head, is_series, scaled
from tinypareto.nets.family import Family, Setting
from tinypareto.nets.inverted_residual import Inverted, conv_norm

LEAST_POSITIONS = 4
FIRST, LAST = 16, 960
SQUEEZE = 4
"""Expanded channels per channel of the SE bottleneck (Howard 2019, Section 5.3)."""

# Kernel, expanded channels, output channels, SE, hard-swish (else ReLU), stride.
BLOCKS = (
    (3, 16, 16, False, False, 1),
    (3, 64, 24, False, False, 2),
    (3, 72, 24, False, False, 1),
    (5, 72, 40, True, False, 2),
    (5, 120, 40, True, False, 1),
    (5, 120, 40, True, False, 1),
    (3, 240, 80, False, True, 2),
    (3, 200, 80, False, True, 1),
    (3, 184, 80, False, True, 1),
    (3, 184, 80, False, True, 1),
    (3, 480, 112, True, True, 1),
    (3, 672, 112, True, True, 1),
    (5, 672, 160, True, True, 2),
    (5, 960, 160, True, True, 1),
    (5, 960, 160, True, True, 1),
)


def kept_strides(strides: list[int], longest: int) -> list[int]:
    """The strides, with the first ones set to 1 if the longest side would become too short."""
    kept = list(strides)
    for i in reversed(range(len(kept))):
        if longest < kept[i] * LEAST_POSITIONS:
            kept[i] = 1
        longest //= kept[i]
    return kept


def _build(settings: Mapping[str, int], input_shape: tuple[int, ...], outputs: int) -> nn.Module:
    percent, series = settings["width"], is_series(input_shape)
    channels = scaled(FIRST, percent)
    wanted = [2, *(stride for *_, stride in BLOCKS)]
    first, *strides = kept_strides(wanted, max(input_shape[1:]))
    blocks = nn.Sequential()
    stem = convolution(input_shape[0], channels, 3, series, stride=first)
    for (kernel, expanded, width, excite, swish, _), stride in zip(BLOCKS, strides, strict=True):
        inner, outer = scaled(expanded, percent), scaled(width, percent)
        narrow = scaled(inner, 100 // SQUEEZE) if excite else 0
        activation = nn.Hardswish if swish else nn.ReLU
        blocks.append(Inverted(channels, inner, outer, kernel, stride, series, activation, narrow))
        channels = outer
    last = nn.Conv2d(channels, scaled(LAST, percent), 1, bias=False)
    layers = {
        "stem": nn.Sequential(*conv_norm(stem, [nn.Hardswish()])),
        "blocks": blocks,
        "last": nn.Sequential(*conv_norm(last, [nn.Hardswish()])),
        **head(last.out_channels, outputs),
    }
    return Stack.for_input(input_shape, layers)


MOBILENETV3 = Family(
    name="mobilenetv3",
    summary="inverted residuals, hard-swish, SE (Large); 1-D on series, 2-D on images",
    settings={"width": Setting(35, 10, 150, "percent of the channels of the paper's network")},
    build=_build,
)
