"""ParEGO as an Optuna sampler: what Deutel 2023 compares with."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from optuna.distributions import BaseDistribution
from optuna.study import Study
from optuna.trial import FrozenTrial

from tinypareto.samplers.ars import ARSSampler
from tinypareto.samplers.encoding import Encoding
from tinypareto.samplers.history import history_of
from tinypareto.samplers.startup import random_point


class ParEGOSampler(ARSSampler):
    """ParEGO (Knowles 2006) on BoTorch: a new random scalarisation each trial.

    Start-up points, encodings and random streams are those of `ARSSampler`, so the two differ in
    the proposals alone. It takes no known objectives.

    Args:
        seed: A whole number >= 0; None draws one.
        n_startup_trials: Trials of the initial Latin hypercube, >= 1.
        space: The parameters, where they are known before the first trial.

    Raises:
        ConfigError: An argument is out of range, or BoTorch is not installed.
    """

    def __init__(
        self,
        seed: int | None = None,
        n_startup_trials: int = 10,
        space: Mapping[str, BaseDistribution] | None = None,
    ) -> None:
        # Refuse now rather than after the start-up trials.
        import tinypareto.solvers.parego  # noqa: F401

        super().__init__(seed, "black-box", n_startup_trials, space=space)

    def _propose(
        self,
        study: Study,
        trial: FrozenTrial,
        search_space: dict[str, BaseDistribution],
        encoding: Encoding,
    ) -> NDArray[np.float64]:
        from tinypareto.solvers import Space
        from tinypareto.solvers.parego import ask_parego
        from tinypareto.solvers.posterior import SurrogateError

        rng = np.random.default_rng([self._seed, trial.number])
        history = history_of(study, trial, search_space)
        space = Space(encoding.dim, snap=encoding.snap)
        try:
            return ask_parego(history, space, rng)
        except SurrogateError:
            return random_point(search_space, rng, None)
