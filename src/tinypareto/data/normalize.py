"""Per-channel normalization by the statistics of the training data."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

PIECE = 4096
"""Number of cases that are reduced at a time."""


@dataclass(frozen=True)
class Normalizer:
    """Maps raw values to zero mean and unit standard deviation, channel by channel.

    Attributes:
        mean: Mean of each channel in raw units, float32 [channels].
        std: Standard deviation of each channel in raw units, float32 [channels]; positive, and 1
            for a constant channel.
    """

    mean: NDArray[np.float32]
    std: NDArray[np.float32]

    @classmethod
    def fit(cls, x: NDArray[np.float32]) -> Self:
        """Compute the statistics of raw values.

        Args:
            x: Raw values, float32 [n, channels, ...].
        """
        axes = (0, *range(2, x.ndim))
        shape = (-1, *[1] * (x.ndim - 2))
        # In pieces, because a float64 copy of large data would need twice its memory again.
        pieces = [x[start : start + PIECE] for start in range(0, len(x), PIECE)]
        count = x.size // x.shape[1]
        mean = np.sum([p.sum(axis=axes, dtype=np.float64) for p in pieces], axis=0) / count
        centre = mean.reshape(shape)
        squares = np.sum([((p - centre) ** 2).sum(axis=axes) for p in pieces], axis=0)
        std = np.sqrt(squares / count).astype(np.float32)
        # The deviation of a constant channel is not exactly zero, since its mean is rounded.
        constant = x.max(axis=axes) == x.min(axis=axes)
        return cls(mean.astype(np.float32), np.where(constant | (std == 0), np.float32(1), std))

    def apply(self, x: NDArray[np.float32], *, in_place: bool = False) -> NDArray[np.float32]:
        """Normalize raw values.

        Args:
            x: Raw values, float32 [n, channels, ...].
            in_place: Overwrite x, so that large data is not held in memory twice.

        Returns:
            Normalized values, float32 in the shape of x.
        """
        shape = (-1, *[1] * (x.ndim - 2))
        normalized = np.subtract(x, self.mean.reshape(shape), out=x if in_place else None)
        normalized /= self.std.reshape(shape)
        return normalized
