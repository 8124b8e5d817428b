"""Persistent record of a search, stored as an Optuna study.

A trial ends in one of these states:

- COMPLETE, with its objectives.
- PRUNED, because its resources exceed a limit. It is never trained, so it has constraints but no
  objectives.
- PRUNED, because it was stopped early, or because an earlier trial had the same settings. It has an
  estimate of its objectives (see `training.early_stopping`).
- FAIL, with the cause.

A trial whose process is gone waits to be run again under its own number, so a resumed search makes
the same trials as an uninterrupted one.
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
from tinypareto.results.front_file import trial_path
from tinypareto.results.front_point import FrontPoint
from tinypareto.samplers import ESTIMATE
from tinypareto.search_space.candidate import Candidate
from tinypareto.search_space.space import Space, to_candidate
from tinypareto.study.storage import Storage, translate_storage_errors
from tinypareto.tasks.registry import CLASSIFICATION
from tinypareto.tasks.task import Task
from tinypareto.training.early_stopping import EarlyStopping, FinishedTrial, TrialStopped

MEASUREMENT = "measurement"
CAUSE = "cause"
REPEATS = "answers of further trainings"
_OWNER = "owner"
_SHARES = "share of limit"


def read_study(storage: Storage) -> optuna.Study:
    """Load the study of a search for reading.

    Raises:
        StorageError: There is no study, or the database cannot be read.
    """
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    with translate_storage_errors(storage.location, KeyError):
        return optuna.load_study(study_name=storage.study, storage=storage.rdb)


class Study:
    """Asks the sampler for candidates and records how their trials end.

    The methods that end a trial return False, and record nothing, if another process has taken the
    trial over in the meantime.

    Args:
        storage: Database of the study.
        sampler: Proposes candidates.
        space: Search space of candidates.
        limits: Upper bounds on resources.
        objectives: Objectives of the search, the score (as an error) first; all are minimized.
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
        self._claimed: set[int] = set()
        self._points: dict[int, FrontPoint] = {}
        self._training_keys: dict[int, Hashable] = {}
        with self._translated_errors():
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
        """Count the trials that have ended in any state."""
        return sum(trial.state.is_finished() for trial in self._trials())

    def begun(self) -> int:
        """Count all trials, whatever their state."""
        return len(self._trials())

    def unfinished(self) -> int:
        """Count the trials that run in any process or wait to be run again."""
        return len(self._trials(TrialState.RUNNING, TrialState.WAITING))

    def claim(self, trials: int) -> tuple[Trial, Candidate] | None:
        """Claim an abandoned trial, or ask the sampler for a new one.

        Args:
            trials: Total number of trials of the search.

        Returns:
            The trial and its candidate; None if all trials have ended or are being run.
        """
        with self._translated_errors(), self._storage.exclusive():
            running = [t for t in self._trials(TrialState.RUNNING) if t.number not in self._claimed]
            for abandoned in self._storage.abandoned(running):
                self._storage.rdb.set_trial_state_values(abandoned._trial_id, TrialState.WAITING)
            waiting = self._trials(TrialState.WAITING)
            if not waiting and len(self._trials()) >= trials:
                return None
            # Optuna pops a waiting trial before it asks the sampler for a new one.
            trial = self._study.ask()
            if self._storage.owner:
                trial.set_user_attr(_OWNER, self._storage.owner)
            with self._storage.rdb.one_commit():
                candidate = self._space.suggest(trial)
            self._storage.begin(trial._trial_id)
            self._claimed.add(trial.number)
        return trial, candidate

    def constrain(self, trial: Trial, used: Resources) -> bool:
        """Record a trial's excess over each limit as its constraints.

        Args:
            trial: The trial.
            used: Resources of its network.

        Returns:
            Whether all limits are kept.
        """
        with self._translated_errors():
            ratios = dict(zip(self._limits.names, self._limits.ratios(used), strict=True))
            for name, ratio in ratios.items():
                if name not in trial.constraints:
                    trial.set_constraint(name, ratio - 1)
            # optuna-dashboard 0.21 shows attributes, but no constraint that has a name.
            trial.set_user_attr(_SHARES, {name: round(r, 4) for name, r in ratios.items()})
        return self._limits.allow(used)

    def infeasible(self, trial: Trial) -> bool:
        """End a trial that breaks a limit; return whether this process still owned it."""
        return self._end(trial, TrialState.PRUNED)

    def early_stopping(self, used: Resources) -> EarlyStopping:
        """The early-stopping rule of a trial with these resources."""
        sizes = self._limits.minimized(self._objectives, 0.0, used)[1:]
        needed, finished = -inf, []
        with self._translated_errors():
            trials = self._study.get_trials(deepcopy=False)
        for trial in trials:
            record = trial.user_attrs
            score = record.get(MEASUREMENT, record).get(self.score.key("search"))
            if score is None:
                continue
            finished.append(FinishedTrial(record.get(self.score.key("by_checkpoint"), {}), score))
            values = record.get(ESTIMATE) or trial.values or ()
            if values and all(a <= b for a, b in zip(values[1:], sizes, strict=True)):
                needed = max(needed, self.score.goodness(score))
        return EarlyStopping(needed, finished, self.score)

    def twin(self, trial: Trial, resolve: Callable[[Candidate], Hashable]) -> FrozenTrial | None:
        """Find an earlier trial with the same training and a measured or estimated accuracy.

        Args:
            trial: The trial.
            resolve: Returns equal keys for candidates that are trained in the same way.
        """
        with self._translated_errors():
            earlier = self._study.get_trials(deepcopy=False)[: trial.number]
        key = resolve(to_candidate(trial.params))
        for other in earlier:
            if other.state == TrialState.COMPLETE or ESTIMATE in other.user_attrs:
                if other.number not in self._training_keys:
                    self._training_keys[other.number] = resolve(to_candidate(other.params))
                if self._training_keys[other.number] == key:
                    return other
        return None

    def repeat(self, trial: Trial, twin: FrozenTrial) -> bool:
        """End a trial with the values of its twin; return whether this process still owned it."""
        values = twin.user_attrs.get(ESTIMATE) or twin.values
        attributes = {"same_as_trial": twin.number, ESTIMATE: values}
        return self._end(trial, TrialState.PRUNED, attributes)

    def stopped(
        self, trial: Trial, used: Resources, end: TrialStopped, scores: Mapping[str, float]
    ) -> bool:
        """End a trial that could not add to the hypervolume.

        Args:
            trial: The trial.
            used: Resources of its network.
            end: Reason, with an estimate of the accuracy.
            scores: Accuracy by checkpoint, in [0, 1].

        Returns:
            Whether this process still owned the trial.
        """
        error = self.score.objective(end.estimate)
        values = self._limits.minimized(self._objectives, error, used)
        exact = {self.score.key("search"): end.estimate} if end.exact else {}
        attributes = {ESTIMATE: values, self.score.key("by_checkpoint"): scores, **exact}
        return self._end(trial, TrialState.PRUNED, attributes)

    def failed(self, trial: Trial, cause: str) -> bool:
        """End a trial that could not be evaluated; return whether this process still owned it."""
        return self._end(trial, TrialState.FAIL, {CAUSE: cause})

    def complete(
        self, trial: Trial, measurement: Measurement, more: Mapping[str, Any] | None = None
    ) -> bool:
        """End a trial with its measurement.

        Args:
            trial: The trial.
            measurement: Measurement of its network.
            more: Further attributes to record, by name.

        Returns:
            Whether this process still owned the trial.
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
        """End a trial, unless another process has taken it over.

        That happens when this process was silent for too long, for example because it was paused.
        """
        with self._translated_errors(), self._storage.exclusive():
            self._storage.end(trial._trial_id)
            self._claimed.discard(trial.number)
            now = self._storage.rdb.get_trial(trial._trial_id)
            owner = now.user_attrs.get(_OWNER, "")
            if now.state != TrialState.RUNNING or owner != self._storage.owner:
                return False
            for name, value in (attributes or {}).items():
                trial.set_user_attr(name, value)
            self._study.tell(trial, values, state=state)
        return True

    def causes(self) -> list[str]:
        """List the causes of failed trials, in the order of the trials."""
        return [trial.user_attrs.get(CAUSE, "unknown") for trial in self._trials(TrialState.FAIL)]

    def attribute_by_trial(self, name: str) -> dict[int, Any]:
        """Return a user attribute of the measured trials by trial number; None if it is absent."""
        complete = self._trials(TrialState.COMPLETE)
        return {trial.number: trial.user_attrs.get(name) for trial in complete}

    def repeats(self) -> dict[int, list[str]]:
        """Answers of further trainings, by trial number and in their order."""
        with self._translated_errors(ValueError, TypeError, AttributeError):
            noted = self._study.user_attrs.get(REPEATS, {})
            return {int(number): list(map(str, texts)) for number, texts in noted.items()}

    def add_repeat(self, number: int, answers: str) -> None:
        """Record the answers of one more training of a measured trial."""
        noted = self.repeats()
        noted.setdefault(number, []).append(answers)
        with self._translated_errors():
            self._study.set_user_attr(REPEATS, noted)

    def answers(self) -> dict[int, str]:
        """Answers of measured networks to the cases that steer the search, by trial number."""
        measured = self.attribute_by_trial(MEASUREMENT).items()
        known = {n: m.get("answers_search") for n, m in measured if isinstance(m, dict)}
        return {number: text for number, text in known.items() if isinstance(text, str)}

    def points(self) -> Iterator[FrontPoint]:
        """Yield the points of all measured networks, feasible or not."""
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
                metrics=record.get("metrics", {}),
                never_found=record.get("never_found", ()),
                path=trial_path(trial.number),
            )
            point.check_scores(self.score)
            return point
        except (KeyError, TypeError, AttributeError, ValueError) as cause:
            raise StorageError(
                f"{self._storage.location}: trial {trial.number} has no measurement that "
                "tinypareto wrote; restore the study from a copy"
            ) from cause

    def _trials(self, *states: TrialState) -> list[FrozenTrial]:
        # An edited database can make Optuna's reader raise these.
        with self._translated_errors(ValueError, KeyError, TypeError, AttributeError):
            return self._study.get_trials(deepcopy=False, states=states or None)

    def _translated_errors(self, *more: type[Exception]) -> AbstractContextManager[None]:
        return translate_storage_errors(self._storage.location, *more)
