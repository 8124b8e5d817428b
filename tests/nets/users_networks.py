"""Networks as a user writes them into a module of theirs, of kinds that the project does not ship.

It imports nothing of the project: tests copy it to where a user's module would be.
"""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F

Shape = tuple[int, ...]


def block(given: int, made: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(given, made, 3, padding=1, bias=False), nn.BatchNorm2d(made), nn.ReLU()
    )


class UShape(nn.Module):
    """One level down and up again; the skip is joined along the channels."""

    def __init__(self, input_shape: Shape, classes: int, width: int = 6) -> None:
        super().__init__()
        self.first, self.deep = block(input_shape[0], width), block(width, 2 * width)
        self.last = block(3 * width, width)
        self.head = nn.Linear(width, classes)

    def forward(self, x: Tensor) -> Tensor:
        first = self.first(x)
        deep = F.interpolate(self.deep(F.max_pool2d(first, 2)), scale_factor=2)
        x = self.last(torch.cat([deep, first], dim=1))
        logits: Tensor = self.head(x.mean((2, 3)))
        return logits


class Causal(nn.Module):
    """A dilated convolution that sees the past only, and a residual (Bai 2018)."""

    def __init__(self, width: int, dilation: int) -> None:
        super().__init__()
        self.past = 2 * dilation
        self.conv = nn.Conv1d(width, width, 3, dilation=dilation)

    def forward(self, x: Tensor) -> Tensor:
        return x + F.relu(self.conv(F.pad(x, (self.past, 0))))


def tcn(input_shape: Shape, classes: int, width: int = 6, levels: int = 2) -> nn.Module:
    """A temporal convolutional network on series."""
    return nn.Sequential(
        nn.Conv1d(input_shape[0], width, 3, padding=1),
        *(Causal(width, 2**level) for level in range(levels)),
        nn.AdaptiveAvgPool1d(1),
        nn.Flatten(),
        nn.Linear(width, classes),
    )


class Inception(nn.Module):
    """Four branches joined."""

    def __init__(self, input_shape: Shape, classes: int) -> None:
        super().__init__()
        given = input_shape[0]
        self.one = nn.Conv2d(given, 4, 1)
        self.three = nn.Sequential(nn.Conv2d(given, 3, 1), nn.ReLU(), nn.Conv2d(3, 5, 3, padding=1))
        self.five = nn.Sequential(nn.Conv2d(given, 2, 1), nn.ReLU(), nn.Conv2d(2, 3, 5, padding=2))
        self.pooled = nn.Sequential(nn.MaxPool2d(3, 1, 1), nn.Conv2d(given, 2, 1))
        self.norm = nn.BatchNorm2d(14)
        self.head = nn.Linear(14, classes)

    def forward(self, x: Tensor) -> Tensor:
        branches = [self.one(x), self.three(x), self.five(x), self.pooled(x)]
        x = F.relu(self.norm(torch.cat(branches, 1)))
        logits: Tensor = self.head(x.mean((2, 3)))
        return logits


HEADS: dict[str, Callable[[Tensor], Tensor]] = {
    "squeeze": lambda x: x.squeeze(-1),
    "squeeze twice": lambda x: torch.squeeze(x.unsqueeze(-1), 3).squeeze(dim=2),
    "clone": lambda x: x.clone().flatten(1),
    "detach": lambda x: x.detach().flatten(start_dim=1),
    "float": lambda x: torch.flatten(x.float(), 1),
    "to": lambda x: x.to(torch.float32).flatten(1),
    "contiguous": lambda x: x.contiguous().view(x.size(0), -1),
    "view": lambda x: x.view(x.shape[0], x.shape[1]),
    "view of a shape": lambda x: x.view(x.flatten(1).shape),
    "view of written sizes": lambda x: x.view(-1, 6),
    "reshape": lambda x: x.reshape(x.shape[0], -1),
    "reshape of a tuple": lambda x: torch.reshape(x, (x.size(0), x.size(1))),
    "unflatten": lambda x: torch.unflatten(x.flatten(1), 1, (-1, 1)).flatten(1),
    "softmax": lambda x: (x * torch.softmax(x, 1)).flatten(1),
    "dropout": lambda x: F.dropout1d(x, 0.1).flatten(1),
}
"""Ways from a pooled series (n, 6, 1) to vectors."""


class Pooled(nn.Module):
    """Two convolutions and a pooling, whose result reaches the classifier in one of these ways."""

    def __init__(self, input_shape: Shape, classes: int, head: str = "squeeze") -> None:
        super().__init__()
        self.first = nn.Conv1d(input_shape[0], 8, 3, padding=1)
        self.drop = nn.Sequential(nn.Dropout(0.1), nn.Identity(), nn.AlphaDropout(0.1))
        self.last = nn.Conv1d(8, 6, 3)
        self.pool = nn.AdaptiveAvgPool1d(1)
        self.head = nn.Linear(6, classes)
        self.way = HEADS[head]

    def forward(self, x: Tensor) -> Tensor:
        x = self.pool(F.relu(self.last(self.drop(F.relu(self.first(x))))))
        logits: Tensor = self.head(self.way(x))
        return logits


class Refused(nn.Module):
    """Layers and calls that have no integer operator."""

    def __init__(self, input_shape: Shape, classes: int, kind: str) -> None:
        super().__init__()
        self.kind, width = kind, input_shape[0]
        self.body = nn.ModuleDict(
            {
                "lstm": nn.LSTM(width, width, batch_first=True),
                "gru": nn.GRU(width, width, batch_first=True),
                "attention": nn.MultiheadAttention(width, 1, batch_first=True),
            }
        )
        self.head = nn.Linear(width, classes)

    def forward(self, x: Tensor) -> Tensor:
        if self.kind == "max":
            y = x.max(-1)[0]
        else:
            x = x.transpose(1, 2)
            inputs = (x, x, x) if self.kind == "attention" else (x,)
            y = self.body[self.kind](*inputs)[0].mean(1)
        logits: Tensor = self.head(y)
        return logits
