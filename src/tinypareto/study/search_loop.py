"""A whole search, from its checks to its front."""

from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from functools import partial

from tinypareto.config import FILE, RunConfig
from tinypareto.data.dataset import Dataset
from tinypareto.data.summary import Summary
from tinypareto.errors import ResultFolderError, TrialError
from tinypareto.evaluation.baselines import score_baselines
from tinypareto.evaluation.search_cases import Answered
from tinypareto.nets.intervals import structure_intervals
from tinypareto.nets.options import AUTO
from tinypareto.nets.registry import closed_form
from tinypareto.nets.spec import NetSpec
from tinypareto.results import measurement_file
from tinypareto.results.folder import STUDY, check_trials_known, claimed
from tinypareto.results.front import Front, build_front
from tinypareto.results.front_file import read_front, write_front
from tinypareto.results.front_point import FrontPoint
from tinypareto.search_space.presets import intervals
from tinypareto.study.deadline import Deadline
from tinypareto.study.finals import Counts, run_finals, standing
from tinypareto.study.identity import read_identity
from tinypareto.study.outlook import outlook
from tinypareto.study.progress import Reporter, Step
from tinypareto.study.reuse import check_folders, machine_fingerprint
from tinypareto.study.script_guard import refuse_unguarded
from tinypareto.study.storage import Embedded, Shared, Storage
from tinypareto.study.study import Study
from tinypareto.study.trial_files import TrialFiles
from tinypareto.study.trials import Keep, Outcome, run_trials
from tinypareto.study.worker import SearchContext
from tinypareto.tasks.baseline import Baseline
from tinypareto.threads import threads

ONLY_FAILURES = 10
"""If this many trials failed and none succeeded, the candidates are not the cause."""


def run(
    config: RunConfig,
    dataset: Dataset,
    reporter: Reporter,
    *,
    resume: bool,
    announce: Callable[[Summary], None] = lambda summary: None,
    announce_plan: Callable[[list[str]], None] = lambda lines: None,
    announce_final: Callable[[int], None] = lambda number: None,
) -> Front:
    """Run a search; the front so far is written, whatever ends the search.

    Args:
        config: Configuration returned by `resolve`.
        dataset: The data that the configuration names.
        reporter: Receives progress updates.
        resume: Resume the run in `config.out`.
        announce: Receives the description of the data before the first trial.
        announce_plan: Receives lines on what the search is going to do before the first trial.
        announce_final: Receives the number of each trial that was trained again in the end.

    Returns:
        The front over the trials of this run and of the runs that it resumes.

    Raises:
        InputError: The configuration or the data cannot be used; nothing was written.
        TrialError: The first trials all failed.
        WorkerError: A worker process died.
        StorageError: The study's database is damaged.
    """
    deadline = Deadline(config.time)
    if config.ray is None:
        refuse_unguarded(config.workers)
    space = intervals(
        config.preset, len(dataset.x_train), config.space, _normalizes(config, dataset)
    )
    # A run of an earlier version has no intervals of structures, and goes on without.
    if config.preset != "paper" and not (resume and (config.out / FILE).is_file()):
        space |= structure_intervals(
            config.net, config.net_options, config.space, dataset.input_shape
        )
    context = SearchContext.from_config(config.model_copy(update={"space": space}), dataset)
    # A resumed search may find the earlier folders deleted, and only loses their networks.
    if not resume:
        _check_reuse(context)
    if config.storage is not None and not resume:
        _refuse_taken(config)
    with claimed(context.config, resume), closing(open_storage(config)) as storage:
        study = context.study(storage)
        files = TrialFiles(config.out, config.artifacts)
        if resume:
            check_trials_known(config.out, study.begun(), storage.location)
            files.collect(study)
            _check_files(_front(context, study))
        baselines = _baselines(context)
        write_front(_front(context, study, baselines))
        announce(context.summary)
        announce_plan(outlook(context))
        try:
            for front in _fronts(context, study, files.keep, reporter, baselines, deadline):
                write_front(front)
            context = context.with_trials(study.finished()) if deadline.passed else context
            build = partial(_build, context, study, baselines)
            for finalist in run_finals(context, study, build):
                announce_final(finalist.number)
                write_front(_front(context, study, baselines))
        finally:
            front = _front(context, study, baselines)
            write_front(front)
            files.collect(study)
        return front


def _normalizes(config: RunConfig, dataset: Dataset) -> bool:
    """Whether the network has a norm; the convolutional ones of `AUTO` do."""
    if config.net == AUTO or closed_form(config.net) is not None:
        return True
    spec = NetSpec(config.net, config.net_options, dataset.input_shape, dataset.outputs)
    return spec.normalizes()


def join(config: RunConfig, dataset: Dataset, storage: Storage, reporter: Reporter) -> int:
    """Take part in a search in a shared database until all its trials have ended.

    Args:
        config: The search's configuration, with an `out` for this worker's files.
        dataset: The search's data.
        storage: The database.
        reporter: Receives progress updates of this worker's trials.

    Returns:
        Number of trials that this worker ended.

    Raises:
        InputError: The study belongs to another search, or the data differs.
        TrialError: The first trials all failed.
        WorkerError: A worker process died.
        StorageError: The database cannot be used.
    """
    context = SearchContext.from_config(config, dataset)
    _check_reuse(context)
    files = TrialFiles(config.out, config.artifacts)
    study = context.study(storage, join=True)
    deadline = Deadline(config.time)
    return sum(1 for _ in _fronts(context, study, files.keep, reporter, (), deadline))


def open_storage(config: RunConfig) -> Storage:
    """Open the database that holds a search's study.

    Raises:
        ConfigError: The database driver is missing.
        StorageError: The database cannot be used.
    """
    if config.storage is None:
        return Embedded(config.out / STUDY)
    assert config.study is not None
    return Shared(config.storage.get_secret_value(), config.study, config.heartbeat)


def _check_reuse(context: SearchContext) -> None:
    if context.config.reuse:
        machine = {} if context.config.ray else machine_fingerprint()
        check_folders(context.config.reuse, {**context.made_of, **machine})


def _check_files(front: Front) -> None:
    """Refuse to list a network whose files are gone or changed.

    Raises:
        ResultFolderError: A file of a listed trial is missing or differs from its SHA-256.
    """
    for point in front.points:
        try:
            measurement_file.check(front.folder / point.path)
        except ResultFolderError as error:
            raise ResultFolderError(
                f"{error} with another --out and --reuse {front.folder}, which trains only what is "
                "missing"
            ) from None


def _refuse_taken(config: RunConfig) -> None:
    with closing(open_storage(config)) as storage:
        if read_identity(storage) is not None:
            raise ResultFolderError(
                f"{storage.location}: exists; give another --study, or go on with it: in its "
                "result folder by --resume, elsewhere by tinypareto worker"
            )


def _fronts(
    context: SearchContext,
    study: Study,
    keep: Keep,
    reporter: Reporter,
    baselines: tuple[Baseline, ...],
    deadline: Deadline,
) -> Iterator[Front]:
    """Run the trials and yield the front after each of them."""
    try:
        config = context.config.model_copy(update={"net": context.net})
        reporter.start(config, context.selection.description, study.finished())
        for outcome in run_trials(context, study, keep, deadline):
            front = _front(context, study, baselines)
            yield front
            reporter.trial(_step(outcome, front.trials, front))
            _give_up_if_hopeless(study)
    finally:
        reporter.close()


def _step(outcome: Outcome, done: int, front: Front) -> Step:
    score = front.learning_task.score
    best = max((p.score_search for p in front.points), key=score.goodness, default=None)
    size, volume = len(front.points), front.search_hypervolume
    return Step(outcome.number, outcome.status, outcome.note, done, best, size, volume, score)


def _give_up_if_hopeless(study: Study) -> None:
    causes = study.causes()
    if len(causes) >= ONLY_FAILURES and not any(study.points()):
        raise TrialError(
            f"the first {len(causes)} trained candidates all failed, the last one with "
            f"{causes[-1]}; check the data and the space of settings"
        )


def _baselines(context: SearchContext) -> tuple[Baseline, ...]:
    """Baselines of the front that is resumed, else scored now; none if memory is short."""
    config = context.config
    with suppress(ResultFolderError):
        if known := read_front(config.out).baselines:
            return known
    with suppress(MemoryError), threads(config.threads):
        return score_baselines(context.dataset, config.seed)
    return ()


def _front(context: SearchContext, study: Study, baselines: tuple[Baseline, ...] = ()) -> Front:
    build = partial(_build, context, study, baselines)
    return build(standing(context, study, build).counts)


def _build(
    context: SearchContext, study: Study, baselines: tuple[Baseline, ...], counts: Counts
) -> Front:
    """The front with that many further trainings of each trial, see `finals`."""
    config, repeats = context.config, study.repeats() if counts else {}
    answered = Answered(
        context.search_cases,
        {
            number: [text, *repeats.get(number, [])[: counts.get(number, 0)]]
            for number, text in study.answers().items()
        },
    )
    return build_front(
        [
            _rescored(point, answered, counts[point.number]) if point.number in counts else point
            for point in study.points()
        ],
        config.limits,
        config.objectives,
        dataset=context.dataset.name,
        net=context.net,
        select_on=config.select_on,
        selection=context.selection.description,
        selection_cases=context.selection.cases(context.dataset),
        trials=study.finished(),
        folder=config.out,
        task=context.dataset.learning_task,
        data=context.summary,
        baselines=baselines,
        least=context.least_score,
        difference_error=answered.standard_error,
    )


def _rescored(point: FrontPoint, answered: Answered, count: int) -> FrontPoint:
    score = answered.score(point.number)
    if score is None:
        return point
    return point.model_copy(update={"score_search": score, "further_trainings": count})
