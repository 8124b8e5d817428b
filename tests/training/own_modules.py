"""Networks as users write them, of kinds that the project does not ship."""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F


def block(given: int, made: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(given, made, 3, padding=1, bias=False), nn.BatchNorm2d(made), nn.ReLU()
    )


class UNet(nn.Module):
    """Two levels down and up again, with skips joined along the channels."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second, self.deep = block(3, 8), block(8, 12), block(12, 16)
        self.up = nn.Upsample(scale_factor=2, mode="nearest")
        self.third, self.fourth = block(16 + 12, 10), block(10 + 8, 6)
        self.head = nn.Conv2d(6, 2, 1)

    def forward(self, x: Tensor) -> Tensor:
        first = self.first(x)
        second = self.second(F.max_pool2d(first, 2))
        deep = self.deep(F.max_pool2d(second, 2))
        third = self.third(torch.cat([self.up(deep), second], dim=1))
        fourth = self.fourth(torch.cat([F.interpolate(third, scale_factor=2), first], dim=1))
        mask: Tensor = self.head(fourth)
        return mask


class Causal(nn.Module):
    """Two dilated convolutions that see the past only, and a residual (Bai 2018)."""

    def __init__(self, given: int, made: int, dilation: int) -> None:
        super().__init__()
        self.past = 2 * dilation
        self.one = nn.Conv1d(given, made, 3, padding=self.past, dilation=dilation)
        self.two = nn.Conv1d(made, made, 3, dilation=dilation)
        self.drop = nn.Dropout(0.1)
        self.skip = nn.Conv1d(given, made, 1) if given != made else nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        y = self.drop(F.relu(self.one(x)[:, :, : -self.past].contiguous()))
        y = self.drop(F.relu(self.two(F.pad(y, (self.past, 0)))))
        return F.relu(y + self.skip(x))


class Tcn(nn.Sequential):
    """A temporal convolutional network on series."""

    def __init__(self) -> None:
        super().__init__(
            *(
                Causal(given, made, 2**at)
                for at, (given, made) in enumerate([(3, 8), (8, 8), (8, 6)])
            ),
            nn.AdaptiveAvgPool1d(1),
            nn.Flatten(),
            nn.Linear(6, 4),
        )


class Inception(nn.Module):
    """Four branches joined, twice; the second time normalised before the convolution."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 3, stride=2, padding=1)
        self.one = nn.Conv2d(8, 6, 1)
        self.three = nn.Sequential(
            nn.Conv2d(8, 4, 1), nn.LeakyReLU(), nn.Conv2d(4, 8, 3, padding=1)
        )
        self.five = nn.Sequential(nn.Conv2d(8, 3, 1), nn.ReLU(), nn.Conv2d(3, 5, 5, padding=2))
        self.pooled = nn.Sequential(nn.MaxPool2d(3, 1, 1), nn.Conv2d(8, 4, 1))
        self.before = nn.Sequential(nn.BatchNorm2d(23), nn.ReLU(), nn.Conv2d(23, 8, 1))
        self.dense = nn.Sequential(nn.BatchNorm2d(16), nn.ReLU6(), nn.AdaptiveAvgPool2d(2))
        self.head = nn.Linear(16 * 4, 5)

    def forward(self, x: Tensor) -> Tensor:
        x = self.stem(x)
        x = x * F.relu6(x + 3) / 6
        y = self.before(torch.cat([self.one(x), self.three(x), self.five(x), self.pooled(x)], 1))
        logits: Tensor = self.head(self.dense(torch.cat((x, y), 1)).flatten(1))
        return logits


class Residual(nn.Module):
    """Two stages with a strided shortcut, gates and offsets per channel."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = block(3, 8)
        self.same = nn.Sequential(block(8, 8), nn.Conv2d(8, 8, 3, padding=1, bias=False))
        self.norm = nn.BatchNorm2d(8)
        self.down = nn.Conv2d(8, 12, 3, stride=2, padding=1)
        self.deeper = nn.Conv2d(12, 12, 3, padding=1, groups=12)
        self.shortcut = nn.Sequential(nn.AvgPool2d(2), nn.Conv2d(8, 12, 1))
        self.gate, self.offset = nn.Conv2d(12, 12, 1), nn.Conv2d(12, 12, 1)
        self.head = nn.Linear(12, 4)

    def forward(self, x: Tensor) -> Tensor:
        x = self.stem(x)
        x = F.relu(self.norm(self.same(x)) + x)
        x = F.relu(self.shortcut(x) + self.deeper(F.relu(self.down(x))))
        mean = F.adaptive_avg_pool2d(x, 1)
        x = torch.sigmoid(self.gate(mean)) * x + self.offset(mean)
        logits: Tensor = self.head(x.mean((2, 3)))
        return logits


OWN: dict[str, tuple[Callable[[], nn.Module], tuple[int, ...]]] = {
    "u-net": (UNet, (3, 16, 12)),
    "tcn": (Tcn, (3, 40)),
    "inception": (Inception, (3, 16, 16)),
    "residual": (Residual, (3, 12, 12)),
}
"""Module and shape of a case."""
