"""Per-channel normalisation by the statistics of the training data."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

PIECE = 4096
"""Cases that are looked at together."""


@dataclass(frozen=True)
class Normalizer:
    """Maps raw values to zero mean and unit deviation, channel by channel.

    Attributes:
        mean: float32 [channels], in raw units.
        std: float32 [channels], in raw units; positive, 1 where a channel is constant.
    """

    mean: NDArray[np.float32]
    std: NDArray[np.float32]

    @classmethod
    def fit(cls, x: NDArray[np.float32]) -> Self:
        """Statistics of x, float32 [n, channels, ...]."""
        axes = (0, *range(2, x.ndim))
        shape = (-1, *[1] * (x.ndim - 2))
        # In pieces: in float64, large data would be there three times.
        pieces = [x[start : start + PIECE] for start in range(0, len(x), PIECE)]
        count = x.size // x.shape[1]
        mean = np.sum([p.sum(axis=axes, dtype=np.float64) for p in pieces], axis=0) / count
        centre = mean.reshape(shape)
        squares = np.sum([((p - centre) ** 2).sum(axis=axes) for p in pieces], axis=0)
        std = np.sqrt(squares / count).astype(np.float32)
        # The deviation of a constant channel is not exactly zero once its mean is rounded.
        constant = x.max(axis=axes) == x.min(axis=axes)
        return cls(mean.astype(np.float32), np.where(constant | (std == 0), np.float32(1), std))

    def apply(self, x: NDArray[np.float32], *, in_place: bool = False) -> NDArray[np.float32]:
        """Normalised x, float32 [n, channels, ...].

        Args:
            x: Raw values, the same shape.
            in_place: Overwrite x: large data is not to be there twice.
        """
        shape = (-1, *[1] * (x.ndim - 2))
        normalised = np.subtract(x, self.mean.reshape(shape), out=x if in_place else None)
        normalised /= self.std.reshape(shape)
        return normalised
