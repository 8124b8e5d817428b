"""Samplers that a search can use instead of ours, for comparison."""

import warnings
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

SamplerFactory = Callable[[int], BaseSampler]
"""Function from a seed to a sampler."""
Distributions = Mapping[str, BaseDistribution]


class PerTrialSampler(BaseSampler):
    """A sampler that is created anew for each trial, seeded by the trial's number.

    Optuna's samplers carry a random state. Without one, a resumed study continues as if it had
    never stopped.

    Args:
        seed: Seed of the search.
        make: Creates the sampler of a trial from a seed.
    """

    def __init__(self, seed: int, make: SamplerFactory) -> None:
        self._seed, self._make = seed, make
        self._sampler = make(0)

    def before_trial(self, study: Study, trial: FrozenTrial) -> None:
        """Create the trial's sampler."""
        state = np.random.SeedSequence((self._seed, trial.number)).generate_state(1)
        self._sampler = self._make(int(state[0]))
        self._sampler.before_trial(study, trial)

    def infer_relative_search_space(
        self, study: Study, trial: FrozenTrial
    ) -> dict[str, BaseDistribution]:
        """Delegate to the trial's sampler."""
        return self._sampler.infer_relative_search_space(study, trial)

    def sample_relative(
        self, study: Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        """Delegate to the trial's sampler."""
        return self._sampler.sample_relative(study, trial, search_space)

    def sample_independent(
        self,
        study: Study,
        trial: FrozenTrial,
        param_name: str,
        param_distribution: BaseDistribution,
    ) -> Any:
        """Delegate to the trial's sampler."""
        return self._sampler.sample_independent(study, trial, param_name, param_distribution)


def _gp(seed: int) -> BaseSampler:
    return optuna.samplers.GPSampler(seed=seed)


def _tpe(seed: int) -> BaseSampler:
    return optuna.samplers.TPESampler(seed=seed)


def _nsga2(seed: int) -> BaseSampler:
    # A search has few trials: it would hardly reach the second generation of the default 50.
    return optuna.samplers.NSGAIISampler(seed=seed, population_size=10)


def _random(seed: int) -> BaseSampler:
    return optuna.samplers.RandomSampler(seed=seed)


BASELINES: dict[str, Callable[[int, Distributions], BaseSampler]] = {
    "paper": lambda seed, space: ARSSampler(seed, "paper", space=space),
    "parego": lambda seed, space: ParEGOSampler(seed, space=space),
    "gp": lambda seed, _: PerTrialSampler(seed, _gp),
    "tpe": lambda seed, _: PerTrialSampler(seed, _tpe),
    "nsga2": lambda seed, _: PerTrialSampler(seed, _nsga2),
    "random": lambda seed, _: PerTrialSampler(seed, _random),
}
"""Algorithm 1 as printed, ParEGO, and four of Optuna's samplers, by the search's `sampler`."""


def __getattr__(name: str) -> Any:
    if name == "PEERS":
        warnings.warn(
            "PEERS is now BASELINES; the old name goes with version 0.3",
            DeprecationWarning,
            stacklevel=2,
        )
        return BASELINES
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
