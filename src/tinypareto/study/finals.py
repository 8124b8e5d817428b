"""The finals: after the last trial the best few candidates are trained again.

The best of many scores is partly luck. The answers of further trainings, on other folds and with
other random numbers, are scored together with the first ones. They are recorded in the study, and
what comes next follows from the record alone: an interrupted search goes on where it stopped, and
ends with the same front.
"""

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import BrokenExecutor
from dataclasses import dataclass, field, replace

from tinypareto.errors import WorkerError
from tinypareto.results.front import Front
from tinypareto.results.front_point import FrontPoint
from tinypareto.search_space.space import to_candidate
from tinypareto.study.pool import Pool, open_pool
from tinypareto.study.study import Study
from tinypareto.study.worker import MOST_REPEATS, Repeated, SearchContext

FINALISTS = 4
SHARE = 0.2
"""Largest share of the search's trainings that is spent on further ones."""
NEAR = 2.0
"""Standard errors of the difference by which a finalist may be behind the best."""

Counts = Mapping[int, int]
Build = Callable[[Counts], Front]
"""The front with that many further trainings of each trial."""


@dataclass(frozen=True)
class Standing:
    """How far the finals have come.

    Attributes:
        counts: Further trainings by trial number, all of them recorded.
        todo: The finalists to be trained once more; empty if the finals are over.
    """

    counts: Counts = field(default_factory=dict)
    todo: tuple[FrontPoint, ...] = ()


def standing(context: SearchContext, study: Study, build: Build) -> Standing:
    """Find out how far the finals have come, from what the study has recorded.

    Each round trains the recommended network again, and those of the best `FINALISTS` that may be
    as good as the best, until each has `MOST_REPEATS` or the share of trainings is used up.

    Args:
        context: The search.
        study: Its study.
        build: The front for given numbers of further trainings.
    """
    if context.selection.kind == "test" or study.finished() < context.config.trials:
        return Standing()
    folds, recorded = len(context.selection.folds), study.repeats()
    whole = folds + (context.selection.kind == "kfold")
    left = int(SHARE * len(study.answers()) * whole) // folds
    counts: dict[int, int] = {}
    # Whole rounds only: a finalist that is left out would keep a score that is partly luck.
    while (batch := _finalists(build(counts), counts)) and len(batch) <= left:
        todo = tuple(p for p in batch if len(recorded.get(p.number, ())) <= counts.get(p.number, 0))
        if todo:
            return Standing(counts, todo)
        counts |= {p.number: counts.get(p.number, 0) + 1 for p in batch}
        left -= len(batch)
    return Standing(counts)


def _finalists(front: Front, counts: Counts) -> tuple[FrontPoint, ...]:
    """The recommended network and the best ones, as far as they can be trained once more."""
    goodness = front.learning_task.score.goodness
    best = max((goodness(point.score_search) for point in front.points), default=0.0)
    marked = [] if front.recommended_point is None else [front.recommended_point]
    return tuple(
        point
        for point in [*marked, *(p for p in front.points[:FINALISTS] if p not in marked)]
        if point.difference_error is not None
        and best - goodness(point.score_search) <= NEAR * point.difference_error
        and counts.get(point.number, 0) < MOST_REPEATS
    )


def run_finals(context: SearchContext, study: Study, build: Build) -> Iterator[FrontPoint]:
    """Train the finalists again, as long as there are any.

    Yields:
        The finalists, each after its training was recorded.

    Raises:
        WorkerError: A process died; the search can be resumed.
    """
    if not standing(context, study, build).todo:
        return
    with open_pool(context) as pool:
        try:
            while todo := standing(context, study, build).todo:
                yield from _train(context, study, pool, todo[: pool.size])
        except BrokenExecutor as cause:
            raise WorkerError(
                "a worker process died, perhaps for lack of memory; resume with fewer --workers"
            ) from cause


def _train(
    context: SearchContext, study: Study, pool: Pool, points: tuple[FrontPoint, ...]
) -> Iterator[FrontPoint]:
    recorded = study.repeats()
    jobs = [
        replace(
            context.job(point.number, to_candidate(dict(point.params))),
            repeat=len(recorded.get(point.number, ())) + 1,
        )
        for point in points
    ]
    for point, future in zip(points, [pool.submit(job) for job in jobs], strict=True):
        result = future.result()
        # A training that failed is noted as one without answers, and is not tried forever.
        study.add_repeat(point.number, result.answers if isinstance(result, Repeated) else "")
        yield point
