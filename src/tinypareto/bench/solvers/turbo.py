"""TuRBO (Eriksson 2019) of a scalarization, constraints as in SCBO (Eriksson 2021).

Augmented Chebyshev weights are drawn anew for each proposal, since fixed weights would find only
one corner of the front; a success is a proposal that beats the best feasible value of its weights.
"""

import numpy as np

from tinypareto.bench.problem import Array, Problem
from tinypareto.bench.solvers.array_sampler import ArraySampler
from tinypareto.bench.solvers.models import fit_models
from tinypareto.bench.solvers.trust_region import Region, draw_joint_sample, violation
from tinypareto.solvers import History

_RHO = 0.05


class Turbo:
    """The trust region of one study."""

    def __init__(self) -> None:
        self._region = Region()
        self._weights: Array | None = None

    def __call__(self, history: History, rng: np.random.Generator) -> Array:
        """Propose the (d,) point of the trust region whose joint posterior sample is best."""
        x, y = history.x[history.complete], history.y[history.complete]
        low, span = y.min(axis=0), np.where(np.ptp(y, axis=0) > 0.0, np.ptp(y, axis=0), 1.0)
        if self._weights is not None:
            rank = self._merit((y - low) / span, violation(history), self._weights)
            self._region.learn(bool(rank[-1] < rank[:-1].min()), x.shape[1])
        self._weights = rng.dirichlet(np.ones(y.shape[1]))
        models = fit_models(history)
        center = x[self._merit((y - low) / span, violation(history), self._weights).argmin()]
        points = self._region.candidates(center, models.scales, rng)
        objectives, constraints = draw_joint_sample(models, points)
        excess = constraints.clip(min=0.0).sum(axis=1)
        merit = self._merit((objectives - low) / span, excess, self._weights)
        return np.asarray(points[merit.argmin()])

    @staticmethod
    def _merit(scaled: Array, excess: Array, weights: Array) -> Array:
        """(n,) merits, less is better; infeasible points come after all feasible ones."""
        weighted = scaled * weights
        value = weighted.max(axis=1) + _RHO * weighted.sum(axis=1)
        worst = 1.0 + np.abs(value).max()
        return np.asarray(np.where(excess > 0.0, worst + excess, value))


def make(seed: int, problem: Problem) -> ArraySampler:
    """Create the sampler of a study."""
    return ArraySampler(seed, Turbo())
