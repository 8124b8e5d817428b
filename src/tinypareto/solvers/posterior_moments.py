"""Posterior means and standard deviations of objectives and constraints.

Symbols (docs/symbols.md): p points, m objectives, k constraints.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class PosteriorMoments:
    """Independent normal distributions at p points; a standard deviation of zero means exact.

    Attributes:
        mean: (p, m) means of the objectives, minimized, or of their logarithms.
        std: (p, m) standard deviations of the same.
        excess: (p, k) means of the constraints, feasible at <= 0: a known limit relative to the
            limit, a learned constraint in standard deviations of its recorded values.
        excess_std: (p, k) standard deviations of the constraints.
        objective_limit: (k,) mask of the constraints that are limits of learned objectives.
        logarithmic: (m,) mask of the objectives whose logarithm is normal.
    """

    mean: Tensor
    std: Tensor
    excess: Tensor
    excess_std: Tensor
    objective_limit: Tensor
    logarithmic: Tensor

    @property
    def median(self) -> Tensor:
        """(p, m) medians of the objectives."""
        return torch.where(self.logarithmic, self.mean.exp(), self.mean)

    def feasibility(self, objective_limits: bool = True) -> Tensor:
        """Compute the (p,) probabilities that every constraint holds.

        Args:
            objective_limits: Whether limits of learned objectives count; they do not where they
                already bound the boxes of the hypervolume.
        """
        # Constraints are independent, so their probabilities are multiplied.
        ratio = self.excess / self.excess_std.clamp_min(1e-12)
        # A known constraint has no distribution: it holds or it does not.
        exact = (self.excess <= 0.0).to(ratio.dtype)
        chance = torch.where(self.excess_std > 0.0, torch.special.ndtr(-ratio), exact)
        return torch.prod(chance if objective_limits else chance[:, ~self.objective_limit], dim=1)

    def violation(self) -> Tensor:
        """Compute the (p,) sums of E[max(c, 0)] over the constraints.

        For c ~ N(mu, sigma^2) and z = mu / sigma it is mu Phi(z) + sigma phi(z).
        """
        # With so small a deviation the formula below is max(mu, 0), right for known limits.
        std = self.excess_std.clamp_min(1e-12)
        ratio = self.excess / std
        density = torch.exp(-0.5 * ratio.square()) / math.sqrt(2.0 * math.pi)
        return torch.sum(self.excess * torch.special.ndtr(ratio) + std * density, dim=1)
