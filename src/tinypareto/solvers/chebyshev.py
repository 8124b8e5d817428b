"""The reward of Deutel 2023: expected improvement of a Chebyshev scalarization, with a slope.

| symbol | meaning | in the code | shape | unit |
|---|---|---|---|---|
| l | weights on the simplex | `weights` | (m,) | 1 |
| g(f, l) | scalarized value (Eq. 7) | `scalarize` | (...) | as f |
| g* | least scalarized value visited | `best` | | as f |
| w | greatest scalarized value visited minus g* | `gap` | | as f |
| S | base samples | `samples` | (S, m) | 1 |
| r | reward (Eq. 8) | `Chebyshev.__call__` | (p,) | as f |
"""

from dataclasses import dataclass

import numpy as np
import torch
from scipy.stats import norm, qmc
from torch import Tensor

from tinypareto.pareto import nondominated
from tinypareto.solvers.history import Array
from tinypareto.solvers.posterior_moments import PosteriorMoments

RHO = 0.005
"""Weight of the sum in the augmented scalarization (Eq. 7)."""
SLOPE = 1e-3
"""Factor on everything that is not an improvement (Eq. 8)."""
_CHUNK = 2048


def scalarize(values: Tensor, weights: Tensor) -> Tensor:
    """Augmented Chebyshev scalarization (Eq. 7, Deutel 2023): max_j(l_j f_j) + rho sum_j l_j f_j.

    The maximum reaches every point of a front, convex or not; the small sum, rho = 0.005, rules
    out points that are only weakly Pareto optimal.

    Args:
        values: (..., m) objectives f.
        weights: (m,) weights l.

    Returns:
        (...) scalarized values.
    """
    weighted = values * weights
    return weighted.amax(dim=-1) + RHO * weighted.sum(dim=-1)


def slope_improvement(improvement: Tensor) -> Tensor:
    """Multiply negative improvements by 1e-3 (Eq. 8).

    Expected improvement would clamp them at zero; the slope tells a policy which way is better
    even where nothing improves.
    """
    return torch.where(improvement > 0.0, improvement, SLOPE * improvement)


def draw_weights(m: int, rng: np.random.Generator) -> Array:
    """Draw (m,) weights, uniform on the simplex; once per iteration."""
    return rng.dirichlet(np.ones(m))


def base_samples(count: int, m: int, rng: np.random.Generator) -> Tensor:
    """Draw (count, m) standard normal samples from a scrambled Sobol sequence.

    All points of an iteration share them, so the reward is a deterministic function of a point.

    Args:
        count: S, a power of two.
        m: Number of objectives.
        rng: Source of the scrambling.
    """
    uniform = qmc.Sobol(m, rng=rng).random(count)
    # A Sobol coordinate may be exactly zero, whose normal quantile is minus infinity.
    return torch.from_numpy(norm.ppf(np.clip(uniform, 1e-9, 1 - 1e-9)))


@dataclass(frozen=True)
class Chebyshev:
    """Expected reward of points, the mean over S samples of their objectives.

    With p the probability of feasibility, I = g* - g the improvement over the best visited
    scalarized value, w the gap between the best and the worst visited one and v the expected
    violation, the reward is

        p (E[max(I, 0)] + 1e-3 E[min(I, 0)]) - 1e-3 ((1 - p) w + v)

    Without constraints this is Eq. 8. An infeasible point counts as the worst visited one, with a
    slope back to the feasible region; the paper is silent on constraints.

    Attributes:
        weights: (m,) weights l on the simplex.
        best: Least scalarized value visited, g*.
        gap: Greatest minus least scalarized value visited, w.
        samples: (S, m) base samples.
        offset: (m,) values subtracted from the objectives before they are weighted.
        span: (m,) positive values that divide the differences.
    """

    weights: Tensor
    best: float
    gap: float
    samples: Tensor
    offset: Tensor
    span: Tensor

    def __call__(self, moments: PosteriorMoments) -> Tensor:
        """Compute the (p,) rewards of p points."""
        # In chunks of points, so that the (S, p, m) samples stay small.
        parts = zip(
            torch.split(moments.mean, _CHUNK), torch.split(moments.std, _CHUNK), strict=True
        )
        improvement = [self._improvements(*part, moments.logarithmic) for part in parts]
        expected = torch.cat([slope_improvement(i).mean(dim=0) for i in improvement])
        feasible = moments.feasibility()
        # An infeasible point counts as the worst visited one; its violation adds the slope.
        penalty = (1.0 - feasible) * self.gap + moments.violation()
        return feasible * expected - SLOPE * penalty

    def _improvements(self, mean: Tensor, std: Tensor, logarithmic: Tensor) -> Tensor:
        """(S, p) improvements g* - g of sampled objectives."""
        # One z for all points (reparametrization): rewards differ by the points, not by luck.
        sampled = mean + std * self.samples.unsqueeze(1)
        if logarithmic.any():
            # The surrogate is normal in the logarithm, but Eq. 7 weights the objective itself.
            sampled = torch.where(logarithmic, sampled.exp(), sampled)
        sampled = (sampled - self.offset) / self.span
        return self.best - scalarize(sampled, self.weights)


def chebyshev_reward(
    visited: Array,
    rng: np.random.Generator,
    samples: int,
    normalize: bool,
    scale_by_front: bool = False,
) -> Chebyshev:
    """Build the reward of an iteration.

    Args:
        visited: (n, m) objectives to improve on, n >= 1: the feasible ones, or all if there are
            none.
        rng: Source of the weights and base samples.
        samples: S, a power of two.
        normalize: Whether objectives are first mapped to [0, 1]: the greatest visited value to
            one, the ideal to zero.
        scale_by_front: Whether the range is that of the front rather than of all points.
    """
    m = visited.shape[1]
    scale = visited[nondominated(visited)] if scale_by_front else visited
    low, range_ = _ideal_and_span(scale) if normalize else (np.zeros(m), np.ones(m))
    offset, span = torch.from_numpy(low), torch.from_numpy(range_)
    weights = torch.from_numpy(draw_weights(m, rng))
    # g* belongs to the weights: visited points are scalarized anew in each iteration.
    values = scalarize((torch.from_numpy(visited) - offset) / span, weights)
    best = values.min().item()
    gap = values.max().item() - best
    return Chebyshev(weights, best, gap, base_samples(samples, m, rng), offset, span)


def _ideal_and_span(visited: Array) -> tuple[Array, Array]:
    """(m,) ideal and (m,) positive distance from it to the worst value.

    An objective that is never negative, and whose least value is at most half of its greatest,
    looks like a share of a limit, whose ideal is zero itself. The ideal of any other objective is
    its least value.
    """
    low, high = visited.min(axis=0), visited.max(axis=0)
    ideal = np.where((low >= 0.0) & (low <= 0.5 * high), 0.0, low)
    return ideal, np.where(high > ideal, high - ideal, 1.0)
