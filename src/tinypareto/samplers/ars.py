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
from tinypareto.samplers.history import history_from_study
from tinypareto.samplers.known_objectives import Evaluate, KnownObjectives, bounds, columns
from tinypareto.samplers.startup import random_point, startup_point, uniform_draw

if TYPE_CHECKING:
    from tinypareto.solvers import Settings, Space

_logger = logging.getLogger(__name__)


class ARSSampler(BaseSampler):
    """Multi-objective Bayesian optimization with policies (ARS-MOBOpt, Deutel 2023).

    It takes one or more objectives, each minimized or maximized; constraints set by
    `trial.set_constraint` (feasible at <= 0; a trial that sets them before it is pruned teaches
    the search without objective values); float, integer and categorical parameters, on a linear
    or a logarithmic scale. Conditional parameters are drawn independently, as by Optuna's own
    samplers.

    The study holds all state: random numbers come from the seed and the trial's number, so a
    resumed study continues as if it had never been interrupted, and workers with the same seed do
    not repeat each other. Running trials count as evaluated with their expected outcome.
    A study never fails because of a surrogate: if none can be fitted, a random point is proposed.

    Args:
        seed: Seed >= 0; drawn at random if None.
        preset: "default", "black-box" (which "default" becomes without known objectives), "paper"
            (Algorithm 1 as printed), or settings of your own.
        n_startup_trials: Number of trials of the initial Latin hypercube, >= 1. With known limits,
            points that break one are replaced by points that do not (except in preset "paper").
        known: Objectives that can be computed; they need no surrogate.
        features: Further inputs of the surrogates, as a function from (n,) values by parameter
            name to an (n, k) array.
        reference: Reference point of the hypervolume, one value per objective in the study's
            units; points worse than it are of no interest, even if they break no limit. None for
            an objective without one: its range is then that of the values met so far, which
            misleads if all of them are good.
        space: Parameters, if they are known before the first trial; otherwise found from the
            finished trials.

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
        """Return the parameters proposed together: `space`, or those of all finished trials."""
        space = self._space
        if space is None:
            trials = study.get_trials(deepcopy=False)
            space = intersection_search_space(trials, include_pruned=True)
        return {name: d for name, d in sorted(space.items()) if not d.single()}

    def sample_relative(
        self, study: Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        """Propose values for all parameters of the relative search space."""
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
        """(dim,) point that the solver proposes, or a random one without surrogates."""
        from tinypareto.solvers import ask
        from tinypareto.solvers.posterior import SurrogateError

        space = self._solver_space(study, encoding)
        rng = np.random.default_rng([self._seed, trial.number])
        try:
            history = history_from_study(study, trial, search_space)
            return np.asarray(ask(history, space, rng, settings=self._settings)[0])
        except SurrogateError as error:
            _logger.info("trial %d: %s; proposes a random point", trial.number, error)
            return random_point(search_space, rng, space.known)

    def _solver_space(self, study: Study, encoding: Encoding) -> "Space":
        """The search space in the solver's terms: the unit cube, everything minimized."""
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
        """Draw one value: from the Latin hypercube at start-up, at random afterwards."""
        draw = uniform_draw(self._seed, param_name, trial.number, self._startup)
        return from_uniform(param_distribution, draw)
