"""BoTorch's models and settings, as in its tutorials."""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor

from tinypareto.bench.problem import Array
from tinypareto.solvers import History
from tinypareto.solvers.history import Space
from tinypareto.solvers.modeled_outputs import Limit, find_outputs
from tinypareto.solvers.optional_botorch import botorch_imports

with botorch_imports("bench"):
    from botorch.acquisition.acquisition import AcquisitionFunction
    from botorch.acquisition.logei import qLogProbabilityOfFeasibility
    from botorch.acquisition.multi_objective.objective import IdentityMCMultiOutputObjective
    from botorch.fit import fit_gpytorch_mll
    from botorch.models import SingleTaskGP
    from botorch.models.transforms.outcome import Standardize
    from botorch.optim.optimize import optimize_acqf
    from botorch.sampling.normal import SobolQMCNormalSampler
    from gpytorch.mlls import ExactMarginalLogLikelihood

RESTARTS, RAW_SAMPLES = 10, 512
_BASE_SAMPLES = {1: 128, 2: 128, 3: 64}
_FEW_BASE_SAMPLES = 32
_FIT_ITERATIONS = 200


def base_samples(history: History, rng: np.random.Generator) -> SobolQMCNormalSampler:
    """Create the sampler of base samples.

    It draws 128 samples, as in the tutorials; 64 for three objectives and 32 for more, for which
    proposals would take minutes.
    """
    count = _BASE_SAMPLES.get(history.y.shape[1], _FEW_BASE_SAMPLES)
    return SobolQMCNormalSampler(torch.Size([count]), seed=int(rng.integers(2**31)))


@dataclass(frozen=True)
class Models:
    """Independent Gaussian processes of one batch, with the same inputs.

    Attributes:
        posterior: Model with one output for each objective, with the sign turned so that it is
            maximized, then one for each constraint that is not the limit of an objective.
        objectives: Number of objectives, m.
        constraints: Functions from (..., outputs) samples to values that are feasible below zero.
    """

    posterior: SingleTaskGP
    objectives: int
    constraints: tuple[Callable[[Tensor], Tensor], ...]

    @property
    def scales(self) -> Array:
        """(m, d) length scales of the objectives."""
        found = cast(Any, self.posterior.covar_module).lengthscale.detach()
        return np.asarray(found.reshape(-1, found.shape[-1])[: self.objectives])


def fit_models(history: History) -> Models:
    """Fit models to a history; rows without objectives, of trials given up, are left out.

    The limit of an objective is a constraint on that objective's samples, without a model of its
    own. Hyperparameters are fitted in 200 iterations: hundreds more on a plateau of the likelihood
    would gain a few nats at most, and take most of the time.
    """
    rows, m = history.complete, history.y.shape[1]
    outputs = find_outputs(history, Space(history.x.shape[1]))
    columns = [(-c if j < m else c)[rows] for j, c in enumerate(outputs.columns)]
    x, y = torch.from_numpy(history.x[rows]), torch.from_numpy(np.column_stack(columns))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its advice on scaling: inputs are in the unit cube
        model = SingleTaskGP(x, y, outcome_transform=Standardize(m=y.shape[1]))
        likelihood = ExactMarginalLogLikelihood(model.likelihood, model)
        fit_gpytorch_mll(likelihood, optimizer_kwargs={"options": {"maxiter": _FIT_ITERATIONS}})
    limited = [_limit(limit) for limit in outputs.limits]
    return Models(model, m, (*limited, *(_output(j) for j in range(m, outputs.count))))


def _limit(limit: Limit) -> Callable[[Tensor], Tensor]:
    return lambda samples: limit.slope * (-samples[..., limit.objective] - limit.bound)


def _output(column: int) -> Callable[[Tensor], Tensor]:
    return lambda samples: samples[..., column]


def objective_outputs(models: Models) -> IdentityMCMultiOutputObjective:
    """Select the outputs that are objectives."""
    return IdentityMCMultiOutputObjective(outcomes=list(range(models.objectives)))


def propose_with(
    history: History,
    rng: np.random.Generator,
    make: Callable[[Models, SobolQMCNormalSampler], AcquisitionFunction],
) -> Array:
    """Propose the (d,) point of greatest acquisition.

    While nothing feasible is known, it is the point most likely to be feasible, as BoTorch
    recommends.

    Args:
        history: All evaluations.
        rng: Source of all randomness.
        make: Builds the acquisition function.
    """
    models, sampler = fit_models(history), base_samples(history, rng)
    if models.constraints and not history.feasible().any():
        acquisition: AcquisitionFunction = qLogProbabilityOfFeasibility(
            models.posterior, list(models.constraints), sampler
        )
    else:
        acquisition = make(models, sampler)
    return maximize_acquisition(acquisition, history.x.shape[1])


def maximize_acquisition(acquisition: AcquisitionFunction, dim: int) -> Array:
    """Maximize over the unit cube by L-BFGS from the best of many raw samples.

    Returns:
        (d,) point.
    """
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
