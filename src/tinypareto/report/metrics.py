"""Metrics of trials: the quantities on the axes of the report."""

from dataclasses import dataclass

from tinypareto.resources import ALL_OBJECTIVES, TITLES, Objective
from tinypareto.results.front import Front

KEYS = {"rom": "rom_bytes", "ram": "ram_bytes", "flops": "flops", "latency": "latency_ms"}
"""Attributes of `tinypareto.resources.Resources` by objective."""
_KINDS = {"rom": "bytes", "ram": "bytes", "flops": "count", "latency": "ms"}


@dataclass(frozen=True)
class Metric:
    """A quantity that is known of every trial.

    Attributes:
        key: Name of the quantity in the data.
        label: Name shown on the page.
        kind: "share" (a fraction, shown in per cent), "score" (any other number without a unit),
            "bytes", "ms" or "count".
        objective: Whether the search optimized it.
        limit: Upper limit of the search; None if there was none.
        higher: Whether a higher value is better.
    """

    key: str
    label: str
    kind: str
    objective: bool
    limit: float | None = None
    higher: bool = False


SCORES = {
    "accuracy_search": ("score_search", "search"),
    "accuracy": ("score", "int8 (test)"),
    "accuracy_float": ("score_float", "float (test)"),
}
"""Scores of a trained network, by key of the page: their generic names, and what they are of."""


def metrics(front: Front, timed: bool) -> tuple[Metric, ...]:
    """List the metrics of a search's trials.

    Args:
        front: Front of the search.
        timed: Whether any trial has a latency.
    """
    names = [name for name in ALL_OBJECTIVES[1:] if name != "latency" or timed]
    score = front.learning_task.score
    title, higher = score.name.replace("_", " "), score.best > score.worst
    kind = "share" if (score.low, score.high) == (0, 1) else "score"
    scores = (
        Metric(key, f"{title}, {of}", kind, key == "accuracy_search", higher=higher)
        for key, (_, of) in SCORES.items()
    )
    return (*scores, *(_resource(name, front) for name in names))


def _resource(name: Objective, front: Front) -> Metric:
    limit = getattr(front.limits, KEYS[name])
    return Metric(KEYS[name], TITLES[name], _KINDS[name], name in front.objectives, limit)
