"""ResNet8 of the MLPerf Tiny benchmark's image classification (Banbury 2021).

One residual block in each of three stages, 16, 32 and 64 wide; shortcuts have a bias and no batch
norm. On CIFAR-10 it has 77,946 parameters; the reference counts 78,666, with 240 biases that its
batch norms absorb and 480 running statistics.
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
        **stages(width, 1, is_series(input_shape), norm_shortcut=False),
        **head(4 * width, classes),
    }
    return Stack.of(input_shape, layers)


RESNET8 = Family(
    name="resnet8",
    summary="residual blocks, three stages of one (MLPerf Tiny), for images and series",
    settings={
        "width": Setting(16, 4, 128, "channels of the first stage before pruning; then x 2, x 4")
    },
    build=_build,
)
