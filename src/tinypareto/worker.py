"""One trial after another: ask, predict, train, measure, tell. Here or in several processes."""

import multiprocessing
from collections.abc import Iterable, Iterator
from concurrent.futures import BrokenExecutor, ProcessPoolExecutor, as_completed
from dataclasses import dataclass

from tinypareto.calibrate import calibrated
from tinypareto.config import RunConfig
from tinypareto.data.dataset import Dataset
from tinypareto.data.split import Selection, selection_folds
from tinypareto.errors import TrialError, WorkerError
from tinypareto.evaluate import Evaluator
from tinypareto.folder import STUDY, write_trial
from tinypareto.linked import Linker
from tinypareto.nets.own import check_importable
from tinypareto.predict import Predictor
from tinypareto.progress import Status
from tinypareto.records import TITLES, Limits, Resources
from tinypareto.space import Space, build_space
from tinypareto.study import Study, make_sampler
from tinypareto.threads import threads


@dataclass(frozen=True)
class Outcome:
    """How a trial ended, and why or how well in words."""

    number: int
    status: Status
    note: str


@dataclass(frozen=True)
class Task:
    """What all workers of a search share; nothing here touches the result folder.

    Attributes:
        config: Resolved.
        dataset: The data.
        selection: The part of it that steers the search.
        predictor: Of resources.
        space: Of candidates.
        linker: Measures linked programs, where the search is for a board.
    """

    config: RunConfig
    dataset: Dataset
    selection: Selection
    predictor: Predictor
    space: Space
    linker: Linker | None

    @classmethod
    def of(cls, config: RunConfig, dataset: Dataset) -> "Task":
        """Check everything that can be checked before a search.

        Raises:
            InputError: The data, the network or the space cannot be used.
            ToolchainError: The search is for a board, and a tool is missing.
        """
        if config.workers > 1 and ":" in config.net:
            check_importable(config.net)
        selection = selection_folds(dataset, config.select_on, config.seed)
        shape, classes = dataset.input_shape, len(dataset.class_names)
        predictor = Predictor.of(config.net, config.net_options, shape, classes, config.limits)
        linker = None
        if config.board is not None:
            linker = Linker.of(config.net, config.net_options, dataset, config.board)
            predictor = calibrated(predictor, linker, config.timed)
            config = config.model_copy(update={"latency": predictor.limits.latency_ms})
        space = build_space(config.preset, predictor.layers, config.space)
        return cls(config, dataset, selection, predictor, space, linker)

    def study(self) -> Study:
        """Open the study in the result folder."""
        config = self.config
        goals = config.objectives
        sampler = make_sampler(config.sampler, config.seed, self.space, self.predictor, goals)
        return Study(config.out / STUDY, sampler, self.space, config.limits, goals)


class Worker:
    """Runs trials of one search."""

    def __init__(self, task: Task) -> None:
        self._task = task
        config = task.config
        self._evaluator = Evaluator(
            task.dataset,
            task.selection,
            config.net,
            config.net_options,
            config.seed,
            task.linker,
        )
        self._study = task.study()

    def trial(self, unfinished: int | None = None) -> Outcome:
        """Run the next trial, or one that an earlier process left unfinished."""
        with threads(self._task.config.threads):
            return self._trial(unfinished)

    def _trial(self, unfinished: int | None) -> Outcome:
        trial, candidate = self._study.ask(unfinished)
        predictor, config = self._task.predictor, self._task.config
        channels = predictor.channels(candidate.sparsities)
        needs = self._task.linker or predictor
        used = needs.resources(channels)
        if not self._study.constrain(trial, used):
            self._study.infeasible(trial)
            return Outcome(trial.number, "infeasible", _excess(config.limits, used))
        try:
            evaluation = self._evaluator.evaluate(candidate, channels, trial.number)
        except (TrialError, MemoryError, RuntimeError) as error:
            # Torch reports an exhausted memory as a RuntimeError.
            cause = " ".join(f"{type(error).__name__}: {error}".split())
            self._study.failed(trial, cause)
            return Outcome(trial.number, "failed", cause)
        write_trial(config.out, candidate, evaluation, self._task.dataset.name)
        measurement = evaluation.measurement
        self._study.complete(trial, measurement)
        note = f"{measurement.accuracy_search:.1%} in {measurement.seconds:.1f} s"
        return Outcome(trial.number, "complete", note)


def run_trials(task: Task, jobs: Iterable[int | None]) -> Iterator[Outcome]:
    """Run trials in as many processes as the configuration says.

    Args:
        task: The search.
        jobs: For each trial the number of an unfinished one, or None for a new one.

    Yields:
        Outcomes as trials end.

    Raises:
        WorkerError: A process died; the search can be resumed.
    """
    if task.config.workers == 1:
        worker = Worker(task)
        yield from (worker.trial(job) for job in jobs)
        return
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(task.config.workers, spawn, _start, (task,)) as pool:
        try:
            for future in as_completed([pool.submit(_trial, job) for job in jobs]):
                yield future.result()
        except BrokenExecutor as cause:
            raise WorkerError(
                "a worker process died, perhaps for lack of memory; "
                "resume with fewer --workers or a smaller net"
            ) from cause
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
            for process in multiprocessing.active_children():
                process.terminate()


_worker: Worker | None = None


def _start(task: Task) -> None:
    global _worker
    _worker = Worker(task)


def _trial(job: int | None) -> Outcome:
    assert _worker is not None
    return _worker.trial(job)


def _excess(limits: Limits, used: Resources) -> str:
    ratios = zip(limits.names, limits.ratios(used), strict=True)
    return ", ".join(
        f"{TITLES[name]} {ratio:.0%} of the limit" for name, ratio in ratios if ratio > 1
    )
