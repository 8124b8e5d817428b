"""Random convolutional kernels as a torch layer, which is fitted in closed form."""

from collections.abc import Mapping
from typing import Any

import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from tinypareto.graph.ops.dilated_kernels import KERNELS, TAPS, edge
from tinypareto.graph.ops.kernel_counts import HALVINGS
from tinypareto.graph.ops.random_kernels import UNIT

AT_ONCE = 64
"""Features that are computed at once; more take more memory and are not faster."""


class RandomKernels(nn.Module):
    """Standardized counts of the positions where convolutions exceed a threshold.

    Buffers have one row for each feature; `graph.ops.random_kernels.RandomKernels` describes them.
    Nothing here has a gradient.

    Attributes:
        out_channels: Number of features.
        most_groups: Most pairs of a dilation and a set of channels that features share.
        largest_dilation: Largest dilation.
    """

    channels: Tensor

    def __init__(self, features: Mapping[str, NDArray[Any]], groups: int, dilation: int) -> None:
        """Make a layer of given features.

        Args:
            features: The buffers by name, numbers or booleans [features] or [features, channels].
            groups: Most pairs of a dilation and a set of channels.
            dilation: Largest dilation.
        """
        super().__init__()
        self.most_groups, self.largest_dilation = groups, dilation
        for name, values in features.items():
            self.register_buffer(name, torch.from_numpy(values).float())
        self.out_channels = len(self.channels)

    def set_features(self, features: Mapping[str, NDArray[Any]]) -> None:
        """Replace all features by as many others."""
        for name, values in features.items():
            self.get_buffer(name).copy_(torch.from_numpy(values))

    def forward(self, x: Tensor) -> Tensor:
        """Features [n, features] of cases [n, channels, ...]."""
        x = x.flatten(2)
        keys = torch.cat([self.get_buffer("dilation")[:, None], self.channels], 1)
        _, sizes = torch.unique_consecutive(keys, dim=0, return_counts=True)
        groups = torch.split(torch.arange(len(keys)), sizes.tolist())
        counts = [self._counts(x, part) for rows in groups for part in torch.split(rows, AT_ONCE)]
        return (torch.cat(counts, 1) - self.get_buffer("mean")) * self.get_buffer("gain")

    def _counts(self, x: Tensor, rows: Tensor) -> Tensor:
        """Counts [n, rows] of the features of one group."""
        length, first = x.shape[2], rows[0]
        dilation = int(self.get_buffer("dilation")[first])
        series = torch.einsum("ncl,c->nl", x, self.channels[first])
        series = nn.functional.pad(series, (TAPS // 2 * dilation,) * 2)
        taps = torch.stack([series[:, i * dilation :][:, :length] for i in range(TAPS)], 2)
        reached = taps @ self._weights(rows) > self.get_buffer("threshold")[rows]
        return (reached & self._inside(rows, length, dilation)).sum(1)

    def _weights(self, rows: Tensor) -> Tensor:
        """Taps of kernels, [9, rows]."""
        heavy = torch.from_numpy(KERNELS)[self.get_buffer("kernel")[rows].long().cpu()]
        weights = -torch.ones(len(rows), TAPS)
        return weights.scatter_(1, heavy, 2.0).T.to(self.channels.device)

    def _inside(self, rows: Tensor, length: int, dilation: int) -> Tensor:
        """Whether a position counts, [positions, rows]."""
        margins = [edge(length, dilation, bool(p)) for p in self.get_buffer("padded")[rows]]
        margin = torch.tensor(margins, device=self.channels.device)
        positions = torch.arange(length, device=margin.device)[:, None]
        return (positions >= margin) & (positions < length - margin)


def gain_of(doublings: NDArray[Any]) -> NDArray[Any]:
    """The gain of features whose counts the integer kernel doubles this often, 0 to 15 times."""
    gains: NDArray[Any] = UNIT.scale * 2.0 ** (doublings - HALVINGS)
    return gains
