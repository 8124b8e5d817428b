"""Expected improvement of one objective alone, within all limits.

Just below the limits there is hardly any hypervolume to gain: an error that is five points smaller
at four fifths of three limits adds 0.05 * 0.2^3 = 0.0004. So a search for hypervolume finds small
networks, and leaves the most accurate one that fits to luck. Asks with this reward look for it.

Symbols (docs/symbols.md): p points, v visited points, m objectives.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from tinypareto.solvers.chebyshev import SLOPE
from tinypareto.solvers.ehvi import expected_log_shortfall, expected_shortfall
from tinypareto.solvers.history import Array
from tinypareto.solvers.posterior_moments import PosteriorMoments


@dataclass(frozen=True)
class ObjectiveImprovement:
    """Expected reward of points: the expected improvement of one objective if feasible.

    With p the probability of feasibility, t the least visited value and v the expected violation:

        p E[max(t - Y, 0)] / span - 1e-3 (1 - p) v

    Attributes:
        objective: Index of the objective Y.
        best: Least visited value t, in the objective's unit.
        span: Positive unit of the reward, in the objective's unit.
    """

    objective: int
    best: float
    span: float

    def __call__(self, moments: PosteriorMoments) -> Tensor:
        """Compute the (p,) rewards of p points."""
        mean, std = moments.mean[:, self.objective], moments.std[:, self.objective]
        logarithmic = bool(moments.logarithmic[self.objective])
        shortfall = expected_log_shortfall if logarithmic else expected_shortfall
        gain = shortfall(torch.tensor(self.best, dtype=mean.dtype), mean, std) / self.span
        feasible = moments.feasibility()
        # The slope shows a policy the way to the feasible region, as in the other rewards.
        return feasible * gain - SLOPE * (1.0 - feasible) * moments.violation()


def improvement_reward(visited: Array, objective: int) -> ObjectiveImprovement:
    """Build the reward of an iteration.

    Args:
        visited: (v, m) feasible objectives, v >= 1. With noise these should be posterior means:
            on the luckiest measurement nothing can be expected to improve.
        objective: Index of the objective.
    """
    values = visited[:, objective]
    return ObjectiveImprovement(objective, float(values.min()), float(np.ptp(values)) or 1.0)
