"""The loop over trials: claim, predict resources, evaluate, end; a pool's worth at a time."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Future, wait
from dataclasses import dataclass, replace
from typing import Any

from optuna.trial import Trial

from tinypareto.errors import WorkerError
from tinypareto.resources import TITLES, Limits, Resources
from tinypareto.study.deadline import Deadline
from tinypareto.study.pool import Pool, open_pool
from tinypareto.study.progress import Status
from tinypareto.study.study import Study
from tinypareto.study.worker import Failed, Job, Result, SearchContext, Stopped, Trained
from tinypareto.threads import threads

LOOK_AGAIN_S = 2.0
"""Seconds between checks for trials that other workers abandoned."""

Keep = Callable[[Trial, Trained], dict[str, Any]]
"""Stores a trial's files permanently; returns attributes to record with the measurement."""


@dataclass(frozen=True)
class Outcome:
    """The end of a trial.

    Attributes:
        number: Trial number.
        status: How the trial ended.
        note: One line: the reason, or the accuracy and the duration.
    """

    number: int
    status: Status
    note: str


@dataclass(frozen=True)
class Running:
    """A trial that the pool is evaluating, with its job and the resources of its network."""

    trial: Trial
    job: Job
    used: Resources


def run_trials(
    context: SearchContext, study: Study, keep: Keep, deadline: Deadline
) -> Iterator[Outcome]:
    """Run trials until all trials that the configuration asks for have ended, or the time is over.

    Args:
        context: The search.
        study: The search's study.
        keep: Stores the files of a trial; called before the trial ends.
        deadline: When no further trial is started.

    Yields:
        Outcomes of this process's trials, as they end.

    Raises:
        WorkerError: A process died; the search can be resumed.
    """
    running: dict[Future[Result], Running] = {}
    with open_pool(context) as pool:
        try:
            while True:
                yield from _fill(context, study, pool, running, deadline)
                if not running and (deadline.passed or not study.unfinished()):
                    return
                yield from _ended(study, running, keep)
        except BrokenExecutor as cause:
            raise WorkerError(
                "a worker process died, perhaps for lack of memory; "
                "resume with fewer --workers or a smaller net"
            ) from cause


def _fill(
    context: SearchContext,
    study: Study,
    pool: Pool,
    running: dict[Future[Result], Running],
    deadline: Deadline,
) -> Iterator[Outcome]:
    while len(running) < pool.size and not deadline.passed:
        with threads(context.config.threads):
            claimed = study.claim(context.config.trials)
        if claimed is None:
            return
        trial, candidate = claimed
        job = context.job(trial.number, candidate)
        used = context.resources(job)
        if not study.constrain(trial, used):
            if study.infeasible(trial):
                yield Outcome(trial.number, "infeasible", _excess(context.config.limits, used))
        elif twin := study.twin(trial, context.training_key):
            if study.repeat(trial, twin):
                yield Outcome(trial.number, "stopped", f"same settings as trial {twin.number}")
        else:
            rule = study.early_stopping(used) if context.config.early_stopping else None
            job = replace(job, early_stopping=rule)
            running[pool.submit(job)] = Running(trial, job, used)


def _ended(study: Study, running: dict[Future[Result], Running], keep: Keep) -> Iterator[Outcome]:
    if not running:
        time.sleep(LOOK_AGAIN_S)
        return
    # The timeout lets the caller check for abandoned trials while its own are still running.
    ended, _ = wait(running, LOOK_AGAIN_S, FIRST_COMPLETED)
    for future in ended:
        run = running.pop(future)
        trial, job, result = run.trial, run.job, future.result()
        if isinstance(result, Stopped):
            if study.stopped(trial, run.used, result.end, result.scores):
                yield Outcome(job.number, "stopped", str(result.end))
            continue
        if isinstance(result, Failed):
            if study.failed(trial, result.cause):
                yield Outcome(job.number, "failed", result.cause)
            continue
        assert isinstance(result, Trained)
        m = result.measurement
        scores = {study.score.key("by_checkpoint"): result.scores}
        if study.complete(trial, m, {**keep(trial, result), **scores}):
            note = f"{study.score.text(m.score_search)} in {m.seconds:.1f} s"
            if m.reused_from is None:
                yield Outcome(job.number, "complete", note)
            else:
                yield Outcome(job.number, "reused", f"{note} from {m.reused_from}")


def _excess(limits: Limits, used: Resources) -> str:
    ratios = zip(limits.names, limits.ratios(used), strict=True)
    return ", ".join(
        f"{TITLES[name]} {ratio:.0%} of the limit" for name, ratio in ratios if ratio > 1
    )
