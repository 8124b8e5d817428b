"""Independent normal beliefs about objectives and constraints."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Moments:
    """Independent normal beliefs at p points; a standard deviation of zero means exact.

    Attributes:
        mean: (p, m) objectives, minimised, or their logarithms.
        std: (p, m).
        excess: (p, k) means of the constraints, feasible at <= 0. Known limits: relative to the
            limit. Learned ones: in standard deviations of what was recorded.
        excess_std: (p, k).
        repeated: (k,) which constraints are limits of learned objectives.
        logarithmic: (m,) objectives whose logarithm is normal.
    """

    mean: Tensor
    std: Tensor
    excess: Tensor
    excess_std: Tensor
    repeated: Tensor
    logarithmic: Tensor

    @property
    def median(self) -> Tensor:
        """(p, m) objectives."""
        return torch.where(self.logarithmic, self.mean.exp(), self.mean)

    def feasibility(self, repeated: bool = True) -> Tensor:
        """Probability that every constraint holds, (p,).

        Args:
            repeated: Whether limits of learned objectives count.
        """
        ratio = self.excess / self.excess_std.clamp_min(1e-12)
        exact = (self.excess <= 0.0).to(ratio.dtype)
        chance = torch.where(self.excess_std > 0.0, torch.special.ndtr(-ratio), exact)
        return torch.prod(chance if repeated else chance[:, ~self.repeated], dim=1)

    def violation(self) -> Tensor:
        """Sum over the constraints of E[max(c, 0)], (p,)."""
        std = self.excess_std.clamp_min(1e-12)
        ratio = self.excess / std
        density = torch.exp(-0.5 * ratio.square()) / math.sqrt(2.0 * math.pi)
        return torch.sum(self.excess * torch.special.ndtr(ratio) + std * density, dim=1)
