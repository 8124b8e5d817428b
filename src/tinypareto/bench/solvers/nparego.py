"""qLogNParEGO (Knowles 2005, Daulton 2020, Ament 2023) with outcome constraints, by BoTorch."""

import numpy as np
import torch

from tinypareto.bench.problem import Array, Problem
from tinypareto.bench.solvers.array_sampler import ArraySampler
from tinypareto.bench.solvers.models import Models, objective_outputs, propose_with
from tinypareto.solvers import History
from tinypareto.solvers.optional_botorch import botorch_imports

with botorch_imports("bench"):
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


def make(seed: int, problem: Problem) -> ArraySampler:
    """Create the sampler of a study."""
    return ArraySampler(seed, propose)
