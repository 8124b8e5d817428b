"""Turns functions on arrays into Optuna samplers, for solvers that have no sampler of their own."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from optuna.distributions import BaseDistribution
from optuna.samplers import BaseSampler, RandomSampler
from optuna.search_space import intersection_search_space
from optuna.study import Study
from optuna.trial import FrozenTrial

from tinypareto.bench.problem import Array
from tinypareto.samplers.encoding import Encoding
from tinypareto.samplers.history import history_from_study
from tinypareto.solvers import History
from tinypareto.threads import threads

Propose = Callable[[History, np.random.Generator], Array]
"""Function from a history on the unit cube to the (d,) point to evaluate next."""


class ArraySampler(BaseSampler):
    """A sampler that calls a function once there are trials, and snaps the point it proposes.

    Args:
        seed: Source of all randomness, torch's included, together with the trial's number.
        propose: Function that proposes the next point.
    """

    def __init__(self, seed: int, propose: Propose) -> None:
        self._seed, self._propose = seed, propose
        self._random = RandomSampler(seed=seed)

    def infer_relative_search_space(
        self, study: Study, trial: FrozenTrial
    ) -> dict[str, BaseDistribution]:
        """Return the parameters that all finished trials share."""
        if trial.system_attrs.get("fixed_params"):
            return {}
        return dict(sorted(intersection_search_space(study.get_trials(deepcopy=False)).items()))

    def sample_relative(
        self, study: Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        """Ask the function for a point, and decode it."""
        if not search_space:
            return {}
        encoding = Encoding(search_space)
        rng = np.random.default_rng([self._seed, trial.number])
        with threads(1), torch.random.fork_rng(devices=[]):
            torch.manual_seed(int(rng.integers(2**31)))
            history = history_from_study(study, trial, search_space, encoding)
            point = self._propose(history, rng)
        return encoding.params(encoding.snap(point[None])[0])

    def sample_independent(
        self,
        study: Study,
        trial: FrozenTrial,
        param_name: str,
        param_distribution: BaseDistribution,
    ) -> Any:
        """Draw a uniform value, before there are trials."""
        return self._random.sample_independent(study, trial, param_name, param_distribution)
