"""ParEGO (Knowles 2006), the baseline of Deutel 2023: one surrogate of a scalarised objective."""

import warnings

import numpy as np
import torch
from torch import Tensor

from tinypareto.solvers.chebyshev import draw_weights
from tinypareto.solvers.history import Array, History, Space
from tinypareto.solvers.optional_botorch import botorch_imports
from tinypareto.solvers.posterior import SurrogateError
from tinypareto.threads import threads

with botorch_imports("parego"):
    from botorch.acquisition.acquisition import AcquisitionFunction
    from botorch.acquisition.analytic import (
        LogConstrainedExpectedImprovement,
        LogExpectedImprovement,
    )
    from botorch.exceptions.errors import BotorchError
    from botorch.exceptions.warnings import BotorchWarning
    from botorch.fit import fit_gpytorch_mll
    from botorch.models import SingleTaskGP
    from botorch.models.model_list_gp_regression import ModelListGP
    from botorch.models.transforms.outcome import Standardize
    from botorch.optim.optimize import optimize_acqf
    from gpytorch.mlls import ExactMarginalLogLikelihood

RHO = 0.05
"""Weight of the sum in the augmented Chebyshev function (Knowles 2006, Eq. 2)."""
RESTARTS, RAW, STEPS = 4, 256, 50


@threads(1)
def ask_parego(history: History, space: Space, rng: np.random.Generator) -> Array:
    """The (d,) point of greatest expected improvement of a randomly weighted scalarisation.

    Objectives are scaled to [0, 1] over what was visited. Constraints that were ever broken have a
    surrogate of their greatest excess, whose probability weighs the improvement (Gardner 2014).
    Points being evaluated are not considered.

    Args:
        history: What is known; objectives minimised.
        space: Where to look; known objectives and features are not used.
        rng: Source of all randomness.

    Raises:
        SurrogateError: No feasible point has been evaluated, or no surrogate can be fitted.
    """
    rows = history.feasible()
    if rows.sum() < 2:
        raise SurrogateError("fewer than two feasible points have been evaluated")
    values = scalarised(history.y[rows], draw_weights(history.y.shape[1], rng))
    told = [(history.x[rows], values)]
    if (history.c > 0.0).any():
        known = np.isfinite(history.c).any(axis=1)
        told.append((history.x[known], np.nanmax(history.c[known], axis=1)))
    with torch.random.fork_rng(devices=[]), warnings.catch_warnings():
        torch.manual_seed(int(rng.integers(2**31)))
        warnings.simplefilter("ignore", BotorchWarning)
        warnings.simplefilter("ignore", RuntimeWarning)
        try:
            point = _best([_fitted(*one) for one in told], values.min(), space.dim)
        except (BotorchError, RuntimeError, ValueError) as cause:
            raise SurrogateError(str(cause)) from cause
    return np.asarray(space.snap(point.numpy())[0])


def scalarised(y: Array, weights: Array) -> Array:
    """max_j(l_j f_j) + 0.05 sum_j l_j f_j of (n, m) objectives scaled to [0, 1]: (n,)."""
    low, high = y.min(axis=0), y.max(axis=0)
    weighted = weights * (y - low) / np.where(high > low, high - low, 1.0)
    return np.asarray(weighted.max(axis=1) + RHO * weighted.sum(axis=1))


def _fitted(x: Array, y: Array) -> SingleTaskGP:
    column = torch.from_numpy(y).unsqueeze(1)
    model = SingleTaskGP(torch.from_numpy(x), column, outcome_transform=Standardize(1))
    fit_gpytorch_mll(ExactMarginalLogLikelihood(model.likelihood, model))
    return model


def _best(models: list[SingleTaskGP], best: float, dim: int) -> Tensor:
    improvement: AcquisitionFunction = LogExpectedImprovement(models[0], best, maximize=False)
    if len(models) > 1:
        both = ModelListGP(*models)
        limit: dict[int, tuple[float | None, float | None]] = {1: (None, 0.0)}
        improvement = LogConstrainedExpectedImprovement(both, best, 0, limit, maximize=False)
    bounds = torch.tensor([[0.0] * dim, [1.0] * dim], dtype=torch.float64)
    options: dict[str, bool | float | int | str] = {"maxiter": STEPS}
    point: Tensor = optimize_acqf(improvement, bounds, 1, RESTARTS, RAW, options=options)[0]
    return point
