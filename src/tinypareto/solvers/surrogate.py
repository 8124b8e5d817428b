"""Fits one Gaussian process per output by its marginal likelihood (step 2 of Algorithm 1).

Symbols (docs/symbols.md): n evaluated points, e inputs, o outputs.
"""

import logging
import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch
from numpy.linalg import LinAlgError
from scipy.optimize import minimize
from torch import Tensor

from tinypareto.solvers.history import Array
from tinypareto.solvers.likelihood import NegativeLogPosterior, Priors
from tinypareto.solvers.posterior import (
    Component,
    Hyperparameters,
    Posterior,
    SurrogateError,
    condition,
    stack_hyperparameters,
)

_logger = logging.getLogger(__name__)
DECISIVE = math.log(100.0)
"""Evidence, as a difference of log densities, that decides against the prior choice."""
_MAX_FITTED, _MAX_COMPARED, _FEW_STEPS = 200, 100, 15


def fit(
    x: Tensor,
    y: Tensor,
    summary: int = 0,
    lengthscale_reduction: float = 0.0,
    noise: float = -1.0,
    iterations: int = 50,
    low_noise: float | None = None,
) -> Posterior:
    """Fit the posterior of each output.

    Args:
        x: (n, e) inputs of order one, n >= 1. Hyperparameters are fitted to 200 of them.
        y: (n, o) finite outputs in any unit; standardized here.
        summary: Number of last inputs that have a process of their own, which adds to that of
            all inputs: an effect of them alone is then learned for all values of the others.
        lengthscale_reduction: Amount by which the location of Hvarfner's length-scale prior
            (2024) is lowered, in log.
        noise: Mean of the prior of the log noise variance. BoTorch's -4 lets a few noisy points of
            many coordinates be interpolated, and a search goes where that promises most.
        iterations: Upper bound on L-BFGS steps.
        low_noise: Mean of a second prior of the log noise variance, lower than `noise`, for
            outputs that are free of noise. It is taken on decisive evidence (a ratio of the
            posterior densities above 100; Jeffreys 1961): noisy data prefer it a little too.

    Returns:
        The posterior in the outputs' units. If the fit itself fails, the posterior with the
        prior's hyperparameters: worse than fitted ones, but better than none.

    Raises:
        SurrogateError: The inputs or outputs are not finite, or no posterior exists.
    """
    if not (x.isfinite().all() and y.isfinite().all()):
        raise SurrogateError("training data are not finite")
    shift = y.mean(0)
    spread = (y - shift).square().mean(0).sqrt()
    # A constant output has a spread of rounding errors only, which must not be blown up.
    scale = torch.where(spread > 1e-9 * shift.abs().clamp_min(1e-9), spread, 1.0)
    standard = (y - shift) / scale
    # The likelihood costs n^3 per step, the posterior only once: it is conditioned on all rows.
    rows = np.unique(np.linspace(0, len(x) - 1, _MAX_FITTED).round().astype(int))
    # Evenly spaced rows cover early and late trials alike.
    priors, inputs = [Priors(lengthscale_reduction, noise)], x[rows].numpy()
    if low_noise is not None:
        priors.append(Priors(lengthscale_reduction, low_noise))
    columns = standard[rows].numpy().T
    fitted = [_fit_output(inputs, column, summary, priors, iterations) for column in columns]
    posterior = condition(stack_hyperparameters(fitted), x, standard.T)
    return replace(posterior, shift=shift, scale=scale)


def log_density(x: Array, y: Array, summary: int) -> float:
    """Log density of outputs under a model roughly fitted to 100 of them.

    Values of one data set in different units can be compared, after the change of variables; a
    constant that depends on n and on the kind of model alone is left out.

    Args:
        x: (n, e) inputs.
        y: (n,) outputs in their unit.
        summary: Number of summary inputs; see `fit`.

    Returns:
        The log density, or minus infinity if no model can be fitted.
    """
    rows = np.unique(np.linspace(0, len(x) - 1, _MAX_COMPARED).round().astype(int))
    spread = float(y.std()) or 1.0
    standard = (y[rows] - y.mean()) / spread
    objective = NegativeLogPosterior(x[rows], standard, summary, Priors(0.0, -4.0))
    try:
        value = _minimize(objective, _FEW_STEPS)[1]
    except (LinAlgError, ValueError, ArithmeticError):
        return -np.inf
    # Standardizing divided each output by the spread; n / rows scales the sample to all rows.
    return -float(len(x) / len(rows)) * (value + len(rows) * math.log(spread))


def _minimize(objective: NegativeLogPosterior, iterations: int) -> tuple[Array, float]:
    """(parameters,) minimizer by L-BFGS, and the value there."""
    result = minimize(
        objective,
        objective.start,
        jac=True,
        bounds=objective.bounds,
        options={"maxiter": iterations},
    )
    return result.x, float(result.fun)


def _fit_output(
    x: Array, y: Array, summary: int, priors: Sequence[Priors], iterations: int
) -> Hyperparameters:
    """Fit the hyperparameters of one output: (n, e) inputs, (n,) standardized outputs."""
    objective = NegativeLogPosterior(x, y, summary, priors[0])
    # A prior mean of zero is the mean of standardized outputs.
    theta, constant = objective.start, 0.0
    try:
        theta, value = _minimize(objective, iterations)
        # The second fit costs as much as the first: only if the first finds little noise.
        for other in priors[1:] if theta[-1] < objective.start[-1] - 1.0 else ():
            low = NegativeLogPosterior(x, y, summary, other)
            low_theta, low_value = _minimize(low, iterations)
            if low_value < value - DECISIVE:
                objective, theta, value = low, low_theta, low_value
        constant = objective.constant(theta)
    except (LinAlgError, ValueError, ArithmeticError) as error:
        _logger.info("surrogate: fit failed (%s); uses the prior's hyperparameters", error)
        theta = objective.start
    components = [
        Component(torch.from_numpy(lengths).reshape(1, 1, -1), _cube(scale))
        for lengths, scale in objective.split(theta)
    ]
    noise = _cube(float(np.exp(theta[-1])))
    return Hyperparameters(tuple(components), noise, _cube(constant)[0])


def _cube(value: float) -> Tensor:
    return torch.full((1, 1, 1), value, dtype=torch.float64)
