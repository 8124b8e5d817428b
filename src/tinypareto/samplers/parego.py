"""ParEGO as an Optuna sampler, the baseline of Deutel 2023."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from optuna.distributions import BaseDistribution

from tinypareto.samplers.ars import ARSSampler

if TYPE_CHECKING:
    from tinypareto.solvers import History, Space


class ParEGOSampler(ARSSampler):
    """ParEGO (Knowles 2006) on BoTorch: a new random scalarization for each trial.

    Start-up points, encodings and random streams are those of `ARSSampler`, so the two differ only
    in their proposals. It takes no known objectives.

    Args:
        seed: Seed >= 0; drawn at random if None.
        n_startup_trials: Number of trials of the initial Latin hypercube, >= 1.
        space: Parameters, if they are known before the first trial.

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

    def _ask(
        self, history: "History", space: "Space", rng: np.random.Generator
    ) -> NDArray[np.float64]:
        from tinypareto.solvers.parego import ask_parego

        return ask_parego(history, space, rng)
