"""Layers and networks to measure kernels on: random weights, ranges observed on random inputs."""

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor, nn

from tinypareto.frontend.trace import trace
from tinypareto.graph.graph import Graph
from tinypareto.graph.lower import lower
from tinypareto.graph.quantize import quantize
from tinypareto.quantize.calibrate import calibrate

CASES = 8


def quantized(module: nn.Module, shape: tuple[int, ...]) -> Graph:
    """The integer network of a float one; `shape` in torch's order, without the batch."""
    x = np.random.default_rng(0).normal(size=(CASES, *shape)).astype(np.float32)
    with torch.no_grad():
        return quantize(lower(*trace(module.eval(), shape), shape), calibrate(module, x).ranges)


def _conv(given: int, made: int, size: int, side: int, stride: int = 1, groups: int = 1) -> Graph:
    torch.manual_seed(0)
    layer = nn.Conv2d(given, made, size, stride, size // 2, groups=groups)
    return quantized(nn.Sequential(layer, nn.ReLU()), (given, side, side))


def _depthwise(side: int, stride: int) -> Graph:
    return _conv(32, 32, 3, side, stride=stride, groups=32)


def _series(given: int, made: int, size: int, length: int, groups: int = 1) -> Graph:
    torch.manual_seed(0)
    layer = nn.Conv1d(given, made, size, padding=size // 2, groups=groups)
    return quantized(nn.Sequential(layer, nn.ReLU()), (given, length))


def _linear(given: int, made: int) -> Graph:
    torch.manual_seed(0)
    return quantized(nn.Sequential(nn.Linear(given, made)), (given,))


KERNELS: dict[str, tuple[Callable[[], Graph], float]] = {
    "conv3x3 16-32": (lambda: _conv(16, 32, 3, 12), 0.70),
    "conv3x3 3-16": (lambda: _conv(3, 16, 3, 16), 0.80),
    "conv3x3 64-64": (lambda: _conv(64, 64, 3, 8), 0.70),
    "1x1 32-64": (lambda: _conv(32, 64, 1, 12), 0.70),
    "1x1 64-64": (lambda: _conv(64, 64, 1, 12), 0.70),
    "1x1 16-8": (lambda: _conv(16, 8, 1, 16), 0.80),
    "conv1d k5 16-32": (lambda: _series(16, 32, 5, 64), 0.70),
    "depthwise 3x3": (lambda: _depthwise(16, 1), 0.55),
    "depthwise 3x3 stride 2": (lambda: _depthwise(16, 2), 0.55),
    "depthwise 1x3": (lambda: _series(32, 32, 3, 128, 32), 0.55),
    "fc 256-10": (lambda: _linear(256, 10), 1.0),
    "fc 64-64": (lambda: _linear(64, 64), 1.0),
}
"""Layer, and the share of CMSIS-NN's instructions that is aimed at."""


class _Residual(nn.Module):
    def __init__(self, given: int, made: int) -> None:
        super().__init__()
        stride = made // given
        self.body = nn.Sequential(
            nn.Conv2d(given, made, 3, stride, 1), nn.ReLU(), nn.Conv2d(made, made, 3, 1, 1)
        )
        self.skip = nn.Identity() if stride == 1 else nn.Conv2d(given, made, 1, stride)
        self.relu = nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:
        made: Tensor = self.relu(self.body(x) + self.skip(x))
        return made


def _resnet8() -> Graph:
    torch.manual_seed(0)
    blocks = [_Residual(16, 16), _Residual(16, 32), _Residual(32, 64)]
    head = [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10)]
    net = nn.Sequential(nn.Conv2d(3, 16, 3, 1, 1), nn.ReLU(), *blocks, *head)
    return quantized(net, (3, 32, 32))


def _dscnn() -> Graph:
    torch.manual_seed(0)
    layers: list[nn.Module] = [nn.ZeroPad2d((1, 1, 4, 5)), nn.Conv2d(1, 64, (10, 4), 2), nn.ReLU()]
    for _ in range(4):
        layers += [nn.Conv2d(64, 64, 3, 1, 1, groups=64), nn.ReLU(), nn.Conv2d(64, 64, 1)]
        layers += [nn.ReLU()]
    head = [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 12)]
    return quantized(nn.Sequential(*layers, *head), (1, 49, 10))


NETWORKS = {"ResNet8": _resnet8, "DS-CNN": _dscnn}
"""Networks shaped like MLPerf Tiny's image classification and keyword spotting (Banbury 2021)."""


def _small() -> Graph:
    """Four layers of every kind of convolution, 1.5 MMAC."""
    torch.manual_seed(0)
    net = nn.Sequential(
        nn.Conv2d(3, 24, 3, 2, 1),
        nn.ReLU(),
        nn.Conv2d(24, 24, 3, 1, 1, groups=24),
        nn.ReLU(),
        nn.Conv2d(24, 64, 1),
        nn.ReLU(),
        nn.Conv2d(64, 24, 3, 2, 1),
        nn.ReLU(),
    )
    return quantized(net, (3, 32, 32))


def _person_detect() -> Graph:
    """MobileNetV1 0.25 for 96 x 96 grey images, 7.2 MMAC."""
    torch.manual_seed(0)
    layers: list[nn.Module] = [nn.Conv2d(1, 8, 3, 2, 1), nn.ReLU()]
    widths = (8, 16, 32, 32, 64, 64, *(128,) * 6, 256, 256)
    for at, (given, made) in enumerate(pairwise(widths)):
        stride = 2 if at in (1, 3, 5, 11) else 1
        layers += [nn.Conv2d(given, given, 3, stride, 1, groups=given), nn.ReLU()]
        layers += [nn.Conv2d(given, made, 1), nn.ReLU()]
    head = [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(256, 2)]
    return quantized(nn.Sequential(*layers, *head), (1, 96, 96))


WHOLE = {"4 layers": _small, **NETWORKS, "person_detect": _person_detect}
"""For the comparison with other generators."""
