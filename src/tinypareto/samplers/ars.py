"""The policy search of Deutel 2023 as an Optuna sampler."""

import logging
import operator
import warnings
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from optuna.distributions import BaseDistribution
from optuna.samplers import BaseSampler
from optuna.samplers._base import _process_constraints_after_trial
from optuna.study import Study
from optuna.trial import FrozenTrial, TrialState

from tinypareto.errors import ConfigError
from tinypareto.samplers.activity import Rule, always_set, find_rules, union_space
from tinypareto.samplers.concurrent import ASKING, Proposals
from tinypareto.samplers.design import Design
from tinypareto.samplers.encoding import Encoding
from tinypareto.samplers.history import history_from_study
from tinypareto.samplers.known_objectives import Evaluate, KnownObjectives, bounds, columns
from tinypareto.samplers.startup import random_point

if TYPE_CHECKING:
    from tinypareto.solvers import History, Settings, Space

_logger = logging.getLogger(__name__)


class ARSSampler(BaseSampler):
    """Multi-objective Bayesian optimization with policies (ARS-MOBOpt, Deutel 2023).

    It takes one or more objectives, each minimized or maximized; constraints set by
    `trial.set_constraint` (feasible at <= 0; a trial that sets them before it is pruned teaches
    the search without objective values); float, integer and categorical parameters, on a linear
    or a logarithmic scale. Conditional parameters are searched with the others: which value of
    which parameter decides that they are set is read from the trials. Only parameters whose bounds
    change from trial to trial are drawn independently, as by Optuna's own samplers.

    An infinite objective is worse (or better) than every other one.

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
        constraints_func: Function from a finished trial to its constraints, as Optuna's own
            samplers take it; deprecated there in favor of `trial.set_constraint`.
        rules: When the conditional parameters of `space` are not set, by name, each after the rule
            of its parent; read from the finished trials if None.
        first: Values by name of the first trial, a good guess; parameters that it does not name
            are in the middle of their range, so `{}` is the center of the space. Without it the
            first trial is of the Latin hypercube like the others.
        levels: Names of numeric parameters of one kind, such as the sparsities of all layers.
            Most start-up points give all of them nearly the same position in their range, and
            later candidates may move all of them together. If `first` breaks a known limit, they
            are moved as far as the limit demands.

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
        constraints_func: Callable[[FrozenTrial], Sequence[float]] | None = None,
        rules: Mapping[str, Rule] | None = None,
        first: Mapping[str, Any] | None = None,
        levels: Collection[str] = (),
    ) -> None:
        from tinypareto.solvers import PRESETS, Settings

        if not isinstance(preset, Settings) and preset not in PRESETS:
            raise ConfigError(
                f"preset: got {preset!r}, wanted one of {', '.join(PRESETS)}, or Settings"
            )
        startup = _integer("n_startup_trials", n_startup_trials, 1)
        drawn = int(np.random.SeedSequence().generate_state(1)[0])
        self._seed = drawn if seed is None else _integer("seed", seed, 0)
        if preset == "default" and known is None:
            preset = "black-box"
        if constraints_func is not None:
            warnings.warn(
                "constraints_func is deprecated, as in Optuna 5; use trial.set_constraint",
                FutureWarning,
                stacklevel=2,
            )
        self._design = Design(self._seed, startup, first, levels)
        if space is not None:
            self._design.check(space)
        self._settings = PRESETS[preset] if isinstance(preset, str) else preset
        self._known = known
        self._features = features
        self._reference = reference
        self._space = space
        self._constraints_func = constraints_func
        self._rules = rules
        self._proposals = Proposals()

    def before_trial(self, study: Study, trial: FrozenTrial) -> None:
        """Note that the trial is this process's own, so that no other one waits for it here."""
        self._proposals.record(study, trial, {})

    def infer_relative_search_space(
        self, study: Study, trial: FrozenTrial
    ) -> dict[str, BaseDistribution]:
        """Return the parameters proposed together: `space`, or those of all finished trials."""
        space = self._space
        if space is None:
            space = union_space(study.get_trials(deepcopy=False))
        return {name: d for name, d in sorted(space.items()) if not d.single()}

    def sample_relative(
        self, study: Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        """Propose values for the parameters of the relative search space that are set."""
        with ASKING:
            params = self._propose(study, trial, search_space) if search_space else {}
            self._proposals.record(study, trial, params)
        return params

    def _propose(
        self, study: Study, trial: FrozenTrial, search_space: Mapping[str, BaseDistribution]
    ) -> dict[str, Any]:
        trials = study.get_trials(deepcopy=False)
        if trial.number >= self._design.startup:
            self._proposals.wait_for_others(study, trial, always_set(trials, search_space))
        constants = {}
        if self._known is not None or self._features is not None:
            constants = self._constants(study, trial, trials, search_space)
        rules = find_rules(trials, search_space) if self._rules is None else self._rules
        encoding = Encoding(search_space, rules, constants)
        return encoding.params(self._point(study, trial, search_space, encoding))

    def _constants(
        self,
        study: Study,
        trial: FrozenTrial,
        trials: Sequence[FrozenTrial],
        search_space: Mapping[str, BaseDistribution],
    ) -> dict[str, Any]:
        """Values that the trial will have for parameters that are not searched, by name."""
        # The latest bounds of each of them.
        others = {name: d for t in trials for name, d in t.distributions.items()}
        others |= self._space or {}
        return {
            name: study.sampler.sample_independent(study, trial, name, distribution)
            for name, distribution in others.items()
            if name not in search_space
        }

    def _point(
        self,
        study: Study,
        trial: FrozenTrial,
        search_space: Mapping[str, BaseDistribution],
        encoding: Encoding,
    ) -> NDArray[np.float64]:
        """(dim,) point: of the start-up design, then the solver's, random without surrogates."""
        from tinypareto.solvers.posterior import SurrogateError

        space = self._solver_space(study, encoding)
        if trial.number < self._design.startup:
            limits = space.known if self._settings.keep_limits else None
            return self._design.point(encoding, trial.number, limits)
        rng = np.random.default_rng([self._seed, trial.number])
        proposed = self._proposals.running(study)
        try:
            history = history_from_study(study, trial, search_space, encoding, proposed)
            return self._ask(history, space, rng)
        except SurrogateError as error:
            _logger.info("trial %d: %s; proposes a random point", trial.number, error)
            return random_point(encoding, rng, space.known)

    def _ask(
        self, history: "History", space: "Space", rng: np.random.Generator
    ) -> NDArray[np.float64]:
        """(dim,) point that the solver proposes."""
        from tinypareto.solvers import ask

        return np.asarray(ask(history, space, rng, settings=self._settings)[0])

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
            categories=encoding.categories,
            levels=tuple(encoding.coordinates(self._design.levels)),
        )

    def sample_independent(
        self,
        study: Study,
        trial: FrozenTrial,
        param_name: str,
        param_distribution: BaseDistribution,
    ) -> Any:
        """Draw one value: from the Latin hypercube at start-up, at random afterwards."""
        return self._design.value(param_name, param_distribution, trial.number)

    def after_trial(
        self,
        study: Study,
        trial: FrozenTrial,
        state: TrialState,
        values: Sequence[float] | None,
    ) -> None:
        """Record what `constraints_func` says of a finished trial."""
        if self._constraints_func is not None:
            _process_constraints_after_trial(self._constraints_func, study, trial, state)


def _integer(name: str, value: Any, least: int) -> int:
    try:
        number = operator.index(value)
    except TypeError:
        number = least - 1
    if number < least:
        raise ConfigError(f"{name}: got {value!r}, wanted an integer of at least {least}")
    return number
