"""BoTorch's models and settings, as its tutorials have them."""

import warnings
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from tinypareto.bench.problem import Array
from tinypareto.solvers import History

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # linear_operator uses torch.jit.script
    from botorch.acquisition.acquisition import AcquisitionFunction
    from botorch.acquisition.logei import qLogProbabilityOfFeasibility
    from botorch.acquisition.multi_objective.objective import IdentityMCMultiOutputObjective
    from botorch.fit import fit_gpytorch_mll
    from botorch.models import SingleTaskGP
    from botorch.models.model_list_gp_regression import ModelListGP
    from botorch.models.transforms.outcome import Standardize
    from botorch.optim.optimize import optimize_acqf
    from botorch.sampling.normal import SobolQMCNormalSampler
    from gpytorch.mlls import SumMarginalLogLikelihood

RESTARTS, RAW_SAMPLES = 10, 512
_BASE_SAMPLES = {1: 128, 2: 128, 3: 64}
_FEW_BASE_SAMPLES = 32


def base_samples(history: History, rng: np.random.Generator) -> SobolQMCNormalSampler:
    """128 as in the tutorials; 64 for three objectives, 32 for more, where each costs minutes."""
    count = _BASE_SAMPLES.get(history.y.shape[1], _FEW_BASE_SAMPLES)
    return SobolQMCNormalSampler(torch.Size([count]), seed=int(rng.integers(2**31)))


def fit_models(history: History) -> ModelListGP:
    """One Gaussian process for each maximised objective, then one for each constraint.

    Rows without objectives, of trials that were given up, are left out.
    """
    rows = history.complete
    x = torch.from_numpy(history.x[rows])
    columns = [*(-history.y[rows].T), *history.c[rows].T]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its advice on scaling: inputs are in the unit cube
        models = [
            SingleTaskGP(x, torch.from_numpy(y)[:, None], outcome_transform=Standardize(m=1))
            for y in columns
        ]
        model = ModelListGP(*models)
        fit_gpytorch_mll(SumMarginalLogLikelihood(model.likelihood, model))
    return model


def objectives_of(history: History) -> IdentityMCMultiOutputObjective:
    """The outputs of the models that are objectives."""
    return IdentityMCMultiOutputObjective(outcomes=list(range(history.y.shape[1])))


def constraints_of(history: History) -> list[Callable[[Tensor], Tensor]] | None:
    """The outputs of the models that are constraints, feasible below zero."""
    m, k = history.y.shape[1], history.c.shape[1]

    def column(i: int) -> Callable[[Tensor], Tensor]:
        return lambda samples: samples[..., i]

    return [column(m + i) for i in range(k)] or None


def propose_with(
    history: History,
    rng: np.random.Generator,
    make: Callable[[ModelListGP, SobolQMCNormalSampler], AcquisitionFunction],
) -> Array:
    """(d,) point of greatest acquisition, or likely to be feasible while nothing has been.

    The latter is what BoTorch recommends.
    """
    model, sampler = fit_models(history), base_samples(history, rng)
    constraints = constraints_of(history)
    if constraints and not history.feasible().any():
        acquisition: AcquisitionFunction = qLogProbabilityOfFeasibility(model, constraints, sampler)
    else:
        acquisition = make(model, sampler)
    return maximise(acquisition, history.x.shape[1])


def maximise(acquisition: AcquisitionFunction, dim: int) -> Array:
    """(d,) point of the unit cube, by L-BFGS from the best of many raw samples."""
    bounds = torch.tensor([[0.0] * dim, [1.0] * dim], dtype=torch.float64)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # single restarts that fail
        point, _ = optimize_acqf(
            acquisition,
            bounds,
            q=1,
            num_restarts=RESTARTS,
            raw_samples=RAW_SAMPLES,
            options={"batch_limit": 5, "maxiter": 200},
        )
    return np.asarray(point[0].detach(), dtype=np.float64)
