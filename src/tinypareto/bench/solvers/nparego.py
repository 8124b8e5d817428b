"""qLogNParEGO (Knowles 2005, Daulton 2020, Ament 2023) with outcome constraints, by BoTorch."""

import warnings

import numpy as np
import torch

from tinypareto.bench.problem import Array
from tinypareto.bench.solvers.array_sampler import ArraySampler
from tinypareto.bench.solvers.models import Models, objective_outputs, propose_with
from tinypareto.bench.solvers.solver import Solver
from tinypareto.solvers import History

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # linear_operator uses torch.jit.script
    from botorch.acquisition.multi_objective.parego import qLogNParEGO
    from botorch.sampling.normal import SobolQMCNormalSampler


def propose(history: History, rng: np.random.Generator) -> Array:
    """Propose the (d,) next point; the weights are drawn anew for each proposal."""

    def make(models: Models, sampler: SobolQMCNormalSampler) -> qLogNParEGO:
        return qLogNParEGO(
            models.posterior,
            X_baseline=torch.from_numpy(history.x[history.complete]),
            sampler=sampler,
            objective=objective_outputs(models),
            constraints=list(models.constraints) or None,
            prune_baseline=True,
        )

    return propose_with(history, rng, make)


NPAREGO = Solver("BoTorch qLogNParEGO", lambda seed, _: ArraySampler(seed, propose))
