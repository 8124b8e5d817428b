"""Trust regions around good points, as TuRBO (Eriksson 2019) and MORBO (Daulton 2022) have them."""

from dataclasses import dataclass

import numpy as np
import torch
from scipy.stats import qmc

from tinypareto.bench.problem import Array
from tinypareto.bench.solvers.models import Models
from tinypareto.solvers import History

LONGEST, FIRST, SHORTEST = 1.6, 0.8, 0.5**7
_SUCCESSES, _CANDIDATES = 3, 2048


@dataclass
class Region:
    """A cube that grows with successes and shrinks with failures, and starts anew when tiny.

    Attributes:
        length: Length of its sides in units of the range.
        successes: Number of successes in a row.
        failures: Number of failures in a row.
    """

    length: float = FIRST
    successes: int = 0
    failures: int = 0

    def learn(self, success: bool, dim: int) -> bool:
        """Adapt the length to the outcome of the last proposal.

        Returns:
            Whether the region collapsed and starts anew.
        """
        self.successes = self.successes + 1 if success else 0
        self.failures = 0 if success else self.failures + 1
        if self.successes == _SUCCESSES:
            self.length, self.successes = min(2.0 * self.length, LONGEST), 0
        if self.failures == max(4, dim):
            self.length, self.failures = self.length / 2.0, 0
        if self.length >= SHORTEST:
            return False
        self.length = FIRST
        return True

    def candidates(self, center: Array, scales: Array, rng: np.random.Generator) -> Array:
        """Draw (2048, d) points of the cube; each moves about twenty coordinates of the center.

        Args:
            center: (d,) center of the cube.
            scales: (m, d) length scales, whose geometric mean stretches the sides; the product
                of the sides stays.
            rng: Source of randomness.
        """
        d = len(center)
        stretch = np.log(scales).mean(axis=0)
        sides = 0.5 * self.length * np.exp(stretch - stretch.mean())
        unit = qmc.Sobol(d, rng=rng).random(_CANDIDATES)
        low, high = (center - sides).clip(0.0, 1.0), (center + sides).clip(0.0, 1.0)
        moved = rng.random(unit.shape) < min(20.0 / d, 1.0)
        moved[np.arange(len(unit)), rng.integers(d, size=len(unit))] = True
        return np.where(moved, low + unit * (high - low), center)


def draw_joint_sample(models: Models, points: Array) -> tuple[Array, Array]:
    """Draw one joint posterior sample at (p, d) points.

    Returns:
        (p, m) minimized objectives and (p, k) constraints, feasible below zero.
    """
    with torch.no_grad():
        drawn = models.posterior.posterior(torch.from_numpy(points)).rsample().squeeze(0)
    constraints = [constraint(drawn).numpy() for constraint in models.constraints]
    broken = np.column_stack(constraints) if constraints else np.empty((len(points), 0))
    return -drawn[:, : models.objectives].numpy(), broken


def violation(history: History) -> Array:
    """(n,) sums of the positive parts of the constraints, each in its standard deviations."""
    c = np.nan_to_num(history.c[history.complete])
    spread = np.where(c.std(axis=0) > 0.0, c.std(axis=0), 1.0)
    return np.asarray((c.clip(min=0.0) / spread).sum(axis=1))
