"""The order in which the training cases of an epoch are used; rare classes may come more often."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor


class EpochOrder:
    """Random orders of the cases, one for each epoch.

    A case is used `weight` times an epoch on average, and never more or less than that rounded up
    or down. A class of n cases has weights in proportion to n^-`balance`, with a mean of 1 over all
    cases: 0 uses every case once, 1 uses all classes equally often.

    Args:
        strata: Class of each case, or another number to balance by, [n]; see `Task.strata`.
        balance: Exponent, in [0, 1].
        seed: Seed of all orders.
    """

    def __init__(self, strata: NDArray[np.int64], balance: float, seed: int) -> None:
        self._cases = len(strata)
        self._random = torch.Generator().manual_seed(seed)
        weights = np.bincount(strata)[strata] ** -balance
        # Equal weights are left out, so that rounding cannot repeat a case.
        equal = weights.max() == weights.min()
        self._weights = None if equal else torch.from_numpy(weights / weights.mean())

    def draw(self) -> Tensor:
        """Indices for the next epoch, int64 [n]."""
        order = torch.randperm(self._cases, generator=self._random)
        if self._weights is None:
            return order
        # Systematic sampling: every case gets a stretch as long as its weight, in random order,
        # and is drawn as often as one of n points at distances of 1 lies in its stretch.
        ends = self._weights[order].cumsum(0)
        start = torch.rand(1, generator=self._random, dtype=torch.float64)
        points = start + torch.arange(len(ends))
        drawn = order[torch.searchsorted(ends, points).clamp_max(len(ends) - 1)]
        return drawn[torch.randperm(len(drawn), generator=self._random)]
