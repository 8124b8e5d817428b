"""ResNet18 with three stages instead of four: the network of Deutel 2023 for CIFAR-10 (Section 5).

Two residual blocks a stage (He 2016), no pooling before them, batch norm everywhere. The paper
gives 1.6 M parameters and no widths. With the first stage 48 wide there are 1.57 M (the usual 64
would be 2.8 M), so `width=48` stands for the paper's network.
"""

from collections.abc import Mapping

from torch import nn

from tinypareto.nets.blocks import Stack, first_convolution, head, is_series
from tinypareto.nets.family import Family, Setting
from tinypareto.nets.residual import stages


def _build(settings: Mapping[str, int], input_shape: tuple[int, ...], classes: int) -> nn.Module:
    width = settings["width"]
    layers = {
        "conv": first_convolution(input_shape, width),
        "norm": nn.BatchNorm2d(width),
        "relu": nn.ReLU(),
        **stages(width, 2, is_series(input_shape)),
        **head(4 * width, classes),
    }
    return Stack.of(input_shape, layers)


RESNET18 = Family(
    name="resnet18",
    summary="residual blocks, three stages of two, for images and series (width=48: the paper's)",
    settings={
        "width": Setting(16, 4, 128, "channels of the first stage before pruning; then x 2, x 4")
    },
    build=_build,
)
