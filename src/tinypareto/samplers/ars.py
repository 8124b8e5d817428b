"""The policy search of Deutel 2023 as an Optuna sampler."""

import logging
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from optuna.distributions import BaseDistribution
from optuna.samplers import BaseSampler
from optuna.search_space import intersection_search_space
from optuna.study import Study
from optuna.trial import FrozenTrial

from tinypareto.errors import ConfigError
from tinypareto.samplers.encoding import Encoding, from_uniform
from tinypareto.samplers.history import history_of
from tinypareto.samplers.known_objectives import Evaluate, KnownObjectives, bounds, columns
from tinypareto.samplers.startup import random_point, startup_point, uniform_of

if TYPE_CHECKING:
    from tinypareto.solvers import Settings, Space

_logger = logging.getLogger(__name__)


class ARSSampler(BaseSampler):
    """Multi-objective Bayesian optimization with policies (ARS-MOBOpt, Deutel 2023).

    Takes one or more objectives, each minimised or maximised; constraints by
    `trial.set_constraint` (feasible at <= 0; set before a trial is pruned they teach the search
    without objective values); floats, integers and categories, linear or logarithmic.
    Conditional parameters are drawn independently, as by Optuna's own samplers.

    The study holds all state: random numbers come from the seed and the trial's number, so a
    resumed study goes on as if never interrupted, and workers with the same seed do not repeat
    each other. Running trials count as evaluated with their expected outcome.
    A study never fails for a surrogate: where none can be fitted, a random point is proposed.

    Args:
        seed: A whole number >= 0; None draws one.
        preset: "default", "black-box" (what "default" is where no objective is known), "paper"
            (Algorithm 1 as printed), or settings of your own.
        n_startup_trials: Trials of the initial Latin hypercube, >= 1. With known limits, its
            points which break one are replaced by ones that do not (not in preset "paper").
        known: Objectives that can be computed; they need no surrogate.
        features: Further inputs of the surrogates: parameter name to (n,) values in, (n, k) out.
        reference: The hypervolume's reference point, one value per objective in the study's units:
            what is worse is of no interest, though no limit is broken; None where not known.
            Without one, ranges are those of the values met so far, which mislead where
            all of them are good.
        space: The parameters, where they are known before the first trial; found from the
            finished trials otherwise.

    Raises:
        ConfigError: An argument is out of range.
    """

    def __init__(
        self,
        seed: int | None = None,
        preset: "str | Settings" = "default",
        n_startup_trials: int = 10,
        known: KnownObjectives | None = None,
        features: Evaluate | None = None,
        reference: Sequence[float | None] | None = None,
        space: Mapping[str, BaseDistribution] | None = None,
    ) -> None:
        from tinypareto.solvers import PRESETS

        if isinstance(preset, str) and preset not in PRESETS:
            raise ConfigError(f"preset: got {preset!r}, wanted one of {', '.join(PRESETS)}")
        if n_startup_trials < 1:
            raise ConfigError(f"n_startup_trials: got {n_startup_trials}, wanted at least 1")
        if seed is not None and seed < 0:
            raise ConfigError(f"seed: got {seed}, wanted a whole number >= 0")
        self._seed = int(np.random.SeedSequence().generate_state(1)[0]) if seed is None else seed
        if preset == "default" and known is None:
            preset = "black-box"
        self._settings = PRESETS[preset] if isinstance(preset, str) else preset
        self._startup = n_startup_trials
        self._known = known
        self._features = features
        self._reference = reference
        self._space = space

    def infer_relative_search_space(
        self, study: Study, trial: FrozenTrial
    ) -> dict[str, BaseDistribution]:
        """The parameters proposed together: the given ones, or those of all finished trials."""
        space = self._space
        if space is None:
            trials = study.get_trials(deepcopy=False)
            space = intersection_search_space(trials, include_pruned=True)
        return {name: d for name, d in sorted(space.items()) if not d.single()}

    def sample_relative(
        self, study: Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        """Values of all parameters of the relative search space."""
        if not search_space:
            return {}
        encoding = Encoding(search_space)
        if trial.number < self._startup:
            known = self._solver_space(study, encoding).known
            limits = known if self._settings.keep_limits else None
            point = startup_point(search_space, self._seed, trial.number, self._startup, limits)
        else:
            point = self._propose(study, trial, search_space, encoding)
        return encoding.params(point)

    def _propose(
        self,
        study: Study,
        trial: FrozenTrial,
        search_space: dict[str, BaseDistribution],
        encoding: Encoding,
    ) -> NDArray[np.float64]:
        from tinypareto.solvers import ask
        from tinypareto.solvers.posterior import SurrogateError

        space = self._solver_space(study, encoding)
        rng = np.random.default_rng([self._seed, trial.number])
        try:
            history = history_of(study, trial, search_space)
            return np.asarray(ask(history, space, rng, settings=self._settings)[0])
        except SurrogateError as error:
            _logger.info("trial %d: %s; proposes a random point", trial.number, error)
            return random_point(search_space, rng, space.known)

    def _solver_space(self, study: Study, encoding: Encoding) -> "Space":
        from tinypareto.solvers import Space

        known = None
        if self._known is not None:
            known = self._known.on_points(encoding, study.directions)
        features = self._features
        return Space(
            encoding.dim,
            snap=encoding.snap,
            known=known,
            features=features and (lambda x: columns("features", features, encoding, x)),
            worst=bounds("reference", self._reference, study.directions),
        )

    def sample_independent(
        self,
        study: Study,
        trial: FrozenTrial,
        param_name: str,
        param_distribution: BaseDistribution,
    ) -> Any:
        """One value: of the Latin hypercube at start-up, random afterwards."""
        draw = uniform_of(self._seed, param_name, trial.number, self._startup)
        return from_uniform(param_distribution, draw)
