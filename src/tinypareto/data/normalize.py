"""Per-channel normalisation by the statistics of the training data."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray


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
        # The deviation of a constant channel is not exactly zero once its mean is rounded.
        constant = x.max(axis=axes) == x.min(axis=axes)
        std = x.std(axis=axes, dtype=np.float64).astype(np.float32)
        return cls(
            x.mean(axis=axes, dtype=np.float64).astype(np.float32),
            np.where(constant | (std == 0), np.float32(1), std),
        )

    def apply(self, x: NDArray[np.float32]) -> NDArray[np.float32]:
        """Normalised x, float32 [n, channels, ...]."""
        shape = (-1, *[1] * (x.ndim - 2))
        normalised: NDArray[np.float32] = x - self.mean.reshape(shape)
        # In place: large data is not to be there twice.
        normalised /= self.std.reshape(shape)
        return normalised
