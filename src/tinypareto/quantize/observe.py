"""Histograms and means of the tensors of a float network on calibration cases."""

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
"""Bins of a histogram: several per int8 step, even after the range has been shrunk to a third."""


@dataclass
class Observed:
    """Statistics of the values of a tensor.

    Attributes:
        low: Smallest value, or 0 if that is smaller.
        high: Largest value, or 0 if that is larger.
        counts: Histogram over [low, high], shape (BINS,). It omits zeros that came before all other
            values; this is harmless, because int8 represents 0 exactly.
        means: Mean of each channel over the first batch, shape (channels,).
    """

    low: float = 0.0
    high: float = 0.0
    counts: NDArray[np.float64] = field(default_factory=lambda: np.zeros(BINS))
    means: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))

    @property
    def centres(self) -> NDArray[np.float64]:
        """Centres of the histogram's bins, shape (BINS,)."""
        return self.low + (self.high - self.low) * (np.arange(BINS) + 0.5) / BINS

    def add(self, values: Tensor) -> None:
        """Add a batch of values, [n, channels, ...]."""
        values = values.double().cpu()
        if not self.means.size:
            self.means = values.transpose(0, 1).flatten(1).mean(1).numpy()
        least, greatest = (float(bound) for bound in values.aminmax())
        # Python's min and max can lose a NaN; NumPy's propagate it.
        low, high = float(np.minimum(self.low, least)), float(np.maximum(self.high, greatest))
        if isfinite(high - low) and high > low:
            # The range may have grown: the old counts move to the new bins by their centres.
            old, _ = np.histogram(self.centres, BINS, (low, high), weights=self.counts)
            self.counts = old + torch.histc(values, BINS, low, high).numpy()
        self.low, self.high = low, high


def observe(
    module: nn.Module, x: NDArray[np.float32], names: Collection[str]
) -> dict[str, Observed]:
    """Run a module on cases and collect statistics of its tensors.

    Args:
        module: A trained network that `trace` accepts.
        x: Normalized cases, float32 [n, channels, ...], n >= 1.
        names: Names of the tensors to observe, as in the calls that `trace` returns.

    Returns:
        Statistics by tensor.
    """
    observed = {name: Observed() for name in names}
    for results in activations(module, torch.split(torch.from_numpy(x), BATCH)):
        for name, tensor in observed.items():
            tensor.add(results[name])
    return observed
