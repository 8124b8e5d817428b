"""qLogNEHVI (Daulton 2021, Ament 2023) with outcome constraints, by BoTorch."""

import warnings

import numpy as np
import torch

from tinypareto.bench.problem import Array, Problem
from tinypareto.bench.solvers.arrays import ArraySampler, Propose
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
    from botorch.acquisition.multi_objective.logei import (
        qLogNoisyExpectedHypervolumeImprovement,
    )
    from botorch.acquisition.multi_objective.utils import get_default_partitioning_alpha
    from botorch.sampling import SobolQMCNormalSampler


def propose_with(problem: Problem) -> Propose:
    """Is told the problem's reference point, as BoTorch recommends."""

    def propose(history: History, rng: np.random.Generator) -> Array:
        sampler = SobolQMCNormalSampler(torch.Size([MC_SAMPLES]), seed=int(rng.integers(2**31)))
        acquisition = qLogNoisyExpectedHypervolumeImprovement(
            fit_models(history),
            ref_point=(-problem.reference).tolist(),
            X_baseline=torch.from_numpy(history.x[history.complete]),
            sampler=sampler,
            objective=objectives_of(history),
            constraints=constraints_of(history),
            prune_baseline=True,
            alpha=get_default_partitioning_alpha(history.y.shape[1]),
        )
        return maximise(acquisition, history.x.shape[1])

    return propose


NEHVI = Solver(
    "BoTorch qLogNEHVI, told the reference",
    lambda seed, problem: ArraySampler(seed, propose_with(problem)),
)
