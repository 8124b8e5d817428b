"""Numbers of channels of a family's layers as functions of its width."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np
from numpy.typing import NDArray

from tinypareto.pruning.plan import PruningPlan

Ints = NDArray[np.int64]
Key = tuple[str, str]

PROBES = 5
"""Widths at which the channels are compared with straight lines."""


@dataclass(frozen=True)
class ChannelsByWidth:
    """Channels of the layers of a network whose width varies.

    Most channels are proportional to the width, or are the same for all widths. Those that are on
    a straight line at all probes are taken to be on it everywhere; for a network with any others
    (such as a bottleneck of a sixteenth of the width) each width is traced once.

    Attributes:
        plan_of: Makes the pruning plan of a width; slow.
        low: Least width.
        high: Largest width.
    """

    plan_of: Callable[[int], PruningPlan]
    low: int
    high: int

    def prunable(self, layer: str, widths: Ints) -> Ints:
        """Filters of a prunable layer before pruning, (n,) for the widths (n,)."""
        return self._values(("prunable", layer), widths)

    def fixed(self, path: str, widths: Ints) -> Ints:
        """Channels that a layer never loses, (n,) for the widths (n,)."""
        return self._values(("fixed", path), widths)

    def _values(self, key: Key, widths: Ints) -> Ints:
        if self._straight:
            first, last = (self._counts(end)[key] for end in (self.low, self.high))
            span = max(1, self.high - self.low)
            on_line: Ints = first + (widths - self.low) * (last - first) // span
            return on_line
        unique, at = np.unique(widths, return_inverse=True)
        counts: Ints = np.array([self._counts(width)[key] for width in unique.tolist()])[at]
        return counts

    @cached_property
    def _straight(self) -> bool:
        spread = np.linspace(self.low, self.high, PROBES).round().astype(int)
        # Their neighbours too: steps of a rounded share could be as far apart as the probes.
        near = np.unique((spread[:, None] + np.arange(-1, 2)).clip(self.low, self.high))
        probes = near.tolist()
        first, last = self._counts(self.low), self._counts(self.high)
        span = max(1, self.high - self.low)
        return all(
            count * span == first[key] * span + (width - self.low) * (last[key] - first[key])
            for width in probes
            for key, count in self._counts(width).items()
        )

    @cached_property
    def _counts(self) -> Callable[[int], dict[Key, int]]:
        return cache(lambda width: _counts(self.plan_of(width)))


def _counts(plan: PruningPlan) -> dict[Key, int]:
    prunable = {("prunable", layer): count for layer, count in plan.widths.items()}
    fixed = {("fixed", path): members.get("", 0) for path, members in plan.members.items()}
    return {**prunable, **fixed}
