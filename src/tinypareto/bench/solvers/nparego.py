"""qLogNParEGO (Daulton 2020 after Knowles 2005, Ament 2023) with outcome constraints, by BoTorch."""

import warnings

import numpy as np
import torch

from tinypareto.bench.problem import Array
from tinypareto.bench.solvers.arrays import ArraySampler
from tinypareto.bench.solvers.models import (
    MC_SAMPLES,
    constraints_of,
    fit_models,
    maximise,
    objectives_of,
)
from tinypareto.bench.solvers.solver import Solver
from tinypareto.solvers import History

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # linear_operator uses torch.jit.script
    from botorch.acquisition.multi_objective.parego import qLogNParEGO
    from botorch.sampling import SobolQMCNormalSampler


def propose(history: History, rng: np.random.Generator) -> Array:
    """Weights are drawn anew for each proposal."""
    acquisition = qLogNParEGO(
        fit_models(history),
        X_baseline=torch.from_numpy(history.x[history.complete]),
        sampler=SobolQMCNormalSampler(torch.Size([MC_SAMPLES]), seed=int(rng.integers(2**31))),
        objective=objectives_of(history),
        constraints=constraints_of(history),
        prune_baseline=True,
    )
    return maximise(acquisition, history.x.shape[1])


NPAREGO = Solver("BoTorch qLogNParEGO", lambda seed, _: ArraySampler(seed, propose))
