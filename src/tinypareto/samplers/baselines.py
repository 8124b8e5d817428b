"""Samplers that a search can use instead of ours, to compare with."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import optuna
from optuna.distributions import BaseDistribution
from optuna.samplers import BaseSampler
from optuna.study import Study
from optuna.trial import FrozenTrial

from tinypareto.samplers.ars import ARSSampler
from tinypareto.samplers.parego import ParEGOSampler

Make = Callable[[int], BaseSampler]
Distributions = Mapping[str, BaseDistribution]


class Fresh(BaseSampler):
    """A sampler that is made anew for each trial, seeded by the trial's number.

    Optuna's samplers carry a random state; so a resumed study goes on as if never stopped.

    Args:
        seed: Of the search.
        make: From a seed to the sampler.
    """

    def __init__(self, seed: int, make: Make) -> None:
        self._seed, self._make = seed, make
        self._sampler = make(0)

    def before_trial(self, study: Study, trial: FrozenTrial) -> None:
        """Make the trial's sampler."""
        state = np.random.SeedSequence((self._seed, trial.number)).generate_state(1)
        self._sampler = self._make(int(state[0]))
        self._sampler.before_trial(study, trial)

    def infer_relative_search_space(
        self, study: Study, trial: FrozenTrial
    ) -> dict[str, BaseDistribution]:
        """As the sampler's."""
        return self._sampler.infer_relative_search_space(study, trial)

    def sample_relative(
        self, study: Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        """As the sampler's."""
        return self._sampler.sample_relative(study, trial, search_space)

    def sample_independent(
        self,
        study: Study,
        trial: FrozenTrial,
        param_name: str,
        param_distribution: BaseDistribution,
    ) -> Any:
        """As the sampler's."""
        return self._sampler.sample_independent(study, trial, param_name, param_distribution)


def _nsga2(seed: int) -> BaseSampler:
    # Trials are few: of the default 50 a population is barely evaluated twice.
    return optuna.samplers.NSGAIISampler(seed=seed, population_size=10)


PEERS: dict[str, Callable[[int, Distributions], BaseSampler]] = {
    "paper": lambda seed, space: ARSSampler(seed, "paper", space=space),
    "parego": lambda seed, space: ParEGOSampler(seed, space=space),
    "gp": lambda seed, _: Fresh(seed, lambda own: optuna.samplers.GPSampler(seed=own)),
    "tpe": lambda seed, _: Fresh(seed, lambda own: optuna.samplers.TPESampler(seed=own)),
    "nsga2": lambda seed, _: Fresh(seed, _nsga2),
    "random": lambda seed, _: Fresh(seed, lambda own: optuna.samplers.RandomSampler(seed=own)),
}
"""By the name of a search's `sampler`: Algorithm 1 as printed, ParEGO, and four of Optuna's."""
