"""Fits one Gaussian process per output by its marginal likelihood (step 2 of Algorithm 1)."""

import logging
import math
from dataclasses import replace

import numpy as np
import torch
from numpy.linalg import LinAlgError
from scipy.optimize import minimize
from torch import Tensor

from tinypareto.solvers.history import Array
from tinypareto.solvers.likelihood import Evidence, Priors
from tinypareto.solvers.posterior import (
    Component,
    Hyperparameters,
    Posterior,
    SurrogateError,
    condition,
    joined,
)

_logger = logging.getLogger(__name__)
_MOST_FITTED, _MOST_COMPARED, _FEW_STEPS = 200, 100, 15


def fit(
    x: Tensor,
    y: Tensor,
    summary: int = 0,
    shorter: float = 0.0,
    noise: float = -1.0,
    iterations: int = 50,
) -> Posterior:
    """The posterior of each output.

    Args:
        x: (n, e) inputs, of order one, n >= 1. Hyperparameters are fitted to 200 of them.
        y: (n, o) finite outputs in any unit; standardised here.
        summary: How many of the last inputs have a process of their own, which adds to that of
            all inputs: what depends on them alone is then learned for all values of the others.
        shorter: By how much the length-scale prior of Hvarfner 2024 is moved down, in log.
        noise: Mean of the prior of the log noise variance. BoTorch's -4 lets a few noisy points of
            many coordinates be interpolated, and a search finds where that promises most.
        iterations: Upper bound on L-BFGS steps.

    Returns:
        The posterior in the outputs' units. Where the fit itself fails, that of the prior's
        hyperparameters: worse than fitted ones, better than none.

    Raises:
        SurrogateError: The inputs or outputs are not finite, or no posterior exists.
    """
    if not (x.isfinite().all() and y.isfinite().all()):
        raise SurrogateError("training data are not finite")
    shift = y.mean(0)
    spread = (y - shift).square().mean(0).sqrt()
    scale = torch.where(spread > 1e-9 * shift.abs().clamp_min(1e-9), spread, 1.0)
    standard = (y - shift) / scale
    rows = np.unique(np.linspace(0, len(x) - 1, _MOST_FITTED).round().astype(int))
    priors, inputs = Priors(shorter, noise), x[rows].numpy()
    columns = standard[rows].numpy().T
    found = [_fitted(inputs, column, summary, priors, iterations) for column in columns]
    posterior = condition(joined(found), x, standard.T)
    return replace(posterior, shift=shift, scale=scale)


def log_density(x: Array, y: Array, summary: int) -> float:
    """That of (n,) outputs in their unit at (n, e) inputs, of a model roughly fitted to 100 rows.

    Up to a constant that depends on n and the kind of model alone.
    """
    rows = np.unique(np.linspace(0, len(x) - 1, _MOST_COMPARED).round().astype(int))
    spread = float(y.std()) or 1.0
    evidence = Evidence(x[rows], (y[rows] - y.mean()) / spread, summary, Priors(0.0, -4.0))
    try:
        value = _minimised(evidence, _FEW_STEPS)[1]
    except (LinAlgError, ValueError, ArithmeticError):
        return -np.inf
    return -float(len(x) / len(rows)) * (value + len(rows) * math.log(spread))


def _minimised(evidence: Evidence, iterations: int) -> tuple[Array, float]:
    found = minimize(
        evidence,
        evidence.start,
        jac=True,
        bounds=evidence.bounds,
        options={"maxiter": iterations},
    )
    return found.x, float(found.fun)


def _fitted(x: Array, y: Array, summary: int, priors: Priors, iterations: int) -> Hyperparameters:
    """Of one output: (n, e) inputs, (n,) standardised outputs."""
    evidence = Evidence(x, y, summary, priors)
    theta, constant = evidence.start, 0.0
    try:
        theta, _ = _minimised(evidence, iterations)
        constant = evidence.constant(theta)
    except (LinAlgError, ValueError, ArithmeticError) as error:
        _logger.info("surrogate: fit failed (%s); uses the prior's hyperparameters", error)
        theta = evidence.start
    components = [
        Component(torch.from_numpy(lengths).reshape(1, 1, -1), _cube(scale))
        for lengths, scale in evidence.split(theta)
    ]
    noise = _cube(float(np.exp(theta[-1])))
    return Hyperparameters(tuple(components), noise, _cube(constant)[0])


def _cube(value: float) -> Tensor:
    return torch.full((1, 1, 1), value, dtype=torch.float64)
