"""qLogNEHVI (Daulton 2021, Ament 2023) with outcome constraints, by BoTorch."""

import numpy as np
import torch

from tinypareto.bench.problem import Array, Problem
from tinypareto.bench.solvers.array_sampler import ArraySampler, Propose
from tinypareto.bench.solvers.models import Models, objective_outputs, propose_with
from tinypareto.solvers import History
from tinypareto.solvers.optional_botorch import botorch_imports

with botorch_imports("bench"):
    from botorch.acquisition.multi_objective.logei import (
        qLogNoisyExpectedHypervolumeImprovement,
    )
    from botorch.acquisition.multi_objective.utils import get_default_partitioning_alpha
    from botorch.sampling.normal import SobolQMCNormalSampler


def propose_with_reference(problem: Problem) -> Propose:
    """Build a solver that is given the problem's reference point, as BoTorch recommends."""

    def propose(history: History, rng: np.random.Generator) -> Array:
        def make(
            models: Models, sampler: SobolQMCNormalSampler
        ) -> qLogNoisyExpectedHypervolumeImprovement:
            return qLogNoisyExpectedHypervolumeImprovement(
                models.posterior,
                ref_point=(-problem.reference).tolist(),
                X_baseline=torch.from_numpy(history.x[history.complete]),
                sampler=sampler,
                objective=objective_outputs(models),
                constraints=list(models.constraints) or None,
                prune_baseline=True,
                alpha=get_default_partitioning_alpha(history.y.shape[1]),
            )

        return propose_with(history, rng, make)

    return propose


def make(seed: int, problem: Problem) -> ArraySampler:
    """Create the sampler of a study."""
    return ArraySampler(seed, propose_with_reference(problem))
