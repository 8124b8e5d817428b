"""BoTorch's implementations of known test functions as our problems."""

import numpy as np
import torch
from optuna.distributions import BaseDistribution, FloatDistribution

from tinypareto.bench.problem import Array, Params, Problem
from tinypareto.solvers.optional_botorch import botorch_imports

with botorch_imports("bench"):
    from botorch.test_functions.base import (
        ConstrainedBaseTestProblem,
        MultiObjectiveTestProblem,
    )
    from botorch.test_functions.multi_objective import (
        C2DTLZ2,
        DTLZ2,
        OSY,
        ZDT1,
        CarSideImpact,
    )

__all__ = ["C2DTLZ2", "DTLZ2", "OSY", "ZDT1", "CarSideImpact", "TestFunction"]


class TestFunction(Problem):
    """A function on a box, unnegated, with BoTorch's reference point.

    Args:
        function: BoTorch's test function.
        ideal: (m,) least values of the objectives.
        volume: Hypervolume of the front relative to the reference point; None if not known.
    """

    __test__ = False

    def __init__(
        self, function: MultiObjectiveTestProblem, ideal: Array, volume: float | None
    ) -> None:
        self._function = function
        low, high = np.asarray(function.bounds).tolist()
        self.space: dict[str, BaseDistribution] = {
            f"x{i:02d}": FloatDistribution(a, b)
            for i, (a, b) in enumerate(zip(low, high, strict=True))
        }
        self.ideal, self.reference = ideal, np.asarray(function.ref_point, np.float64)
        self.best = None if volume is None else volume / float(np.prod(self.reference - ideal))

    def _points(self, params: Params) -> torch.Tensor:
        return torch.from_numpy(np.column_stack([params[name] for name in self.space]))

    def evaluate(self, params: Params) -> Array:
        """Compute the (n, m) objectives."""
        return np.asarray(self._function(self._points(params), noise=False))

    def constraints(self, params: Params) -> Array:
        """Compute (n, k) constraints, feasible at <= 0; BoTorch's slack has the opposite sign."""
        if not isinstance(self._function, ConstrainedBaseTestProblem):
            return np.empty((len(self._points(params)), 0))
        return -np.asarray(self._function.evaluate_slack(self._points(params), noise=False))
