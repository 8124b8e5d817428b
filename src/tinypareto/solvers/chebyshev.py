"""The reward of Deutel 2023: expected improvement of a Chebyshev scalarisation, with a slope."""

from dataclasses import dataclass

import numpy as np
import torch
from scipy.stats import norm, qmc
from torch import Tensor

from tinypareto.pareto import nondominated
from tinypareto.solvers.history import Array
from tinypareto.solvers.posterior_moments import Moments

RHO = 0.005
"""Weight of the sum in the augmented scalarisation (Eq. 7)."""
SLOPE = 1e-3
"""Factor on everything that is not an improvement (Eq. 8)."""
_CHUNK = 2048


def scalarise(values: Tensor, weights: Tensor) -> Tensor:
    """max_j(l_j f_j) + 0.005 sum_j l_j f_j of (..., m) values (Eq. 7, Deutel 2023): (...)."""
    weighted = values * weights
    return weighted.amax(dim=-1) + RHO * weighted.sum(dim=-1)


def slope_improvement(improvement: Tensor) -> Tensor:
    """The improvement, times 1e-3 where it is negative (Eq. 8): EI would clamp it at zero."""
    return torch.where(improvement > 0.0, improvement, SLOPE * improvement)


def draw_weights(m: int, rng: np.random.Generator) -> Array:
    """(m,) weights, uniform on the simplex, drawn once an iteration."""
    return rng.dirichlet(np.ones(m))


def base_samples(count: int, m: int, rng: np.random.Generator) -> Tensor:
    """(count, m) fixed standard normal samples from a scrambled Sobol sequence.

    Args:
        count: S, a power of two.
        m: Objectives.
        rng: Source of the scrambling.
    """
    uniform = qmc.Sobol(m, rng=rng).random(count)
    return torch.from_numpy(norm.ppf(np.clip(uniform, 1e-9, 1 - 1e-9)))


@dataclass(frozen=True)
class Chebyshev:
    """Expected reward of points; one independent sample per objective and base sample.

    With p the probability of feasibility, I the improvement over the best visited scalarised
    value, w the gap between the best and the worst visited one and v the expected violation, the
    reward is

        p (E[max(I, 0)] + 1e-3 E[min(I, 0)]) - 1e-3 ((1 - p) w + v)

    so that Eq. 8 is what remains where no constraint is in sight; an infeasible point counts as
    the worst visited one, with a slope back to the feasible region (the paper is silent on
    constraints).

    Attributes:
        weights: (m,) on the simplex.
        best: Least scalarised value visited.
        gap: The greatest minus the least, w.
        samples: (S, m) base samples.
        offset: (m,) subtracted from the objectives first, with `span` dividing them.
        span: (m,) positive.
    """

    weights: Tensor
    best: float
    gap: float
    samples: Tensor
    offset: Tensor
    span: Tensor

    def __call__(self, moments: Moments) -> Tensor:
        """Rewards of p points, (p,)."""
        parts = zip(
            torch.split(moments.mean, _CHUNK), torch.split(moments.std, _CHUNK), strict=True
        )
        improvement = [self._improvements(*part, moments.logarithmic) for part in parts]
        expected = torch.cat([slope_improvement(i).mean(dim=0) for i in improvement])
        feasible = moments.feasibility()
        penalty = (1.0 - feasible) * self.gap + moments.violation()
        return feasible * expected - SLOPE * penalty

    def _improvements(self, mean: Tensor, std: Tensor, logarithmic: Tensor) -> Tensor:
        sampled = mean + std * self.samples.unsqueeze(1)
        if logarithmic.any():
            sampled = torch.where(logarithmic, sampled.exp(), sampled)
        sampled = (sampled - self.offset) / self.span
        return self.best - scalarise(sampled, self.weights)


def chebyshev(
    visited: Array, rng: np.random.Generator, samples: int, scaled: bool, nadir: bool = False
) -> Chebyshev:
    """The reward of an iteration.

    Args:
        visited: (n, m) objectives to improve on, n >= 1: the feasible ones, or all where none is.
        rng: Draws weights and base samples.
        samples: S, a power of two.
        scaled: Whether objectives are first mapped to [0, 1]: the greatest visited value to
            one, the ideal to zero. The ideal is zero itself for an objective that is never
            negative and halved its greatest value, the least visited value otherwise.
        nadir: Whether the range is that of the front instead of all points.
    """
    m = visited.shape[1]
    shown = visited[nondominated(visited)] if nadir else visited
    low, range_ = _ideal_and_span(shown) if scaled else (np.zeros(m), np.ones(m))
    offset, span = torch.from_numpy(low), torch.from_numpy(range_)
    weights = torch.from_numpy(draw_weights(m, rng))
    values = scalarise((torch.from_numpy(visited) - offset) / span, weights)
    best = values.min().item()
    gap = values.max().item() - best
    return Chebyshev(weights, best, gap, base_samples(samples, m, rng), offset, span)


def _ideal_and_span(visited: Array) -> tuple[Array, Array]:
    low, high = visited.min(axis=0), visited.max(axis=0)
    ideal = np.where((low >= 0.0) & (low <= 0.5 * high), 0.0, low)
    return ideal, np.where(high > ideal, high - ideal, 1.0)
