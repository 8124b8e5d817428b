"""What the tensors of a float network hold on calibration cases."""

from collections.abc import Collection
from dataclasses import dataclass, field
from math import isfinite

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from tinypareto.frontend.trace import activations

BATCH = 32
BINS = 2048
"""Several in a step of int8, also of a range shrunk to a third."""


@dataclass
class Observed:
    """The values of a tensor.

    Attributes:
        low: The least one or 0, whichever is less.
        high: The greatest one or 0, whichever is greater.
        counts: How many lie in each of equal parts of [low, high], (BINS,). Zeros that came before
            anything else are left out; int8 holds them exactly.
        means: Of each channel in the first batch, (channels,).
    """

    low: float = 0.0
    high: float = 0.0
    counts: NDArray[np.float64] = field(default_factory=lambda: np.zeros(BINS))
    means: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))

    @property
    def centres(self) -> NDArray[np.float64]:
        """Of the parts."""
        return self.low + (self.high - self.low) * (np.arange(BINS) + 0.5) / BINS

    def add(self, values: Tensor) -> None:
        """One more batch, [n, channels, ...]."""
        values = values.double().cpu()
        if not self.means.size:
            self.means = values.transpose(0, 1).flatten(1).mean(1).numpy()
        least, greatest = (float(bound) for bound in values.aminmax())
        # Not min and max, which can lose a NaN.
        low, high = float(np.minimum(self.low, least)), float(np.maximum(self.high, greatest))
        if isfinite(high - low) and high > low:
            old, _ = np.histogram(self.centres, BINS, (low, high), weights=self.counts)
            self.counts = old + torch.histc(values, BINS, low, high).numpy()
        self.low, self.high = low, high


def observe(
    module: nn.Module, x: NDArray[np.float32], names: Collection[str]
) -> dict[str, Observed]:
    """What the module computes on the way.

    Args:
        module: A trained network that `trace` accepts.
        x: Normalised cases, [n, channels, ...], n >= 1.
        names: Of the tensors, as `trace` gives them.
    """
    seen = {name: Observed() for name in names}
    for results in activations(module, torch.split(torch.from_numpy(x), BATCH)):
        for name, tensor in seen.items():
            tensor.add(results[name])
    return seen
