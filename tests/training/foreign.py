"""Networks that the project does not know, one per way in which channels can be coupled."""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional


class Residual(nn.Module):
    """Two blocks over one trunk, so that five layers share their filters."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 3, padding=1)
        self.norm = nn.BatchNorm2d(8)
        self.one = nn.Sequential(nn.Conv2d(8, 6, 1), nn.BatchNorm2d(6), nn.ReLU())
        self.two = nn.Conv2d(6, 8, 3, padding=1)
        self.three = nn.Conv2d(8, 8, 1)
        self.relu = nn.ReLU(inplace=True)
        self.head = nn.Linear(8, 4)

    def forward(self, x: Tensor) -> Tensor:
        x = self.relu(self.norm(self.stem(x)))
        x = self.relu(x + self.two(self.one(x)))
        x = x + self.three(x)
        logits: Tensor = self.head(x.mean((2, 3)))
        return logits


class ExciteDepthwise(nn.Module):
    """Depthwise convolution with two filters per channel, then a gate over its channels."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv1d(2, 5, 3, stride=2, padding=1)
        self.depthwise = nn.Conv1d(5, 10, 3, padding=1, groups=5)
        self.norm = nn.BatchNorm1d(10)
        self.squeeze = nn.Sequential(nn.AdaptiveAvgPool1d(1), nn.Conv1d(10, 4, 1), nn.ReLU())
        self.expand = nn.Conv1d(4, 10, 1)
        self.head = nn.Conv1d(10, 3, 1)

    def forward(self, x: Tensor) -> Tensor:
        x = functional.relu(self.norm(self.depthwise(self.stem(x))))
        x = x * torch.sigmoid(self.expand(self.squeeze(x)))
        logits: Tensor = self.head(x).mean(-1)
        return logits


class UShape(nn.Module):
    """A skip joined to the deeper path along the channels."""

    def __init__(self) -> None:
        super().__init__()
        self.down = nn.Conv2d(3, 6, 3, padding=1)
        self.deep = nn.Conv2d(6, 7, 1)
        self.up = nn.Conv2d(13, 5, 3, padding=1)
        self.norm = nn.BatchNorm2d(13)
        self.head = nn.Linear(5, 4)

    def forward(self, x: Tensor) -> Tensor:
        x = self.down(x)
        x = torch.cat([x, functional.relu(self.deep(x))], 1)
        logits: Tensor = self.head(functional.relu(self.up(self.norm(x))).mean((2, 3)))
        return logits


class Flattening(nn.Sequential):
    """Every channel feeds one column per pixel of the linear layer."""

    def __init__(self) -> None:
        super().__init__(
            nn.Conv2d(3, 6, 3),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Flatten(),
            nn.Linear(6 * 9, 12),
            nn.ReLU(),
            nn.Linear(12, 4),
        )


class Viewing(nn.Module):
    """Flattens the way most scripts do."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 6, 3)
        self.hidden = nn.Linear(6 * 36, 8)
        self.head = nn.Linear(8, 4)

    def forward(self, x: Tensor) -> Tensor:
        x = functional.relu(self.conv(x))
        logits: Tensor = self.head(self.hidden(x.view(x.size(0), -1)))
        return logits


class Merged(nn.Module):
    """A joined pair of convolutions added to a third, and one layer used twice."""

    def __init__(self) -> None:
        super().__init__()
        self.left = nn.Conv2d(3, 4, 1)
        self.right = nn.Conv2d(3, 6, 1)
        self.wide = nn.Conv2d(3, 10, 3, padding=1)
        self.again = nn.Conv2d(10, 10, 1)
        self.head = nn.Linear(10, 4)

    def forward(self, x: Tensor) -> Tensor:
        both = torch.cat([self.left(x), self.right(x)], dim=1) + self.wide(x)
        both = functional.relu(self.again(functional.relu(self.again(both))))
        logits: Tensor = self.head(both.mean((2, 3)))
        return logits


class Doubled(nn.Module):
    """Every filter of one layer goes with two of another."""

    def __init__(self) -> None:
        super().__init__()
        self.wide = nn.Conv2d(3, 10, 3, padding=1)
        self.narrow = nn.Conv2d(3, 5, 1)
        self.head = nn.Linear(10, 4)

    def forward(self, x: Tensor) -> Tensor:
        wide, narrow = self.wide(x), self.narrow(x)
        wide = functional.relu(wide + torch.cat([narrow, narrow], 1))
        logits: Tensor = self.head(wide.mean((2, 3)))
        return logits


class Grouped(nn.Module):
    """Groups that are no depthwise convolution, between layers that can be pruned."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(3, 8, 1)
        self.grouped = nn.Conv2d(8, 12, 3, padding=1, groups=4)
        self.last = nn.Conv2d(12, 6, 1)
        self.head = nn.Linear(6, 4)

    def forward(self, x: Tensor) -> Tensor:
        x = functional.relu(self.last(self.grouped(self.first(x))))
        logits: Tensor = self.head(x.mean((2, 3)))
        return logits


IMAGE, SERIES = (3, 8, 8), (2, 17)
FOREIGN: dict[str, tuple[Callable[[], nn.Module], tuple[int, ...], dict[str, int]]] = {
    "residual": (Residual, IMAGE, {"stem": 8, "one.0": 6}),
    "excite": (ExciteDepthwise, SERIES, {"stem": 5, "squeeze.1": 4}),
    "u-shape": (UShape, IMAGE, {"down": 6, "deep": 7, "up": 5}),
    "flatten": (Flattening, IMAGE, {"0": 6, "4": 12}),
    "view": (Viewing, IMAGE, {"conv": 6, "hidden": 8}),
    "merged": (Merged, IMAGE, {"left": 4, "right": 6}),
    "doubled": (Doubled, IMAGE, {"wide": 5}),
    "grouped": (Grouped, IMAGE, {"last": 6}),
}
"""Module, shape of a case, and the prunable layers that it must have."""


def randomise(module: nn.Module, seed: int) -> nn.Module:
    """Random weights and norms, in eval mode, so that no term of any layer is trivial."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for tensor in [*module.parameters(), *module.buffers()]:
            if tensor.ndim:
                tensor.copy_(torch.rand(tensor.shape, generator=generator) + 0.2)
                if tensor.ndim > 1:
                    tensor -= 0.7
    return module.eval()
