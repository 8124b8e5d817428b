"""The search's memory: an Optuna study that outlives the process.

A trial ends COMPLETE with its objectives, PRUNED where its resources break a limit (it is never
trained, so it has constraints but no objectives) or where it was stopped (with an estimate of its
objectives, see `early_stopping`), or FAIL with the cause. A trial whose process
is gone waits to be run again under its own number, so a resumed search makes the same trials as
one that was never stopped.
"""

import warnings
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from math import inf
from typing import Any

import optuna
from optuna.exceptions import ExperimentalWarning
from optuna.samplers import BaseSampler
from optuna.trial import FrozenTrial, Trial, TrialState

from tinypareto.errors import StorageError
from tinypareto.evaluation.measurement import Measurement
from tinypareto.resources import OBJECTIVES, Limits, Objective, Resources
from tinypareto.results.front import FrontPoint, trial_path
from tinypareto.samplers import ESTIMATE
from tinypareto.search_space.candidate import Candidate
from tinypareto.search_space.space import Space, to_candidate
from tinypareto.study.storage import Storage, usable
from tinypareto.tasks.registry import CLASSIFICATION
from tinypareto.tasks.task import Task
from tinypareto.training.early_stopping import EarlyStopping, FinishedTrial, TrialStopped

MEASUREMENT = "measurement"
CAUSE = "cause"
_OWNER = "owner"
_SHARES = "share of limit"


def read_study(storage: Storage) -> optuna.Study:
    """The study of a search, to read.

    Raises:
        StorageError: There is none, or the database cannot be read.
    """
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    with usable(storage.place, KeyError):
        return optuna.load_study(study_name=storage.study, storage=storage.rdb)


class Study:
    """Asks for candidates and keeps what became of them.

    Args:
        storage: Where the study is.
        sampler: What proposes candidates.
        space: Of candidates.
        limits: On resources.
        objectives: What the search minimises.
        task: Task of the search's data.

    Raises:
        StorageError: The database is damaged, or cannot be reached.
    """

    def __init__(
        self,
        storage: Storage,
        sampler: BaseSampler,
        space: Space,
        limits: Limits,
        objectives: Sequence[Objective] = OBJECTIVES,
        task: Task = CLASSIFICATION,
    ) -> None:
        self._storage = storage
        self._objectives = objectives
        self._space = space
        self._limits = limits
        self._task, self.score = task, task.score
        self._mine: set[int] = set()
        self._points: dict[int, FrontPoint] = {}
        self._resolved: dict[int, Hashable] = {}
        with self._usable():
            self._study = optuna.create_study(
                study_name=storage.study,
                storage=storage.rdb,
                sampler=sampler,
                directions=["minimize"] * len(objectives),
                load_if_exists=True,
            )
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", ExperimentalWarning)
                self._study.set_metric_names([self.score.objective_name, *objectives[1:]])

    def finished(self) -> int:
        """Trials that ended, in whatever way."""
        return sum(trial.state.is_finished() for trial in self._trials())

    def unfinished(self) -> int:
        """Trials that run, here or elsewhere, or wait to be run again."""
        return len(self._trials(TrialState.RUNNING, TrialState.WAITING))

    def claim(self, trials: int) -> tuple[Trial, Candidate] | None:
        """A candidate to evaluate: of a trial that was left, or of a new one.

        Args:
            trials: That the study shall have.

        Returns:
            Nothing where all trials have ended or are being run.
        """
        with self._usable(), self._storage.alone():
            running = [t for t in self._trials(TrialState.RUNNING) if t.number not in self._mine]
            for left in self._storage.abandoned(running):
                self._storage.rdb.set_trial_state_values(left._trial_id, TrialState.WAITING)
            waiting = self._trials(TrialState.WAITING)
            if not waiting and len(self._trials()) >= trials:
                return None
            trial = self._study.ask()
            if self._storage.owner:
                trial.set_user_attr(_OWNER, self._storage.owner)
            with self._storage.rdb.one_commit():
                candidate = self._space.suggest(trial)
            self._storage.begin(trial._trial_id)
            self._mine.add(trial.number)
        return trial, candidate

    def constrain(self, trial: Trial, used: Resources) -> bool:
        """Record the resources' excess over the limits; whether there is none."""
        with self._usable():
            ratios = dict(zip(self._limits.names, self._limits.ratios(used), strict=True))
            for name, ratio in ratios.items():
                if name not in trial.constraints:
                    trial.set_constraint(name, ratio - 1)
            # optuna-dashboard 0.21 shows attributes, but no constraint that has a name.
            trial.set_user_attr(_SHARES, {name: round(r, 4) for name, r in ratios.items()})
        return self._limits.allow(used)

    def infeasible(self, trial: Trial) -> bool:
        """End a trial that breaks a limit; whether it was still this process's."""
        return self._end(trial, TrialState.PRUNED)

    def early_stopping(self, used: Resources) -> EarlyStopping:
        """The early-stopping rule of a trial with these resources."""
        sizes = self._limits.minimized(self._objectives, 0.0, used)[1:]
        needed, finished = -inf, []
        with self._usable():
            trials = self._study.get_trials(deepcopy=False)
        for trial in trials:
            told = trial.user_attrs
            score = told.get(MEASUREMENT, told).get(self.score.key("search"))
            if score is None:
                continue
            finished.append(FinishedTrial(told.get(self.score.key("by_checkpoint"), {}), score))
            values = told.get(ESTIMATE) or trial.values or ()
            if values and all(a <= b for a, b in zip(values[1:], sizes, strict=True)):
                needed = max(needed, self.score.goodness(score))
        return EarlyStopping(needed, finished, self.score)

    def twin(self, trial: Trial, resolve: Callable[[Candidate], Hashable]) -> FrozenTrial | None:
        """An earlier trial with the same settings and an accuracy, also if estimated.

        Args:
            trial: The trial.
            resolve: Gives equal values for candidates with the same settings.
        """
        with self._usable():
            earlier = self._study.get_trials(deepcopy=False)[: trial.number]
        mine = resolve(to_candidate(trial.params))
        for other in earlier:
            if other.state == TrialState.COMPLETE or ESTIMATE in other.user_attrs:
                if other.number not in self._resolved:
                    self._resolved[other.number] = resolve(to_candidate(other.params))
                if self._resolved[other.number] == mine:
                    return other
        return None

    def repeat(self, trial: Trial, twin: FrozenTrial) -> bool:
        """End a trial with what is known of its twin; whether it was still this process's."""
        values = twin.user_attrs.get(ESTIMATE) or twin.values
        told = {"same_as_trial": twin.number, ESTIMATE: values}
        return self._end(trial, TrialState.PRUNED, told)

    def stopped(
        self, trial: Trial, used: Resources, end: TrialStopped, scores: Mapping[str, float]
    ) -> bool:
        """End a trial that could not add to the hypervolume; whether it was this process's.

        Args:
            trial: The trial.
            used: What its network needs.
            end: Why.
            scores: Its accuracy by checkpoint.
        """
        error = self.score.objective(end.estimate)
        values = self._limits.minimized(self._objectives, error, used)
        exact = {self.score.key("search"): end.estimate} if end.exact else {}
        attributes = {ESTIMATE: values, self.score.key("by_checkpoint"): scores, **exact}
        return self._end(trial, TrialState.PRUNED, attributes)

    def failed(self, trial: Trial, cause: str) -> bool:
        """End a trial that could not be evaluated; whether it was still this process's."""
        return self._end(trial, TrialState.FAIL, {CAUSE: cause})

    def complete(
        self, trial: Trial, measurement: Measurement, more: Mapping[str, Any] | None = None
    ) -> bool:
        """End a trial with its measurement; whether it was still this process's.

        Args:
            trial: The trial.
            measurement: Of its network.
            more: What else to keep, by name.
        """
        record = measurement.record(self._task)
        del record["history"]
        error = self.score.objective(measurement.score_search)
        values = self._limits.minimized(self._objectives, error, measurement.resources)
        attributes = {MEASUREMENT: record, **(more or {})}
        return self._end(trial, TrialState.COMPLETE, attributes, values)

    def _end(
        self,
        trial: Trial,
        state: TrialState,
        attributes: Mapping[str, Any] | None = None,
        values: Sequence[float] | None = None,
    ) -> bool:
        """Others may have taken the trial of a process that was silent, such as a paused one."""
        with self._usable(), self._storage.alone():
            self._storage.end(trial._trial_id)
            self._mine.discard(trial.number)
            now = self._storage.rdb.get_trial(trial._trial_id)
            owner = now.user_attrs.get(_OWNER, "")
            if now.state != TrialState.RUNNING or owner != self._storage.owner:
                return False
            for name, value in (attributes or {}).items():
                trial.set_user_attr(name, value)
            self._study.tell(trial, values, state=state)
        return True

    def causes(self) -> list[str]:
        """Why trials failed, in their order."""
        return [trial.user_attrs.get(CAUSE, "unknown") for trial in self._trials(TrialState.FAIL)]

    def kept(self, name: str) -> dict[int, Any]:
        """What was kept with the measurements under a name, by trial number."""
        complete = self._trials(TrialState.COMPLETE)
        return {trial.number: trial.user_attrs.get(name) for trial in complete}

    def points(self) -> Iterator[FrontPoint]:
        """All measured networks."""
        for trial in self._trials(TrialState.COMPLETE):
            if trial.number not in self._points:
                self._points[trial.number] = self._point(trial)
            yield self._points[trial.number]

    def _point(self, trial: FrozenTrial) -> FrontPoint:
        try:
            record = self.score.from_file(trial.user_attrs[MEASUREMENT])
            point = FrontPoint(
                number=trial.number,
                params=trial.params,
                score=record["score"],
                score_float=record["score_float"],
                score_search=record["score_search"],
                **record["resources"],
                path=trial_path(trial.number),
            )
            point.check_scores(self.score)
            return point
        except (KeyError, TypeError, AttributeError, ValueError) as cause:
            raise StorageError(
                f"{self._storage.place}: trial {trial.number} has no measurement that tinypareto "
                "wrote; restore the study from a copy"
            ) from cause

    def _trials(self, *states: TrialState) -> list[FrozenTrial]:
        # An edited database can make Optuna's reader raise these.
        with self._usable(ValueError, KeyError, TypeError, AttributeError):
            return self._study.get_trials(deepcopy=False, states=states or None)

    def _usable(self, *more: type[Exception]) -> AbstractContextManager[None]:
        return usable(self._storage.place, *more)
