"""ParEGO (Knowles 2006), the baseline of Deutel 2023: one surrogate of a scalarized objective."""

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
    """Propose the point of greatest expected improvement of a randomly weighted scalarization.

    Objectives are scaled to [0, 1] over the visited points. If constraints were ever broken, their
    greatest excess has a surrogate, whose probability of feasibility weights the improvement
    (Gardner 2014). Pending points are not considered.

    Args:
        history: All evaluations; objectives minimized.
        space: Search space; known objectives and features are not used.
        rng: Source of all randomness.

    Returns:
        (d,) point.

    Raises:
        SurrogateError: No feasible point has been evaluated, or no surrogate can be fitted.
    """
    rows = history.feasible()
    if rows.sum() < 2:
        raise SurrogateError("fewer than two feasible points have been evaluated")
    # New weights each time: over many proposals they reach all parts of the front.
    values = scalarize_scaled(history.y[rows], draw_weights(history.y.shape[1], rng))
    targets = [(history.x[rows], values)]
    if (history.c > 0.0).any():
        recorded = np.isfinite(history.c).any(axis=1)
        # One surrogate for all constraints: a point is feasible if the greatest is.
        targets.append((history.x[recorded], np.nanmax(history.c[recorded], axis=1)))
    with torch.random.fork_rng(devices=[]), warnings.catch_warnings():
        # BoTorch draws raw samples from torch's global generator.
        torch.manual_seed(int(rng.integers(2**31)))
        warnings.simplefilter("ignore", BotorchWarning)
        warnings.simplefilter("ignore", RuntimeWarning)
        try:
            point = _maximize([_fit(*target) for target in targets], values.min(), space.dim)
        except (BotorchError, RuntimeError, ValueError) as cause:
            raise SurrogateError(str(cause)) from cause
    return np.asarray(space.snap(point.numpy())[0])


def scalarize_scaled(y: Array, weights: Array) -> Array:
    """Augmented Chebyshev function of scaled objectives (Knowles 2006, Eq. 2).

    max_j(l_j f_j) + 0.05 sum_j l_j f_j with the objectives f scaled to [0, 1].

    Args:
        y: (n, m) objectives.
        weights: (m,) weights l on the simplex.

    Returns:
        (n,) scalarized values.
    """
    low, high = y.min(axis=0), y.max(axis=0)
    weighted = weights * (y - low) / np.where(high > low, high - low, 1.0)
    return np.asarray(weighted.max(axis=1) + RHO * weighted.sum(axis=1))


def _fit(x: Array, y: Array) -> SingleTaskGP:
    column = torch.from_numpy(y).unsqueeze(1)
    model = SingleTaskGP(torch.from_numpy(x), column, outcome_transform=Standardize(1))
    fit_gpytorch_mll(ExactMarginalLogLikelihood(model.likelihood, model))
    return model


def _maximize(models: list[SingleTaskGP], best: float, dim: int) -> Tensor:
    """(1, d) point of greatest expected improvement on `best`."""
    improvement: AcquisitionFunction = LogExpectedImprovement(models[0], best, maximize=False)
    if len(models) > 1:
        both = ModelListGP(*models)
        # Output 1 is the greatest excess: feasible at <= 0, without a lower bound.
        limit: dict[int, tuple[float | None, float | None]] = {1: (None, 0.0)}
        improvement = LogConstrainedExpectedImprovement(both, best, 0, limit, maximize=False)
    bounds = torch.tensor([[0.0] * dim, [1.0] * dim], dtype=torch.float64)
    options: dict[str, bool | float | int | str] = {"maxiter": STEPS}
    point: Tensor = optimize_acqf(improvement, bounds, 1, RESTARTS, RAW, options=options)[0]
    return point
