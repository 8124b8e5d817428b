"""Inverted residual blocks (Sandler 2018), the parts of `mobilenetv3` and `mcunet`."""

from collections.abc import Callable, Iterable

from torch import Tensor, nn

from tinypareto.nets.blocks import SqueezeExcite, convolution

Activation = Callable[[], nn.Module]


def conv_norm(convolved: nn.Conv2d, activation: Iterable[nn.Module] = ()) -> list[nn.Module]:
    """A convolution with batch norm, followed by the activation, if any."""
    return [convolved, nn.BatchNorm2d(convolved.out_channels), *activation]


class Inverted(nn.Module):
    """Pointwise expansion, depthwise convolution, pointwise projection without activation.

    If input and output have the same shape, the input is added to the output; pruning therefore
    treats all such blocks in a row together. Without expansion there is no first convolution.
    """

    def __init__(
        self,
        inputs: int,
        expanded: int,
        outputs: int,
        kernel: int,
        stride: int,
        series: bool,
        activation: Activation,
        narrow: int = 0,
    ) -> None:
        """`narrow`: channels of the SE bottleneck before the projection; 0 leaves SE out."""
        super().__init__()
        self.adds = stride == 1 and inputs == outputs
        self.expand = nn.Sequential()
        if expanded != inputs:
            self.expand.extend(
                conv_norm(nn.Conv2d(inputs, expanded, 1, bias=False), [activation()])
            )
        depthwise = convolution(expanded, expanded, kernel, series, stride=stride, groups=expanded)
        self.depthwise = nn.Sequential(*conv_norm(depthwise, [activation()]))
        self.se = SqueezeExcite(expanded, narrow) if narrow else nn.Sequential()
        self.project = nn.Sequential(*conv_norm(nn.Conv2d(expanded, outputs, 1, bias=False)))

    def forward(self, x: Tensor) -> Tensor:
        """Shape (n, inputs, height, length) to (n, outputs, height / stride, length / stride)."""
        y: Tensor = self.project(self.se(self.depthwise(self.expand(x))))
        return x + y if self.adds else y
