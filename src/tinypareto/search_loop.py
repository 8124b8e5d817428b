"""A search from its checks to its front."""

from tinypareto.config import RunConfig
from tinypareto.data.dataset import Dataset
from tinypareto.errors import TrialError
from tinypareto.folder import claim
from tinypareto.front import Front, build_front, write_front
from tinypareto.presets import intervals
from tinypareto.progress import Reporter, Step
from tinypareto.study import Study
from tinypareto.worker import Outcome, Task, run_trials

ONLY_FAILURES = 10
"""Where so many trials failed and none succeeded, the cause is not the candidates."""


def run(config: RunConfig, dataset: Dataset, reporter: Reporter, *, resume: bool) -> Front:
    """Search; whatever ends it, the front so far is written.

    Args:
        config: As `resolve` makes it.
        dataset: The data that it names.
        reporter: Who is told of the progress.
        resume: Go on with the run in `config.out`.

    Returns:
        The front, read from the trials of this run and those it resumes.

    Raises:
        InputError: The configuration or the data cannot be used; nothing was written.
        TrialError: The first trials all failed.
        WorkerError: A worker process died.
    """
    space = intervals(config.preset, len(dataset.x_train), config.space)
    task = Task.of(config.model_copy(update={"space": space}), dataset)
    config = task.config
    claim(task.config, resume)
    study = task.study()
    done = study.finished()
    unfinished = study.unfinished()[: config.trials - done]
    jobs = [*unfinished, *[None] * (config.trials - done - len(unfinished))]
    try:
        reporter.start(config, task.selection.description, done)
        for outcome in run_trials(task, jobs):
            done += 1
            reporter.trial(_step(outcome, done, _front(task, study)))
            _give_up_if_hopeless(study)
    finally:
        reporter.close()
        front = _front(task, study)
        write_front(front)
    return front


def _step(outcome: Outcome, done: int, front: Front) -> Step:
    best = max((point.accuracy_search for point in front.points), default=None)
    size, volume = len(front.points), front.search_hypervolume
    return Step(outcome.number, outcome.status, outcome.note, done, best, size, volume)


def _give_up_if_hopeless(study: Study) -> None:
    causes = study.causes()
    if len(causes) >= ONLY_FAILURES and not any(study.points()):
        raise TrialError(
            f"the first {len(causes)} trained candidates all failed, the last one with "
            f"{causes[-1]}; check the data and the space of settings"
        )


def _front(task: Task, study: Study) -> Front:
    config = task.config
    return build_front(
        study.points(),
        config.limits,
        config.objectives,
        dataset=task.dataset.name,
        net=config.net,
        select_on=config.select_on,
        selection=task.selection.description,
        trials=study.finished(),
        folder=config.out,
    )
