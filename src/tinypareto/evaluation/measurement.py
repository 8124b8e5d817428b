"""Figures from the evaluation of one candidate."""

from dataclasses import asdict, dataclass, field
from typing import Any

from tinypareto.resources import Resources
from tinypareto.tasks.task import Task


@dataclass(frozen=True)
class Measurement:
    """Figures of one evaluated candidate; scores are those of the task.

    Attributes:
        number: Trial number within its study.
        resources: Exact ROM, RAM and FLOPs of the pruned integer network.
        channels: Filters kept, by prunable layer.
        score_search: Score of the int8 network on the data that steers the search.
        score: Score of the int8 network on the test split.
        score_float: Score of the float network on the test split.
        seconds: Wall time of the evaluation.
        history: One record of the training per epoch.
        reused_from: Folder of the trial of an earlier search that trained the network; None if
            this search trained it.
        metrics: Figures of merit of the int8 network on the test split, by name.
        never_found: Classes of which the int8 network finds no test case.
        answers_search: Answers to the cases that steer the search, in the order of the folds, as
            base64 of zlib-compressed unsigned integers; None if they are no class numbers.
    """

    number: int
    resources: Resources
    channels: dict[str, int]
    score_search: float
    score: float
    score_float: float
    seconds: float
    history: list[dict[str, float]] = field(default_factory=list)
    reused_from: str | None = None
    metrics: dict[str, float] = field(default_factory=dict)
    never_found: tuple[str, ...] = ()
    answers_search: str | None = None

    def record(self, task: Task) -> dict[str, Any]:
        """The figures as JSON, under the names of the task, such as `accuracy_search`."""
        return task.to_file(asdict(self))
