"""The search's memory: an Optuna study in SQLite that outlives the process.

A trial ends COMPLETE with its objectives, PRUNED where its resources break a limit (it is never
trained, so it has constraints but no objectives), or FAIL with the cause. A trial that is found
RUNNING belongs to a process that was stopped: it is run again under its own number, so a resumed
search makes the same trials as one that was never stopped.
"""

import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
import optuna
from optuna.distributions import BaseDistribution, FloatDistribution, IntDistribution
from optuna.exceptions import ExperimentalWarning
from optuna.samplers import BaseSampler
from optuna.storages import RDBStorage
from optuna.trial import FrozenTrial, Trial, TrialState
from sqlalchemy.exc import SQLAlchemyError

from tinypareto.errors import ResultFolderError
from tinypareto.front import FrontPoint, trial_path
from tinypareto.parameter import Parameter
from tinypareto.predict import Floats, Params, Predictor
from tinypareto.records import OBJECTIVES, Candidate, Limits, Measurement, Objective, Resources
from tinypareto.samplers import ARSSampler, KnownObjectives
from tinypareto.samplers.peers import PEERS
from tinypareto.space import Space

NAME = "tinypareto"
_WAIT = {"timeout": 60}
"""Seconds that a worker waits while another one writes."""
_MEASUREMENT = "measurement"
_CAUSE = "cause"


def make_sampler(
    name: str,
    seed: int,
    space: Space,
    predictor: Predictor,
    objectives: Sequence[Objective] = OBJECTIVES,
) -> BaseSampler:
    """The sampler of a search: "ars" with predicted resources, or one of `PEERS`."""
    distributions = {p.name: _distribution(p) for p in space.free}
    if name in PEERS:
        return PEERS[name](seed, distributions)
    fixed = {p.name: p.low for p in space.parameters if p.fixed}

    def with_fixed(function: Callable[[Params], Floats]) -> Callable[[Params], Floats]:
        def complete(params: Params) -> Floats:
            like = next(iter(params.values()))
            return function({n: np.full(len(like), v) for n, v in fixed.items()} | dict(params))

        return complete

    limited, goals = predictor.limits.names, list(objectives[1:])
    others = [name for name in limited if name not in goals]
    columns = [limited.index(name) for name in (*goals, *others)]
    ratios, features = with_fixed(predictor.ratios), with_fixed(predictor.features)
    known = KnownObjectives(
        indices=range(1, len(objectives)),
        evaluate=lambda params: ratios(params)[:, columns],
        limits=(1.0,) * len(goals),
        further=(1.0,) * len(others),
    )
    return ARSSampler(seed=seed, known=known, features=features, space=distributions)


def _distribution(parameter: Parameter) -> BaseDistribution:
    low, high, log = parameter.low, parameter.high, parameter.scale == "log"
    if parameter.kind == "int":
        return IntDistribution(int(low), int(high), log=log)
    return FloatDistribution(low, high, log=log)


class Study:
    """Asks for candidates and keeps what became of them."""

    def __init__(
        self,
        file: Path,
        sampler: BaseSampler,
        space: Space,
        limits: Limits,
        objectives: Sequence[Objective] = OBJECTIVES,
    ) -> None:
        self._objectives = objectives
        self._space = space
        self._limits = limits
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        try:
            self._study = optuna.create_study(
                study_name=NAME,
                storage=RDBStorage(f"sqlite:///{file}", {"connect_args": _WAIT}),
                sampler=sampler,
                directions=["minimize"] * len(objectives),
                load_if_exists=True,
            )
        except (SQLAlchemyError, RuntimeError) as cause:
            reason = str(cause).splitlines()[0]
            raise ResultFolderError(
                f"{file}: cannot be read as a study ({reason}); restore it, or give another --out"
            ) from cause
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ExperimentalWarning)
            self._study.set_metric_names(["error", *objectives[1:]])

    def finished(self) -> int:
        """Trials that ended, in whatever way."""
        return sum(trial.state.is_finished() for trial in self._study.trials)

    def unfinished(self) -> list[int]:
        """Trials that a process left running, if no other process is at work."""
        running = (TrialState.RUNNING,)
        return [t.number for t in self._study.get_trials(deepcopy=False, states=running)]

    def ask(self, unfinished: int | None = None) -> tuple[Trial, Candidate]:
        """The next candidate, or again that of an unfinished trial."""
        if unfinished is None:
            trial = self._study.ask()
        else:
            trial = Trial(self._study, self._study.trials[unfinished]._trial_id)
        return trial, self._space.suggest(trial)

    def constrain(self, trial: Trial, used: Resources) -> bool:
        """Record the resources' excess over the limits; whether there is none."""
        for name, ratio in zip(self._limits.names, self._limits.ratios(used), strict=True):
            if name not in trial.constraints:
                trial.set_constraint(name, ratio - 1)
        return self._limits.allow(used)

    def infeasible(self, trial: Trial) -> None:
        """End a trial that breaks a limit."""
        self._study.tell(trial, state=TrialState.PRUNED)

    def failed(self, trial: Trial, cause: str) -> None:
        """End a trial that could not be evaluated."""
        trial.set_user_attr(_CAUSE, cause)
        self._study.tell(trial, state=TrialState.FAIL)

    def complete(self, trial: Trial, measurement: Measurement) -> None:
        """End a trial with its measurement."""
        record = asdict(measurement)
        del record["history"]
        trial.set_user_attr(_MEASUREMENT, record)
        accuracy, used = measurement.accuracy_search, measurement.resources
        self._study.tell(trial, self._limits.minimised(self._objectives, accuracy, used))

    def causes(self) -> list[str]:
        """Why trials failed, in their order."""
        failed = self._study.get_trials(deepcopy=False, states=(TrialState.FAIL,))
        return [trial.user_attrs[_CAUSE] for trial in failed]

    def points(self) -> Iterator[FrontPoint]:
        """All measured networks."""
        complete = (TrialState.COMPLETE,)
        for trial in self._study.get_trials(deepcopy=False, states=complete):
            yield self._point(trial)

    def _point(self, trial: FrozenTrial) -> FrontPoint:
        record = trial.user_attrs[_MEASUREMENT]
        return FrontPoint(
            number=trial.number,
            params=trial.params,
            accuracy=record["accuracy"],
            accuracy_float=record["accuracy_float"],
            accuracy_search=record["accuracy_search"],
            **record["resources"],
            path=trial_path(trial.number),
        )
