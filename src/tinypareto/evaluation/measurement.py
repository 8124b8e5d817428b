"""The figures that evaluating one candidate gives."""

from dataclasses import dataclass, field

from tinypareto.resources import Resources


@dataclass(frozen=True)
class Measurement:
    """What evaluating one candidate gave; accuracies are fractions in [0, 1].

    Attributes:
        number: Trial number within its study.
        resources: Exact ROM, RAM and FLOPs of the pruned integer network.
        channels: Filters kept, by prunable layer.
        accuracy_search: Top-1 of the int8 network on the data that steers the search.
        accuracy: Top-1 of the int8 network on the test split.
        accuracy_float: Top-1 of the float network on the test split.
        seconds: Wall time of the evaluation.
        history: Of the training, by epoch.
        reused_from: Folder of the trial of an earlier search that trained the network; None where
            it was trained here.
    """

    number: int
    resources: Resources
    channels: dict[str, int]
    accuracy_search: float
    accuracy: float
    accuracy_float: float
    seconds: float
    history: list[dict[str, float]] = field(default_factory=list)
    reused_from: str | None = None
