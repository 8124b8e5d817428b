"""Fits one Gaussian process per output by its marginal likelihood (step 2 of Algorithm 1)."""

import logging
import math
import warnings
from dataclasses import replace

import torch
from torch import Tensor

from tinypareto.solvers.posterior import (
    Component,
    Hyperparameters,
    Posterior,
    SurrogateError,
    condition,
)

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # linear_operator uses torch.jit.script
    from botorch.exceptions.errors import BotorchError
    from botorch.fit import fit_gpytorch_mll
    from botorch.models import SingleTaskGP
    from gpytorch.constraints import GreaterThan
    from gpytorch.kernels import MaternKernel, ScaleKernel
    from gpytorch.likelihoods import GaussianLikelihood
    from gpytorch.mlls import ExactMarginalLogLikelihood
    from gpytorch.priors import GammaPrior, LogNormalPrior

_logger = logging.getLogger(__name__)


def fit(
    x: Tensor,
    y: Tensor,
    summary: int = 0,
    shorter: float = 1.0,
    noise: float = -1.0,
    iterations: int = 50,
) -> Posterior:
    """The posterior of each output.

    Args:
        x: (n, e) inputs, of order one, n >= 1.
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
    model = build(x, standard, summary, shorter, noise)
    prior = _hyperparameters(model)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # its advice is on retries and scaling: both are here
            mll = ExactMarginalLogLikelihood(model.likelihood, model)
            fit_gpytorch_mll(mll, optimizer_kwargs={"options": {"maxiter": iterations}})
    except (BotorchError, RuntimeError, ValueError, ArithmeticError) as error:
        _logger.info("surrogate: fit failed (%s); uses the prior's hyperparameters", error)
        posterior = condition(prior, x, standard.T)
    else:
        posterior = condition(_hyperparameters(model), x, standard.T)
    return replace(posterior, shift=shift, scale=scale)


def build(x: Tensor, y: Tensor, summary: int, shorter: float, noise: float) -> SingleTaskGP:
    """An unfitted BoTorch model of (n, e) inputs and (n, o) standardised outputs; see `fit`."""
    inputs, outputs = x.shape[1], y.shape[1]
    batch = torch.Size([outputs]) if outputs > 1 else torch.Size()
    kernel = _kernel(range(inputs), batch, shorter)
    if summary:
        kernel = kernel + _kernel(range(inputs - summary, inputs), batch, 0.0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # inputs are in the unit cube, outputs standardised
        return SingleTaskGP(
            x, y, covar_module=kernel, likelihood=_likelihood(batch, noise), outcome_transform=None
        )


def _likelihood(batch: torch.Size, location: float) -> GaussianLikelihood:
    prior = LogNormalPrior(location, 1.0)
    bound = GreaterThan(1e-4, transform=None, initial_value=prior.mode)
    return GaussianLikelihood(noise_prior=prior, noise_constraint=bound, batch_shape=batch)


def _kernel(dims: range, batch: torch.Size, shorter: float) -> ScaleKernel:
    """Matern 5/2 of some inputs, one length scale for each, free output scale."""
    location = math.sqrt(2.0) + 0.5 * math.log(len(dims)) - shorter
    base = MaternKernel(
        nu=2.5,
        ard_num_dims=len(dims),
        active_dims=tuple(dims),
        batch_shape=batch,
        lengthscale_prior=LogNormalPrior(location, math.sqrt(3.0)),
        lengthscale_constraint=GreaterThan(
            0.025, transform=None, initial_value=max(0.05, math.exp(location - 3.0))
        ),
    )
    return ScaleKernel(base, batch_shape=batch, outputscale_prior=GammaPrior(2.0, 0.15))


def _hyperparameters(model: SingleTaskGP) -> Hyperparameters:
    kernel = model.covar_module
    outputs = model.mean_module.constant.numel()
    parts = [kernel] if isinstance(kernel, ScaleKernel) else kernel.kernels
    components = [
        Component(
            part.base_kernel.lengthscale.detach().clone().reshape(outputs, 1, -1),
            part.outputscale.detach().clone().reshape(outputs, 1, 1),
        )
        for part in parts
    ]
    return Hyperparameters(
        components=tuple(components),
        noise=model.likelihood.noise.detach().clone().reshape(outputs, 1, 1),
        constant=model.mean_module.constant.detach().clone().reshape(outputs, 1),
    )
